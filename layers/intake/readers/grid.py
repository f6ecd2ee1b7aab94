"""Rows of text cells, gathered into Arrow batches of nullable strings."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from gis.errors import IntakeError
from layers.intake import raw, readers

Merge = tuple[int, int, int, int]

#: the most columns a sheet can have
LAST_COLUMN = 16_384

_BATCH_ROWS = 50_000
#: a sheet may be this many times emptier than full ...
_SPARSE = 50
#: ... once it has this many cells in a batch
_MANY_CELLS = 10_000_000
#: blank rows between filled ones are kept, unless there are more of them together than anyone leaves on purpose
_LONGEST_GAP = 100


class EnoughError(Exception):
    """Raised to leave a parser in the middle: the grid has all the rows that were asked for."""


@dataclass(kw_only=True)
class Grid:
    """Collects the rows of one sheet or text file in their order; ``found`` then holds them."""

    sheet: str | None = None
    rows: int | None = None
    numbers: list[int] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    written: list[int | None] = field(default_factory=list)
    width: int = 0
    _pending: list[Mapping[int, str]] = field(default_factory=list)
    _blank_lines: dict[int, int | None] = field(default_factory=dict)
    _batches: list[list[pa.Array]] = field(default_factory=list)

    def add(self, number: int, cells: Mapping[int, str], line: int | None = None, written: int | None = None) -> None:
        """Append row ``number`` with its filled ``cells`` by column, of ``written`` that the file has.

        Blank rows, given or left out, are kept between filled ones, but not after the last.

        Raises:
            EnoughError: there are ``rows`` rows already.
        """
        if self.rows is not None and len(self.numbers) >= self.rows:
            raise EnoughError
        if not cells:
            self._blank_lines[number] = line
            return
        if max(cells) >= LAST_COLUMN:
            raise IntakeError(f"第 {number} 行有 {max(cells) + 1} 列,超过 {LAST_COLUMN} 列。", kind="too_large")
        last = self.numbers[-1] if self.numbers else number - 1
        if number - last <= _LONGEST_GAP:
            for blank in range(last + 1, number):
                self._append(blank, {}, self._blank_lines.get(blank), written and 0)
        self._blank_lines.clear()
        self._append(number, cells, line, written)

    def _append(self, number: int, cells: Mapping[int, str], line: int | None, written: int | None) -> None:
        self.numbers.append(number)
        self.lines.append(line)
        self.written.append(written)
        self._pending.append(cells)
        if len(self._pending) == _BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        rows = self._pending
        width = max((max(row) + 1 for row in rows if row), default=0)
        cells = sum(map(len, rows))
        if width * len(rows) > max(_MANY_CELLS, _SPARSE * cells):
            raise IntakeError(f"表格有 {width} 列,绝大部分是空的,请删去远处的单元格。", kind="too_large")
        used = set().union(*rows)
        blank = pa.nulls(len(rows), pa.string())
        columns = [pa.array([row.get(c) for row in rows], pa.string()) if c in used else blank for c in range(width)]
        start = len(self.numbers) - len(rows)
        leading = [pa.array(values[start:]) for values in (self.numbers, self.lines, self.written)]
        self._batches.append([*leading, pa.nulls(len(rows)), *columns])
        self.width = max(self.width, width)
        self._pending = []

    def stream(
        self,
        *,
        merges: Iterable[Merge] = (),
        encoding: str | None = None,
        date1904: bool = False,
        notes: tuple[raw.Note, ...] = (),
    ) -> readers.TableStream:
        """The sheet as it goes to the parent; ``merges`` are 1-based sheet rows and 0-based columns."""
        self._flush()
        leading = [pa.field(name, array.type) for name, array in zip(readers.LEADING, self._batches[0], strict=False)]
        schema = pa.schema([*leading, *(pa.field(f"c{column}", pa.string()) for column in range(self.width))])
        batches = [self._padded(schema, columns) for columns in self._batches]
        merged = tuple(clipped for merge in merges if (clipped := self._clip(merge)))
        return readers.TableStream(
            schema=schema,
            batches=batches,
            typed=False,
            sheet=self.sheet,
            merged=merged,
            encoding=encoding,
            date1904=date1904,
            notes=notes,
        )

    def _padded(self, schema: pa.Schema, columns: list[pa.Array]) -> pa.RecordBatch:
        missing = [pa.nulls(len(columns[0]), pa.string())] * (len(schema) - len(columns))
        return pa.RecordBatch.from_arrays([*columns, *missing], schema=schema)

    def _clip(self, merge: Merge) -> Merge | None:
        """A merge of sheet rows as positions in the table; None where the table has less than two of its cells."""
        first_row, first_column, last_row, last_column = merge
        first, last = bisect_left(self.numbers, first_row), bisect_right(self.numbers, last_row) - 1
        right = min(last_column, self.width - 1)
        if first > last or first_column > right or (first, first_column) == (last, right):
            return None
        return first, first_column, last, right
