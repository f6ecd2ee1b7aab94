"""Joint actions as they are stored: the places they may aim at, the teams there are, and the plan of each.

A change names the version it was made from (optimistic locking); one made from an older version raises Conflict.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from gis import frames, grades
from gis.errors import STALE, Conflict, NotFound, Refused
from layers import catalog, history, read, sql, words
from layers.schema.tables import METADATA, results
from layers.schema.tables import actions as tables
from layers.schema.tables.places import areas
from layers.schema.tables.places import roads as road_lines

FOUND_AT_MOST = 200
#: What is reckoned with where a register of teams does not say it.
LEAST_OFFICERS, READY_MINUTES = 2, 10.0
#: By layer what names a premises: its key, its number, and a name where it has one.
_PREMISES = tuple(
    (layer, columns[f"{layer.singular}_id"], columns[layer.number or ""], columns.get("name", sa.literal("")))
    for layer, columns in ((catalog.CATALOG[key], METADATA.tables[key].c) for key in catalog.flagged("premises"))
)


def roads(connection: sa.Connection) -> gpd.GeoDataFrame:
    """All roads: class, speed_kmh (missing where unknown), oneway, geometry."""
    query = "SELECT class, speed_kmh, coalesce(oneway, false) AS oneway, ST_AsBinary(geom) AS geometry FROM roads"
    frame = _frame(connection, sa.text(query + " ORDER BY road_id"))
    return frame.astype({"class": "str", "speed_kmh": "float64", "oneway": "bool"})


def teams(connection: sa.Connection, agencies: Sequence[str]) -> gpd.GeoDataFrame:
    """The teams of these agencies that have a station with a place, by their key.

    Columns: team_id, team, agency, station, officers, ready_minutes, geometry.
    """
    kept, station = tables.teams.c, tables.stations
    columns = (kept.team_id, kept.name.label("team"), kept.agency, kept.station, _officers(), _ready_minutes())
    query = sa.select(*columns, _shape(station)).join(station, station.c.name == kept.station)
    stands = (kept.deleted_at.is_(None), station.c.geom.is_not(None))
    return _frame(connection, query.where(kept.agency.in_(agencies), *stands).order_by(kept.team_id))


def _officers() -> "sa.Label[int]":
    """How many a team is; two where its size is not told, for nobody goes alone."""
    return sa.func.coalesce(tables.teams.c.size, LEAST_OFFICERS).label("officers")


def _ready_minutes() -> "sa.Label[float]":
    """From the call to the first wheel turning."""
    return sa.func.coalesce(tables.teams.c.ready_minutes, READY_MINUTES).label("ready_minutes")


def place(connection: sa.Connection, name: str) -> dict[str, Any]:
    """The premises or area that a word names: by code, number, name, whole address, or ``layer:key``.

    Keys: place, address, area_code, dwelling, geometry (of an area the road point nearest to a point inside it).

    Raises:
        NotFound: nothing is called so.
        Refused: several places are, or the place has no point or boundary yet.
    """
    rows = _frame(connection, _called(name).limit(FOUND_AT_MOST)).to_dict("records")
    if not rows:
        raise NotFound(f"没有找到“{name}”:请写区划代码、点位编号、名称或完整地址", kind="unknown_place")
    if len(rows) > 1:
        raise Refused(f"叫“{name}”的地方有 {len(rows)} 处,请写编号或区划代码", kind="ambiguous_place")
    if rows[0]["geometry"] is None:
        missing = "社区边界" if rows[0]["place"].startswith("areas:") else "坐标"
        raise Refused(f"“{name}”还没有{missing},不能作为目标;请先补上", kind="no_boundary")
    return {str(key): value for key, value in rows[0].items()}


def premises_in_zone(connection: sa.Connection, zone_id: str) -> gpd.GeoDataFrame:
    """Premises inside a reviewed zone, those that its evidence points at first, then from its middle on; at most 200.

    Columns: place, number, address, area_code, dwelling, tips and findings that point at it, the newest
    three numbers of each as tip_numbers and finding_numbers, geometry. How many there
    are in all is ``attrs["matched"]``, as of every such frame.

    Raises:
        NotFound: there is no such zone.
        Refused: nobody has reviewed it yet.
        Conflict: it has expired.
    """
    kept = results.risk_zones.c
    expired = (kept.expires_on <= sa.func.current_date()).label("expired")
    standing = sa.select(kept.reviewed_on, kept.expires_on, expired).where(kept.zone_id == zone_id)
    zone = connection.execute(standing).first()
    if zone is None:
        raise NotFound(f"没有编号为 {zone_id} 的重点关注区", kind="unknown_zone")
    if zone.reviewed_on is None:
        raise Refused(f"这一处还是{words.SUSPECTED},请先审核,再从中选目标", kind="not_reviewed")
    if zone.expired:
        raise Conflict(f"这处重点关注区已于 {zone.expires_on} 过期,不能再从中选目标;请重新分析", kind="zone_expired")
    asked = {"zone_id": zone_id, "within_m": grades.PREMISES_WITHIN_M, "limit": FOUND_AT_MOST}
    return _counted(_frame(connection, sql.statement("premises_in_zone").bindparams(**asked)))


def premises_in_box(connection: sa.Connection, bbox: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Premises inside W, S, E, N degrees, the nearest to the middle first, without what points at them."""
    box, parts = sa.func.ST_MakeEnvelope(*bbox, 4490), []
    for row in _PREMISES:
        geom = row[1].table.c.geom
        away = sa.func.ST_Distance(geom, sa.func.ST_Centroid(box)).label("away")
        parts.append(_premises(*row).add_columns(away).where(sa.func.ST_Intersects(geom, box)))
    listed = sa.union_all(*parts).subquery()
    columns = [column for column in listed.c if column.name != "away"]
    return _matching(connection, sa.select(*columns).order_by(listed.c.away, listed.c.place))


def premises_named(connection: sa.Connection, text: str) -> gpd.GeoDataFrame:
    """The same by a text that their number, name or address holds, by key."""
    parts = [
        _premises(*row).where(
            sa.or_(*(name.contains(text, autoescape=True) for name in (*row[2:], row[1].table.c.address)))
        )
        for row in _PREMISES
    ]
    listed = sa.union_all(*parts).subquery()
    query = sa.select(listed).where(listed.c.geometry.is_not(None))
    return _matching(connection, query.order_by(listed.c.place))


def community_at(connection: sa.Connection, lon: float, lat: float) -> str:
    """The code of the community at a point, "" where none lies there."""
    query = "SELECT coalesce(community_at(ST_SetSRID(ST_MakePoint(:lon, :lat), 4490)), '')"
    return str(connection.execute(sa.text(query), {"lon": lon, "lat": lat}).scalar_one())


def add(connection: sa.Connection, action: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> int:
    """A new action with its targets in their order; its action_id.

    Raises:
        Conflict: there is one of that name.
    """
    kept = tables.actions.c
    added = (
        postgresql.insert(tables.actions)
        .values(**action)
        .on_conflict_do_nothing(index_elements=[kept.name, kept.area_code])
    )
    action_id = connection.execute(added.returning(kept.action_id)).scalar_one_or_none()
    if action_id is None:
        raise Conflict(f"已经有名为“{action['name']}”的行动,请换一个名称", kind="name_taken")
    rows = [
        {**target, "geom": f"SRID=4490;{target['geom'].wkt}", "action_id": action_id, "number": number}
        for number, target in enumerate(targets, 1)
    ]
    connection.execute(tables.targets.insert(), rows)
    return int(action_id)


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every action with its number of targets and of those still pending, the latest date first."""
    of = sa.select(tables.targets.c.action_id, sa.func.count().label("targets"),
                   sa.func.count().filter(tables.targets.c.pending).label("pending"))  # fmt: skip
    counted = of.group_by(tables.targets.c.action_id).subquery()
    query = sa.select(tables.actions, counted.c.targets, counted.c.pending).join(
        counted, counted.c.action_id == tables.actions.c.action_id
    )
    kept = tables.actions.c
    return [dict(row) for row in connection.execute(query.order_by(kept.date.desc(), kept.action_id)).mappings()]


def action(connection: sa.Connection, name: int | str, *, lock: bool = False) -> dict[str, Any]:
    """The action of that key or name; with ``lock`` nobody else changes or locks it before the transaction ends.

    Raises:
        NotFound: there is none.
    """
    kept = tables.actions.c
    matches = kept.action_id == name if isinstance(name, int) else kept.name == name
    query = sa.select(tables.actions).where(matches)
    missing = NotFound(f"没有这个行动:{name}", kind="unknown_action")
    return sql.one_row(connection, query.with_for_update() if lock else query, missing=missing)


def targets(connection: sa.Connection, action_id: int) -> gpd.GeoDataFrame:
    """The action's targets by their number, all columns of the table but the action's key, and geometry."""
    kept = tables.targets
    columns = [column for column in kept.c if column.name not in ("geom", "action_id")]
    query = sa.select(*columns, _shape(kept)).where(kept.c.action_id == action_id).order_by(kept.c.number)
    return _frame(connection, query)


def legs(connection: sa.Connection, action_id: int) -> gpd.GeoDataFrame:
    """Who goes where, by target, then agency in the action's order; geometry is the route.

    Columns: number and address (of the target), team, agency, station, officers, ready_minutes, travel_minutes, km,
    notify_at, leave_at, arrive_at.
    """
    leg, target, team = tables.legs, tables.targets, tables.teams
    km = (sa.func.ST_Length(sa.func.geography(leg.c.geom)) / 1000).label("km")
    columns = (
        target.c.number, target.c.address, team.c.name.label("team"), team.c.agency, team.c.station, _officers(),
        _ready_minutes(), leg.c.travel_minutes, km, leg.c.notify_at, leg.c.leave_at, leg.c.arrive_at,
    )  # fmt: skip
    joined = leg.join(target, target.c.target_id == leg.c.target_id).join(team, team.c.team_id == leg.c.team_id)
    query = sa.select(*columns, _shape(leg)).select_from(joined).where(leg.c.action_id == action_id)
    return frames.typed(_frame(connection, query.order_by(target.c.number, leg.c.leg_id)), frames.LEGS)


def count_legs(connection: sa.Connection, action_id: int) -> int:
    """How many legs the action has, each a page of its order."""
    query = sa.select(sa.func.count()).where(tables.legs.c.action_id == action_id)
    return int(connection.execute(query).scalar_one())


def shared(connection: sa.Connection, action_id: int, *, lock: bool = False) -> list[dict[str, Any]]:
    """Teams of this action that another one of its day sends out too: team, action, status (planned or approved).

    ``lock`` lets whoever else looks at that day so wait for the end of this transaction.
    """
    if lock:
        day = sa.select(tables.actions.c.date).where(tables.actions.c.action_id == action_id).scalar_subquery()
        same = sa.select(tables.actions.c.action_id).where(tables.actions.c.date == day)
        connection.execute(same.order_by(tables.actions.c.action_id).with_for_update())
    rows = connection.execute(sa.text(_SHARED), {"action_id": action_id}).mappings()
    return [dict(row) for row in rows]


_SHARED = """
    SELECT DISTINCT teams.name AS team, other.name AS action, other.status
    FROM actions AS this
    JOIN legs AS mine ON mine.action_id = this.action_id
    JOIN legs AS theirs ON theirs.team_id = mine.team_id
    JOIN actions AS other ON other.action_id = theirs.action_id
    JOIN teams ON teams.team_id = mine.team_id
    WHERE this.action_id = :action_id AND other.action_id <> this.action_id AND other.date = this.date
      AND other.status IN ('planned', 'approved')
    ORDER BY team, action
"""


def taken(connection: sa.Connection, action_id: int) -> dict[int, str]:
    """The teams that other, approved actions of its day send out, by key, with the name of such an action."""
    query = """
        SELECT theirs.team_id, min(other.name) FROM actions AS this
        JOIN actions AS other ON other.date = this.date AND other.action_id <> this.action_id
        JOIN legs AS theirs ON theirs.action_id = other.action_id
        WHERE this.action_id = :action_id AND other.status = 'approved' GROUP BY theirs.team_id ORDER BY theirs.team_id
    """
    return {int(team): str(name) for team, name in connection.execute(sa.text(query), {"action_id": action_id})}


def change(connection: sa.Connection, action_id: int, version: int, values: Mapping[str, Any]) -> int:
    """Set those columns of the action and raise its version, the new one.

    Raises:
        Conflict: kind stale, it is no longer at ``version``.
    """
    kept = tables.actions.c
    changed = (
        tables.actions.update()
        .where(kept.action_id == action_id, kept.version == version)
        .values(**values, version=version + 1)
        .returning(kept.version)
    )
    found = connection.execute(changed).scalar_one_or_none()
    if found is None:
        raise stale()
    return int(found)


def stale() -> Conflict:
    """The error for a change made from an older version."""
    sentence = "别人刚刚改过这个行动,您的改动还没有保存,填的内容还在;请看过现在的样子再按一次"
    return Conflict(sentence, kind=STALE)


def change_target(connection: sa.Connection, action_id: int, number: int, values: Mapping[str, Any]) -> None:
    """Set those columns of one target.

    Raises:
        NotFound: the action has no target of that number.
    """
    kept = tables.targets.c
    changed = tables.targets.update().where(kept.action_id == action_id, kept.number == number).values(**values)
    if connection.execute(changed).rowcount != 1:
        raise NotFound(f"这个行动没有第 {number} 个目标", kind="unknown_target")


def steps(connection: sa.Connection, action_id: int) -> list[dict[str, Any]]:
    """What was done with an action, oldest first: step, detail, account, post, at."""
    return history.of(connection, tables.action_steps, action_id, "step", "detail", "account", "post", "at")


def keep_step(connection: sa.Connection, action_id: int, *, step: str, detail: Mapping[str, Any], post: str) -> None:
    """Write down what was done with an action; the database knows the sign-in."""
    history.keep(connection, tables.action_steps, action_id, step=step, detail=dict(detail), post=post)


def store_legs(connection: sa.Connection, action_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these legs in the place of the action's former ones."""
    connection.execute(tables.legs.delete().where(tables.legs.c.action_id == action_id))
    if rows:
        filled = [{**row, "action_id": action_id, "geom": f"SRID=4490;{row['geom'].wkt}"} for row in rows]
        connection.execute(tables.legs.insert(), filled)


def _matching(connection: sa.Connection, query: "sa.Select[Any]") -> gpd.GeoDataFrame:
    counted = query.add_columns(sa.func.count().over().label("matched"))
    return _counted(_frame(connection, counted.limit(FOUND_AT_MOST)))


def _counted(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    matched = frame.pop("matched")
    frame.attrs["matched"] = int(matched.iloc[0]) if len(frame) else 0
    return frame


def _premises(layer: catalog.Layer, key: "sa.Column[Any]", number: Any, name: Any) -> "sa.Select[Any]":
    table = key.table
    address = sa.func.concat_ws(" ", sa.func.nullif(name, ""), table.c.address).label("address")
    return sa.select(
        sa.func.concat(f"{layer.key}:", key).label("place"), number.label("number"), address,
        table.c.area_code, sa.literal(layer.dwelling).label("dwelling"), _shape(table),
    )  # fmt: skip


def _called(word: str) -> "sa.Select[Any]":
    """The places that match that word, with the columns of ``premises``."""
    parts = []
    for layer, key, number, name in _PREMISES:
        named = sa.func.concat(f"{layer.key}:", key)
        matches = [number == word, name == word, key.table.c.address == word, named == word]
        parts.append(_premises(layer, key, number, name).where(sa.or_(*matches)))
    middle = sa.func.ST_PointOnSurface(areas.c.geom)
    ways = sa.func.ST_Collect(sa.func.ST_Intersection(road_lines.c.geom, areas.c.geom))
    on_road = sa.select(sa.func.ST_ClosestPoint(ways, middle)).where(
        sa.func.ST_Intersects(road_lines.c.geom, areas.c.geom)
    )
    inside = sa.func.ST_AsBinary(sa.func.coalesce(on_road.scalar_subquery(), middle)).label("geometry")
    code = areas.c.code.label("area_code")
    area = sa.select(
        sa.func.concat("areas:", areas.c.code).label("place"), areas.c.code.label("number"),
        areas.c.name.label("address"), code, sa.literal(False).label("dwelling"), inside,
    )  # fmt: skip
    matches = [areas.c.code == word, areas.c.name == word, sa.func.concat("areas:", areas.c.code) == word]
    parts.append(area.where(areas.c.valid_to.is_(None), sa.or_(*matches)))
    listed = sa.union_all(*parts).subquery()
    return sa.select(listed).order_by(listed.c.place)


def _shape(table: sa.Table) -> sa.Label[Any]:
    return sa.func.ST_AsBinary(table.c.geom).label("geometry")


def _frame(connection: sa.Connection, query: sa.Executable) -> gpd.GeoDataFrame:
    result = connection.execute(query)
    frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    shapes = shapely.from_wkb([None if shape is None else bytes(shape) for shape in frame.pop("geometry")])
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=read.SRID)
