"""Attributes that stand as a table or list in the HTML of a KML description, as ArcGIS and Google Earth write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

_LONGEST = 200_000
_NOTHING = ("<null>", "<空>", "null", "nan")
_LISTED = re.compile(r"\s*([^::]{1,60}?)\s*[::]\s*(.+?)\s*", re.DOTALL)
_BREAK, _TAG = re.compile(r"<br\s*/?>", re.IGNORECASE), re.compile(r"<[^<>]{1,200}>")
_PAIR = 2


def attributes(description: str) -> dict[str, str]:
    """Name and value of each attribute; empty where the text is no table and no list of them."""
    if "<" not in description or len(description) > _LONGEST:
        return {}
    page = _Page()
    page.feed(description)
    page.close()
    return page.found or _of_lines(description)


def _of_lines(description: str) -> dict[str, str]:
    """Lines parted by <br> that all are "name: value", as Google's maps export their columns."""
    lines = [_text([_TAG.sub("", unescape(line))]) for line in _BREAK.split(description)]
    pairs = [_LISTED.fullmatch(line) for line in lines if line]
    return {pair[1]: pair[2] for pair in pairs if pair} if len(pairs) >= _PAIR and all(pairs) else {}


@dataclass
class _Row:
    cells: list[str] = field(default_factory=list)
    headings: int = 0
    parts: list[str] | None = None
    #: a table within a cell: what it holds is no value
    nested: bool = False


class _Page(HTMLParser):
    """Pairs of cells in rows of two, a row of headings with the row under it, and "name: value" items of lists."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, str] = {}
        self._rows: list[_Row] = []
        self._above: list[str] = []
        self._item: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "table":
            self._above = []
            if self._rows:
                self._rows[-1].nested = True
        elif tag == "tr":
            self._rows.append(_Row())
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].parts = []
            self._rows[-1].headings += tag == "th"
        elif tag == "li":
            self._item = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._rows and self._rows[-1].parts is not None:
            row = self._rows[-1]
            row.cells.append(_text(row.parts or []))
            row.parts = None
        elif tag == "tr" and self._rows:
            self._end_row(self._rows.pop())
        elif tag == "li" and self._item is not None:
            self._end_item(_text(self._item))
            self._item = None

    def handle_data(self, data: str) -> None:
        if self._rows and self._rows[-1].parts is not None:
            self._rows[-1].parts.append(data)
        elif self._item is not None:
            self._item.append(data)

    def _end_row(self, row: _Row) -> None:
        if row.nested:
            return
        if row.headings == len(row.cells) >= _PAIR:
            self._above = row.cells
        elif len(self._above) == len(row.cells):
            self._take(zip(self._above, row.cells, strict=True))
        elif len(row.cells) == _PAIR:
            self._take([(row.cells[0], row.cells[1])])

    def _end_item(self, text: str) -> None:
        if pair := _LISTED.fullmatch(text):
            self._take([(pair[1], pair[2])])

    def _take(self, pairs: Iterable[tuple[str, str]]) -> None:
        for said, value in pairs:
            name = said.removesuffix(":").removesuffix(":")
            if name and value and value.lower() not in _NOTHING:
                self.found.setdefault(name, value)


def _text(parts: list[str]) -> str:
    return " ".join("".join(parts).split())
