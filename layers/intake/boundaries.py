"""Borders and roads of a file: read, converted to stored degrees, repaired, and refused where they cannot be right."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import GeometryType

from gis.errors import Refused
from gis.repair import repair
from layers.catalog import Layer
from layers.intake import datums, geometries, sheets, survey, texts
from layers.intake.cells import Cells
from layers.intake.options import ReadOptions
from layers.intake.problems import Mask, Problem, refuse, warn
from layers.profile import CityProfile

Shapes = np.typing.NDArray[np.object_]
_Floats = np.typing.NDArray[np.float64]

#: degrees that a border may reach beyond the profile's bounds: they are drawn by eye
_MARGIN_DEG = 0.1
_FARTHEST = 1e9  # metres or degrees
_METRES_PER_DEGREE = 111_195

TOO_FAR = "图形的坐标大得不可能"
NOT_DEGREES = "图形的坐标按坐标系“{crs}”换算不出经纬度,请核对坐标系(命令里用 --crs)"
VANISHED = "图形修正后什么也不剩:各点重合,或都在一条线上"
WRONG_TYPE = "图形应是{wanted},不是点或别的"
REPAIRED = "图形有自相交或碎片,已自动修正,请在图上核对"
CURVED = "图形里有曲线,已化成折线"
_CLOSED = "图形是一条闭合的线,已当作面"
_IMPOSSIBLE = "图形的坐标不可能:经度应在 ±180 度、纬度在 ±90 度以内"
_SWAPPED = "图形像是经度、纬度填反了"
_OUTSIDE = "图形不在本市范围内"


@dataclass(frozen=True, kw_only=True)
class Borders:
    """One geometry for each row in stored degrees, None where a row has none that can be stored."""

    shapes: Shapes
    problems: list[Problem]


def borders(cells: Cells, layer: Layer, *, profile: CityProfile, options: ReadOptions) -> Borders:
    """Return the geometry of each row; one that is unreadable, impossible, of another type or outside refuses its row.

    Polygons come back valid and as MultiPolygons, with a warning where they were repaired.
    """
    shapes, problems, stated = _shapes(cells, options)
    silent = ~shapely.is_missing(shapes) & ~stated
    datum = datums.stated(cells, options, silent, default=profile.default_datum)
    shapes = converted(shapes, np.where(datum.names == np.array(None), profile.default_datum, datum.names))
    problems += datum.problems
    if "Polygon" in layer.geometry:
        shapes, changed = _polygons(shapes)
        problems += changed
    kinds = [int(GeometryType[name.upper()]) for name in layer.geometry]
    wrong = ~shapely.is_missing(shapes) & ~np.isin(shapely.get_type_id(shapes), kinds)
    wanted = "面" if "Polygon" in layer.geometry else "线"
    problems += refuse("bad_coordinate", "geometry", wrong, WRONG_TYPE.format(wanted=wanted))
    shapes[wrong] = None
    problems += warn("tiny_area", "geometry", _is_tiny(shapes), "图形围住的面积不到 1 平方米,请核对坐标和坐标系")
    return Borders(shapes=shapes, problems=problems + _misplaced(shapes, profile))


def converted(shapes: Shapes, datum: np.typing.NDArray[np.object_]) -> Shapes:
    """The shapes with each one's degrees turned from its datum into WGS-84."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    return _moved(shapes, *datums.to_wgs84(coordinates[:, 0], coordinates[:, 1], datum[owner]))


def _shapes(cells: Cells, options: ReadOptions) -> tuple[Shapes, list[Problem], Mask]:
    """The shapes in degrees, a refusal with its reason for each that is not one, and which state their own CRS."""
    if options.crs is not None:
        survey.parsed_crs(options.crs)
    parts, stated = [], []
    problems: list[Problem] = []
    for part, start in zip(cells.parts, cells.starts, strict=True):
        read = _read(part)
        shapes = np.array([*(one.shape for one in read), None], dtype=object)[:-1]
        reasons = np.array([*(one.reason for one in read), None], dtype=object)[:-1]
        shapes = shapely.force_2d(shapes)
        sources = np.array([*(_source(one, part, options) for one in read), None], dtype=object)[:-1]
        for source in dict.fromkeys(sources[~shapely.is_missing(shapes)]):
            at = np.flatnonzero(sources == source)
            shapes[at], reasons[at] = _in_degrees(shapes[at], reasons[at], source)
        parts.append(shapes)
        stated.append(np.array([one.crs is not None for one in read], dtype=bool))
        faults = warn("geometry_repaired", "geometry", np.array([one.curved for one in read], dtype=bool), CURVED)
        for reason in dict.fromkeys(reasons[reasons != np.array(None)]):
            kind = "too_deep" if reason == geometries.TOO_DEEP else "bad_coordinate"
            faults += refuse(kind, "geometry", reasons == reason, reason)
        problems += [fault.shifted(start) for fault in faults]
    return np.concatenate(parts), problems, np.concatenate(stated)


def _read(part: sheets.Part) -> list[geometries.Geometry]:
    if part.wkb is not None and part.wkb.null_count < len(part.rows):
        return geometries.of_wkb(part.wkb)
    if "geometry" not in part.columns:
        return [geometries.Geometry()] * len(part.rows)
    return geometries.of_texts(texts.as_text(part.columns["geometry"]).to_pylist())


def _source(one: geometries.Geometry, part: sheets.Part, options: ReadOptions) -> str | None:
    """The CRS of a geometry: the user's, its own, its file's; a text that states none is in degrees."""
    if one.shape is None:
        return None
    if part.wkb is not None and part.wkb.null_count < len(part.rows):
        return survey.stated_crs(part.crs or one.crs, options.crs)
    return options.crs or one.crs or "EPSG:4490"


def _in_degrees(shapes: Shapes, reasons: Shapes, source: str) -> tuple[Shapes, Shapes]:
    """The shapes in degrees, and the reasons with those of shapes that cannot be turned into any, which are None."""
    shapes, reasons = shapes.copy(), reasons.copy()

    def give_up(at: Mask, reason: str) -> None:
        reasons[at & ~shapely.is_missing(shapes)] = reason
        shapes[at] = None

    try:
        conflicts = survey.zone_conflicts(shapely.bounds(shapes)[:, 2], source)
    except Refused as error:
        give_up(~shapely.is_missing(shapes), error.sentence)
        return shapes, reasons
    give_up(shapely.is_empty(shapes) & ~shapely.is_missing(shapes), geometries.EMPTY)
    give_up(_having(shapes, np.isnan), geometries.NO_NUMBER)
    give_up(_having(shapes, lambda xy: np.abs(xy) > _FARTHEST), TOO_FAR)
    for zone, reason in conflicts.items():
        give_up(survey.zones(shapely.bounds(shapes)[:, 2]) == zone, reason)
    if not survey.is_degrees(source):
        shapes = _moved(shapes, *survey.from_crs(*_axes(shapes), source))
        give_up(_having(shapes, lambda xy: ~np.isfinite(xy)), NOT_DEGREES.format(crs=source[:60]))
    return shapes, reasons


def _having(shapes: Shapes, odd: Callable[[_Floats], Mask]) -> Mask:
    """Shapes of which any number is odd."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    found = np.zeros(len(shapes), dtype=bool)
    found[owner[np.asarray(odd(coordinates)).any(axis=1)]] = True
    return found


def _is_tiny(shapes: Shapes) -> Mask:
    """Areas of less than a square metre, reckoned on a sphere."""
    south, north = shapely.bounds(shapes)[:, [1, 3]].T
    square = _METRES_PER_DEGREE**2 * np.cos(np.radians((south + north) / 2))
    areal = np.isin(shapely.get_type_id(shapes), (GeometryType.POLYGON, GeometryType.MULTIPOLYGON))
    with np.errstate(invalid="ignore"):
        return np.asarray(areal & (shapely.area(shapes) * square < 1))


def _axes(shapes: Shapes) -> tuple[_Floats, _Floats]:
    coordinates = shapely.get_coordinates(shapes)
    return coordinates[:, 0], coordinates[:, 1]


def _moved(shapes: Shapes, x: _Floats, y: _Floats) -> Shapes:
    return np.asarray(shapely.set_coordinates(shapes.copy(), np.column_stack([x, y])), dtype=object)


def _polygons(shapes: Shapes) -> tuple[Shapes, list[Problem]]:
    """Closed lines become polygons, invalid ones are repaired, each with a warning; other kinds stay for the caller."""
    shapes = shapes.copy()
    closed = (shapely.get_type_id(shapes) == GeometryType.LINESTRING) & shapely.is_closed(shapes)
    for row in np.flatnonzero(closed):
        shapes[row] = shapely.polygons(shapely.get_coordinates(shapes[row]))
    areal = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON, GeometryType.GEOMETRYCOLLECTION)
    rows = np.flatnonzero(np.isin(shapely.get_type_id(shapes), areal))
    fixed, changes = repair(shapes[rows])
    shapes[rows] = _multi(fixed)
    emptied = rows[[change.row for change in changes if change.kind == "emptied"]]
    repaired = np.setdiff1d(rows[[change.row for change in changes]], emptied)
    return shapes, [
        *warn("geometry_repaired", "geometry", closed, _CLOSED),
        *warn("geometry_repaired", "geometry", repaired, REPAIRED),
        *refuse("bad_coordinate", "geometry", emptied, VANISHED),
    ]


def _multi(polygons: Shapes) -> Shapes:
    """Polygons as the MultiPolygons that are stored."""
    multi = polygons.copy()
    single = np.flatnonzero(shapely.get_type_id(polygons) == GeometryType.POLYGON)
    multi[single] = shapely.multipolygons(polygons[single], indices=np.arange(len(single)))
    return multi


def _misplaced(shapes: Shapes, profile: CityProfile) -> list[Problem]:
    box = shapely.bounds(shapes)
    west, south, east, north = profile.bounds
    limits = np.array([west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG])
    outside = ~shapely.is_missing(shapes) & ~_within(box, limits)
    swapped = outside & _within(box[:, [1, 0, 3, 2]], limits)
    impossible = outside & ~swapped & (np.abs(box) > [180, 90, 180, 90]).any(axis=1)
    return [
        *refuse("bad_coordinate", "geometry", swapped, _SWAPPED),
        *refuse("bad_coordinate", "geometry", impossible, _IMPOSSIBLE),
        *refuse("outside_area", "geometry", outside & ~swapped & ~impossible, _OUTSIDE),
    ]


def _within(box: _Floats, limits: _Floats) -> Mask:
    with np.errstate(invalid="ignore"):
        return np.asarray((box[:, :2] >= limits[:2]).all(axis=1) & (box[:, 2:] <= limits[2:]).all(axis=1))
