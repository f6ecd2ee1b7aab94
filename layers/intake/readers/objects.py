"""JSON that is no plain FeatureCollection → tables.

Lines and sequences of features, single features and geometries, Esri JSON, TopoJSON, records without geometry, and
answers of an interface that wrap any of these.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from gis.errors import IntakeError
from layers.intake.readers import TableStream, shapes, typed

RECORD_SEPARATOR = "\x1e"
_GEOMETRY = "\0geometry"
_DEGREES = "EPSG:4326"
_GEOMETRIES = (
    "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"
)  # fmt: skip
_DEEPEST_WRAP = 5
BROKEN = "JSON 不完整或有错(第 {line} 行),请重新导出。"


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Records with their properties and WKB, in one CRS; ``name`` where the file has several."""

    rows: list[tuple[dict[str, Any], bytes | None]]
    crs: str | None
    name: str | None = None


def tables(text: str) -> list[_Table]:
    """The tables that a JSON text holds.

    Raises:
        IntakeError: not_readable, where it is no JSON or has neither features nor records.
    """
    found = _tables(_documents(text), 0)
    if not found:
        raise IntakeError(
            "这个 JSON 里没有地图要素,也没有记录;请导出为 GeoJSON(FeatureCollection)、csv 或 xlsx。",
            kind="not_readable",
        )
    return found


def stream_of(table: _Table) -> TableStream:
    """A table on its way to the parent."""
    names = list(dict.fromkeys(name for properties, _ in table.rows for name in properties))
    columns = {name: _column([properties.get(name) for properties, _ in table.rows]) for name in names}
    geometry = pa.array([shape for _, shape in table.rows], pa.binary())
    batch = pa.RecordBatch.from_pydict({**columns, _GEOMETRY: geometry})
    return typed.stream(batch.schema, [batch], geometry=_GEOMETRY, crs=table.crs, sheet=table.name)


def _documents(text: str) -> Any:
    """The one value of the text; of lines or a sequence (RFC 8142) the list of their values."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        parts = text.split(RECORD_SEPARATOR) if RECORD_SEPARATOR in text else text.splitlines()
        if error.msg != "Extra data" and RECORD_SEPARATOR not in text:
            raise IntakeError(BROKEN.format(line=error.lineno), kind="not_readable") from error
    return list(_values(parts))


def _values(parts: list[str]) -> Iterator[Any]:
    for number, part in enumerate(parts, start=1):
        if part.strip():
            try:
                yield json.loads(part)
            except json.JSONDecodeError as error:
                raise IntakeError(BROKEN.format(line=number), kind="not_readable") from error


def _tables(value: Any, depth: int) -> list[_Table]:
    """The tables of a value, of the first member that has any where it is only a wrapping."""
    if isinstance(value, str) and depth and value.lstrip()[:1] in ("{", "[") and depth < _DEEPEST_WRAP:
        try:
            return _tables(json.loads(value), depth + 1)
        except json.JSONDecodeError:
            return []
    if isinstance(value, list):
        return _of_list(value, depth)
    if not isinstance(value, dict):
        return []
    known = _of_object(value)
    if known or depth >= _DEEPEST_WRAP:
        return known
    return next((inside for member in value.values() if (inside := _tables(member, depth + 1))), [])


def _of_object(value: dict[str, Any]) -> list[_Table]:
    kind, features = value.get("type"), value.get("features")
    if kind == "Topology":
        return _of_topology(value)
    if isinstance(features, list) and any(isinstance(one, dict) and "attributes" in one for one in features):
        rows = [(one.get("attributes") or {}, shapes.of_esri(one.get("geometry"))) for one in features if one]
        return [_Table(rows=rows, crs=shapes.crs_of(value.get("spatialReference"), None))]
    if kind == "FeatureCollection" and isinstance(features, list):
        return [_of_features(features, value.get("crs"))]
    if kind == "Feature" or kind in _GEOMETRIES:
        return [_of_features([value], value.get("crs"))]
    return []


def _of_list(values: list[Any], depth: int) -> list[_Table]:
    objects = [value for value in values if isinstance(value, dict)]
    if not objects or len(objects) < len(values):
        return []
    if any(one.get("type") == "Feature" or one.get("type") in _GEOMETRIES for one in objects):
        return [_of_features(objects, None)]
    wrapped = [table for one in objects for table in _of_object(one)]
    if wrapped or any(isinstance(value, dict) for one in objects for value in one.values()):
        return wrapped
    return [_Table(rows=[(one, None) for one in objects], crs=None)] if depth or len(objects) > 1 else []


def _of_features(features: list[Any], said: Any) -> _Table:
    """Features and bare geometries; a CRS that a geometry states holds for all."""
    rows = []
    for feature in features:
        one = feature if isinstance(feature, dict) else {}
        bare = one.get("type") in _GEOMETRIES
        geometry, properties = (one, {}) if bare else (one.get("geometry"), one.get("properties") or {})
        said = said or (geometry.get("crs") if isinstance(geometry, dict) else None)
        rows.append((properties, shapes.of_geojson(geometry)))
    return _Table(rows=rows, crs=shapes.crs_of(said, _DEGREES))


def _of_topology(topology: dict[str, Any]) -> list[_Table]:
    arcs = shapes.decoded_arcs(topology)
    found = []
    for name, one in topology.get("objects", {}).items():
        members = one.get("geometries", []) if one.get("type") == "GeometryCollection" else [one]
        rows = [(member.get("properties") or {}, shapes.of_topology(member, arcs)) for member in members]
        found.append(_Table(rows=rows, crs=shapes.crs_of(topology.get("crs"), _DEGREES), name=name))
    return found


def _column(values: list[Any]) -> pa.Array:
    """Values as one type: whole numbers, numbers, flags, else texts, with lists and objects as JSON."""
    kinds = {type(value) for value in values if value is not None}
    for kind, wanted in ((bool, pa.bool_()), (int, pa.int64())):
        if kinds == {kind} and (kind is bool or all(value is None or abs(value) < 1 << 63 for value in values)):
            return pa.array(values, wanted)
    if kinds and kinds <= {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    texts = [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ]
    return pa.array(texts, pa.string())
