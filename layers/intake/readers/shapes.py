"""Geometries of GeoJSON, Esri JSON and TopoJSON → WKB; coordinates that are no numbers are NaN, for a true reason."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from gis.errors import IntakeError
from layers.intake.readers import wkb

Arcs = Sequence[wkb.Points]
_NUMBER = re.compile(r"\s*[-+]?\d{1,15}(\.\d*)?([eE][-+]?\d{1,3})?\s*")
#: a point of no numbers would count as an empty one
_NOWHERE = wkb.line([(math.nan, math.nan)] * 2)
_EPSG = re.compile(r"(?:EPSG|epsg)[:/]+(?:[\d.]*[:/]+)?(\d{4,6})$")
_WEB_MERCATOR = {102100: 3857, 102113: 3857, 900913: 3857}


def of_geojson(geometry: Any) -> bytes | None:
    """The WKB of a GeoJSON geometry; texts that are numbers count as numbers."""
    if not isinstance(geometry, dict):
        return None
    if geometry.get("type") == "GeometryCollection":
        return wkb.several(wkb.COLLECTION, [of_geojson(one) for one in geometry.get("geometries") or []])
    build = _BUILDERS.get(str(geometry.get("type")))
    coordinates = geometry.get("coordinates")
    if build is None or not isinstance(coordinates, list) or not coordinates:
        return _NOWHERE if build is None or not isinstance(coordinates, list) else None
    try:
        return build(coordinates)
    except (TypeError, ValueError, LookupError):
        return _NOWHERE


def of_esri(geometry: Any) -> bytes | None:
    """The WKB of an Esri JSON geometry.

    Raises:
        IntakeError: not_readable, for curves.
    """
    if not isinstance(geometry, dict):
        return None
    if {"curveRings", "curvePaths"} & set(geometry):
        raise IntakeError(
            "Esri JSON 里有曲线(curveRings、curvePaths),不能读取;请在导出前把曲线转为折线(Densify)。",
            kind="not_readable",
        )
    try:
        return _of_esri(geometry)
    except (TypeError, ValueError, LookupError):
        return _NOWHERE


def _of_esri(geometry: dict[str, Any]) -> bytes | None:
    if "rings" in geometry:
        return _areas([_points(ring) for ring in geometry["rings"]])
    if "paths" in geometry:
        return wkb.several(wkb.MULTI_LINE, [wkb.line(_points(path)) for path in geometry["paths"]])
    if "points" in geometry:
        return wkb.several(wkb.MULTI_POINT, [wkb.point(xy) for xy in _points(geometry["points"])])
    return wkb.point(_xy([geometry["x"], geometry["y"]])) if geometry.get("x") not in (None, "NaN") else None


def of_topology(geometry: dict[str, Any], arcs: Arcs) -> bytes | None:
    """The WKB of a TopoJSON geometry, whose lines are numbers of ``arcs`` (~n: backwards)."""

    def joined(numbers: list[int]) -> wkb.Points:
        points: list[tuple[float, float]] = []
        for number in numbers:
            arc = list(arcs[number] if number >= 0 else reversed(arcs[~number]))
            points += arc[1:] if points else arc
        return points

    def area(rings: list[list[int]]) -> bytes | None:
        return wkb.polygon([joined(ring) for ring in rings])

    kind, numbers = geometry.get("type"), geometry.get("arcs") or []
    if kind == "GeometryCollection":
        return wkb.several(wkb.COLLECTION, [of_topology(one, arcs) for one in geometry.get("geometries") or []])
    builders: dict[Any, Callable[[Any], bytes | None]] = {
        "LineString": lambda one: wkb.line(joined(one)),
        "MultiLineString": lambda many: wkb.several(wkb.MULTI_LINE, [wkb.line(joined(one)) for one in many]),
        "Polygon": area,
        "MultiPolygon": lambda many: wkb.several(wkb.MULTI_POLYGON, [area(one) for one in many]),
    }
    return builders[kind](numbers) if kind in builders else of_geojson(geometry)


def decoded_arcs(topology: dict[str, Any]) -> Arcs:
    """The arcs of a topology in its coordinates: those of a quantised one are steps from the point before."""
    transform = topology.get("transform")
    if not transform:
        return [_points(arc) for arc in topology.get("arcs", [])]
    (kx, ky), (dx, dy) = transform["scale"], transform["translate"]
    decoded = []
    for arc in topology.get("arcs", []):
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + dx, y * ky + dy))
        decoded.append(points)
    return decoded


def crs_of(said: Any, default: str | None) -> str | None:
    """The CRS that a GeoJSON "crs" or an Esri "spatialReference" states, ``default`` where there is none."""
    if not isinstance(said, dict):
        return default
    number = said.get("latestWkid") or said.get("wkid")
    if isinstance(number, int):
        return f"EPSG:{_WEB_MERCATOR.get(number, number)}"
    if isinstance(said.get("wkt"), str):
        return str(said["wkt"])
    properties = said.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or "CRS84" in name:
        return default
    found = _EPSG.search(name)
    return f"EPSG:{found[1]}" if found else name


def _number(value: Any) -> float:
    if isinstance(value, bool) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        raise ValueError(value)
    return float(value)


def _xy(values: Any) -> tuple[float, float]:
    return _number(values[0]), _number(values[1])


def _points(values: Any) -> list[tuple[float, float]]:
    return [_xy(value) for value in values]


def _polygon(rings: Any) -> bytes | None:
    return wkb.polygon([_points(ring) for ring in rings])


_BUILDERS: dict[str, Callable[[Any], bytes | None]] = {
    "Point": lambda values: wkb.point(_xy(values)),
    "LineString": lambda values: wkb.line(_points(values)),
    "Polygon": _polygon,
    "MultiPoint": lambda values: wkb.several(wkb.MULTI_POINT, [wkb.point(xy) for xy in _points(values)]),
    "MultiLineString": lambda values: wkb.several(wkb.MULTI_LINE, [wkb.line(_points(one)) for one in values]),
    "MultiPolygon": lambda values: wkb.several(wkb.MULTI_POLYGON, [_polygon(one) for one in values]),
}


def _areas(rings: list[list[tuple[float, float]]]) -> bytes | None:
    """Rings as polygons: Esri writes outer ones clockwise, each hole the other way round."""
    outer = [[ring] for ring in rings if _turn(ring) <= 0]
    for ring in rings:
        if _turn(ring) > 0:
            around = next((polygon for polygon in outer if _inside(ring[0], polygon[0])), None)
            if around is None:
                outer.append([ring])
            else:
                around.append(ring)
    return wkb.several(wkb.MULTI_POLYGON, [wkb.polygon(polygon) for polygon in outer])


def _turn(ring: list[tuple[float, float]]) -> float:
    """Twice the area of a ring, positive where it runs counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], *ring[:1]], strict=True))


def _inside(xy: tuple[float, float], ring: list[tuple[float, float]]) -> bool:
    x, y = xy
    within = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], *ring[:1]], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            within = not within
    return within
