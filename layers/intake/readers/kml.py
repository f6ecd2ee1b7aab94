"""KML and KMZ as phones and Google Earth write them.

Read here and not by GDAL, which loses a whole layer over a track of one point and splits folders into layers.
"""

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa

from gis.errors import IntakeError
from layers.intake.readers import Found, Order, archive, typed, xml
from layers.intake.readers.text import encoding_of

_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_CRS = "EPSG:4326"
_GEOMETRY = "\0geometry"
_COMMA = re.compile(r"\s*,\s*")
_TEXTS = ("name", "description", "address")

_Points = list[tuple[float, float]]


def read(file: BinaryIO, order: Order) -> Iterator[Found]:
    """One typed table of all placemarks in document order: name, description, address, and every named datum as text.

    Raises:
        IntakeError: external_reference for a document type, or where there are only links to other files.
    """
    source = _unzipped(file, order) if file.read(2) == b"PK" else file
    text = io.TextIOWrapper(source, encoding_of(source))
    placemarks = _Placemarks()
    xml.parse(text, start=placemarks.start, end=placemarks.end, text=placemarks.text)
    if placemarks.links and not placemarks.found:
        raise IntakeError("这个 KML 只链接到别的文件,其中没有数据,未读取。", kind="external_reference")
    batch = placemarks.batch()
    yield typed.found(batch.schema, [batch], geometry=_GEOMETRY, crs=_CRS)


def _unzipped(kmz: BinaryIO, order: Order) -> BinaryIO:
    """The first .kml of the archive: the one that is opened, by Google's rule."""
    members = archive.members(kmz, order.limits)
    entry = next(entry for name, entry in members.items() if name.lower().endswith(".kml"))
    return io.BytesIO(archive.read_member(kmz, entry))


@dataclass(kw_only=True)
class _Placemarks:
    """Collects placemarks as the parser meets them."""

    found: list[tuple[dict[str, str], bytes | None]] = field(default_factory=list)
    links: int = 0
    _fields: dict[str, str] | None = None
    _datum: str = ""
    _parts: list[str] = field(default_factory=list)
    _points: _Points = field(default_factory=list)
    _rings: list[_Points] | None = None
    #: geometries of the placemark and of each MultiGeometry that is open
    _levels: list[list[bytes]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._parts.clear()
        match name:
            case "Placemark":
                self._fields, self._levels = {}, [[]]
            case "NetworkLink":
                self.links += 1
            case "Data" | "SimpleData":
                self._datum = attributes.get("name", "")
            case "MultiGeometry" | "gx:MultiTrack":
                self._levels.append([])
            case "Polygon":
                self._rings = []
            case "Point" | "LineString" | "LinearRing" | "gx:Track":
                self._points = []

    def text(self, text: str) -> None:
        self._parts.append(text)

    def end(self, name: str) -> None:
        if self._fields is None:
            return
        text = "".join(self._parts).strip()
        self._parts.clear()
        if name in _TEXTS and text:
            self._fields.setdefault(name, text)
        elif name in ("value", "SimpleData") and text:
            self._fields[self._datum] = text
        elif name == "coordinates":
            self._points = _points(_COMMA.sub(",", text).split(), ",")
        elif name == "gx:coord":
            self._points += _points([text], None)
        elif name == "Placemark":
            geometry = _collection(self._levels[0]) if self._levels[0] else None
            self.found.append((self._fields, geometry))
            self._fields = None
        else:
            self._end_geometry(name)

    def _end_geometry(self, name: str) -> None:
        geometry = None
        match name:
            case "Point":
                geometry = _line(self._points[:1])
            case "LineString" | "gx:Track":
                geometry = _line(self._points)
            case "LinearRing" if self._rings is None:
                geometry = _line(self._points)
            case "LinearRing":
                self._rings = [*(self._rings or []), self._points]
            case "Polygon":
                geometry, self._rings = _polygon(self._rings or []), None
            case "MultiGeometry" | "gx:MultiTrack" if len(self._levels) > 1:
                geometry = _collection(self._levels.pop())
        if geometry:
            self._levels[-1].append(geometry)

    def batch(self) -> pa.RecordBatch:
        """The placemarks as Arrow columns of text, the geometry last."""
        names = list(dict.fromkeys(name for fields, _ in self.found for name in fields))
        columns = {name: pa.array([fields.get(name) for fields, _ in self.found], pa.string()) for name in names}
        geometry = pa.array([geometry for _, geometry in self.found], pa.binary())
        return pa.RecordBatch.from_pydict({**columns, _GEOMETRY: geometry})


def _points(tuples: list[str], separator: str | None) -> _Points:
    """Longitude and latitude of each; none at all where one is not a number, so that no half geometry passes."""
    try:
        return [(float(x), float(y)) for x, y, *_ in (text.split(separator) for text in tuples)]
    except ValueError:
        return []


def _line(points: _Points) -> bytes | None:
    """A line; a point where there is only one, as in a track that was ended at once."""
    flat = [number for point in points for number in point]
    if len(points) == 1:
        return struct.pack("<BI2d", 1, _POINT, *flat)
    return struct.pack(f"<BII{len(flat)}d", 1, _LINE, len(points), *flat) if points else None


def _polygon(rings: list[_Points]) -> bytes | None:
    if not rings or not all(rings):
        return None
    packed = b"".join(
        struct.pack(f"<I{2 * len(ring)}d", len(ring), *(number for point in ring for number in point)) for ring in rings
    )
    return struct.pack("<BII", 1, _POLYGON, len(rings)) + packed


def _collection(geometries: list[bytes]) -> bytes | None:
    if len(geometries) < 2:
        return geometries[0] if geometries else None
    return struct.pack("<BII", 1, _COLLECTION, len(geometries)) + b"".join(geometries)
