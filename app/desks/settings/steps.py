"""The steps from an empty city to its first plan: what each lacks, what works without it, and where it is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layers.profile import CityProfile


@dataclass(frozen=True, kw_only=True)
class Step:
    """``state`` says what there is or is missing, ``without`` what works as long as it is; one button leads there.

    A step with ``waits`` says what must come before it.
    """

    title: str
    is_done: bool
    state: str
    without: str
    button: str
    address: str
    waits: str = ""


def steps(profile: CityProfile, counted: Mapping[str, Any]) -> list[Step]:
    """The steps in their order; ``counted`` is what ``layers.registers.set_up`` gives."""
    registers = (_areas, _posts, _premises, _teams, _roads, _tips)
    return [_city(profile), *(step(counted) for step in (*registers, _analysis, _zone, _plan))]


def _city(profile: CityProfile) -> Step:
    return Step(
        title="城市配置",
        is_done=not profile.is_demo,
        state=f"现在是{profile.name},区划代码以 {profile.code_prefix} 开头",
        without="可以先用演示市看看各个页面;本市的代码和位置要等填好配置才收",
        button="填写本市的配置" if profile.is_demo else "查看配置",
        address="/start/city" if profile.is_demo else "/settings",
    )


def _areas(counted: Mapping[str, Any]) -> Step:
    there = f"已有 {counted['areas']:,} 个区划,其中 {counted['bordered']:,} 个社区有边界"
    return Step(
        title="行政区划",
        is_done=bool(counted["bordered"]),
        state=there if counted["areas"] else "还没有区划:先导入县、乡镇、社区的代码、名称和边界",
        without="点位、线索照样收,但不带社区,各区县的数字、社区图和预警出不来",
        button="导入区划",
        address="/import?layer=areas",
    )


def _posts(counted: Mapping[str, Any]) -> Step:
    return Step(
        title="岗位",
        is_done=bool(counted["posts"]),
        state=f"已有 {counted['posts']:,} 个岗位" if counted["posts"] else "还没有岗位:登记、核定和排定都以岗位的名义",
        without="看图、导入、分析都行;登记线索、核定热点、排定行动不行",
        button="登记岗位",
        address="/posts",
    )


def _premises(counted: Mapping[str, Any]) -> Step:
    return Step(
        title="出租屋和场所",
        is_done=bool(counted["premises"]),
        state=f"已有 {counted['premises']:,} 处" if counted["premises"] else "还没有出租屋和场所的登记表",
        without="热点照样算,只是不知道哪里房子多;行动的目标要在地图上逐个点",
        button="导入出租屋",
        address="/import?layer=rental_units",
    )


def _teams(counted: Mapping[str, Any]) -> Step:
    stations, teams = counted["stations"], counted["teams"]
    lacks_place = stations and not counted["placed_stations"]
    state = f"已有 {stations:,} 个驻地、{teams:,} 支队伍"
    if not stations:
        state = "还没有驻地:队伍从驻地出发,先导入驻地,再导入队伍"
    elif lacks_place:
        state = f"{stations:,} 个驻地都没有坐标,算不出路程;请补上经纬度"
    elif not teams:
        state = f"已有 {stations:,} 个驻地,还没有队伍"
    wants_stations = not stations or lacks_place
    return Step(
        title="驻地和队伍",
        is_done=bool(counted["placed_stations"] and teams),
        state=state,
        without="其余照常,只是排不出联合行动",
        button="导入驻地" if wants_stations else "导入队伍",
        address=f"/import?layer={'stations' if wants_stations else 'teams'}",
    )


def _roads(counted: Mapping[str, Any]) -> Step:
    return Step(
        title="道路",
        is_done=bool(counted["roads"]),
        state=f"已有 {counted['roads']:,} 段道路" if counted["roads"] else "还没有道路:一份 .osm.pbf 或带线形的表",
        without="地图上没有路,算不出谁几点到,排不出联合行动",
        button="导入道路",
        address="/import?layer=roads",
    )


def _tips(counted: Mapping[str, Any]) -> Step:
    return Step(
        title="线索和执法记录",
        is_done=bool(counted["incidents"]),
        state=f"已有 {counted['incidents']:,} 条" if counted["incidents"] else "还没有线索:导入以往的,或在“线索”页登记",
        without="登记簿和图照常用,没有记录就没有热点",
        button="导入线索",
        address="/import?layer=tips",
    )


def _analysis(counted: Mapping[str, Any]) -> Step:
    zones = f"分析过了,算出 {counted['zones']:,} 处热点" if counted["zones"] else "分析过了,没有算出热点"
    return Step(
        title="第一次分析",
        is_done=bool(counted["analyses"]),
        state=zones if counted["analyses"] else "还没有分析过",
        without="地图上只有点,没有疑似热点",
        button="开始分析",
        address="",
        waits="" if counted["incidents"] else "先要有线索或执法记录",
    )


def _zone(counted: Mapping[str, Any]) -> Step:
    reviewed = counted["reviewed"]
    return Step(
        title="核定一处热点",
        is_done=bool(reviewed),
        state=f"{reviewed} 已核定" if reviewed else "还没有核定过的热点;看过依据,由岗位核定",
        without="不核定也能排行动,目标从名单或地图上选",
        button="看这处热点",
        address=f"/#zone={counted['unreviewed'] or reviewed or ''}",
        waits="" if counted["zones"] else "先要算出热点",
    )


def _plan(counted: Mapping[str, Any]) -> Step:
    ready = counted["posts"] and counted["placed_stations"] and counted["teams"] and counted["roads"]
    zone = f"?zone={counted['reviewed']}" if counted["reviewed"] else ""
    return Step(
        title="第一个行动方案",
        is_done=bool(counted["planned"]),
        state=f"已排定 {counted['planned']:,} 个行动" if counted["planned"] else "还没有排定过行动",
        without="前面的各步都能单独用",
        button="新建行动",
        address=f"/actions/new{zone}",
        waits="" if ready else "先要有岗位、驻地、队伍和道路",
    )
