"""Web pages with a table that their system named .xls."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import BinaryIO

from gis.errors import IntakeError
from layers.intake.readers import Order, TableStream, grid, masks
from layers.intake.readers.text import encoding_of

_CHUNK = 1 << 20
_LARGEST_SPAN = 1000
_LONGEST_TAG = 1 << 16
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,18})?(?:[eE][-+]?\d{1,3})?")
_SPACE = re.compile(r"[ \t\r\n\f]+")


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:  # noqa: ARG001 — every reader is called alike
    """One grid of every table row of the page, numbered from its top; cells that span others are merges.

    Raises:
        IntakeError: not_readable, too_large.
    """
    encoding = encoding_of(file)
    page = _Page()
    text = io.TextIOWrapper(file, encoding)
    while chunk := text.read(_CHUNK):
        page.feed(chunk)
        if len(page.rawdata) > _LONGEST_TAG:
            raise IntakeError("网页中有没有收尾的标记,无法读取。", kind="not_readable")
    page.close()
    yield page.stream(encoding)


@dataclass
class _Cell:
    rows: int
    columns: int
    #: the number behind what is shown, where Excel states it
    number: str = ""
    parts: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """Puts the cells of each <tr> where a browser would, spans considered."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._grid = grid.Grid()
        self._merges: list[grid.Merge] = []
        self._number = 0
        self._line = 0
        self._cells: list[_Cell] | None = None
        self._open: _Cell | None = None
        self._reserved: dict[int, set[int]] = {}

    def stream(self, encoding: str) -> TableStream:
        self._end_row()
        return self._grid.stream(merges=self._merges, encoding=encoding.removesuffix("-sig"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._end_row()
            self._cells, self._line = [], self.getpos()[0]
        elif tag in ("td", "th") and self._cells is not None:
            spans = dict(attrs)
            self._open = _Cell(
                rows=_span(spans.get("rowspan")),
                columns=_span(spans.get("colspan")),
                number=(spans.get("x:num") or "").strip(),
            )
            self._cells.append(self._open)
            if len(self._cells) > grid.LAST_COLUMN:
                raise IntakeError(f"网页表格的一行超过 {grid.LAST_COLUMN} 列。", kind="too_large")
        elif tag == "br" and self._open:
            self._open.parts.append("\0")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "table"):
            self._end_row()
        elif tag in ("td", "th"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open.parts.append(data)

    def _end_row(self) -> None:
        if self._cells is None:
            return
        self._number += 1
        taken = self._reserved.pop(self._number, set())
        cells, column = {}, 0
        for cell in self._cells:
            while column in taken:
                column += 1
            text = _text(cell.parts)
            if _NUMBER.fullmatch(cell.number) and text and text != cell.number:
                cells[column] = f"{cell.number}{masks.BOTH}{text}"
            elif text or cell.number:
                cells[column] = text or cell.number
            self._span(cell, column)
            column += cell.columns
        self._grid.add(self._number, cells, self._line)
        self._cells = self._open = None

    def _span(self, cell: _Cell, column: int) -> None:
        if cell.rows * cell.columns == 1:
            return
        last = self._number + cell.rows - 1
        self._merges.append((self._number, column, last, column + cell.columns - 1))
        for row in range(self._number + 1, last + 1):
            self._reserved.setdefault(row, set()).update(range(column, column + cell.columns))


def _span(value: str | None) -> int:
    return min(int(value), _LARGEST_SPAN) if value and value.isdecimal() and int(value) else 1


def _text(parts: list[str]) -> str:
    """White space of the source is one blank, a <br> a new line."""
    return "\n".join(_SPACE.sub(" ", line).strip(" ") for line in "".join(parts).split("\0")).strip("\n")
