"""Vector tiles cut by PostGIS: single places when near, counts per grid cell when far, borders at any zoom."""

import datetime as dt
import functools
import math
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from layers.catalog import CATALOG, LAYERS, flagged
from layers.schema.tables import METADATA

EXTENT = 4096
#: From this zoom on a tile holds places one by one.
SINGLE_ZOOM = 14
#: Grid cells along a tile's edge below it: 8 of a screen's 256 pixels each.
_CELLS = 32
#: How far an area reaches over a tile's edges, as a share of the tile, so that no border is drawn along them.
MARGIN = 1 / 32
WORLD_M = 40_075_016.685578488

#: What the tiles of each layer tell of a feature: every field that may leave the tip desk.
FIELDS: Mapping[str, tuple[str, ...]] = {
    CATALOG[key].table: tuple(f.name for f in CATALOG[key].fields if not f.private) for key in flagged("tiled")
}


def tile(
    connection: sa.Connection,
    layer: str,
    *,
    zoom: int,
    column: int,
    row: int,
    since: dt.date | None = None,
    until: dt.date | None = None,
    level: str | None = None,
) -> bytes:
    """The Mapbox vector tile of one layer of ``FIELDS``; b"" where nothing lies in it.

    Point layers hold features of ``FIELDS`` from ``SINGLE_ZOOM`` on, and below it one point per grid cell with its
    ``count``, at the mean place of what it stands for; each place stands in one tile, so that counts add up. Areas
    reach ``MARGIN`` over the edges. Moments are told as days of the connection's time zone; ``since`` and ``until``
    (half-open days) narrow layers of records, ``level`` narrows areas.
    """
    dated = {"since": since, "until": until} if LAYERS[layer].moment else {}
    narrowing = {"level": level} if layer == "areas" else dated
    given = {name: value for name, value in narrowing.items() if value is not None}
    single = layer == "areas" or zoom >= SINGLE_ZOOM
    west, south, east, north = bounds(zoom, column, row, margin=MARGIN if layer == "areas" else 0)
    place = {"zoom": zoom, "column": column, "row": row, "cell_m": WORLD_M / 2**zoom / _CELLS}
    box = {"west": west, "south": south, "east": east, "north": north}
    return bytes(connection.execute(_statement(layer, single, tuple(given)), place | box | given).scalar_one())


def bounds(zoom: int, column: int, row: int, *, margin: float = 0) -> tuple[float, float, float, float]:
    """W, S, E, N in degrees of a tile and a share of it around; nothing reaches beyond the world's own edges."""
    west, east = (360 * _share(at, zoom) - 180 for at in (column - margin, column + 1 + margin))
    south, north = (
        math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * _share(at, zoom)))))
        for at in (row + 1 + margin, row - margin)
    )
    return west, south, east, north


def _share(at: float, zoom: int) -> float:
    return min(max(at / (1 << zoom), 0.0), 1.0)


@functools.cache
def _statement(layer: str, single: bool, narrowing: tuple[str, ...]) -> sa.Select[Any]:
    """The query of every tile of its kind: put together once, which would take longer than running it."""
    table = METADATA.tables[layer]
    box = sa.func.ST_TileEnvelope(*(sa.bindparam(name, type_=sa.Integer) for name in ("zoom", "column", "row")))
    # the box is in the column's degrees, not the column in the box's metres, so that its index serves
    edges = (sa.bindparam(name, type_=sa.Double) for name in ("west", "south", "east", "north"))
    lies = table.c.geom.op("&&")(sa.func.ST_MakeEnvelope(*edges, 4490))
    wanted = [lies, *(_narrowed(table, name) for name in narrowing)]
    source = _single(table, wanted) if single else _grid(table, wanted)
    shape = sa.func.ST_AsMVTGeom(source.c.shape, box, EXTENT, round(MARGIN * EXTENT), True, type_=sa.types.NullType())
    told = [column for column in source.c if column.name != "shape"]
    features = sa.select(shape.label("geom"), *told).subquery("features")
    return sa.select(sa.func.ST_AsMVT(features.table_valued(), layer, EXTENT, "geom", type_=sa.LargeBinary))


def _narrowed(table: sa.Table, name: str) -> sa.ColumnElement[bool]:
    if name == "level":
        return table.c.level == sa.bindparam("level", type_=sa.Text)
    when = table.c[LAYERS[table.name].moment or ""]
    day = sa.cast(sa.bindparam(name, type_=sa.Date), sa.Date)
    return when >= day if name == "since" else when < day


def _single(table: sa.Table, wanted: list[sa.ColumnElement[bool]]) -> sa.Subquery:
    told = [_tile_value(table.c[name]).label(name) for name in FIELDS[table.name]]
    shape = sa.type_coerce(table.c.geom_3857, sa.types.NullType()).label("shape")
    return sa.select(shape, *told).where(*wanted).order_by(*table.primary_key).subquery("places")


def _grid(table: sa.Table, wanted: list[sa.ColumnElement[bool]]) -> sa.Subquery:
    x, y = (sa.func.ST_X(table.c.geom_3857), sa.func.ST_Y(table.c.geom_3857))
    cell_m = sa.bindparam("cell_m", type_=sa.Double)
    cells = (sa.func.floor(x / cell_m), sa.func.floor(y / cell_m))
    middle = sa.func.ST_SetSRID(sa.func.ST_MakePoint(sa.func.avg(x), sa.func.avg(y)), 3857, type_=sa.types.NullType())
    counted = sa.select(middle.label("shape"), sa.func.count().label("count")).where(*wanted)
    return counted.group_by(*cells).order_by(*cells).subquery("cells")


def _tile_value(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    # a vector tile knows no dates
    return sa.func.to_char(column, "YYYY-MM-DD") if isinstance(column.type, sa.Date | sa.DateTime) else column
