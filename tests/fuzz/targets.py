"""What is fed with bytes nobody wrote: each target raises only where something is wrong with the code.

``register``: rows of any cells through everything that runs in the server. ``answer``: what a child that was taken over
may send. ``readers``: a file through the readers of the child, which may raise anything (it is caught there) but must
end. ``imports``: a file through the child itself and into the database, all of it or nothing.
"""

import io
import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from app.desks.imports.desk import import_file
from gis.errors import IntakeError, Refused, Unavailable
from layers.actor import LOCAL
from layers.catalog import LAYERS, layer_named
from layers.database import transaction
from layers.intake import sandbox
from layers.intake.limits import Limits
from layers.intake.options import ReadOptions
from layers.intake.readers import Order, html, kml, separated, signature, xls, xlsx
from layers.intake.register import understand
from layers.profile import CityProfile
from tests.layers.intake.builders import CITY, areas, grid

READERS = {"csv": separated, "html": html, "kml": kml, "kmz": kml, "xls": xls, "xlsx": xlsx}
KEYS = sorted(LAYERS)
MOST_ROWS, MOST_COLUMNS = 200, 40
#: words that make rows of noise look like a register, so that the noise comes further
HEADINGS = "编号\t社区代码\t名称\t地址\t经度\t纬度\t日期\t月份\t数量\t坐标\t面积\t内容\tWKT"
_CODES = areas()
_ENDED = subprocess.Popen(["true"])


def register(data: bytes) -> None:
    """Rows of tab-separated cells, after a first byte that chooses layer and headings."""
    if not data:
        return
    text = data[1:].decode("utf-8", "ignore")
    lines = [HEADINGS, *text.split("\n")] if data[0] & 1 else text.split("\n")
    rows = [[cell or None for cell in line.split("\t")[:MOST_COLUMNS]] for line in lines[:MOST_ROWS]]
    layer = layer_named(KEYS[data[0] // 2 % len(KEYS)])
    try:
        found = understand([grid(rows, csv=bool(data[0] & 64))], layer, profile=CITY, codes=_CODES)
    except (IntakeError, Refused):
        return
    refused = {(fault.sheet, fault.row) for fault in found.refused}
    assert len(found.frame) + found.skipped + len(found.rejects) == found.records
    assert len(found.rejects) == 0 or refused


class _Said(io.BytesIO):
    """Bytes in place of a child's pipe."""

    process = _ENDED
    idle_bytes = 0


def answer(data: bytes) -> None:
    """What comes through the pipe, read as the server reads it."""
    try:
        for table in itertools.islice(sandbox._tables(_Said(data), None), 20):  # type: ignore[arg-type]
            table.table.validate(full=True)
    except (IntakeError, Unavailable):
        return


def readers(data: bytes) -> None:
    """A file in the readers written here; those of GDAL and Arrow are their makers' to fuzz."""
    limits = Limits(inflated_mib=32, members=50)
    try:
        kind = signature.kind_of(io.BytesIO(data), limits)
    except Exception:  # noqa: BLE001 — as in the child, where it becomes a refusal
        return
    if kind in READERS:
        _read(READERS[kind].read, data, Order(limits=limits))


def _read(read: Callable[[io.BytesIO, Order], object], data: bytes, order: Order) -> None:
    try:
        for found in read(io.BytesIO(data), order):  # type: ignore[attr-defined]
            pa.Table.from_batches(list(found.batches), found.schema).validate(full=True)
    except AssertionError:
        raise
    except Exception:  # noqa: BLE001 — as in the child, where it becomes a refusal
        return


def imports(data: bytes, layer: str, *, engine: sa.Engine, profile: CityProfile, folder: Path) -> None:
    """A file through the child and into the database: as many rows more as are reported, else none."""
    path = folder / "file"
    path.write_bytes(data)
    table = sa.table(LAYERS[layer].table)
    before = _count(engine, table)
    report = import_file(engine, LOCAL, profile, layer=layer, path=path, options=ReadOptions(datum="wgs84"))
    assert _count(engine, table) - before == report.accepted
    assert report.file is None or report.accepted == 0


def _count(engine: sa.Engine, table: sa.TableClause) -> int:
    with transaction(engine, LOCAL) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
