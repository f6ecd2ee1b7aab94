"""Workbooks in xlsx, cell by cell as they stand in the file.

calamine drops error values (#REF! would pass for an empty cell) and holds every cell between the first and the last;
openpyxl trusts a wrong dimension. Here empty rows cost nothing, whatever the sheet says of its size.
"""

import contextlib
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from gis.errors import IntakeError
from layers.intake.readers import Order, TableStream, archive, chosen, masks, xml
from layers.intake.readers.grid import LAST_COLUMN, EnoughError, Grid, Merge
from layers.intake.readers.serials import Shown, number_text, shown_as

_LAST_ROW = 1_048_576
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STRINGS, _STYLES = "xl/sharedstrings.xml", "xl/styles.xml"
_NOT_CALCULATED = "#N/A"
_FORMAT_LISTS = ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs")

_Elements = list[tuple[str, dict[str, str]]]
_Form = tuple[Shown, str | None]
_PLAIN: _Form = ("number", None)


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
    """Every sheet, hidden ones too, or the one that ``order`` names.

    Raises:
        IntakeError: not_readable for what is no workbook inside, external_reference for XML with a document type.
    """
    members = {name.lower(): entry for name, entry in archive.members(file, order.limits).items()}
    book = _Book(archive=zipfile.ZipFile(file), members=members)
    head = book.elements(_WORKBOOK)
    sheets = _sheets(head, book.elements(_RELATIONS))
    strings, shown = book.strings(), _shown(book.elements(_STYLES))
    date1904 = any(name == "workbookPr" and attributes.get("date1904") in ("1", "true") for name, attributes in head)
    names = chosen(list(sheets), order)
    heard = book.hearing([sheets[name] for name in names], order)
    for name in names:
        cells = _Cells(grid=Grid(sheet=name, rows=order.rows), strings=strings, shown=shown, date1904=date1904)
        with book.open(sheets[name]) as sheet, contextlib.suppress(EnoughError):
            xml.parse(sheet, start=cells.start, end=cells.end, text=cells.text, heard=heard)
        yield cells.grid.stream(merges=cells.merges, date1904=date1904)


@dataclass(frozen=True, kw_only=True)
class _Book:
    """The parts of a workbook by name, whose case its writers do not keep to."""

    archive: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]

    def open(self, name: str) -> BinaryIO:
        if name.lower() not in self.members:
            raise IntakeError(f"工作簿不完整:缺少 {name}。", kind="not_readable")
        return cast("BinaryIO", self.archive.open(self.members[name.lower()]))

    def elements(self, name: str) -> _Elements:
        """Start tags of a small part in their order; none where the workbook has no such part."""
        found: _Elements = []
        if name in self.members:
            with self.open(name) as part:
                xml.parse(part, start=lambda *tag: found.append(tag))
        return found

    def hearing(self, parts: list[str], order: Order) -> Callable[[int], None]:
        """What hears of bytes read of the sheets, and tells which share of all of them that is."""
        whole = sum(self.members[part.lower()].file_size for part in parts if part.lower() in self.members)
        read = 0

        def heard(count: int) -> None:
            nonlocal read
            read += count
            order.tell(read / max(whole, 1))

        return heard

    def strings(self) -> list[str]:
        collector = _Strings()
        if _STRINGS in self.members:
            with self.open(_STRINGS) as part:
                xml.parse(part, start=collector.start, end=collector.end, text=collector.text)
        return collector.collected


def _sheets(head: _Elements, relations: _Elements) -> dict[str, str]:
    """Name of each sheet and the part it stands in; chart sheets have none that is read."""
    targets = {
        attributes.get("Id"): posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        for _, attributes in relations
        if attributes.get("Type", "").endswith("/worksheet")
    }
    found = {}
    for name, attributes in head:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), None)
            if relation in targets:
                found[attributes.get("name", "")] = targets[relation]
    return found


def _shown(styles: _Elements) -> list[_Form]:
    """What each cell format (the s of a cell) shows, and its code."""
    codes: dict[str, str] = {}
    found: list[_Form] = []
    current = ""
    for name, attributes in styles:
        if name in _FORMAT_LISTS:
            current = name
        elif name == "numFmt" and not current:
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and current == "cellXfs":
            number = attributes.get("numFmtId", "0")
            found.append((shown_as(int(number), codes.get(number)), codes.get(number)))
    return found


@dataclass(kw_only=True)
class _Strings:
    """Collects the shared strings; rich text is joined, the reading aids of Japanese text are left out."""

    collected: list[str] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _inside: bool = False
    _aid: bool = False

    def start(self, name: str, _: dict[str, str]) -> None:
        if name == "t":
            self._inside = not self._aid
        elif name == "rPh":
            self._aid = True

    def text(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._aid = False
        elif name == "si":
            self.collected.append(_unescaped("".join(self._parts)))
            self._parts.clear()


@dataclass(kw_only=True)
class _Cells:
    """Puts the cells of a sheet into its grid as the parser meets them."""

    grid: Grid
    strings: list[str]
    shown: list[_Form]
    date1904: bool
    merges: list[Merge] = field(default_factory=list)
    _row: int = 0
    _column: int = -1
    _kind: str = "n"
    _style: int = 0
    #: a formula whose value has not come yet
    _formula: bool = False
    _inside: bool = False
    _aid: bool = False
    _parts: list[str] = field(default_factory=list)
    _cells: dict[int, str] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self._formula = False
            self._parts.clear()
        elif name in ("v", "t"):
            self._begin_value()
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column, self._cells = -1, {}
            if self._row > _LAST_ROW:
                raise IntakeError(f"工作表的行号 {self._row} 超出范围。", kind="not_readable")
        elif name == "rPh":
            self._aid = True
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _begin_value(self) -> None:
        self._inside = not self._aid
        if self._kind == "str":
            self._formula = False  # a text without letters is a value, any other empty one was never calculated

    def text(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._inside = False
        elif name == "c":
            value = self._value("".join(self._parts)) if self._parts else self._formula and _NOT_CALCULATED
            if value:
                self._cells[self._column] = value
        elif name == "row":
            if self._cells:
                self.grid.add(self._row, self._cells)
        elif name == "rPh":
            self._aid = False

    def _value(self, raw: str) -> str:
        match self._kind:
            case "n":
                shown, code = self.shown[self._style] if self._style < len(self.shown) else _PLAIN
                text = number_text(raw, shown, date1904=self.date1904)
                return masks.both(text, code) if shown == "number" else text
            case "s":
                return self.strings[int(raw)]
            case "b":
                return "TRUE" if raw.strip() == "1" else "FALSE"
            case "inlineStr" | "str":
                return _unescaped(raw)
            case _:  # e: the error as it shows; d: a day in ISO
                return raw

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, bottom = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if top and bottom:
            self.merges.append((int(top[2]), _column(top[1]), int(bottom[2]), _column(bottom[1])))


_COLUMNS: dict[str, int] = {}


def _column(reference: str) -> int:
    """0-based column of "AB" or "AB12"."""
    letters = reference.rstrip("0123456789")
    if letters not in _COLUMNS:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - ord("A") + 1
        if not 0 < number <= LAST_COLUMN or not letters.isalpha():
            raise IntakeError(f"工作表的单元格“{reference[:20]}”超出范围。", kind="not_readable")
        _COLUMNS[letters] = number - 1
    return _COLUMNS[letters]


def _unescaped(text: str) -> str:
    """Excel writes control characters as _x000D_."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
