"""The list of layers a city keeps: key, Chinese title, fields, geometry, and how a row is recognised again.

One table drives the importer (which headings, which units), the database columns, the exports and the API, so that a
field is described once.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gis.errors import NotFound
from gis.frames import Column, FrameSpec, Kind

POINT = ("Point",)
LINES = ("LineString", "MultiLineString")
POLYGONS = ("Polygon", "MultiPolygon")
#: Nothing that these registers tell of happened before: an earlier day is a slip of the pen or an empty cell's default.
EARLIEST_DAY = dt.date(1980, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column as people know it. ``unit`` is dropped from a cell; ``private`` text never leaves the tip desk.

    ``happened`` marks the day or moment of something that has happened, which ``happened_days`` bounds; days of plans,
    deadlines and expiry, and those on which an area's code begins or ends to be valid, are free.
    """

    name: str
    title: str
    kind: Kind
    required: bool = False
    unit: str | None = None
    least: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    happened: bool = False

    def column(self) -> Column:
        """The frame column this field becomes."""
        return Column(kind=self.kind, required=self.required, least=self.least, choices=tuple(self.choices))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer. ``number`` is the field whose value names a row; without it ``family`` decides.

    ``moment`` is the field that says when a record happened; only layers that have one can be cut by period.
    ``address`` is the field by which a row without a point can be placed.

    family: areas (by code), places (by community and address), records (by all fields and occurrence), counts (by
    community, month, register and the finer place), roads (by all fields).
    """

    key: str
    singular: str
    title: str
    family: Literal["areas", "places", "records", "counts", "roads"]
    fields: tuple[Field, ...]
    number: str | None = None
    moment: str | None = None
    address: str | None = None
    geometry: tuple[str, ...] = POINT
    geometry_required: bool = False

    @property
    def table(self) -> str:
        """The table that holds it; communities are the community level of areas."""
        return "areas" if self.family == "areas" else self.key

    def spec(self) -> FrameSpec:
        """What a frame of this layer holds once it is read: the fields, ``identity`` text and ``geometry``."""
        columns = {f.name: f.column() for f in self.fields}
        columns["identity"] = Column(kind="text", required=True)
        return FrameSpec(
            name=self.key,
            columns=columns,
            geometry=self.geometry,
            geometry_required=self.geometry_required,
            key=("identity",),
        )


LEVELS = {
    "city": "市",
    "county": "县(市、区)",
    "township": "乡镇(街道)",
    "community": "社区(村)",
    "group": "组",
    "grid": "网格",
    "building": "楼栋",
    "unit": "单元",
}
VENUE_KINDS = {
    "hotel": "宾馆酒店",
    "guesthouse": "旅馆民宿",
    "restaurant": "饭店餐馆",
    "entertainment": "娱乐场所",
    "school": "学校",
    "market": "市场",
    "training": "培训场所",
    "meeting": "会议场所",
    "office": "写字楼",
    "internet_cafe": "网吧",
    "other": "其他",
}
TIP_STATUSES = {
    "new": "待受理",
    "accepted": "已受理",
    "duplicate": "重复",
    "transferred": "已移送",
    "rejected": "不予受理",
}
#: The words of the tip desk; records from elsewhere keep their own.
TIP_CHANNELS = (
    "举报电话", "12315", "110", "社区(村)上报", "网格巡查", "举报箱", "网上举报", "来访", "来信", "其他",
)  # fmt: skip
TIP_CATEGORIES = (
    "聚集式传销", "出租房异常聚集", "网络传销", "直销违规", "限制人身自由", "失联求助", "其他",
)  # fmt: skip
RAID_KINDS = {"inspection": "检查", "random_check": "随机抽查", "joint": "联合行动", "ban": "取缔"}
OUTCOMES = {"found": "发现", "nothing": "未发现", "unknown": "未记录"}
#: What a hand-drawn shape marks on the map.
DRAWN_FAMILIES = {"key_area": "重点区域", "key_premises": "重要监管对象", "prone_area": "易发区", "note": "注记"}
REGISTERS = {
    "floating": "流动(外来)人口",
    "outgoing": "外出人口",
    "rental": "出租房屋",
    "unemployed": "失业人员",
    "resident": "常住人口",
}

_COMMUNITY = Field(name="community_code", title="社区代码", kind="text")
#: told only by rows that are placed by their address
_PLACE_ERROR = Field(name="place_error_m", title="位置误差(米)", kind="number", unit="米", least=0)


def _count(name: str, title: str, unit: str = "人") -> Field:
    return Field(name=name, title=title, kind="whole", unit=unit, least=0)


_AREA_FIELDS = (
    Field(name="code", title="区划代码", kind="text", required=True),
    Field(name="name", title="名称", kind="text", required=True),
    Field(name="level", title="级别", kind="text", choices=LEVELS),
    Field(name="parent_code", title="上级代码", kind="text"),
    Field(name="former_code", title="原代码", kind="text"),
    Field(name="former_name", title="原名称", kind="text"),
    Field(name="valid_from", title="启用日期", kind="day"),
    Field(name="valid_to", title="停用日期", kind="day"),
)

_ALL = (
    Layer(
        key="areas",
        singular="area",
        title="行政区划",
        family="areas",
        number="code",
        geometry=POLYGONS,
        fields=_AREA_FIELDS,
    ),
    Layer(
        key="communities",
        singular="area",
        title="社区(村)",
        family="areas",
        number="code",
        geometry=POLYGONS,
        geometry_required=True,
        fields=_AREA_FIELDS,
    ),
    Layer(
        key="rental_units",
        singular="rental_unit",
        title="出租屋",
        family="places",
        number="unit_code",
        address="address",
        fields=(
            Field(name="unit_code", title="出租屋编号", kind="text"),
            Field(name="address", title="地址", kind="text"),
            _COMMUNITY,
            _count("rooms", "房间数", "间"),
            _count("occupants", "居住人数"),
            Field(name="area_m2", title="面积(平方米)", kind="number", unit="㎡", least=0),
            Field(name="rent_yuan", title="月租金(元)", kind="number", unit="元", least=0),
            Field(name="registered_on", title="登记日期", kind="day", happened=True),
            _PLACE_ERROR,
        ),
    ),
    Layer(
        key="venues",
        singular="venue",
        title="场所",
        family="places",
        number="venue_no",
        address="address",
        fields=(
            Field(name="venue_no", title="场所编号", kind="text"),
            Field(name="kind", title="类别", kind="text", choices=VENUE_KINDS),
            Field(name="name", title="名称", kind="text", required=True),
            Field(name="address", title="地址", kind="text"),
            _COMMUNITY,
            _count("rooms", "房间数", "间"),
            _count("beds", "床位数", "张"),
            Field(name="opened_on", title="开业日期", kind="day", happened=True),
            _PLACE_ERROR,
        ),
    ),
    Layer(
        key="tips",
        singular="tip",
        title="举报线索",
        family="records",
        number="tip_no",
        moment="received_at",
        address="address",
        fields=(
            Field(name="tip_no", title="线索编号", kind="text"),
            Field(name="source_no", title="来源编号", kind="text"),
            Field(name="received_at", title="接报时间", kind="moment", required=True, happened=True),
            Field(name="channel", title="渠道", kind="text"),
            Field(name="category", title="类别", kind="text"),
            Field(name="text", title="内容", kind="text", private=True),
            Field(name="address", title="地址", kind="text"),
            _COMMUNITY,
            Field(name="verified", title="是否核实", kind="flag"),
            Field(name="status", title="状态", kind="text", choices=TIP_STATUSES),
            Field(name="due_on", title="办结期限", kind="day"),
            Field(name="transferred_to", title="移送单位", kind="text"),
            _PLACE_ERROR,
        ),
    ),
    Layer(
        key="raids",
        singular="raid",
        title="执法行动",
        family="records",
        number="action_no",
        moment="date",
        address="place",
        fields=(
            Field(name="action_no", title="行动编号", kind="text"),
            Field(name="date", title="日期", kind="day", required=True, happened=True),
            _COMMUNITY,
            Field(name="place", title="地点", kind="text"),
            Field(name="kind", title="行动类型", kind="text", choices=RAID_KINDS),
            Field(name="agencies", title="参加单位", kind="text"),
            Field(name="outcome", title="结果", kind="text", choices=OUTCOMES),
            _count("officers", "出动人数"),
            _count("vehicles", "出动车辆", "辆"),
            _count("households", "检查户数", "户"),
            _count("dens", "捣毁窝点", "个"),
            _count("people", "涉及人数"),
            _count("dispersed", "遣散人数"),
            _count("rescued", "解救人数"),
            _count("detained", "拘留人数"),
            _count("cases_filed", "立案数", "件"),
            Field(name="rate", title="比率", kind="number", unit="%", least=0),
            Field(name="amount_yuan", title="涉案金额(元)", kind="number", unit="元", least=0),
            Field(name="text", title="情况说明", kind="text", private=True),
            _PLACE_ERROR,
        ),
    ),
    Layer(
        key="counts",
        singular="count",
        title="四项登记",
        family="counts",
        geometry=(),
        fields=(
            Field(name="community_code", title="社区代码", kind="text", required=True),
            Field(name="month", title="月份", kind="day", required=True, happened=True),
            Field(name="register", title="登记类别", kind="text", required=True, choices=REGISTERS),
            Field(name="count", title="数量", kind="whole", required=True, unit="人", least=0),
            Field(name="group", title="组", kind="text"),
            Field(name="building", title="楼栋", kind="text"),
            Field(name="unit", title="单元", kind="text"),
            Field(name="venue_no", title="场所编号", kind="text"),
        ),
    ),
    Layer(
        key="roads",
        singular="road",
        title="道路",
        family="roads",
        geometry=LINES,
        geometry_required=True,
        fields=(
            Field(name="name", title="道路名称", kind="text"),
            Field(name="class", title="等级", kind="text"),
            Field(name="speed_kmh", title="时速(公里)", kind="number", least=0),
            Field(name="oneway", title="单行", kind="flag"),
        ),
    ),
)

LAYERS: Mapping[str, Layer] = {layer.key: layer for layer in _ALL}


#: Titles of the layers that are shown and that no file is imported into.
SHOWN_ONLY: Mapping[str, str] = {
    "jurisdictions": "派出所和市场监管所辖区",
    "rivers": "河流",
    "decisions": "行政决定涉及的场所",
    "hotspots": "疑似热点格",
    "forecast_cells": "下期先看的格",
    "misses": "上期漏报",
    "alerts": "未办结的预警",
    "drawn_zones": "绘制的区域和注记",
    "risk_zones": "疑似热点(未核定)与重点关注区",
}


def title_of(key: str) -> str:
    """What that layer is called on a page."""
    return LAYERS[key].title if key in LAYERS else SHOWN_ONLY[key]


def layer_named(key: str) -> Layer:
    """The layer of that key.

    Raises:
        NotFound: naming the layers there are.

    """
    if key not in LAYERS:
        raise NotFound(f"没有名为“{key}”的图层,可用的有:{'、'.join(LAYERS)}", kind="unknown_layer")
    return LAYERS[key]


def happened_days(today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day on which something told ``today`` can have happened.

    The last one is tomorrow: the clock of who writes it down may be ahead.
    """
    return EARLIEST_DAY, today + dt.timedelta(days=1)
