"""The child process that opens an untrusted file: import its reader, lock down, read, send the tables, exit.

Started by layers/intake/sandbox.py with an empty environment, the file and the result pipe as its only descriptors.
What it sends: ``R`` and its resident bytes when it is locked down and idle; ``%`` and a byte now and then, the share of
the file that is read; for each table ``T`` and an Arrow IPC stream whose schema carries what RawTable says of it; then
``.``, or ``E`` with a length and ``{"kind", "sentence"}``.
"""

import importlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import BinaryIO

import pyarrow as pa

from gis.errors import DomainError, IntakeError, Unavailable
from layers.intake import limits, lockdown
from layers.intake.readers import Order, TableStream, signature
from layers.intake.readers.text import refuse_garbled

READY, SHARE, TABLE, END, ERROR = b"R", b"%", b"T", b".", b"E"
#: key of the schema's metadata, and what stands there as JSON
META = b"wuchuan"
SAID = ("sheet", "typed", "crs", "merged", "encoding", "date1904", "cut", "also")
NOTES = "notes"
NEEDS_MEMORY = "读取这个文件需要的内存超过限制"

#: mapped memory beyond the resident allowance: thread stacks, allocator reserves, the file itself
_UNTOUCHED_BYTES = 256 << 20
#: module of each kind, and the one GDAL driver left to it
_READERS: dict[signature.Kind, tuple[str, str | None]] = {
    "csv": ("separated", None),
    "html": ("html", None),
    "xlsx": ("xlsx", None),
    "xls": ("xls", None),
    "parquet": ("parquet", None),
    "gpkg": ("geopackage", "GPKG"),
    "geojson": ("geojson", "GeoJSON"),
    "shp": ("shapefile", "ESRI Shapefile"),
    "kml": ("kml", None),
    "kmz": ("kml", None),
    "osm": ("osm", None),
}
#: pyogrio imports these where it finds them, and reads without
_UNNEEDED = ("geopandas", "pandas", "pyproj", "shapely")


def main(source: str, result: str, order: str) -> None:
    """Read the file open at descriptor ``source`` and write its tables, or why not, to descriptor ``result``."""
    with os.fdopen(int(source), "rb") as file, os.fdopen(int(result), "wb", buffering=0) as pipe:
        try:
            asked = _order(order, pipe)
            for found in _read(file, pipe, asked):
                _send(pipe, found, asked)
            pipe.write(END)
        except DomainError as error:
            _send_error(pipe, error)
        except MemoryError:
            _send_error(pipe, IntakeError(f"{NEEDS_MEMORY}。", kind="too_large"))
        except Exception:  # noqa: BLE001 — whatever a parser throws at damaged bytes, the file is what is wrong
            _send_error(pipe, IntakeError("文件内容已损坏,或不是它看起来的格式,无法读取。", kind="not_readable"))


def _order(text: str, pipe: BinaryIO) -> Order:
    said = json.loads(text)
    return Order(limits=limits.Limits(**said["limits"]), sheet=said["sheet"], rows=said["rows"], tell=_telling(pipe))


def _telling(pipe: BinaryIO) -> Callable[[float], None]:
    """What sends a share of the file read, each hundredth once."""
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        percent = min(int(100 * share), 100)
        if percent > told:
            told = percent
            pipe.write(SHARE + bytes([percent]))

    return tell


def _read(file: BinaryIO, pipe: BinaryIO, order: Order) -> Iterator[TableStream]:
    size = os.fstat(file.fileno()).st_size
    kind = signature.kind_of(file, order.limits)
    reader = _reader(kind)
    memory_bytes = order.limits.memory_bytes(size) + size + _UNTOUCHED_BYTES
    try:
        idle_bytes = lockdown.lock_down(memory_bytes=memory_bytes, cpu_s=math.ceil(order.limits.processor_s(size)))
    except lockdown.LockdownError as error:
        raise Unavailable(f"这台机器的内核不能隔离外来文件({error}),未读取。") from error
    pipe.write(READY + idle_bytes.to_bytes(8, "little"))
    return reader(file, order)


def _reader(kind: signature.Kind) -> Callable[[BinaryIO, Order], Iterator[TableStream]]:
    """The read function of ``kind``, everything it imports already imported."""
    name, driver = _READERS[kind]
    sys.modules.update(dict.fromkeys(_UNNEEDED))  # type: ignore[arg-type]  # None makes an import fail
    module = importlib.import_module(f"layers.intake.readers.{name}")
    if driver:
        module.ogr.prepare(driver)
    read: Callable[[BinaryIO, Order], Iterator[TableStream]] = module.read
    return read


def _send(pipe: BinaryIO, table: TableStream, order: Order) -> None:
    if order.sheet is not None and table.sheet is None:
        raise IntakeError("这种文件没有工作表或图层可选。", kind="not_readable")
    said = {name: getattr(table, name) for name in SAID} | {NOTES: [asdict(note) for note in table.notes]}
    schema = table.schema.with_metadata({META: json.dumps(said)})
    pipe.write(TABLE)
    with pa.ipc.new_stream(pipe, schema) as stream:
        left = order.rows if order.rows is not None else sys.maxsize
        for batch in table.batches:
            refuse_garbled(batch)
            stream.write_batch(batch.slice(0, left).replace_schema_metadata(schema.metadata))
            left -= batch.num_rows
            if left <= 0:
                break


def _send_error(pipe: BinaryIO, error: DomainError) -> None:
    message = json.dumps({"kind": error.kind, "sentence": error.sentence}).encode()
    pipe.write(ERROR + len(message).to_bytes(4, "little") + message)
