"""Tips as the desk sees them: the only reads that return a tip's text, and the steps that posts take."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gis.errors import Conflict, NotFound
from layers import history
from layers.database import citywide
from layers.schema.tables import desk, records
from layers.sql import one_row, statement

#: Sheets of likely duplicates are read from at most so many neighbours in place or time.
MOST_NEIGHBOURS = 2_000
#: Tips within some seventy metres name the same house, whatever their age.
HOUSE_DEGREES = 0.0007
LAST_TIP = 2**63 - 1


def today(connection: sa.Connection) -> dt.date:
    """The day it is in the city, by the database's clock."""
    day: dt.date = connection.execute(sa.text("SELECT current_date")).scalar_one()
    return day


def inbox(connection: sa.Connection, *, status: str, text: str, start: int, limit: int) -> list[dict[str, Any]]:
    """Tips of one status without their text, the first due first, with the grade of the zone they lie in.

    Of those that hold ``text`` in a number, the address or the community, ``limit`` from the one at ``start`` on.
    """
    asked = {"status": status, "text": text, "start": start, "limit": limit}
    return [dict(row) for row in connection.execute(statement("inbox"), asked).mappings()]


def counts(connection: sa.Connection, *, text: str) -> list[dict[str, Any]]:
    """How many ``tips`` hold that text by status and due_on, or by received_on where they have no due day."""
    return [dict(row) for row in connection.execute(statement("inbox_counts"), {"text": text}).mappings()]


def one(connection: sa.Connection, tip_id: int, *, lock: bool = False) -> dict[str, Any]:
    """A tip with its text, its place in degrees, its grade and the number of its steps; ``lock`` lets others wait.

    Raises:
        NotFound: no such tip.
    """
    if lock:
        connection.execute(sa.select(records.tips.c.tip_id).where(records.tips.c.tip_id == tip_id).with_for_update())
    missing = NotFound(f"没有序号为 {tip_id} 的线索", kind="no_tip")
    return one_row(connection, statement("tip"), {"tip_id": tip_id}, missing=missing)


def numbered(connection: sa.Connection, tip_no: str) -> int:
    """The tip_id of that number.

    Raises:
        NotFound: no tip is numbered so.
    """
    query = sa.select(records.tips.c.tip_id).where(records.tips.c.tip_no == tip_no).order_by(records.tips.c.tip_id)
    found = connection.execute(query.limit(1)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"没有编号为“{tip_no}”的线索", kind="no_tip")
    return int(found)


def from_source(connection: sa.Connection, source_no: str) -> int | None:
    """The tip_id of the first tip with that source number; None where there is none."""
    first = sa.select(sa.func.min(records.tips.c.tip_id)).where(records.tips.c.source_no == source_no)
    found: int | None = connection.execute(first).scalar_one()
    return found


def steps(connection: sa.Connection, tip_id: int) -> list[dict[str, Any]]:
    """What was done with a tip, oldest first: step, reason, post, at."""
    return history.of(connection, desk.tip_steps, tip_id, "step", "reason", "post", "at")


def neighbours(
    connection: sa.Connection, tip: Mapping[str, Any], *, tip_id: int | None, window_days: int
) -> list[dict[str, Any]]:
    """Earlier tips that stand, near in time, at the same house or of the same source.

    They come with distance_m, distance_error_m (how far off that may be) and days_apart. ``tip`` is received_at,
    source_no, lon, lat and place_error_m of the tip ``tip_id``, or of one that is not stored yet (None).
    """
    told = {name: tip[name] for name in ("received_at", "source_no", "lon", "lat", "place_error_m")}
    told |= {
        "tip_id": LAST_TIP if tip_id is None else tip_id, "window_days": window_days, "limit": MOST_NEIGHBOURS,
        "house_degrees": HOUSE_DEGREES,
    }  # fmt: skip
    return [dict(row) for row in connection.execute(statement("tip_neighbours"), told).mappings()]


def place(connection: sa.Connection, lon: float, lat: float) -> dict[str, Any]:
    """What lies at a point in degrees: community_code, and grade and zone_id of the gravest standing zone."""
    return dict(connection.execute(statement("place"), {"lon": lon, "lat": lat}).mappings().one())


def add(connection: sa.Connection, values: Mapping[str, Any], *, post: str) -> int:
    """A new tip with its first step; return its tip_id. ``lon`` and ``lat`` are degrees or None.

    It goes to the desk of its place, or of the city, wherever whoever adds it may look.

    Raises:
        Conflict: its number is taken.
    """
    tip = {name: value for name, value in values.items() if name not in ("lon", "lat")}
    if values["lon"] is not None:
        tip["geom"] = f"SRID=4490;POINT({values['lon']} {values['lat']})"
    identity = sa.cast(sa.func.md5(f"no:{values['tip_no']}"), sa.Uuid)
    tips = records.tips
    statement = sa.dialects.postgresql.insert(tips).values(**tip, identity=identity)
    with citywide(connection):
        added = connection.execute(statement.on_conflict_do_nothing().returning(tips.c.tip_id)).scalar_one_or_none()
        if added is None:
            raise Conflict(f"编号 {values['tip_no']} 已经有了,请再交一次", kind="number_taken")
        keep_step(connection, int(added), step="added", reason="", post=post)
    return int(added)


def move(connection: sa.Connection, tip_id: int, values: Mapping[str, Any]) -> None:
    """Change the status of a tip, and to whom it went or what it repeats."""
    connection.execute(records.tips.update().where(records.tips.c.tip_id == tip_id).values(**values))


def desk_of(connection: sa.Connection, area: str) -> str:
    """The code of the area of today that is called so, whose desk a tip may be handed on to; "" where there is none."""
    query = sa.text("SELECT min(code) FROM areas WHERE name = :area AND valid_to IS NULL HAVING count(*) = 1")
    return connection.execute(query, {"area": area}).scalar() or ""


def hand_on(connection: sa.Connection, tip_id: int, code: str, *, to: str) -> None:
    """Give a tip to the desk of that area, as a new one; whoever gave it keeps its step alone."""
    values = {"handed_to": code, "transferred_to": to, "status": "new"}
    with citywide(connection):
        move(connection, tip_id, values)


def put(
    connection: sa.Connection, tip_id: int, *, lon: float, lat: float, place_error_m: float | None, code: str | None
) -> None:
    """Put a tip at a point in degrees, in the community of that code; None leaves the community as it is."""
    tips = records.tips
    point = f"SRID=4490;POINT({lon} {lat})"
    values = {
        "geom": point,
        "place_error_m": place_error_m,
        "community_code": sa.func.coalesce(code, tips.c.community_code),
    }
    connection.execute(sa.text("SELECT set_config('wuchuan.assigned', 'on', true)"))
    connection.execute(tips.update().where(tips.c.tip_id == tip_id).values(values))
    connection.execute(sa.text("SELECT set_config('wuchuan.assigned', '', true)"))


def keep_step(connection: sa.Connection, tip_id: int, *, step: str, reason: str, post: str) -> None:
    """Add a step to the history of a tip, with the status that the tip had before it."""
    tip = records.tips.c
    status, area = (
        sa.select(column).where(tip.tip_id == tip_id).scalar_subquery() for column in (tip.status, tip.desk_code)
    )
    before = None if step == "added" else status
    history.keep(
        connection, desk.tip_steps, tip_id, step=step, reason=reason, post=post, status_before=before, area_code=area
    )


def community_named(connection: sa.Connection, code: str) -> bool:
    """Whether a community of today has that code."""
    query = "SELECT EXISTS (SELECT 1 FROM areas WHERE code = :code AND level = 'community' AND valid_to IS NULL)"
    return bool(connection.execute(sa.text(query), {"code": code}).scalar_one())
