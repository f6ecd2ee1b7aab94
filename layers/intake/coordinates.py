"""Where each row lies: columns of degrees or survey coordinates, one text, or geometry → WGS-84 degrees, checked.

The datum is what the row, the heading or the user states, never inferred; CGCS2000 counts as WGS-84. A place that
cannot be right refuses its row; longitude and latitude are never swapped silently.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from gis import crs
from gis.errors import Refused
from layers.intake import datums, geometries, lexicon, sheets, survey
from layers.intake.cells import Cells
from layers.intake.degrees import Degrees, degrees, pair
from layers.intake.options import ReadOptions
from layers.intake.problems import Mask, Problem, refuse, refused_rows, warn, warn_file
from layers.intake.texts import Series, as_text, is_number, matches, only
from layers.profile import CityProfile
from layers.words import OTHER_DATUM

_Floats = np.typing.NDArray[np.float64]

_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
_PLAIN = r"^-?\d{1,9}(\.\d{1,18})?$"

UNREADABLE = "坐标“{value}”读不出来,请写成 118.123456 这样的度数"
NO_POINT = "图形不是一个点,这里每行要一个点"
_IMPOSSIBLE = "坐标“{value}”不可能:经度应在 ±180 度、纬度在 ±90 度以内,且不会都是 0"
_SWAPPED = "坐标“{value}”像是经度、纬度填反了"
_OUTSIDE = "坐标“{value}”不在本市范围内"


@dataclass(frozen=True, kw_only=True)
class Places:
    """``lon`` and ``lat`` in WGS-84 degrees, NaN where a row has no place; ``written`` is before the conversion."""

    lon: _Floats
    lat: _Floats
    written: tuple[_Floats, _Floats]
    #: rows in which coordinates stand, right or wrong
    given: Mask
    problems: list[Problem]


@dataclass(frozen=True, kw_only=True)
class _Written:
    """Two numbers for each row as they stand, which rows gave any, and which of those cannot be read."""

    a: _Floats
    b: _Floats
    given: Mask
    bad: Mask


def places(cells: Cells, *, profile: CityProfile, options: ReadOptions) -> Places:
    """Return where each row lies, a refusal for each place that cannot be right, a warning for each row without one."""
    written = _written(cells, options)
    field = _field(cells)
    zones = _zone_conflicts(cells, options)
    conflict = refused_rows(zones, len(cells))
    read = written.given & ~written.bad & ~conflict
    half = read & (np.isnan(written.a) | np.isnan(written.b))
    projected = survey.to_degrees(written.a, written.b, options.crs)
    datum = datums.stated(cells, options, read & ~half, default=profile.default_datum)
    names = np.where(datum.names == np.array(None), profile.default_datum, datum.names)
    lon, lat = datums.to_wgs84(projected.lon, projected.lat, names)
    unreadable = NO_POINT if field == "geometry" else UNREADABLE
    problems = [
        *zones,
        *refuse("bad_coordinate", field, written.bad & ~conflict, unreadable),
        *refuse("bad_coordinate", field, half, "经度、纬度只填了一个"),
        *refuse("bad_coordinate", field, projected.unzoned & ~half, survey.UNZONED),
    ]
    known = read & ~half & ~projected.unzoned & ~datum.unknown
    misplaced = _misplaced(lon, lat, known, field, profile)
    nowhere = ~known | refused_rows(misplaced, len(cells))
    lon[nowhere], lat[nowhere] = np.nan, np.nan
    return Places(
        lon=lon,
        lat=lat,
        written=(projected.lon, projected.lat),
        given=written.given,
        problems=problems + datum.problems + misplaced + _unplaced(cells, written.given),
    )


def points(places: Places) -> np.typing.NDArray[np.object_]:
    """The places as points, None where there is none."""
    shapes = np.asarray(shapely.points(places.lon, places.lat), dtype=object)
    shapes[np.isnan(places.lon)] = None
    return shapes


def contradictions(places: Places, codes: Series, areas: pd.DataFrame) -> list[Problem]:
    """Warnings for places outside their own community that would lie in it, were they in another datum.

    Rows without a place or a community, and communities without a border, cannot be told.
    """
    borders = areas.loc[areas["level"].eq("community"), ["code", "geometry"]].dropna()
    if borders.empty or codes.isna().all():
        return []
    shapes = np.array([*borders["geometry"], None], dtype=object)
    shapely.prepare(shapes)
    own = shapes[pd.Index(borders["code"]).get_indexer(codes)]
    at = np.flatnonzero(~shapely.is_missing(own) & ~np.isnan(places.lon))
    at = at[~shapely.contains_xy(own[at], places.lon[at], places.lat[at])]
    problems: list[Problem] = []
    for datum in ("gcj02", "bd09", "wgs84"):
        lon, lat = crs.to_wgs84(places.written[0][at], places.written[1][at], datum)
        fits = shapely.contains_xy(own[at], lon, lat)
        problems += warn(
            "wrong_datum_warning", "datum", at[fits], f"位置不在所写的社区里,{OTHER_DATUM.format(datum=datum)}"
        )
        at = at[~fits]
    return problems


def _misplaced(lon: _Floats, lat: _Floats, known: Mask, field: str, profile: CityProfile) -> list[Problem]:
    with np.errstate(invalid="ignore"):
        impossible = known & (~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)) | ((lon == 0) & (lat == 0)))
        outside = known & ~_inside(lon, lat, profile)
        swapped = outside & _inside(lat, lon, profile)
    return [
        *refuse("bad_coordinate", field, impossible & ~swapped, _IMPOSSIBLE),
        *refuse("bad_coordinate", field, swapped, _SWAPPED),
        *refuse("outside_area", field, outside & ~swapped & ~impossible, _OUTSIDE),
    ]


def _inside(lon: _Floats, lat: _Floats, profile: CityProfile) -> Mask:
    west, south, east, north = profile.bounds
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _field(cells: Cells) -> str:
    """What the report calls the coordinates: by the columns they stand in."""
    if {"lon", "lat", "x", "y"} & set(cells.columns):
        return "lon"
    return "coordinates" if "coordinates" in cells.columns else "geometry"


def _unplaced(cells: Cells, given: Mask) -> list[Problem]:
    expected = cells.has(*lexicon.COORDINATES) | cells.by_part([part.wkb is not None for part in cells.parts])
    if not expected.any():
        return warn_file("no_location", None, "没有坐标列,这批数据都没有位置")
    return warn("no_location", None, expected & ~given, "没有坐标,只按地址保存")


def _written(cells: Cells, options: ReadOptions) -> _Written:
    """The first of geometry, degrees, one text and survey columns that a row has something in."""
    length = len(cells)
    result = _Written(
        a=np.full(length, np.nan), b=np.full(length, np.nan), given=np.zeros(length, bool), bad=np.zeros(length, bool)
    )
    sources = [_from_geometry(cells, options)] if any(part.wkb is not None for part in cells.parts) else []
    sources += [_from_two(cells, *names) for names in (("lon", "lat"), ("x", "y")) if set(names) & set(cells.columns)]
    if "coordinates" in cells.columns:
        sources.append(_from_one(cells.columns["coordinates"], options.order))
    for source in sources:
        take = source.given & ~result.given
        result = _Written(
            a=np.where(take, source.a, result.a),
            b=np.where(take, source.b, result.b),
            given=result.given | take,
            bad=np.where(take, source.bad, result.bad),
        )
    return result


def _from_two(cells: Cells, east: str, north: str) -> _Written:
    a, b = _axis(cells, east, "e", "w"), _axis(cells, north, "n", "s")
    given = cells.filled(east, north)
    return _Written(a=a[0], b=b[0], given=given, bad=a[1] | b[1])


def _axis(cells: Cells, field: str, *sides: str) -> tuple[_Floats, Mask]:
    """The numbers of one column, and which of its cells cannot be read or speak of the other axis."""
    if field not in cells.columns:
        return np.full(len(cells), np.nan), np.zeros(len(cells), bool)
    column = cells.columns[field]
    if is_number(column.type):
        values = column.cast(pa.float64()).to_numpy().copy()
        return values, np.isinf(values)
    text = as_text(column)
    plain = matches(text, _PLAIN).to_numpy()
    values = only(text, plain).cast(pa.float64()).to_numpy()
    where, distinct = pd.factorize(only(text, ~plain).to_numpy(zero_copy_only=False))
    read = [degrees(cell) for cell in distinct]
    good = [found is not None and found.side in (None, *sides) for found in read]
    numbers = [found.value if found is not None and fine else np.nan for found, fine in zip(read, good, strict=True)]
    values = np.where(plain, values, np.array([*numbers, np.nan])[where])
    return values, np.array([*(not fine for fine in good), False])[where]


def _from_one(column: pa.ChunkedArray, order: str) -> _Written:
    where, distinct = pd.factorize(as_text(column).to_numpy(zero_copy_only=False))
    read = [pair(cell, order) or _point_of(cell) for cell in distinct]
    a, b = (
        np.array([np.nan if both is None else both[axis].value for both in read] + [np.nan])[where] for axis in (0, 1)
    )
    bad = np.array([*(both is None for both in read), False])[where]
    return _Written(a=a, b=b, given=where >= 0, bad=bad)


def _point_of(text: str) -> tuple[Degrees, Degrees] | None:
    """The point that a cell holds as WKT, EWKT, WKB in hex, GeoJSON or Esri JSON, in degrees."""
    (read,) = geometries.of_texts([text])
    if read.shape is None or read.shape.geom_type != "Point" or read.shape.is_empty:
        return None
    try:
        x, y = survey.from_crs(np.array([read.shape.x]), np.array([read.shape.y]), read.crs or "EPSG:4490")
    except Refused:
        return None
    finite = np.isfinite([x[0], y[0]]).all()
    return (Degrees(value=float(x[0]), side=None), Degrees(value=float(y[0]), side=None)) if finite else None


def _from_geometry(cells: Cells, options: ReadOptions) -> _Written:
    """The points of typed tables, already in degrees of the datum the user or the file states."""
    parts = [_points(part, options) for part in cells.parts]
    return _Written(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in ("a", "b", "given", "bad")}
    )


def _points(part: sheets.Part, options: ReadOptions) -> _Written:
    length = len(part.rows)
    if part.wkb is None or part.wkb.null_count == length:
        nothing = np.zeros(length, bool)
        return _Written(a=np.full(length, np.nan), b=np.full(length, np.nan), given=nothing, bad=nothing)
    x, y, given = _xy(part.wkb)
    source = survey.stated_crs(part.crs, options.crs)
    lon, lat = survey.from_crs(x, y, source)
    return _Written(a=lon, b=lat, given=given, bad=given & ~(np.isfinite(x) & np.isfinite(y)))


def _zone_conflicts(cells: Cells, options: ReadOptions) -> list[Problem]:
    """Refusals of points whose easting has a zone before it that their CRS does not know, or has none."""
    found: list[Problem] = []
    for part, start in zip(cells.parts, cells.starts, strict=True):
        if part.wkb is None or part.wkb.null_count == len(part.rows):
            continue
        x, _, given = _xy(part.wkb)
        reasons = survey.zone_conflicts(x, survey.stated_crs(part.crs, options.crs))
        for zone, reason in reasons.items():
            at = given & np.isfinite(x) & (survey.zones(x) == zone)
            found += [one.shifted(start) for one in refuse("bad_coordinate", "geometry", at, reason)]
    return found


def _xy(wkb: pa.Array) -> tuple[_Floats, _Floats, Mask]:
    """East and north of points (NaN for another shape or none that can be read), and which rows have a geometry."""
    if not wkb.null_count and (plain := _plain_points(wkb)) is not None:
        return plain["x"].astype(float), plain["y"].astype(float), np.ones(len(wkb), dtype=bool)
    shapes = np.array([*(one.shape for one in geometries.of_wkb(wkb)), None], dtype=object)[:-1]
    shapes = np.where(shapely.get_num_geometries(shapes) == 1, shapely.get_geometry(shapes, 0), shapes)
    given = wkb.is_valid().to_numpy(zero_copy_only=False) & ~shapely.is_empty(shapes)
    return shapely.get_x(shapes), shapely.get_y(shapes), given


def _plain_points(wkb: pa.Array) -> np.typing.NDArray[Any] | None:
    """All of ``wkb`` as records, when it is nothing but little-endian points of two coordinates."""
    offsets = np.frombuffer(wkb.buffers()[1], np.int64 if pa.types.is_large_binary(wkb.type) else np.int32)
    start, end = int(offsets[wkb.offset]), int(offsets[wkb.offset + len(wkb)])
    if end - start != _POINT.itemsize * len(wkb) or not len(wkb):
        return None
    records = np.frombuffer(wkb.buffers()[2], _POINT, count=len(wkb), offset=start)
    return records if (records["order"] == 1).all() and (records["type"] == 1).all() else None
