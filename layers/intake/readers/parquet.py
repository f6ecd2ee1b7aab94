"""Parquet and GeoParquet, streamed batch by batch."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from gis.errors import IntakeError
from layers.intake.readers import Order, TableStream, typed

_BATCH_ROWS = 1 << 17
_DEFAULT_CRS = "OGC:CRS84"


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:  # noqa: ARG001 — every reader is called alike
    """The one typed table of the file.

    Raises:
        IntakeError: not_readable for a geometry that is not stored as WKB.
    """
    source = pq.ParquetFile(file, pre_buffer=False)
    geometry, crs = _geometry(source.metadata.metadata or {})
    batches = source.iter_batches(batch_size=_BATCH_ROWS)
    yield typed.stream(source.schema_arrow, batches, geometry=geometry, crs=crs)


def _geometry(metadata: dict[bytes, bytes]) -> tuple[str | None, str | None]:
    """Name of the geometry column and its CRS, "EPSG:n" or PROJJSON text; leaving it out is to mean WGS-84."""
    if b"geo" not in metadata:
        return None, None
    geo: dict[str, Any] = json.loads(metadata[b"geo"])
    name = str(geo["primary_column"])
    column: dict[str, Any] = geo["columns"][name]
    if column["encoding"] != "WKB":
        raise IntakeError("GeoParquet 的几何不是以 WKB 存放,请另存一份。", kind="not_readable")
    if "crs" not in column:
        return name, _DEFAULT_CRS
    crs = column["crs"]
    identity = (crs or {}).get("id")
    return name, f"{identity['authority']}:{identity['code']}" if identity else crs and json.dumps(crs)
