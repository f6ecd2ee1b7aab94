"""Drawings as they are stored: added, changed from the version that was seen, taken off the map, every version kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import STALE, Conflict, NotFound
from layers.read import ALL, Cut, conditions
from layers.schema.tables.drawings import drawn_zone_versions, drawn_zones
from layers.sql import one_row

Stored = Mapping[str, Any]

#: The areas a drawing can belong to, and whether the city has any land that a drawing could lie outside of.
_PLACE = sa.text(
    """
    WITH drawn AS (SELECT ST_GeomFromWKB(:shape, 4490) AS geom),
         land AS (SELECT code, level, areas.geom FROM areas, drawn
                  WHERE level IN ('city', 'county', 'township', 'community') AND valid_to IS NULL
                    AND areas.geom && drawn.geom AND ST_Intersects(areas.geom, drawn.geom))
    SELECT (SELECT code FROM land, drawn WHERE ST_Intersects(land.geom, ST_PointOnSurface(drawn.geom))
            ORDER BY array_position(ARRAY['community', 'township', 'county', 'city'], level), code LIMIT 1) AS code,
           EXISTS (SELECT FROM land)
               OR NOT EXISTS (SELECT FROM areas WHERE level IN ('city', 'county') AND geom IS NOT NULL) AS inside
    """
)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What a person draws: a shape in degrees as well-known bytes, and what stands beside it."""

    name: str
    family: str
    note: str
    radius_m: float | None
    shape: bytes


def find(connection: sa.Connection, drawn_id: str) -> Stored:
    """The drawing of that id.

    Keys: id, name, family, note, radius_m, area_code, account, version, created_at, updated_at, deleted_at, shape
    (well-known bytes).

    Raises:
        NotFound: there is none, or it has been removed.
    """
    found = _find(connection, drawn_id)
    if found["deleted_at"]:
        raise NotFound(f"“{found['name']}”已被删除", kind="removed_drawing")
    return found


def listed(connection: sa.Connection, cut: Cut = ALL) -> list[Stored]:
    """The drawings on the map, the oldest first, as ``find`` gives them."""
    query = _query().where(*conditions("drawn_zones", cut)).limit(cut.limit)
    return _rows(connection, query.order_by(drawn_zones.c.created_at, drawn_zones.c.id))


def versions(connection: sa.Connection, drawn_id: str) -> list[Stored]:
    """Every version of a drawing, the first one first, with the columns that ``find`` gives but for created_at.

    Raises:
        NotFound: there is no such drawing.
    """
    kept = drawn_zone_versions.c
    shown = [column for column in kept if column.name != "geom" and column.name in drawn_zones.c]
    query = sa.select(*shown, sa.func.ST_AsBinary(kept.geom).label("shape")).where(kept.id == drawn_id)
    found = _rows(connection, query.order_by(kept.version))
    if not found:
        raise unknown()
    return found


def place(connection: sa.Connection, shape: bytes) -> tuple[str, bool]:
    """The code of the smallest area that holds a point inside the shape, or "", and whether any of it is in the city.

    Where no border of the city or its counties is stored, nothing lies outside.
    """
    found = connection.execute(_PLACE, {"shape": shape}).one()
    return found.code or "", found.inside


def add(connection: sa.Connection, drawing: Drawing, *, area_code: str, account: str) -> Stored:
    """A new drawing as it is stored."""
    added = drawn_zones.insert().values(_values(drawing, area_code=area_code, account=account))
    drawn_id: str = connection.execute(added.returning(drawn_zones.c.id)).scalar_one()
    return _find(connection, drawn_id)


def change(
    connection: sa.Connection, drawn_id: str, drawing: Drawing, *, seen: int | None, area_code: str, account: str
) -> Stored:
    """The drawing as it is stored after the change; one that was removed is on the map again.

    ``seen`` is the version the change was made from; None takes whichever there is.

    Raises:
        NotFound: there is no such drawing.
        Conflict: kind stale, with the ``current`` drawing: it has another version by now.
    """
    values = _values(drawing, area_code=area_code, account=account)
    return _replace(connection, drawn_id, values | {"deleted_at": None}, seen=seen)


def remove(connection: sa.Connection, drawn_id: str, *, seen: int | None, account: str) -> Stored:
    """The drawing as it is kept after it was taken off the map; raises as ``find`` and ``change`` do."""
    find(connection, drawn_id)
    return _replace(connection, drawn_id, {"account": account, "deleted_at": sa.func.now()}, seen=seen)


def restore(connection: sa.Connection, drawn_id: str, version: int, *, seen: int | None, account: str) -> Stored:
    """The drawing as it is stored once it is again what it was at ``version``, on the map; a version of its own.

    Raises:
        NotFound: there is no such drawing, or it never had that version.
        Conflict: kind stale, with the ``current`` drawing: it has another version than ``seen`` by now.
    """
    kept = drawn_zone_versions.c
    columns = (kept.name, kept.family, kept.note, kept.radius_m, kept.area_code, kept.geom)
    former = connection.execute(sa.select(*columns).where(kept.id == drawn_id, kept.version == version)).mappings()
    row = former.first()
    if row is None:
        raise NotFound(f"这个图形没有第 {version} 版", kind="unknown_version")
    return _replace(connection, drawn_id, dict(row) | {"account": account, "deleted_at": None}, seen=seen)


def _replace(connection: sa.Connection, drawn_id: str, values: Mapping[str, Any], *, seen: int | None) -> Stored:
    kept = drawn_zones.c
    query = drawn_zones.update().where(kept.id == drawn_id).values(**values, version=kept.version + 1)
    if seen is not None:
        query = query.where(kept.version == seen)
    changed = connection.execute(query.values(updated_at=sa.func.now()))
    current = _find(connection, drawn_id)
    if not changed.rowcount:
        gone = "删除" if current["deleted_at"] else "修改"
        raise Conflict(
            f"“{current['name']}”已被别人{gone}(现为第 {current['version']} 版),请比较两个版本后再保存",
            kind=STALE,
            current=current,
        )
    return current


def _values(drawing: Drawing, *, area_code: str, account: str) -> dict[str, Any]:
    told = {"name": drawing.name, "family": drawing.family, "note": drawing.note, "radius_m": drawing.radius_m}
    shape = sa.func.ST_GeomFromWKB(drawing.shape, 4490)
    return told | {"geom": shape, "area_code": area_code, "account": account}


def _find(connection: sa.Connection, drawn_id: str) -> Stored:
    return one_row(connection, _query().where(drawn_zones.c.id == drawn_id), missing=unknown())


def unknown() -> NotFound:
    """What is raised where there is no such drawing."""
    return NotFound("没有这个绘制的图形", kind="unknown_drawing")


def _query() -> sa.Select[Any]:
    shown = [column for column in drawn_zones.c if column.name != "geom"]
    return sa.select(*shown, sa.func.ST_AsBinary(drawn_zones.c.geom).label("shape"))


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Stored]:
    return [dict(row) for row in connection.execute(query).mappings()]
