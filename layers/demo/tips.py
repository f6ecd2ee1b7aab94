"""Tips of the demo city: reports as the tip desk has them, with numbers, channels, states and legal clocks."""

from datetime import date

import numpy as np
import pandas as pd

from gis.workdays import Calendar, due_day
from layers.demo.days import DAYS, Days, compact, first_day
from layers.demo.names import Texts
from layers.demo.premises import Buildings
from layers.demo.reports import Reports
from layers.demo.terrain import Ints

UNPLACED = 0.06
OVERDUE = 28
#: One in so many copies is taken for a tip of its own.
OVERLOOKED = 4
#: By channel how its register numbers begin and its share of all; of the words of the desk, those this city uses.
CHANNELS = {
    "举报电话": ("DH", 0.24),
    "12315": ("12315", 0.2),
    "110": ("JQ", 0.15),
    "社区(村)上报": ("SQ", 0.14),
    "网格巡查": ("WG", 0.1),
    "举报箱": ("JBX", 0.04),
    "网上举报": ("WS", 0.1),
    "来访": ("LF", 0.03),
}
#: By category its share of what is told of dens, and of all else.
CATEGORIES = {
    "聚集式传销": (0.68, 0.3),
    "出租房异常聚集": (0.27, 0.24),
    "网络传销": (0.03, 0.2),
    "直销违规": (0.01, 0.12),
    "其他": (0.01, 0.14),
}
#: The parts of a text that another call of the same source repeats: where, when, what, since when.
TOLD_AGAIN = (1, 2, 3, 4)
#: What a caller tells: seen where, when and how often, since when; one of each, so that two calls seldom say the same.
SEEN = {
    "聚集式传销": (
        "有多人集中听课,喊口号声音较大",
        "十几人合住一套房,统一作息,怀疑是传销窝点",
        "有人以介绍工作为名邀约外地来人,不让外出",
        "人员频繁更换,行李较多,多人打地铺",
        "有人在白板前讲课,讲“资本运作”和返利",
        "有人站在门口接人,来人的手机被收走",
        "一屋人齐声唱歌、做游戏,窗户一直关着",
    ),
    "出租房异常聚集": (
        "租客明显多于登记人数,夜间进出频繁",
        "长期拉着窗帘,早出晚归,排队外出",
        "租住人员拒绝登记,疑似集体居住",
        "一次买几十个馒头上楼,垃圾比别家多几倍",
        "门口摆着二十多双鞋,房东说只租给三个人",
        "每天有人拖着行李箱来,住几天又换一批",
    ),
    "网络传销": (
        "有人通过手机软件发展下线,按人头返利",
        "聊天群里宣传静态收益,要求拉人入群",
        "有人推销虚拟币账户,先交钱再升级",
        "直播间让听众交费成为“合伙人”,再去拉人",
    ),
    "直销违规": (
        "会议销售夸大宣传,要求购买产品后再发展人员",
        "以健康讲座名义推销,收取入门费用",
        "推销净水器,说介绍三个人就能回本",
        "老人领了鸡蛋又被劝买几千元的套餐",
    ),
    "其他": (
        "噪声扰民,请有关部门核实",
        "附近有人散发宣传单,想问是不是传销",
        "有人咨询如何识别传销",
        "路边有人拉着填表,说是招工",
    ),
}
WHO = (
    "楼上住户反映",
    "对门邻居反映",
    "保洁员说",
    "房东来电说",
    "路过的居民反映",
    "小区物业反映",
    "网格员巡查时见到",
    "来电人说",
    "快递员说",
    "附近店主反映",
)
WHERE = (
    "三楼",
    "顶楼",
    "四楼靠东一户",
    "五楼两套打通的房",
    "一楼门面后间",
    "二单元",
    "楼道尽头那户",
    "六楼",
    "地下室",
    "临街二楼",
    "后院平房",
    "七楼",
)
WHEN = (
    "每天早上七点前后",
    "每晚八点到十点",
    "周末整天",
    "中午和傍晚",
    "天不亮时",
    "隔一天一次",
    "下午两点起",
    "夜里十一点以后",
    "早晚各一次",
    "工作日上午",
)
SINCE = (
    "已有一周",
    "约半个月了",
    "月初开始",
    "有两个多月",
    "三天前才有",
    "过完节就这样",
    "断断续续一个月",
    "从上周五起",
)
CLOSE = (
    "请派人看看。",
    "来电人不愿留名。",
    "已劝过一次没用。",
    "请尽快核实。",
    "希望回复结果。",
    "拍了照片,可以提供。",
    "最近又多了几个人。",
    "说完就挂了电话。",
    "请注意保密。",
)


def tip_rows(
    reports: Reports, houses: Buildings, community: Ints, code: Texts, rng: np.random.Generator, *, last_day: date,
    calendar: Calendar,
) -> pd.DataFrame:  # fmt: skip
    """Tips by the time they came in: columns of the layer, ``east`` and ``north`` (missing for one in 17).

    ``community`` is where each report's point lies, by position.
    """
    count = len(reports.day)
    second = _second_of_day(count, rng)
    order = np.lexsort((second, reports.day))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    original = np.where(reports.copy_of >= 0, reports.copy_of, np.arange(count))
    channel = rng.choice(np.array(list(CHANNELS)), count, p=[share for _, share in CHANNELS.values()])
    category = _categories(reports, rng)[original]
    status, verified = _outcome(reports, rng)
    placed = rng.uniform(size=count) >= UNPLACED
    day = first_day(last_day) + reports.day
    local = day.astype("datetime64[s]") + second.astype("timedelta64[s]")
    own = _words(rng, count)
    told = np.where(np.isin(np.arange(6), TOLD_AGAIN), own[original], own)
    frame = pd.DataFrame(
        {
            "tip_no": [f"XS{d}{n:05d}" for d, n in zip(compact(day), (place + 1).tolist(), strict=True)],
            "source_no": _source_numbers(day, channel, place, original),
            "received_at": pd.DatetimeIndex(local).tz_localize("Asia/Shanghai").tz_convert("UTC"),
            "channel": channel,
            "category": category,
            "text": [_text(c, w) for c, w in zip(category.tolist(), told.tolist(), strict=True)],
            "address": houses.address[reports.building],
            "community_code": code[np.where(placed, community, houses.community[reports.building])],
            "verified": verified,
            "status": status,
            "due_on": _due_days(reports.day, first_day(last_day), calendar),
            "transferred_to": _transferred_to(status, category, rng),
            "east": np.where(placed, reports.xy[:, 0], np.nan),
            "north": np.where(placed, reports.xy[:, 1], np.nan),
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def _due_days(day: Ints, first: np.datetime64, calendar: Calendar) -> Days:
    """The legal clock of a tip of each of those days, counted from the first one."""
    due = [due_day(one, calendar) for one in (first + np.arange(DAYS)).tolist()]
    return np.array(due, dtype="datetime64[D]")[day]


def _second_of_day(count: int, rng: np.random.Generator) -> Ints:
    """Mostly between 8 and 22 o'clock, with a peak before noon and one in the evening."""
    hour = np.where(rng.uniform(size=count) < 0.55, rng.normal(10.5, 1.8, count), rng.normal(18.5, 2.4, count))
    return (hour.clip(0.1, 23.9) * 3600).astype(np.int64)


def _categories(reports: Reports, rng: np.random.Generator) -> Texts:
    of_den, of_other = zip(*CATEGORIES.values(), strict=True)
    other, den = (rng.choice(np.array(list(CATEGORIES)), len(reports.day), p=shares) for shares in (of_other, of_den))
    return np.where(reports.den >= 0, den, other)


def _outcome(reports: Reports, rng: np.random.Generator) -> tuple[Texts, pd.Series]:
    """Status, and whether verified: older tips are answered but for a few overdue ones.

    Copies are duplicates; what of them the desk has overlooked went the way of its original.
    """
    count = len(reports.day)
    age = DAYS - reports.day
    status = rng.choice(["accepted", "transferred", "rejected"], count, p=[0.68, 0.12, 0.2])
    status = np.where((reports.den >= 0) & (status == "rejected"), "accepted", status)
    open_still = rng.uniform(size=count) < np.where(age <= 21, 1 - age / 26, 0)
    late = np.flatnonzero((age > 22) & (age < 60) & (reports.copy_of < 0))
    open_still[rng.choice(late, min(OVERDUE, len(late)), replace=False)] = True
    status = np.where(open_still, "new", status)
    chance = np.where(reports.den >= 0, 0.75, 0.33)
    verified = (rng.uniform(size=count) < chance) & (status != "rejected")
    copied = reports.copy_of >= 0
    overlooked = copied & (np.cumsum(copied) % OVERLOOKED == 0)
    status, verified = (np.where(overlooked, kept[reports.copy_of], kept) for kept in (status, verified))
    status = np.where(copied & ~overlooked, "duplicate", status)
    return status, pd.Series(verified, dtype="boolean").mask(np.isin(status, ["new", "duplicate"]))


def _source_numbers(day: Days, channel: Texts, place: Ints, original: Ints) -> list[str]:
    """The number in the register the tip came from; a copy has its original's."""
    days = compact(day[original])
    parts = zip(channel[original].tolist(), days, place[original].tolist(), strict=True)
    return [f"{CHANNELS[c][0]}-{d}-{(7919 * p) % 100_000:05d}" for c, d, p in parts]


def _transferred_to(status: Texts, category: Texts, rng: np.random.Generator) -> pd.Series:
    """The agency a transferred tip went to: online schemes to the police mostly."""
    police = (category == "网络传销") | (rng.uniform(size=len(category)) < 0.5)
    agency = pd.Series(np.where(police, "公安机关", "市场监督管理部门"))
    return agency.where(status == "transferred")


def _words(rng: np.random.Generator, count: int) -> Ints:
    """A number for each of the six parts of a text, from a stream of its own: later draws stay as they were."""
    (parts,) = rng.spawn(1)
    words = parts.integers(0, 2**31, (count, 6))
    words[:, 3] = rng.integers(0, 12, count)
    return words


def _text(category: str, words: list[int]) -> str:
    """A call of that kind in the words that the numbers pick."""
    choices = (WHO, WHERE, WHEN, SEEN[category], SINCE, CLOSE)
    who, where, when, seen, since, close = (said[word % len(said)] for said, word in zip(choices, words, strict=True))
    return f"{who},{where}{when}{seen},{since}。{close}"
