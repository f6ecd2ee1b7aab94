"""csv, tsv and other separated text, also gzipped."""

import contextlib
import csv
import gzip
import io
import re
import sys
from _csv import Reader
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, cast

from gis.errors import IntakeError
from layers.intake.readers import Found, Order
from layers.intake.readers.grid import EnoughError, Grid
from layers.intake.readers.nesting import refuse_deep_text
from layers.intake.readers.text import encoding_of

_DELIMITERS = ",\t;|"
_WIDE_DELIMITERS = "，；"
_SAMPLE_CHARACTERS = 64_000
_SAMPLE_RECORDS = 50
_STATED = re.compile(r"sep=(.)", re.IGNORECASE)
#: a cell that may be a geometry
_LONG_CELL = 1000
_TOLD_LINES = 5000
#: a last line of our own: a quote that is still open swallows it
_END = "\0end"

#: how a cell begins that a spreadsheet would run, half-width or full-width, and any quotes that guard it
GUARDED = re.compile(r"'*\s*[=+\-@\t\r＝＋－＠]")

csv.field_size_limit(sys.maxsize)


def read(file: BinaryIO, order: Order) -> Iterator[Found]:
    """One grid of all records; ``sep=`` lines are counted and left out.

    Raises:
        IntakeError: not_readable for a text in no known encoding or with a quote that is never closed.
    """
    gzipped, size = file.read(2) == b"\x1f\x8b", file.seek(0, 2)
    file.seek(0)
    source = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if gzipped else file
    encoding = encoding_of(source, order.limits.inflated_bytes(size))
    text = io.TextIOWrapper(source, encoding, newline="")
    sample = text.read(_SAMPLE_CHARACTERS)
    stated = _STATED.match(sample)
    text.seek(0)
    delimiter = stated[1] if stated else _delimiter(sample)
    grid = Grid(rows=order.rows)
    lines = _heard(text, lambda: order.tell(file.tell() / size))
    with contextlib.suppress(EnoughError):
        _fill(grid, csv.reader(chain(lines, [_END]), delimiter=delimiter), 1 if stated else 0, order.limits.depth)
    yield grid.found(encoding=encoding.removesuffix("-sig"))


def _heard(lines: Iterable[str], tell: Callable[[], None]) -> Iterator[str]:
    """The lines, telling now and then that some have been read."""
    for number, line in enumerate(lines):
        if number % _TOLD_LINES == 0:
            tell()
        yield line


def _fill(grid: Grid, reader: Reader, headless: int, depth: int) -> None:
    """Put the records after the first ``headless`` into ``grid``; ``reader`` must end with the record _END."""
    line = 1
    for number, record in enumerate(reader, start=1):
        if record == [_END]:
            return
        cells = {column: _unguarded(cell) for column, cell in enumerate(record) if cell}
        if number > headless:
            _refuse_deep(cells, depth)
            grid.add(number, cells, line)
        first, line = line, reader.line_num + 1
    raise IntakeError(f"第 {first} 行起的引号没有收尾,无法分清单元格。", kind="not_readable")


def _unguarded(cell: str) -> str:
    """The text without the one quote that keeps a spreadsheet from running it."""
    return cell[1:] if cell[0] == "'" and GUARDED.match(cell) else cell


def _refuse_deep(cells: dict[int, str], depth: int) -> None:
    for cell in cells.values():
        if len(cell) > _LONG_CELL:
            refuse_deep_text(cell.encode(), depth)


def _delimiter(sample: str) -> str:
    """The separator that cuts the first records most evenly into most cells; a wide one only where no other does."""
    for known in (_DELIMITERS, _WIDE_DELIMITERS):
        best = max(known, key=lambda delimiter: _evenness(sample, delimiter))
        if _evenness(sample, best):
            return best
    return _DELIMITERS[0]


def _evenness(sample: str, delimiter: str) -> int:
    """Cells in those first records that have the commonest number of cells, if that is more than one."""
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    widths = Counter(width for record in islice(records, _SAMPLE_RECORDS) if (width := len(record)) > 1)
    return max((width * count for width, count in widths.items()), default=0)
