"""Chinese sentences and words that stand in more than one place, each once, the caution first.

Python takes them by name, a page as ``words.NAME``, and a script imports them from this file, which the joiner gives it
as the ES module of ``module``; app/static/words.d.ts declares what scripts import.
"""

import json

from gis.grades import GRADES
from layers.catalog import LEVELS, TIP_STATUSES
from layers.words import REVIEWED, SHIFTED_POINTS, SUSPECTED

__all__ = ["GRADES", "REVIEWED", "SHIFTED_POINTS", "SUSPECTED", "TIP_STATUSES"]

#: The caution: a zone, an alert and an action start checks and visits, and are never grounds to enter a door.
CAUTION = "红色区域只启动核查和走访,绝不是入户的依据"
CAUTION_OF_ALERTS = "预警只用于安排核查走访,不是入户执法的依据。"
CAUTION_OF_ACTIONS = f"{REVIEWED}从来不是进入的理由。"
OWN_PAPERS = "每个目标凭自己的证据、依据、批准机关和文号;有人居住的还要公安文号。"

BORDERS = "界线仅供参考,不作划界依据"
POINTS_INSIDE = "不含单次行动的位置;位置只在内部图上。"

AREA_LEVELS = {level: LEVELS[level] for level in ("county", "township", "community")}
#: What areas are coloured by.
AREA_MEASURES = {
    "tips": {"title": "线索数", "unit": "条"},
    "findings": {"title": "发现窝点的行动数", "unit": "次"},
    "rate_per_100": {"title": "每百处出租屋和场所的线索、发现数", "unit": "", "digits": 2},
    "rental_units": {"title": "出租屋数", "unit": "处"},
    "venues": {"title": "场所数", "unit": "处"},
}
#: The maps of one purpose, on the screen and on paper.
MAP_TITLES = {
    "zones": "重点关注区和疑似热点图",
    "heat": "线索热力图",
    "community": "社区区域分布图",
    "raid": "执法行动图",
}
#: Figures of a zone that its explanation and its workbook name alike.
EXPECTED_TITLE, REPORTING_TITLE = "按底数应有来源", "举报率与全市之比"
EXPIRED_ZONE = "这处热点已于 {day} 过期,不能再核定;请重新分析,有新证据的会再出现"

ROW_STAYS = "以前的行动和记录里仍有它。"

#: What a step of a tip's history did.
TIP_STEPS = {
    "added": "登记", "new": "改为待受理", "accepted": "受理", "duplicate": "判为重复", "transferred": "移送",
    "rejected": "不予受理", "placed": "定位", "supplemented": "补充",
}  # fmt: skip
ACTION_STATUSES = {"draft": "草稿", "planned": "已排定", "approved": "已批准"}
LEGAL_BASIS = "《禁止传销条例》第十四条"
UNPLANNED = "还没有排定队伍和路线"
PLANNED = "系统排出谁去哪里、走哪条路、几点出发"
EARLIEST = "统一行动时间,不早于"

RECOGNISED_NAMES = "人名只认得写在“姓名、房东、住户、联系人、举报人”等词后面的"
PERSONS_MASKED = ",其中的个人信息已隐去"
NO_DUPLICATES = "没有找到可能重复的线索"
ONE_SOURCE = "同一来源的线索只算一条"
NO_INCIDENTS = "还没有举报线索或执法行动"
DEFAULT_UNTIL = "默认最新一条记录的次日"
PAIR_ORDER = "一列坐标里的先后"
TAP_PLACE = "在地图上点一下即可标出地点"
UNREGISTERED = "登记的地址里没有找到"
NARROW_POSTS = "请写名称或区划查找。"

#: Where an account or a link does not let somebody in.
BY_LINK = "请用账户登录,或在服务所在的机器上运行 wuchuan link,用它打印的一次性链接进入"
ASK_AGAIN = "请管理员在“账户”页重新邀请"
ENCRYPTED_ONLY = "这里只接受加密访问"
SECOND_FACTOR = "本市要求第二重验证"

WRONG_BODY = "请求的内容不是这里要的"
#: The ends of sentences about what could not be fetched or done.
UNRESTORED = "没有恢复成功,请稍后再试。"
CHECK_SERVICE = "请检查服务是否在运行,稍后再试。"
CHECK_AND_MOVE = "请检查服务是否在运行,稍后移动地图再试。"


def module() -> str:
    """What stands here in capitals, as an ES module."""
    words = {name: value for name, value in globals().items() if name.isupper()}
    return "".join(f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n" for name, value in words.items())
