"""Named reads: rows of the database as checked frames (geometry in EPSG:4490) or plain values. Nothing is changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gis.errors import Forbidden, NotFound, Refused
from gis.frames import DTYPES, INCIDENTS, PREMISES, VISITS, ZONES, typed
from gis.workdays import Calendar, last_late
from layers.actor import NOWHERE
from layers.catalog import CATALOG, flagged, layer_named
from layers.schema.tables import METADATA, house
from layers.sql import statement
from layers.tips import today as city_day

# figures are read without pandas, which takes longer to load than most of them to read
if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    import geopandas as gpd
    import pandas as pd

SRID = "EPSG:4490"
#: How many digits of a 12-digit code name its level; below a community a local code stands by itself.
DIGITS = {"county": 6, "township": 9, "community": 12}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Which rows of a layer: inside W, S, E, N degrees, in a half-open period, under a code prefix, at most so many.

    ``placed`` narrows them to those that have a place on the map, or to those that have none, ``uuids`` to these rows.
    """

    bbox: tuple[float, float, float, float] | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    prefix: str = ""
    level: str | None = None
    placed: bool | None = None
    uuids: tuple[UUID, ...] | None = None
    limit: int | None = None


ALL = Cut()


def layer(connection: sa.Connection, key: str, cut: Cut = ALL, *, also: Collection[str] = ()) -> gpd.GeoDataFrame:
    """The rows of a layer in the order of their keys, without private text; a frame without geometry for counts.

    ``also`` names columns that are no fields, such as identity.

    Raises:
        NotFound: no such layer.
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    columns = [c for c in _table(key).c if c.name in CATALOG[key].shown or c.name in also]
    query = sa.select(*columns).where(*conditions(key, cut)).order_by(*_table(key).primary_key).limit(cut.limit)
    if "geom" not in _table(key).c:
        return gpd.GeoDataFrame(_typed(pd.DataFrame(_rows(connection, query)), key))
    rows = _rows(connection, query.add_columns(sa.func.ST_AsBinary(_table(key).c.geom).label("geometry")))
    shapes = shapely.from_wkb([None if shape is None else bytes(shape) for shape in rows.pop("geometry")])
    return gpd.GeoDataFrame(_typed(pd.DataFrame(rows), key), geometry=shapes, crs=SRID)


def stored_uuids(connection: sa.Connection, key: str, uuids: Collection[UUID]) -> set[UUID]:
    """Which of these UUIDs are stored in an imported layer."""
    identity = _table(key).c.identity
    return set(connection.execute(sa.select(identity).where(identity == sa.any_(_array(uuids)))).scalars())


def locked_rows(connection: sa.Connection, key: str, uuids: Collection[UUID]) -> gpd.GeoDataFrame:
    """These rows as ``layer`` gives them, with private text and identity, locked until the transaction ends."""
    table, private = _table(key), [field.name for field in layer_named(key).fields if field.private]
    chosen = table.c.identity == sa.any_(_array(uuids))
    connection.execute(sa.select(*table.primary_key).where(chosen).with_for_update(key_share=True))
    return layer(connection, key, Cut(uuids=tuple(uuids)), also=("identity", *private))


def _array(uuids: Collection[UUID]) -> sa.BindParameter[Any]:
    return sa.bindparam("uuids", list(uuids), ARRAY(sa.Uuid))


def holds_points(key: str) -> bool:
    """Whether the layer's places are points, rather than lines, polygons or nothing."""
    geom = _table(key).c.get("geom")
    return geom is not None and getattr(geom.type, "geometry_type", None) == "POINT"


def count(connection: sa.Connection, key: str, cut: Cut = ALL) -> int:
    """How many rows that cut holds, whatever its limit.

    Raises:
        NotFound: no such layer.
    """
    query = sa.select(sa.func.count()).select_from(_table(key)).where(*conditions(key, cut))
    return int(connection.execute(query).scalar_one())


def risk_zones(connection: sa.Connection, cut: Cut = ALL, *, today: dt.date | None = None) -> gpd.GeoDataFrame:
    """The zones as ``layer`` gives them, and whether each has ``expired``: on ``expires_on`` it no longer stands.

    ``today`` is the day in the city where it is not told.
    """
    frame, day = typed(layer(connection, "risk_zones", cut), ZONES), today or city_day(connection)
    return frame.assign(expired=[lapses <= day for lapses in frame["expires_on"]]).astype({"expired": "bool"})


def areas(connection: sa.Connection, level: str | None = None) -> gpd.GeoDataFrame:
    """Areas of one level or of all: code, name, level, parent_code, former_code, former_name, valid_to, geometry."""
    frame = layer(connection, "areas", Cut(level=level))
    return frame[["code", "name", "level", "parent_code", "former_code", "former_name", "valid_to", "geometry"]]


def prefix_of(connection: sa.Connection, code: str, *, city: str) -> str:
    """The prefix that all rows of an area share: "" for the city, 6, 9 or 12 digits below it.

    A code of 6 or 9 digits is padded with zeros where no area is called so. ``city`` is the code of the whole city,
    which it means also where the city's own area is not stored. Of an area that is wider than the actor's own, the
    own is meant.

    Raises:
        NotFound: no such area.
        Forbidden: kind out_of_scope, it lies outside the actor's own.
    """
    own, wanted = own_prefix(connection), _prefix(connection, code, city=city)
    if not wanted.startswith(own) and not own.startswith(wanted):
        raise Forbidden("这个区划不在您的管辖范围内", kind="out_of_scope")
    return max(own, wanted, key=len)


def own_prefix(connection: sa.Connection) -> str:
    """The prefix of the area of whoever acts: "" for the whole city, what no code begins with for nobody's."""
    query = "SELECT CASE WHEN sees_city() THEN '' ELSE coalesce(scope_from(), :nowhere) END"
    return str(connection.execute(sa.text(query), {"nowhere": NOWHERE}).scalar_one())


def _prefix(connection: sa.Connection, code: str, *, city: str) -> str:
    found = METADATA.tables["areas"].c
    padded = code.ljust(12, "0") if len(code) in (6, 9) else code
    if city in (code, padded):
        return ""
    levels = sa.select(found.level).where(found.code.in_([code, padded])).order_by(found.code).limit(1)
    level = connection.execute(levels).scalar_one_or_none()
    if level is None:
        raise NotFound(f"没有代码为 {code} 的区划", kind="unknown_code")
    return "" if level == "city" else padded[: DIGITS.get(level)]


def code_named(connection: sa.Connection, text: str) -> str:
    """The code of the area of today that this code or name means.

    Raises:
        NotFound: none is called so.
        Refused: several are.
    """
    area = METADATA.tables["areas"].c
    named = sa.select(area.code).where(sa.or_(area.code == text, area.name == text), area.valid_to.is_(None))
    codes = list(connection.execute(named.order_by(area.code)).scalars())
    if not codes:
        raise NotFound(f"没有叫“{text}”的区划", kind="unknown_code")
    if len(codes) > 1:
        raise Refused(f"有 {len(codes)} 处区划叫“{text}”,请写区划代码,如 {codes[0]}", kind="ambiguous_area")
    return str(codes[0])


def incidents(connection: sa.Connection, *, since: dt.date, until: dt.date) -> gpd.GeoDataFrame:
    """Tips that stand and raids that found a den, oldest first.

    Columns: incident_id ("tip:7", "raid:3"), kind (tip, finding), day, channel, source_no, story (fingerprint of the
    text), verified, community_code, dens, place_error_m, geometry (Point or None).
    """
    rows = _rows(connection, statement("incidents").bindparams(since=since, until=until))
    return typed(located(rows), INCIDENTS)


def visits(connection: sa.Connection, *, since: dt.date, until: dt.date) -> gpd.GeoDataFrame:
    """Raids whose outcome is known, oldest first.

    Columns: incident_id ("raid:3"), day, kind (inspection, random_check, joint, ban or none), found, dens,
    community_code, place_error_m, geometry (Point or None).
    """
    rows = _rows(connection, statement("visits").bindparams(since=since, until=until))
    return typed(located(rows), VISITS)


def premises(connection: sa.Connection) -> gpd.GeoDataFrame:
    """All rental units and venues that have a point, with their rooms (missing where not told): the exposure."""
    query = "SELECT rooms, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM {} WHERE geom IS NOT NULL"
    union = " UNION ALL ".join(query.format(table) for table in flagged("premises"))
    return typed(located(_rows(connection, sa.text(f"{union} ORDER BY lon, lat, rooms"))), PREMISES)


def ground(connection: sa.Connection) -> gpd.GeoSeries:
    """The land of the city as one shape: the union of its communities, or of all its areas, or nothing."""
    import geopandas as gpd

    frame = areas(connection, "community")
    if not len(frame):
        frame = areas(connection)
    return gpd.GeoSeries([frame.geometry.union_all()], crs=SRID)


def newest_incident(connection: sa.Connection, *, today: dt.date) -> dt.date | None:
    """The day of the newest tip or raid of those not later than ``today``, or None when there is none.

    A mistyped one of the future, stored before such were refused, must not move a city's day by years.
    """
    query = (
        "SELECT greatest((SELECT CAST(max(received_at) AS date) FROM tips WHERE received_at < CAST(:end AS date)),"
        " (SELECT max(date) FROM raids WHERE date < :end))"
    )
    end = today + dt.timedelta(days=1)
    day: dt.date | None = connection.execute(sa.text(query), {"end": end}).scalar_one()
    return day


def figures(
    connection: sa.Connection, *, since: dt.date, until: dt.date, calendar: Calendar, prefix: str = "",
    today: dt.date | None = None, is_open: bool = False,
) -> dict[str, int]:  # fmt: skip
    """The figures of a period under a code prefix; what free and overdue mean stands in ``figures.sql``.

    Tips count by the status that they had at ``until``, or where the period ``is_open`` by that of now.

    Keys: tips, verified, overdue, raids, dens, rescued, communities, free, unreported, red, orange, yellow.
    """
    bound = statement("figures").bindparams(
        since=since, until=until, late=last_late(until, calendar), prefix=prefix, digits=0, today=today,
        known=None if is_open else until,
    )  # fmt: skip
    row = connection.execute(bound).mappings().one()
    return {name: int(value) for name, value in row.items() if name != "scope"}


def county_table(
    connection: sa.Connection, *, since: dt.date, until: dt.date, calendar: Calendar, today: dt.date | None = None,
    is_open: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """The same figures for each county of the actor's area, with code and name, in the order of their codes."""
    import pandas as pd

    bound = statement("figures").bindparams(
        since=since, until=until, late=last_late(until, calendar), today=today,
        prefix=own_prefix(connection), digits=DIGITS["county"],
        known=None if is_open else until,
    )  # fmt: skip
    table = pd.DataFrame(_rows(connection, bound)).astype({"scope": "str"})
    counties = pd.DataFrame(layer(connection, "areas", Cut(level="county")))[["code", "name"]]
    scope = counties["code"].str[: DIGITS["county"]]
    return counties.assign(scope=scope).merge(table, on="scope").drop(columns="scope")


def versions(connection: sa.Connection) -> dict[str, tuple[int, dt.datetime]]:
    """For each layer how often it was written, and when last."""
    rows = connection.execute(sa.select(house.layer_versions)).all()
    return {row.layer: (row.version, row.changed_at) for row in rows}


def _table(key: str) -> sa.Table:
    return METADATA.tables[(CATALOG.get(key) or layer_named(key)).table]


def conditions(key: str, cut: Cut) -> list[sa.ColumnElement[bool]]:
    """The WHERE conditions of that cut of a layer; removed rows are never in it.

    Raises:
        NotFound: no such layer.
    """
    columns = _table(key).c
    chosen: list[sa.ColumnElement[bool]] = []
    level = "community" if key == "communities" else cut.level
    if level is not None and "level" in columns:
        chosen.append(columns.level == level)
    if cut.bbox is not None and "geom" in columns:
        chosen.append(columns.geom.op("&&")(sa.func.ST_MakeEnvelope(*cut.bbox, 4490)))
    if cut.placed is not None and "geom" in columns:
        chosen.append(columns.geom.is_not(None) if cut.placed else columns.geom.is_(None))
    if cut.uuids is not None:
        chosen.append(columns.identity == sa.any_(_array(cut.uuids)))
    moment = CATALOG[key].moment
    if moment is not None and cut.since is not None:
        chosen.append(columns[moment] >= sa.cast(cut.since, sa.Date))
    if moment is not None and cut.until is not None:
        chosen.append(columns[moment] < sa.cast(cut.until, sa.Date))
    scope = columns.get("area_code", columns.get("code"))
    if cut.prefix and scope is not None:
        chosen.append(sa.func.starts_with(scope, cut.prefix))
    # what was taken off the map, and alerts whose task is done
    chosen += [columns[gone].is_(None) for gone in ("deleted_at", "closed_at") if gone in columns]
    return chosen


def _typed(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    import pandas as pd

    fields = CATALOG[key].fields
    moments = [f.name for f in fields if f.kind == "moment" and f.name in frame]
    frame = frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in moments})
    return frame.astype({f.name: DTYPES[f.kind] for f in fields if f.name in frame.columns})


def located(rows: dict[str, Any] | pd.DataFrame) -> gpd.GeoDataFrame:
    """Rows with lon and lat as a frame of points."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    frame = pd.DataFrame(rows)
    lon, lat = (pd.to_numeric(frame.pop(name)).to_numpy("float64") for name in ("lon", "lat"))
    points = gpd.GeoSeries(shapely.points(lon, lat), crs=SRID, index=frame.index)
    return gpd.GeoDataFrame(frame, geometry=points.where(~np.isnan(lon), None), crs=SRID)


def _rows(connection: sa.Connection, query: sa.Executable) -> dict[str, Any]:
    result = connection.execute(query)
    names, rows = list(result.keys()), result.all()
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return dict(zip(names, map(list, columns), strict=True))
