"""Every layer of a city, imported, given or computed: key, Chinese title, fields, geometry, and what is done with it.

One table drives the importer (which headings, which units), the database columns, the exports, the tiles and the API,
so that a layer and a field are described once. What the database does for a layer, its function ``keep_layer`` sets up.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gis.errors import NotFound
from gis.frames import Column, FrameSpec, Kind
from layers.words import REVIEWED, SUSPECTED

POINT = ("Point",)
LINES = ("LineString", "MultiLineString")
POLYGONS = ("Polygon", "MultiPolygon")
#: Nothing that these registers tell of happened before: an earlier day is a slip of the pen or an empty cell's default.
EARLIEST_DAY = dt.date(1980, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What a value must name: a row by that field of one of the layers. ``sentence`` says what to do where it does not.

    The agencies of the profile count as rows of theirs as long as none is registered.
    """

    to: tuple[tuple[str, str], ...]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column as people know it. ``unit`` is dropped from a cell; ``private`` text never leaves the tip desk.

    ``happened`` marks the day or moment of something that has happened, which ``happened_days`` bounds; days of plans,
    deadlines and expiry, and those on which an area's code begins or ends to be valid, are free. A ``clock`` is a text
    such as 08:30, an ``official`` field may name an official on duty or his telephone, a ``reference`` names a row of
    another layer, and a day lies later than that of the field ``after``.
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
    official: bool = False
    clock: bool = False
    reference: Reference | None = None
    after: str | None = None

    def column(self) -> Column:
        """The frame column this field becomes."""
        return Column(kind=self.kind, required=self.required, least=self.least, choices=tuple(self.choices))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer. ``number`` is the field whose value names a row; without it ``family`` decides.

    ``moment`` is the field that says when a record happened; only layers that have one can be cut by period.
    ``address`` is the field by which a row without a point can be placed. ``needs`` are fields that a row must have
    though its column may be empty. ``columns`` are what the map shows of a layer that has no fields of its own.

    family: areas (by code), places (by community and address), records (by all fields and occurrence), counts (by
    community, month, register and the finer place), roads (by all fields), lists (small registers, by their number
    alone); desk (written by its posts) and computed (by an analysis) have no rule.

    Flags: ``importable`` from files, ``exported`` as a workbook that the pages offer, ``tiled`` as vector tiles,
    ``internal`` in a map of one file only where that stays inside, ``premises`` that tips and raids can point at,
    ``dwelling`` those that people live in, ``measured`` by area under that name, ``scoped`` to an area, ``stays`` since
    the service removes none of its rows, and ``former`` the fields whose old values the database keeps. ``by_hand``
    are small enough to be filled in row by row on a page; rows of one that ``leaves`` are removed, never called
    otherwise, and kept among the former rows. ``either`` are fields of which a row must have one, and
    ``one_place`` is the field of which a row that stands in a file more than once may not have two values.
    """

    key: str
    title: str
    family: Literal["areas", "places", "records", "counts", "roads", "lists", "desk", "computed"]
    singular: str = ""
    fields: tuple[Field, ...] = ()
    columns: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    number: str | None = None
    moment: str | None = None
    address: str | None = None
    geometry: tuple[str, ...] = POINT
    geometry_required: bool = False
    exported: bool = False
    tiled: bool = False
    internal: bool = False
    premises: bool = False
    dwelling: bool = False
    measured: str = ""
    scoped: bool = True
    former: tuple[str, ...] = ()
    by_hand: bool = False
    leaves: bool = False
    either: tuple[str, ...] = ()
    one_place: str = ""

    @property
    def table(self) -> str:
        """The table that holds it; communities are the community level of areas."""
        return "areas" if self.family == "areas" else self.key

    @property
    def importable(self) -> bool:
        """Whether files are read into it."""
        return self.family not in ("desk", "computed")

    @property
    def stays(self) -> bool:
        """Whether its rows are never removed: those of an analysis are computed anew, and posts go off duty."""
        return self.family != "computed" and not self.leaves

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns that whoever may see the map reads."""
        key = () if self.family == "areas" else (f"{self.singular}_id",)
        return (*key, *(f.name for f in self.fields if not f.private)) if self.importable else self.columns

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
#: The networks of which each point of the city has one owner.
NETWORKS = {"police": "公安", "market_supervision": "市场监管"}
#: What a hand-drawn shape marks on the map.
DRAWN_FAMILIES = {"key_area": "重点区域", "key_premises": "重要监管对象", "prone_area": "易发区", "note": "注记"}
REGISTERS = {
    "floating": "流动(外来)人口",
    "outgoing": "外出人口",
    "rental": "出租房屋",
    "unemployed": "失业人员",
    "resident": "常住人口",
}

_AGENCY = Field(
    name="agency",
    title="单位",
    kind="text",
    required=True,
    reference=Reference(to=(("agencies", "name"),), sentence="没有“{value}”这个成员单位,请先登记它,或改成已有的名称"),
)
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

_ZONE = (
    "zone_id", "area_code", "grade", "score", "own_raid_share", "tips", "sources", "findings", "radius_m", "expected",
    "since", "until", "last_confirmed_on", "expires_on", "reviewed_on", "reasons", "method", "tips_score",
    "checks_score", "raids_score", "priority", "likely", "reporting",
)  # fmt: skip

_ALL = (
    Layer(
        key="areas",
        singular="area",
        title="行政区划",
        family="areas",
        number="code",
        geometry=POLYGONS,
        tiled=True,
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
        tiled=True,
        fields=_AREA_FIELDS,
    ),
    Layer(
        key="rental_units",
        singular="rental_unit",
        title="出租屋",
        family="places",
        number="unit_code",
        address="address",
        needs=("community_code", "address"),
        exported=True,
        tiled=True,
        premises=True,
        dwelling=True,
        measured="rental_units",
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
        needs=("community_code", "address"),
        exported=True,
        tiled=True,
        internal=True,
        premises=True,
        measured="venues",
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
        exported=True,
        tiled=True,
        internal=True,
        measured="tips",
        former=("tip_no", "received_at", "source_no", "channel", "category", "text", "address"),
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
        needs=("community_code",),
        exported=True,
        tiled=True,
        internal=True,
        measured="findings",
        former=("action_no", "date", "place", "kind", "outcome", "dens", "people", "text"),
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
        needs=("community_code",),
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
        scoped=False,
        fields=(
            Field(name="name", title="道路名称", kind="text"),
            Field(name="class", title="等级", kind="text"),
            Field(name="speed_kmh", title="时速(公里)", kind="number", least=0),
            Field(name="oneway", title="单行", kind="flag"),
        ),
    ),
    Layer(
        key="rivers",
        singular="river",
        title="河流",
        family="roads",
        geometry=LINES,
        geometry_required=True,
        scoped=False,
        exported=True,
        fields=(Field(name="name", title="河流名称", kind="text"),),
    ),
    Layer(
        key="jurisdictions",
        singular="jurisdiction",
        title="派出所和市场监管所辖区",
        family="lists",
        number="name",
        geometry=POLYGONS,
        geometry_required=True,
        exported=True,
        fields=(
            Field(name="name", title="辖区名称", kind="text", required=True),
            Field(name="network", title="网络", kind="text", required=True, choices=NETWORKS),
        ),
    ),
    Layer(
        key="agencies",
        singular="agency",
        title="成员单位",
        family="lists",
        number="name",
        geometry=(),
        scoped=False,
        exported=True,
        by_hand=True,
        fields=(
            Field(name="name", title="单位名称", kind="text", required=True),
            Field(name="network", title="网络", kind="text", choices=NETWORKS),
            Field(name="duty", title="职责", kind="text"),
        ),
    ),
    Layer(
        key="posts",
        singular="post",
        title="岗位",
        family="lists",
        number="title",
        geometry=(),
        exported=True,
        by_hand=True,
        leaves=True,
        fields=(
            Field(name="title", title="岗位名称", kind="text", required=True),
            Field(
                name="area_code",
                title="负责的区划代码",
                kind="text",
                reference=Reference(to=(("areas", "code"),), sentence="没有代码为“{value}”的区划,不填就是全市"),
            ),
            Field(name="agency", title="单位", kind="text", reference=_AGENCY.reference),
            Field(name="kind", title="岗位类别", kind="text"),
            Field(name="name", title="在岗人员", kind="text", official=True),
            Field(name="work_phone", title="办公电话", kind="text", official=True),
        ),
    ),
    Layer(
        key="stations",
        singular="station",
        title="驻地",
        family="lists",
        number="name",
        address="address",
        exported=True,
        by_hand=True,
        fields=(
            Field(name="name", title="驻地名称", kind="text", required=True),
            _AGENCY,
            Field(name="address", title="地址", kind="text"),
            _COMMUNITY,
            _PLACE_ERROR,
        ),
    ),
    Layer(
        key="teams",
        singular="team",
        title="队伍",
        family="lists",
        number="name",
        geometry=(),
        scoped=False,
        exported=True,
        by_hand=True,
        one_place="station",
        fields=(
            Field(name="name", title="队伍名称", kind="text", required=True),
            _AGENCY,
            Field(name="size", title="人数", kind="whole", unit="人", least=2),
            Field(name="skills", title="专长", kind="text"),
            _count("vehicles", "车辆", "辆"),
            Field(
                name="station",
                title="驻地",
                kind="text",
                reference=Reference(
                    to=(("stations", "name"),),
                    sentence="没有叫“{value}”的驻地,请先登记驻地;一支队伍只写一个驻地",
                ),
            ),
            Field(name="shift_from", title="上班时刻", kind="text", clock=True),
            Field(name="shift_until", title="下班时刻", kind="text", clock=True),
            Field(name="ready_minutes", title="出发准备(分钟)", kind="number", unit="分钟", least=0),
        ),
    ),
    Layer(
        key="decisions",
        singular="decision",
        title="行政决定涉及的场所",
        family="lists",
        number="number",
        address="address",
        exported=True,
        by_hand=True,
        former=("number", "premises", "address", "kind", "authority", "decided_on", "expires_on"),
        either=("premises", "address"),
        fields=(
            Field(name="number", title="决定文号", kind="text", required=True),
            Field(name="kind", title="决定种类", kind="text", required=True),
            Field(
                name="premises",
                title="点位编号",
                kind="text",
                reference=Reference(
                    to=(("rental_units", "unit_code"), ("venues", "venue_no")),
                    sentence="没有编号为“{value}”的出租屋或场所,请核对编号,或改填地址",
                ),
            ),
            Field(name="address", title="地址", kind="text"),
            _COMMUNITY,
            Field(name="authority", title="决定机关", kind="text", required=True),
            Field(name="decided_on", title="决定日期", kind="day", required=True, happened=True),
            Field(name="expires_on", title="失效日期", kind="day", after="decided_on"),
            _PLACE_ERROR,
        ),
    ),
    Layer(
        key="hotspots",
        title="疑似热点格",
        family="computed",
        columns=("hotspot_id", "area_code", "incidents", "likely", "z", "p"),
    ),
    Layer(
        key="forecast_cells",
        title="下期先看的格",
        family="computed",
        columns=("forecast_cell_id", "area_code", "method", "likely"),
    ),
    Layer(key="misses", title="上期漏报", family="computed", columns=("miss_id", "area_code", "day")),
    Layer(
        key="alerts",
        title="未办结的预警",
        family="desk",
        columns=("alert_id", "area_code", "since", "until", "observed", "expected", "post", "due_on", "method"),
    ),
    Layer(
        key="drawn_zones",
        title="绘制的区域和注记",
        family="desk",
        internal=True,
        columns=("id", "name", "family", "note", "radius_m", "area_code", "version", "updated_at"),
    ),
    Layer(
        key="risk_zones",
        title=f"{SUSPECTED}与{REVIEWED}",
        family="computed",
        exported=True,
        columns=_ZONE,
    ),
)

CATALOG: Mapping[str, Layer] = {layer.key: layer for layer in _ALL}
#: Those that files are imported into.
LAYERS: Mapping[str, Layer] = {key: layer for key, layer in CATALOG.items() if layer.importable}


def flagged(flag: Literal["exported", "tiled", "internal", "premises", "measured", "scoped"]) -> tuple[str, ...]:
    """The keys of the layers that have that flag, in the order of the catalogue."""
    return tuple(key for key, layer in CATALOG.items() if getattr(layer, flag))


def tables() -> tuple[str, ...]:
    """The tables that hold the layers, each once, in the order of the catalogue."""
    return tuple(dict.fromkeys(layer.table for layer in CATALOG.values()))


def title_of(key: str) -> str:
    """What that layer is called on a page."""
    return CATALOG[key].title


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
