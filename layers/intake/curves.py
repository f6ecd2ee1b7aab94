"""Arcs and surfaces that shapely does not know (CIRCULARSTRING, COMPOUNDCURVE, CURVEPOLYGON …) as straight lines.

Sources: ISO 19125 and SQL/MM for WKB codes; an arc is drawn with a point every four degrees, as GDAL does by default.
"""

import math
import re
import struct
from collections.abc import Iterator

from layers.intake.readers import wkb

_Points = list[tuple[float, float]]

_STEP = math.radians(4)
_ARC, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE, _SURFACE, _TIN, _TRIANGLE = 8, 9, 10, 11, 12, 15, 16, 17
_CODES = {
    "POINT": wkb.POINT, "LINESTRING": wkb.LINE, "LINEARRING": wkb.LINE, "POLYGON": wkb.POLYGON,
    "MULTIPOINT": wkb.MULTI_POINT, "MULTILINESTRING": wkb.MULTI_LINE, "MULTIPOLYGON": wkb.MULTI_POLYGON,
    "GEOMETRYCOLLECTION": wkb.COLLECTION, "CIRCULARSTRING": _ARC, "COMPOUNDCURVE": _COMPOUND,
    "CURVEPOLYGON": _CURVE_POLYGON, "MULTICURVE": _MULTI_CURVE, "MULTISURFACE": _MULTI_SURFACE,
    "POLYHEDRALSURFACE": _SURFACE, "TIN": _TIN, "TRIANGLE": _TRIANGLE,
}  # fmt: skip
_LINES, _AREAS = (wkb.LINE, _ARC, _COMPOUND), (wkb.POLYGON, _CURVE_POLYGON, _TRIANGLE)
#: what a part without a name of its own is, within each kind
_UNNAMED = {
    _COMPOUND: wkb.LINE, _CURVE_POLYGON: wkb.LINE, wkb.POLYGON: wkb.LINE, _TRIANGLE: wkb.LINE,
    wkb.MULTI_LINE: wkb.LINE, _MULTI_CURVE: wkb.LINE, wkb.MULTI_POLYGON: wkb.POLYGON, _MULTI_SURFACE: wkb.POLYGON,
    _SURFACE: wkb.POLYGON, _TIN: wkb.POLYGON, wkb.MULTI_POINT: wkb.POINT,
}  # fmt: skip
_MANY = {
    wkb.MULTI_POINT: wkb.MULTI_POINT, wkb.MULTI_LINE: wkb.MULTI_LINE, _MULTI_CURVE: wkb.MULTI_LINE,
    wkb.MULTI_POLYGON: wkb.MULTI_POLYGON, _MULTI_SURFACE: wkb.MULTI_POLYGON, _SURFACE: wkb.MULTI_POLYGON,
    _TIN: wkb.MULTI_POLYGON, wkb.COLLECTION: wkb.COLLECTION,
}  # fmt: skip
_CURVED = re.compile(r"CIRCULARSTRING|CURVE|SURFACE|\bTIN\b|TRIANGLE", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+|[(),]|[^\s(),]+")
_DIMENSIONS = ("Z", "M", "ZM")


def is_curved(wkt: str) -> bool:
    """Whether a WKT names a kind that only this module reads."""
    return _CURVED.search(wkt) is not None


def from_wkt(wkt: str) -> bytes:
    """The WKB of a WKT without arcs.

    Raises:
        ValueError: it is no WKT.
    """
    words = _WORD.findall(wkt)
    if not words:
        raise ValueError(wkt)
    place = _Text(words)
    return _geometry(place.shape(place.kind(None)))


def from_wkb(blob: bytes) -> bytes:
    """The same geometry without arcs and without heights.

    Raises:
        ValueError: it is no WKB.
    """
    try:
        return _geometry(_Bytes(blob).shape())
    except (struct.error, IndexError) as error:
        raise ValueError(str(error)) from error


#: a kind with its points, or with its parts
_Shape = tuple[int, _Points, "list[_Shape]"]


class _Text:
    """Reads a WKT from left to right."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def kind(self, within: int | None) -> int:
        word = self._words[self._at] if self._at < len(self._words) else ""
        if word == "(" and within in _UNNAMED:
            return _UNNAMED[within]
        self._at += 1
        name = next((name for name in (word.upper(), word.upper().rstrip("ZM")) if name in _CODES), None)
        if name is None:
            raise ValueError(word)
        if self._at < len(self._words) and self._words[self._at].upper() in _DIMENSIONS:
            self._at += 1
        return _CODES[name]

    def shape(self, kind: int) -> _Shape:
        if self._take().upper() == "EMPTY":
            return kind, [], []
        if kind in (wkb.POINT, wkb.LINE, _ARC):
            return kind, list(self._points()), []
        parts = [self.shape(self.kind(kind))]
        while self._take() == ",":
            parts.append(self.shape(self.kind(kind)))
        return kind, [], parts

    def _points(self) -> Iterator[tuple[float, float]]:
        numbers: list[float] = []
        while (word := self._take()) != ")":
            if word == ",":
                yield numbers[0], numbers[1]
                numbers = []
            else:
                numbers.append(float(word))
        yield numbers[0], numbers[1]

    def _take(self) -> str:
        if self._at >= len(self._words):
            raise ValueError(self._at)
        self._at += 1
        return self._words[self._at - 1]


class _Bytes:
    """Reads ISO or extended WKB; how deep it nests has been looked at before."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob
        self._at = 0

    def shape(self) -> _Shape:
        order = "<" if self._blob[self._at] == 1 else ">"
        self._at += 1
        code = self._number(order)
        iso, kind = divmod(code & 0xFFFF, 1000)
        size = 2 + (bool(code & 0x80000000) or iso in (1, 3)) + (bool(code & 0x40000000) or iso in (2, 3))
        self._at += 4 * bool(code & 0x20000000)
        if kind == wkb.POINT:
            return kind, self._points(order, 1, size), []
        count = self._number(order)
        if kind in (wkb.LINE, _ARC):
            return kind, self._points(order, count, size), []
        if kind in (wkb.POLYGON, _TRIANGLE):
            rings = [self._points(order, self._number(order), size) for _ in range(count)]
            return kind, [], [(wkb.LINE, ring, []) for ring in rings]
        return kind, [], [self.shape() for _ in range(count)]

    def _number(self, order: str) -> int:
        (number,) = struct.unpack_from(order + "I", self._blob, self._at)
        self._at += 4
        return int(number)

    def _points(self, order: str, count: int, size: int) -> _Points:
        if count * size * 8 > len(self._blob):
            raise ValueError(count)
        flat = struct.unpack_from(f"{order}{count * size}d", self._blob, self._at)
        self._at += 8 * count * size
        return [(flat[n], flat[n + 1]) for n in range(0, len(flat), size)]


def _geometry(shape: _Shape) -> bytes:
    kind, points, parts = shape
    if kind == wkb.POINT:
        return wkb.point(points[0] if points else (math.nan, math.nan))
    if kind in _LINES:
        return wkb.line(_line(shape)) or _empty(wkb.LINE)
    if kind in _AREAS:
        return wkb.polygon([_line(part) for part in parts]) or _empty(wkb.POLYGON)
    if kind not in _MANY:
        raise ValueError(kind)
    return wkb.several(_MANY[kind], [_geometry(part) for part in parts]) or _empty(_MANY[kind])


def _empty(kind: int) -> bytes:
    return struct.pack("<BII", 1, kind, 0)


def _line(shape: _Shape) -> _Points:
    kind, points, parts = shape
    if kind == _ARC:
        return _arcs(points)
    if kind != _COMPOUND:
        return points
    joined: _Points = []
    for part in parts:
        own = _line(part)
        joined += own[1:] if joined and own and joined[-1] == own[0] else own
    return joined


def _arcs(points: _Points) -> _Points:
    """The points of arcs, each through three points, the last of one being the first of the next."""
    if len(points) < 3 or len(points) % 2 == 0:
        return points
    drawn = [points[0]]
    for first in range(0, len(points) - 2, 2):
        drawn += _arc(*points[first : first + 3])
    return drawn


def _arc(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> _Points:
    """Points on the arc from ``a`` through ``b`` to ``c``, without ``a``; a whole circle where it ends as it began."""
    centre = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) if a == c else _centre(a, b, c)
    if centre is None:
        return [b, c]
    start, middle, end = (math.atan2(y - centre[1], x - centre[0]) for x, y in (a, b, c))
    to_middle, to_end = (middle - start) % math.tau, (end - start) % math.tau or math.tau
    turn = to_end if to_middle <= to_end else to_end - math.tau
    radius = math.dist(a, centre)
    steps = max(int(abs(turn) / _STEP), 1)
    angles = [start + turn * n / steps for n in range(1, steps)]
    return [*((centre[0] + radius * math.cos(at), centre[1] + radius * math.sin(at)) for at in angles), c]


def _centre(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> tuple[float, float] | None:  # fmt: skip
    """The centre of the circle through three points, None where they stand in a line."""
    (bx, by), (cx, cy) = ((x - a[0], y - a[1]) for x, y in (b, c))
    twice = 2 * (bx * cy - by * cx)
    if abs(twice) <= 1e-12 * (bx * bx + by * by + cx * cx + cy * cy):
        return None
    bb, cc = bx * bx + by * by, cx * cx + cy * cy
    return a[0] + (cy * bb - by * cc) / twice, a[1] + (bx * cc - cx * bb) / twice
