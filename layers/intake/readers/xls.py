"""Workbooks in the old binary xls."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

import xlrd

from gis.errors import IntakeError
from layers.intake.readers import Order, TableStream, chosen, masks
from layers.intake.readers.archive import encrypted
from layers.intake.readers.grid import Grid
from layers.intake.readers.serials import number_text, shown_as

# codecs are found in files: after the lock-down it is too late to look for one
for _name in ("utf_16_le", "gbk", "cp1252", "latin_1", "ascii"):
    codecs.lookup(_name)


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
    """Every sheet, hidden ones too, or the one that ``order`` names.

    Raises:
        IntakeError: encrypted, not_readable.
    """
    try:
        book = xlrd.open_workbook(
            file_contents=file.read(), logfile=io.StringIO(), formatting_info=True, ragged_rows=True
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise encrypted("工作簿") from error
        raise IntakeError("xls 工作簿已损坏,请在 Excel/WPS 中打开后另存为 xlsx。", kind="not_readable") from error
    for name in chosen(book.sheet_names(), order):
        yield _sheet(book, book.sheet_by_name(name))


def _sheet(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> TableStream:
    grid = Grid(sheet=sheet.name)
    forms = {key: (shown_as(key, form.format_str), form.format_str) for key, form in book.format_map.items()}
    date1904 = book.datemode == 1
    for row in range(sheet.nrows):
        cells = {}
        for column, cell in enumerate(sheet.row(row)):
            if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                shown, code = forms.get(book.xf_list[cell.xf_index].format_key, ("number", None))
                text = number_text(repr(cell.value), shown, date1904=date1904)
                cells[column] = masks.both(text, code) if shown == "number" else text
            elif written := _text(cell):
                cells[column] = written
        grid.add(row + 1, cells)
    merges = ((top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells)
    return grid.stream(merges=merges, date1904=date1904)


def _text(cell: xlrd.sheet.Cell) -> str:
    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return str(cell.value)
        case xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
        case _:
            return ""
