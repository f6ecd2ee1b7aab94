"""OpenStreetMap's .osm.pbf: the roads for cars, as one table."""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

import osmium
import pyarrow as pa

from gis import osm
from layers.intake.readers import Order, TableStream, typed, wkb

_BATCH_ROWS = 1 << 14
_SCHEMA = pa.schema(
    [("class", pa.string()), ("name", pa.string()), ("speed_kmh", pa.float64()), ("oneway", pa.bool_()),
     ("geometry", pa.binary())]
)  # fmt: skip


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:  # noqa: ARG001 — every reader is called alike
    """The one typed table: class, name, speed_kmh, oneway and the line, in WGS-84."""
    ways = osm.ways(osmium.io.FileBuffer(file.read(), "pbf"))
    yield typed.stream(_SCHEMA, _batches(ways), geometry="geometry", crs="OGC:CRS84")


def _batches(ways: Iterator[osm.Way]) -> Iterator[pa.RecordBatch]:
    while rows := list(itertools.islice(ways, _BATCH_ROWS)):
        kinds, names, speeds, oneways, points = zip(*rows, strict=True)
        columns = [kinds, [name or None for name in names], speeds, oneways, [wkb.line(line) for line in points]]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)
