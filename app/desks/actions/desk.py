"""Plan a joint action: which team goes where, by which road, leaving when, so that all arrive at one moment."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from app.core.words import UNPLANNED
from gis.arrays import BoolArray, FloatArray
from gis.errors import Refused
from layers import actions as kept
from layers import posts, registers
from layers.actor import NO_POST, Actor
from layers.database import transaction
from layers.profile import CityProfile

# a page that lists actions plans none
if TYPE_CHECKING:
    from gis.roads import RoadNetwork
    from gis.strike import StrikePlan

#: The common time is put off in such steps.
STEP = dt.timedelta(minutes=5)
SPEED_UNKNOWN_KMH = 30.0
BUFFER_MINUTES = 10.0
#: What a target records of itself; empty ones leave it 待核.
DOCUMENTS = ("evidence", "legal_basis", "authority", "document_no", "police_document_no")

#: What steps say that were kept before there were accounts: nobody can tell who it was.
BEFORE_ACCOUNTS = frozenset({"", "local"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """One place to go to: ``place`` names a premises or an area, or ``lon`` and ``lat`` a point called ``address``.

    ``dwelling`` None is what the layer says: people live in rental units.
    """

    place: str = ""
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    zone_id: str | None = None
    dwelling: bool | None = None
    documents: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Action:
    """What is asked for: all agencies at all targets at one moment of [since, until)."""

    name: str
    since: dt.datetime
    until: dt.datetime
    agencies: tuple[str, ...]
    targets: tuple[Target, ...]
    buffer_minutes: float = BUFFER_MINUTES


def new_action(
    engine: sa.Engine, actor: Actor, profile: CityProfile, wanted: Action, *, now: dt.datetime, planned: bool = False
) -> int:  # fmt: skip
    """Store the action, ``planned`` or as a draft, whole or not at all; its action_id.

    Raises:
        Refused: no target, agency or name; an agency the city has not; a window that is past or a target that has no
            place; and what ``plan_strike`` refuses.
        NotFound: a target nobody knows.
        Conflict: the name is taken.
    """
    with transaction(engine, actor) as connection:
        posts.acting(connection, actor)
        _check(wanted, registers.agencies(connection, profile), now)
        rows = [_row(connection, profile, target) for target in wanted.targets]
        _check_once(rows)
        action = {
            "name": wanted.name.strip(),
            "date": wanted.since.astimezone(profile.zone).date(),
            "window_since": wanted.since,
            "window_until": wanted.until,
            "buffer_minutes": wanted.buffer_minutes,
            "agencies": list(wanted.agencies),
        }
        action_id = kept.add(connection, action, rows)
        _keep(connection, actor, action_id, "added")
        if planned:
            _plan(connection, actor, profile, action_id, now=now)
    return action_id


def plan_strike(
    engine: sa.Engine, actor: Actor, profile: CityProfile, action_id: int, *, now: dt.datetime,
    version: int | None = None,
) -> int:  # fmt: skip
    """Plan the action anew from the teams and roads as they are; its new version.

    Teams that an approved action of the same day sends out are left to it.

    Raises:
        Refused: no roads, too few teams, a target with no road near, or too late for the window; nothing changes then.
        Conflict: kind stale, it is no longer at ``version``.
    """
    with transaction(engine, actor) as connection:
        return _plan(connection, actor, profile, action_id, now=now, version=version)


def approve(engine: sa.Engine, actor: Actor, action_id: int, *, version: int) -> int:
    """Approve a planned action ; its new version.

    Raises:
        Refused: it is not planned yet, a target still lacks evidence, legal basis, authority or document number, the
            city has no posts to tell apart, the same account or post was the last to write, or one of its teams stands
            in an approved action of that day.
        Conflict: kind stale, it is no longer at ``version``.
    """
    with transaction(engine, actor) as connection:
        post = posts.acting(connection, actor)
        action, targets = kept.action(connection, action_id), kept.targets(connection, action_id)
        if action["version"] != version:  # who wrote last is read from this version; ``change`` proves it again
            raise kept.stale()
        waiting = targets.loc[targets["pending"], "number"].astype(str)
        if len(waiting):
            raise Refused(
                f"第 {'、'.join(waiting)} 个目标还是待核,证据、依据、批准机关和文号齐全后才能批准", kind="pending"
            )
        if action["status"] == "draft":
            raise Refused(f"{UNPLANNED},不能批准", kind="not_planned")
        _refuse_the_last_writer(connection, actor, action)
        booked = [each for each in kept.shared(connection, action_id, lock=True) if each["status"] == "approved"]
        if booked:
            raise Refused(
                f"{booked[0]['team']}当天已在批准的行动“{booked[0]['action']}”里,请重新排定后再批准", kind="team_taken"
            )
        changed = kept.change(connection, action_id, version, {"status": "approved", "approved_by": post})
        _keep(connection, actor, action_id, "approved")
    return changed


def _refuse_the_last_writer(connection: sa.Connection, actor: Actor, action: Mapping[str, Any]) -> None:
    """Let somebody pass whose account and post are others than those that wrote last.

    Raises:
        Refused: nobody can tell, or it is the same one.
    """
    if actor.post == NO_POST:
        raise Refused("命令不代表任何岗位,分不出谁排定谁批准:请在网页上选好岗位再批准", kind="no_posts")
    written = [each["account"] for each in kept.steps(connection, action["action_id"]) if each["step"] != "approved"]
    if not written or written[-1] in BEFORE_ACCOUNTS:
        raise Refused("这个行动没有留下由哪个账户排定(升级前排定的),请重新排定后再批准", kind="not_planned")
    if actor.account == written[-1]:
        raise Refused(
            "最后排定或改它的也是您的账户,换了岗位也不算第二个人:请管理员在“账户”页请另一个人进来,由他批准",
            kind="same_account",
        )
    if actor.post == action["planned_by"]:
        raise Refused(f"这个行动最后由“{actor.post}”排定或改过,要由另一个岗位批准", kind="same_post")


def complete_target(
    engine: sa.Engine, actor: Actor, action_id: int, number: int, values: Mapping[str, Any], *, version: int
) -> int:  # fmt: skip
    """Write down what a target records of itself; the action's new version. An approved action goes back to planned.

    The post that wrote last counts as the one that planned it: the last to write is never the one to approve.

    Raises:
        NotFound: no such target.
        Conflict: kind stale, the action is no longer at ``version``.
    """
    with transaction(engine, actor) as connection:
        post = posts.acting(connection, actor)
        action = kept.action(connection, action_id)
        kept.change_target(connection, action_id, number, values)
        status = "planned" if action["status"] == "approved" else action["status"]
        written = {"status": status, "approved_by": "", "planned_by": post}
        changed = kept.change(connection, action_id, version, written)
        _keep(connection, actor, action_id, "changed", number=number, **values)
    return changed


def road_network(roads: gpd.GeoDataFrame, metric_crs: str) -> "RoadNetwork":
    """The roads as a network in metres; a road without a speed takes that of its class.

    Raises:
        Refused: there are none.
    """
    from gis.osm import SPEEDS_KMH
    from gis.roads import RoadNetwork

    if not len(roads):
        raise Refused("还没有道路数据,算不出路程;请先导入道路", kind="no_roads")
    speed = roads["speed_kmh"].fillna(roads["class"].map(SPEEDS_KMH)).fillna(SPEED_UNKNOWN_KMH)
    lines = roads.to_crs(metric_crs).geometry.to_numpy()
    return RoadNetwork.from_lines(lines, speed_kmh=speed, oneway=roads["oneway"], crs=metric_crs)


def _plan(
    connection: sa.Connection, actor: Actor, profile: CityProfile, action_id: int, *, now: dt.datetime,
    version: int | None = None,
) -> int:  # fmt: skip
    post = posts.acting(connection, actor)
    action, targets = kept.action(connection, action_id), kept.targets(connection, action_id)
    if version is not None and version != action["version"]:  # before seconds of routes; ``change`` proves it again
        raise kept.stale()
    teams, taken = kept.teams(connection, action["agencies"]), kept.taken(connection, action_id)
    network = road_network(kept.roads(connection), profile.metric_crs)

    free = teams[~teams["team_id"].isin(list(taken))].reset_index(drop=True)
    try:
        strike = _decide(network, profile, action, targets, free)
    except Refused as error:
        if len(free) == len(teams) or error.kind != "too_few_teams":
            raise
        names = "、".join(f"“{name}”" for name in sorted(set(taken.values())))
        raise Refused(
            f"{error.sentence};当天批准的行动{names}占用了 {len(teams) - len(free)} 支队伍", kind=error.kind
        ) from error
    h_hour = _common_time(action, strike, now)
    rows = _legs(network, profile, action, targets, free, strike, h_hour)

    planned = {"h_hour": h_hour, "status": "planned", "planned_by": post, "approved_by": ""}
    # the version first: its row keeps others waiting until the legs are stored
    changed = kept.change(connection, action_id, action["version"] if version is None else version, planned)
    kept.store_legs(connection, action_id, rows)
    _keep(connection, actor, action_id, "planned")
    return changed


def _keep(connection: sa.Connection, actor: Actor, action_id: int, step: str, **detail: Any) -> None:
    kept.keep_step(connection, action_id, step=step, detail=detail, post=actor.post)


def _check(wanted: Action, agencies: Sequence[str], now: dt.datetime) -> None:
    unknown = [agency for agency in wanted.agencies if agency not in agencies]
    faults = [
        (not wanted.name.strip(), "no_name", "请给行动起一个名称"),
        (not wanted.targets, "no_targets", "请至少选一个目标"),
        (not wanted.agencies, "no_agencies", "请至少选一个部门"),
        (bool(unknown), "unknown_agency", f"没有“{'、'.join(unknown)}”这个部门,可选:{'、'.join(agencies)}"),
        (len(set(wanted.agencies)) < len(wanted.agencies), "twice", "同一个部门选了两次"),
        (wanted.since >= wanted.until, "bad_window", "时间窗口的开始要早于结束"),
        (wanted.until <= now, "window_past", "这个时间窗口已经过去,请改日期或时间"),
    ]
    for holds, kind, sentence in faults:
        if holds:
            raise Refused(sentence, kind=kind)


def _check_once(rows: Sequence[Mapping[str, Any]]) -> None:
    places = [row["place"] for row in rows if row["place"]]
    twice = next((row for row in rows if row["place"] and places.count(row["place"]) > 1), None)
    if twice:
        raise Refused(f"目标“{twice['address']}”选了两次", kind="twice")


def _row(connection: sa.Connection, profile: CityProfile, target: Target) -> dict[str, Any]:
    documents = {name: target.documents.get(name, "").strip() for name in DOCUMENTS}
    told = {"zone_id": target.zone_id, **documents}
    if target.place:
        found = kept.place(connection, target.place)
        dwelling = found["dwelling"] if target.dwelling is None else target.dwelling
        names = {name: found[name] for name in ("place", "address", "area_code")}
        return told | names | {"dwelling": dwelling, "geom": found["geometry"]}
    if target.lon is None or target.lat is None or not target.address.strip():
        raise Refused("地图上选的目标要有位置和名称", kind="no_place")
    west, south, east, north = profile.bounds
    if not (west <= target.lon <= east and south <= target.lat <= north):
        raise Refused(f"目标“{target.address}”不在本市范围内", kind="outside")
    code = kept.community_at(connection, target.lon, target.lat)
    point = shapely.Point(target.lon, target.lat)
    at = {"place": None, "address": target.address.strip(), "area_code": code}
    return told | at | {"dwelling": bool(target.dwelling), "geom": point}


def _decide(
    network: "RoadNetwork", profile: CityProfile, action: Mapping[str, Any], targets: gpd.GeoDataFrame,
    teams: gpd.GeoDataFrame,
) -> "StrikePlan":  # fmt: skip
    from gis.roads import SNAP_M, travel_minutes
    from gis.strike import assign

    end = _metric(targets, profile)
    near, _ = network.segments.query_nearest(shapely.points(end), max_distance=SNAP_M, all_matches=False)
    far = targets["address"].drop(near)
    if len(far):
        raise Refused(f"目标“{far.iloc[0]}”附近 {SNAP_M:.0f} 米内没有道路,排不出路线", kind="no_road")
    missing = [agency for agency in action["agencies"] if agency not in set(teams["agency"])]
    if missing:
        raise Refused(f"{missing[0]}没有队伍,请先登记队伍", kind="too_few_teams")
    minutes = travel_minutes(network, _metric(teams, profile), end)
    _refuse_dead_roads(np.isfinite(minutes), targets, teams)
    return assign(minutes, agencies=list(teams["agency"]), ready_minutes=teams["ready_minutes"])


def _refuse_dead_roads(reached: BoolArray, targets: gpd.GeoDataFrame, teams: gpd.GeoDataFrame) -> None:
    """Blame the roads and not the teams for a target that none reaches, and for a station from which none is reached.

    Raises:
        Refused: naming the target, or the stations of an agency that lacks a team because of them.
    """
    from gis.roads import SNAP_M

    cut_off = np.flatnonzero(~reached.any(axis=0))
    if len(cut_off):
        sentence = f"目标“{targets['address'].iloc[cut_off[0]]}”旁 {SNAP_M:.0f} 米内的道路与各队驻地不相连"
        raise Refused(f"{sentence}(断头的一段,或只能单向),排不出路线;请检查道路数据", kind="no_road")
    for agency, own in teams.groupby("agency", sort=False):
        cut_off = np.flatnonzero(~reached[own.index].any(axis=1))
        if len(own) - len(cut_off) < len(targets) <= len(own):
            stations = "、".join(own["station"].iloc[cut_off].unique())
            sentence = f"{agency}驻地“{stations}”旁 {SNAP_M:.0f} 米内没有通往目标的道路(没有路、断头的一段,或只能单向)"
            raise Refused(f"{sentence};请检查道路数据", kind="unreachable")


def _common_time(action: Mapping[str, Any], strike: "StrikePlan", now: dt.datetime) -> dt.datetime:
    """The first moment of the window at which all can be there and have waited the buffer out."""
    needed = dt.timedelta(minutes=strike.latest + action["buffer_minutes"])
    since: dt.datetime = action["window_since"]
    late = math.ceil((now + needed - since) / STEP)
    h_hour = since + max(late, 0) * STEP
    if h_hour >= action["window_until"]:
        minutes = math.ceil(needed / dt.timedelta(minutes=1))
        raise Refused(f"时间窗口来不及:最远的队伍要 {minutes} 分钟(含出动和等候),请改日期或时间", kind="window_past")
    return h_hour


def _legs(
    network: "RoadNetwork", profile: CityProfile, action: Mapping[str, Any], targets: gpd.GeoDataFrame,
    teams: gpd.GeoDataFrame, strike: "StrikePlan", h_hour: dt.datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for each target and agency, in the order the action names its agencies."""
    from gis.roads import routes

    column = [strike.agencies.index(agency) for agency in action["agencies"]]
    team = strike.team[:, column].ravel()
    target = np.repeat(np.arange(len(targets)), len(column))
    ready = teams["ready_minutes"].to_numpy()[team]
    travel = strike.arrival_minutes[:, column].ravel() - ready
    ways = routes(network, _metric(teams, profile)[team], _metric(targets, profile)[target])
    lines = gpd.GeoSeries(ways, crs=profile.metric_crs).to_crs("EPSG:4490")
    arrive_at = h_hour - dt.timedelta(minutes=action["buffer_minutes"])
    leave_at = [arrive_at - dt.timedelta(minutes=float(minutes)) for minutes in travel]
    return [
        {
            "target_id": int(targets["target_id"].iloc[to]),
            "team_id": int(teams["team_id"].iloc[who]),
            "travel_minutes": float(minutes),
            "notify_at": leaving - dt.timedelta(minutes=float(wait)),
            "leave_at": leaving,
            "arrive_at": arrive_at,
            "geom": line,
        }
        for to, who, minutes, wait, leaving, line in zip(target, team, travel, ready, leave_at, lines, strict=True)
    ]


def _metric(frame: gpd.GeoDataFrame, profile: CityProfile) -> FloatArray:
    return shapely.get_coordinates(frame.to_crs(profile.metric_crs).geometry)
