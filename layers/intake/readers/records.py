"""Records of separated text, one at a time, and which of them have quotes that no rule allows.

The csv module leaves out such quotes without a word when it is lenient, and gives up the whole file when it is strict:
here a record that the strict rule refuses is read alone and marked, and the next line begins a new one.
"""

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gis.errors import IntakeError

ESCAPED_QUOTE = '\\"'

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What parts cells, and what stands before a quote within one (none: it is doubled).

    ``doubtful`` files are sound either way: a record with a backslash before a quote has two meanings there.
    """

    delimiter: str
    escape: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The cells of one record and the line it starts on; not ``sound`` where its quotes leave the cells in doubt."""

    cells: list[str]
    line: int
    sound: bool = True


class Records:
    """The records of ``lines`` in their order.

    Iterating raises IntakeError (not_readable) for a quote that is still open at the end.
    """

    def __init__(self, lines: Iterable[str], dialect: Dialect) -> None:
        self._lines = iter(lines)
        self._dialect = dialect
        #: lines of the record at hand, and those of a broken one that are read again
        self._taken: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[Record]:
        dialect = self._dialect
        reader = csv.reader(
            self._feed(), delimiter=dialect.delimiter, escapechar=dialect.escape, skipinitialspace=True, strict=True
        )
        line = 1
        while True:
            self._taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken(line, error)
                line += 1
                continue
            doubtful = dialect.doubtful and any(ESCAPED_QUOTE in cell for cell in cells)
            yield Record(cells=cells, line=line, sound=not doubtful)
            line += len(self._taken)

    def _feed(self) -> Iterator[str]:
        while (line := self._again.popleft() if self._again else next(self._lines, None)) is not None:
            self._taken.append(line)
            yield line

    def _broken(self, line: int, error: csv.Error) -> Record:
        """The first line of what was taken as a record of its own; the lines after it are read again."""
        if "unexpected end of data" in str(error):
            raise IntakeError(f"第 {line} 行起的引号没有收尾,无法分清单元格。", kind="not_readable") from error
        first, *rest = self._taken
        self._again.extendleft(reversed(rest))
        return Record(cells=next(csv.reader([first], delimiter=self._dialect.delimiter)), line=line, sound=False)
