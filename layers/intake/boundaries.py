"""Borders and roads of a file: read, converted to stored degrees, repaired, and refused where they cannot be right."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from gis.repair import repair
from layers.catalog import Layer
from layers.intake import datums, survey
from layers.intake.cells import Cells
from layers.intake.options import ReadOptions
from layers.intake.problems import Mask, Problem, refuse, warn
from layers.intake.readers.nesting import deepest
from layers.intake.sheets import Part
from layers.profile import CityProfile

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

#: brackets within brackets: a GeometryCollection of MultiPolygons has five; more kills a recursive parser
DEEPEST_WKT = 12
LONGEST_WKT = 20_000_000
#: degrees that a border may reach beyond the profile's bounds: they are drawn by eye
_MARGIN_DEG = 0.1
_FARTHEST = 1e9  # metres or degrees

UNREADABLE = "图形读不出来:坐标缺失、不是数字,或者环没有闭合"
WRONG_TYPE = "图形应是{wanted},不是点或别的"
TOO_DEEP = "图形嵌套太深,不读"
REPAIRED = "图形有自相交或碎片,已自动修正,请在图上核对"
CLOSED = "图形是一条闭合的线,已当作面"
IMPOSSIBLE = "图形的坐标不可能:经度应在 ±180 度、纬度在 ±90 度以内"
SWAPPED = "图形像是经度、纬度填反了"
OUTSIDE = "图形不在本市范围内"


@dataclass(frozen=True, kw_only=True)
class Borders:
    """One geometry for each row in stored degrees, None where a row has none that can be stored."""

    shapes: Shapes
    problems: list[Problem]


def borders(cells: Cells, layer: Layer, *, profile: CityProfile, options: ReadOptions) -> Borders:
    """Return the geometry of each row; one that is unreadable, impossible, of another type or outside refuses its row.

    Polygons come back valid and as MultiPolygons, with a warning where they were repaired.
    """
    shapes, problems = _shapes(cells, options)
    broken = _filled(cells) & shapely.is_missing(shapes)
    for problem in problems:
        broken[problem.rows] = False
    datum = datums.stated(cells, options, ~shapely.is_missing(shapes), default=profile.default_datum)
    shapes = converted(shapes, np.where(datum.names == np.array(None), profile.default_datum, datum.names))
    problems += refuse("bad_coordinate", "geometry", broken, UNREADABLE) + datum.problems
    if "Polygon" in layer.geometry:
        shapes, changed = _polygons(shapes)
        problems += changed
    wrong = ~shapely.is_missing(shapes) & ~np.isin(shapely.get_type_id(shapes), _type_ids(layer))
    wanted = "面" if "Polygon" in layer.geometry else "线"
    problems += refuse("bad_coordinate", "geometry", wrong, WRONG_TYPE.format(wanted=wanted))
    shapes[wrong] = None
    return Borders(shapes=shapes, problems=problems + _misplaced(shapes, profile))


def converted(shapes: Shapes, datum: npt.NDArray[np.object_]) -> Shapes:
    """The shapes with each one's degrees turned from its datum into WGS-84."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    return _moved(shapes, *datums.to_wgs84(coordinates[:, 0], coordinates[:, 1], datum[owner]))


def _shapes(cells: Cells, options: ReadOptions) -> tuple[Shapes, list[Problem]]:
    parts, problems = [], []
    for part, start in zip(cells.parts, cells.starts, strict=True):
        if part.wkb is not None and part.wkb.null_count < len(part.rows):
            with np.errstate(invalid="ignore"):
                found = shapely.from_wkb(part.wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
            source = survey.stated_crs(part.crs, options.crs)
        else:
            found, faults = _from_wkt(part)
            problems += [fault.shifted(start) for fault in faults]
            source = options.crs or "EPSG:4490"
        parts.append(_in_degrees(shapely.force_2d(found), source))
    return np.concatenate(parts), problems


def _from_wkt(part: Part) -> tuple[Shapes, list[Problem]]:
    texts = part.columns["geometry"].to_pylist() if "geometry" in part.columns else [None] * len(part.rows)
    deep = np.array([text is not None and _is_deep(text) for text in texts], dtype=bool)
    readable = np.array([None if too_deep else text for text, too_deep in zip(texts, deep, strict=True)], dtype=object)
    return shapely.from_wkt(readable, on_invalid="ignore"), refuse("too_deep", "geometry", deep, TOO_DEEP)


def _is_deep(text: str) -> bool:
    """Whether too many brackets are open at once; anything longer than a border can be counts as deep."""
    return len(text) > LONGEST_WKT or deepest(text.encode("utf-8", "replace")) > DEEPEST_WKT


def _filled(cells: Cells) -> Mask:
    """Which rows have a geometry, readable or not."""
    of_parts = [
        np.zeros(len(part.rows), bool) if part.wkb is None else part.wkb.is_valid().to_numpy(zero_copy_only=False)
        for part in cells.parts
    ]
    return np.asarray(np.concatenate(of_parts) | cells.filled("geometry"))


def _in_degrees(shapes: Shapes, source: str) -> Shapes:
    shapes = _finite(shapes)
    if survey.is_degrees(source):
        return shapes
    return _finite(_moved(shapes, *survey.from_crs(*_axes(shapes), source)))


def _axes(shapes: Shapes) -> tuple[Floats, Floats]:
    coordinates = shapely.get_coordinates(shapes)
    return coordinates[:, 0], coordinates[:, 1]


def _moved(shapes: Shapes, x: Floats, y: Floats) -> Shapes:
    return np.asarray(shapely.set_coordinates(shapes.copy(), np.column_stack([x, y])), dtype=object)


def _finite(shapes: Shapes) -> Shapes:
    """The shapes, None for each that is empty or has a coordinate that is no number or beyond any place."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    odd = ~(np.abs(coordinates) <= _FARTHEST).all(axis=1)
    kept = shapes.copy()
    kept[np.unique(owner[odd])] = None
    kept[shapely.is_empty(kept)] = None
    return kept


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
    problems = warn("geometry_repaired", "geometry", closed, CLOSED)
    problems += warn("geometry_repaired", "geometry", repaired, REPAIRED)
    return shapes, problems + refuse("bad_coordinate", "geometry", emptied, UNREADABLE)


def _multi(polygons: Shapes) -> Shapes:
    """Polygons as the MultiPolygons that are stored."""
    multi = polygons.copy()
    single = np.flatnonzero(shapely.get_type_id(polygons) == GeometryType.POLYGON)
    multi[single] = shapely.multipolygons(polygons[single], indices=np.arange(len(single)))
    return multi


def _type_ids(layer: Layer) -> list[int]:
    return [int(GeometryType[name.upper()]) for name in layer.geometry]


def _misplaced(shapes: Shapes, profile: CityProfile) -> list[Problem]:
    box = shapely.bounds(shapes)
    west, south, east, north = profile.bounds
    limits = np.array([west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG])
    outside = ~shapely.is_missing(shapes) & ~_within(box, limits)
    swapped = outside & _within(box[:, [1, 0, 3, 2]], limits)
    impossible = outside & ~swapped & (np.abs(box) > [180, 90, 180, 90]).any(axis=1)
    problems = refuse("bad_coordinate", "geometry", swapped, SWAPPED)
    problems += refuse("bad_coordinate", "geometry", impossible, IMPOSSIBLE)
    return problems + refuse("outside_area", "geometry", outside & ~swapped & ~impossible, OUTSIDE)


def _within(box: Floats, limits: Floats) -> Mask:
    with np.errstate(invalid="ignore"):
        return np.asarray((box[:, :2] >= limits[:2]).all(axis=1) & (box[:, 2:] <= limits[2:]).all(axis=1))
