"""csv, tsv and other separated text, also gzipped."""

import contextlib
import csv
import gzip
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import BinaryIO, TextIO, cast

from gis.errors import IntakeError
from layers.intake.raw import Note
from layers.intake.readers import Order, TableStream
from layers.intake.readers.grid import EnoughError, Grid
from layers.intake.readers.nesting import refuse_deep_text
from layers.intake.readers.records import ESCAPED_QUOTE, Dialect, Record, Records
from layers.intake.readers.text import encoding_of

_DELIMITERS = ",\t;|"
_WIDE_DELIMITERS = "，；"
_SAMPLE_CHARACTERS = 64_000
_SAMPLE_RECORDS = 50
_STATED = re.compile(r"sep=(.)", re.IGNORECASE)
#: a cell that may be a geometry
_LONG_CELL = 1000
_TOLD_LINES = 5000
#: what databases write for a cell without a value
_NULL = "\\N"
BAD_QUOTES = '这一行的引号写得不合规矩,分不清单元格;请把单元格里的引号写成两个("")再导入'

#: how a cell begins that a spreadsheet would run, half-width or full-width, and any quotes that guard it
GUARDED = re.compile(r"'*\s*[=+\-@\t\r＝＋－＠]")


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
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
    delimiter = stated[1] if stated else _delimiter(sample)
    dialect = _dialect(text, delimiter)
    text.seek(0)
    grid = Grid(rows=order.rows)
    lines = _heard(text, lambda: order.tell(file.tell() / size))
    notes: list[Note] = []
    with contextlib.suppress(EnoughError):
        notes += _fill(grid, Records(lines, dialect), 1 if stated else 0, order.limits.depth)
    yield grid.stream(encoding=encoding.removesuffix("-sig"), notes=tuple(notes))


def _dialect(text: TextIO, delimiter: str) -> Dialect:
    """How quotes within cells are written: doubled, or with a backslash as MySQL and Hive write them."""
    doubled, escaped = Dialect(delimiter=delimiter), Dialect(delimiter=delimiter, escape="\\")
    text.seek(0)
    if not any(ESCAPED_QUOTE in line for line in text):
        return doubled
    broken, better = (_broken(text, dialect) for dialect in (doubled, escaped))
    if not broken and not better:
        return replace(doubled, doubtful=True)
    return escaped if better < broken else doubled


def _broken(text: TextIO, dialect: Dialect) -> float:
    """How many records break the rules of that dialect; all of them where a quote stays open."""
    text.seek(0)
    try:
        return sum(not record.sound for record in Records(text, dialect))
    except IntakeError:
        return math.inf


def _heard(lines: Iterable[str], tell: Callable[[], None]) -> Iterator[str]:
    """The lines, telling now and then that some have been read."""
    for number, line in enumerate(lines):
        if number % _TOLD_LINES == 0:
            tell()
        yield line


def _fill(grid: Grid, records: Iterable[Record], headless: int, depth: int) -> list[Note]:
    """Put the records after the first ``headless`` into ``grid``; the notes name those with stray quotes."""
    broken: list[int] = []
    for number, record in enumerate(records, start=1):
        cells = {column: _unguarded(cell) for column, cell in enumerate(record.cells) if cell and cell != _NULL}
        if number > headless:
            _refuse_deep(cells, depth)
            grid.add(number, cells, record.line, len(record.cells))
        if not record.sound:
            broken.append(number)
    return [Note(kind="bad_quotes", sentence=BAD_QUOTES, rows=tuple(broken))] if broken else []


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
