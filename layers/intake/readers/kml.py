"""KML and KMZ as phones and Google Earth write them.

Read here and not by GDAL, which loses a whole layer over a track of one point and splits folders into layers.
"""

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import pyarrow as pa

from gis.errors import IntakeError
from layers.intake.raw import Note
from layers.intake.readers import Order, TableStream, archive, balloon, chosen, typed, wkb, xml
from layers.intake.readers.text import encoding_of

_CRS = "EPSG:4326"
_GEOMETRY = "\0geometry"
_COMMA = re.compile(r"\s*,\s*")
_TEXTS = ("name", "description", "address")
#: elements of other vocabularies whose names are those of KML
_FOREIGN = ("atom:", "xal:")
_EXTENDED = "ExtendedData"
_SHOWN_LINKS = 3

UNREAD = "文件里还有指向别处的链接({links}),链接的内容没有读取;需要时请把那些文件另行导入"

_Points = list[tuple[float, float]]
#: texts by schema ("" without one) and name
_Fields = dict[tuple[str, str], str]


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
    """A typed table of the placemarks of each KML file in document order: name, description, address, every datum.

    A datum has the name that people see (displayName) where the file gives one. Attributes in the table of a
    description stand beside the others. Links are followed to files of the same archive, all of which are read;
    a note names those that lead elsewhere.

    Raises:
        IntakeError: external_reference for a document type, or where there are only links to other files.
    """
    sources = _unzipped(file, order) if file.read(2) == b"PK" else {"": file}
    read_all = {name: _placemarks(source) for name, source in sources.items()}
    outside = [link for name, one in read_all.items() for link in one.links if _target(name, link) not in sources]
    filled = {name: one for name, one in read_all.items() if one.collected} or dict(list(read_all.items())[:1])
    if outside and not any(one.collected for one in filled.values()):
        raise IntakeError("这个 KML 只链接到别的文件,其中没有数据,未读取。", kind="external_reference")
    shown = "、".join(link[-60:] or "没有地址" for link in outside[:_SHOWN_LINKS]) + (
        "等" if outside[_SHOWN_LINKS:] else ""
    )
    notes = (Note(kind="part_not_read", sentence=UNREAD.format(links=shown)),) if outside else ()
    for name in chosen(list(filled), order) if len(filled) > 1 else filled:
        batch = filled[name].batch()
        table = typed.stream(batch.schema, [batch], geometry=_GEOMETRY, crs=_CRS, notes=notes)
        yield replace(table, sheet=name if len(filled) > 1 else None, also=filled[name].also())
        notes = ()


def _placemarks(source: BinaryIO) -> "_Placemarks":
    text = io.TextIOWrapper(source, encoding_of(source))
    placemarks = _Placemarks()
    xml.parse(text, start=placemarks.start, end=placemarks.end, text=placemarks.text)
    return placemarks


def _unzipped(kmz: BinaryIO, order: Order) -> dict[str, BinaryIO]:
    """Every .kml of the archive by its name."""
    members = archive.members(kmz, order.limits)
    return {
        name: io.BytesIO(archive.read_member(kmz, entry))
        for name, entry in members.items()
        if name.lower().endswith(".kml")
    }


def _target(name: str, link: str) -> str:
    """The file of the archive that a link in its file ``name`` leads to, if it leads to one."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), link.strip().partition("#")[0]))


@dataclass(kw_only=True)
class _Placemarks:
    """Collects placemarks as the parser meets them; of element names what stands behind a prefix counts."""

    collected: list[tuple[_Fields, bytes | None]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    #: what people see instead of a datum's name: by schema and name, and by name alone for a datum without one
    _shown: dict[tuple[str, str], str] = field(default_factory=dict)
    _schema: str = ""
    _path: list[str] = field(default_factory=list)
    _fields: _Fields | None = None
    _datum: str = ""
    _parts: list[str] = field(default_factory=list)
    _points: _Points = field(default_factory=list)
    _rings: list[_Points] | None = None
    #: geometries of the placemark and of each MultiGeometry that is open
    _levels: list[list[bytes]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._parts.clear()
        name = _local(name)
        self._path.append(name)
        match name:
            case "Placemark":
                self._fields, self._levels, self._schema = {}, [[]], ""
            case "NetworkLink":
                self.links.append("")
            case "Schema":
                self._schema = attributes.get("id", "") or attributes.get("name", "")
            case "SchemaData":
                self._schema = attributes.get("schemaUrl", "").rpartition("#")[2]
            case "Data" | "SimpleData" | "SimpleField":
                self._datum = attributes.get("name", "")
            case _:
                self._start_geometry(name)

    def _start_geometry(self, name: str) -> None:
        match name:
            case "MultiGeometry" | "MultiTrack":
                self._levels.append([])
            case "Polygon":
                self._rings = []
            case "Point" | "LineString" | "LinearRing" | "Track":
                self._points = []

    def text(self, text: str) -> None:
        self._parts.append(text)

    def end(self, name: str) -> None:
        name = _local(name)
        text = "".join(self._parts).strip()
        self._parts.clear()
        self._path.pop()
        within = self._path[-1] if self._path else ""
        if name == "href" and "NetworkLink" in self._path and self.links:
            self.links[-1] = text
        elif name == "displayName" and within in ("Data", "SimpleField") and text:
            self._shown[self._schema if within == "SimpleField" else "", self._datum] = text
        elif self._fields is not None:
            self._end_within(name, within, text)

    def _end_within(self, name: str, within: str, text: str) -> None:
        """The end of an element of a placemark that stands ``within`` another."""
        assert self._fields is not None  # noqa: S101 — the caller has looked
        if name in _TEXTS and within == "Placemark" and text:
            self._fields.setdefault(("", name), text)
        elif name == "value" and text:
            self._fields["", self._datum] = text
        elif name == "SimpleData" and text:
            self._fields[self._schema, self._datum] = text
        elif name == "coordinates":
            self._points = _points(_COMMA.sub(",", text).split(), ",")
        elif name == "coord":
            self._points += _points([text], None)
        elif name == "Placemark":
            geometry = _collection(self._levels[0]) if self._levels[0] else None
            self.collected.append((self._fields, geometry))
            self._fields = None
        elif within == _EXTENDED and text and name not in ("Data", "SchemaData"):
            self._fields.setdefault(("", name), text)
        else:
            self._end_geometry(name)

    def _end_geometry(self, name: str) -> None:
        geometry = None
        match name:
            case "Point":
                geometry = wkb.line(self._points[:1])
            case "LineString" | "Track":
                geometry = wkb.line(self._points)
            case "LinearRing" if self._rings is None:
                geometry = wkb.line(self._points)
            case "LinearRing":
                self._rings = [*(self._rings or []), self._points]
            case "Polygon":
                geometry, self._rings = wkb.polygon(self._rings or []), None
            case "MultiGeometry" | "MultiTrack" if len(self._levels) > 1:
                geometry = _collection(self._levels.pop())
        if geometry:
            self._levels[-1].append(geometry)

    def also(self) -> dict[str, str]:
        """The name in the file of each datum that people see under another."""
        return {shown: name for (_, name), shown in self._shown.items() if shown != name}

    def batch(self) -> pa.RecordBatch:
        """The placemarks as Arrow columns of text, the geometry last."""
        rows = [self._named(fields) for fields, _ in self.collected]
        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        geometry = pa.array([geometry for _, geometry in self.collected], pa.binary())
        return pa.RecordBatch.from_pydict({**columns, _GEOMETRY: geometry})

    def _named(self, fields: _Fields) -> dict[str, str]:
        """The texts of one placemark by the names people see; a description that is a table is what it holds."""
        row = {self._shown.get(key, key[1]): text for key, text in fields.items()}
        inside = balloon.attributes(row.get("description", ""))
        if inside:
            del row["description"]
        return {**inside, **row}


def _local(name: str) -> str:
    """An element's name without the prefix of its vocabulary, unless that is one of people or postal addresses."""
    return name if name.startswith(_FOREIGN) else name.rpartition(":")[2]


def _points(tuples: list[str], separator: str | None) -> _Points:
    """Longitude and latitude of each; none at all where one is not a number, so that no half geometry passes."""
    try:
        return [(float(x), float(y)) for x, y, *_ in (text.split(separator) for text in tuples)]
    except ValueError:
        return []


def _collection(geometries: list[bytes]) -> bytes | None:
    if len(geometries) < 2:
        return geometries[0] if geometries else None
    return wkb.several(wkb.COLLECTION, geometries)
