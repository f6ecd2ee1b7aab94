"""Registers as workbooks: Chinese headings, drop-downs, typed cells and a page that says how to fill them in.

What is written here the importer reads back as the same: see ``layers/intake``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from layers.catalog import Field, Layer
from layers.intake import report, understood
from layers.words import SHIFTED_POINTS

YES, NO = "是", "否"
#: headings of what is no field of a layer; the first two state the datum
PLACE = {"lon": "经度(CGCS2000)", "lat": "纬度(CGCS2000)", "x": "x", "y": "y", "wkt": "图形(WKT)"}
ROW_ID = "系统标识(勿改)"
EXAMPLE = "示例:导入时跳过此行"
ADDRESS = "样板街道样板社区样板路12号2单元301室"
EXAMPLES: Mapping[str, Any] = {
    "whole": 1,
    "number": 10,
    "flag": True,
    "day": dt.date(2026, 3, 1),
    "moment": dt.datetime(2026, 3, 1, 9, 30),  # noqa: DTZ001 - a workbook knows no zones
}
#: letters of all choices together that a cell's own drop-down holds; commas part them
LONGEST_LIST = 255
#: rows below the last that have drop-downs too
SPARE_ROWS = 2000
_FORMATS = {"text": "@", "whole": "0", "number": "General", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {"text": 20, "whole": 10, "number": 12, "day": 12, "moment": 20, "flag": 10}
_KINDS = {
    "text": "文字", "whole": "整数", "number": "数", "day": "日期,如 2026-03-18", "flag": "是或否",
    "moment": "日期和时间,如 2026-03-18 09:30",
}  # fmt: skip
_GENERAL = (
    "从“{sheet}”页的第 2 行起,一行填一条;带 * 的列必填。标着“示例”的行导入时跳过,可以删去。",
    "编号、代码按文字填写,不要让表格软件改成科学计数;日期写成 2026-03-18。有下拉的格请选一项。",
    f"经纬度填 CGCS2000 或 WGS-84 的度数;{SHIFTED_POINTS},请把两列改名为“经度”“纬度”,导入时指明坐标系。",
    "没有经纬度的行按地址定位,定不准的保存为“未定位”。社区空着的由地址补上;出租屋和场所没写社区、地址又定不准的,不导入。",
    "请不要填写姓名、身份证号、电话。",
    "“系统标识”认得出一行原来的记录:不要改动;新增的行空着。图形一列空着时,已存的边界或线形不变。",
    "导出的表带有一张隐藏的“导出时的原值”:再导入时只改动过的格生效,别处同时改过的格会列为冲突,不会被盖掉。删去的行不受影响;要只交出一部分,请按区划导出,不要只删行。",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a sheet: its heading and field, and the cells below it, None where empty."""

    title: str
    field: Field
    cells: Sequence[Any] = ()


def write_register(
    target: Path | IO[bytes], layer: Layer, columns: Sequence[Column], *, exported: bool = False
) -> None:
    """Write a workbook of the register and its instructions; an ``exported`` one remembers on a hidden page its cells.

    By that page an import knows which cells were edited since.
    """
    with xlsxwriter.Workbook(target, report.TEXT_AS_TEXT | {"constant_memory": True}) as book:
        sheet = book.add_worksheet(layer.title[:31].replace("/", " "))
        formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True})
        _arrange(sheet, columns, formats, _listed(columns))
        _write_cells(sheet, columns, formats, heading)
        _instruct(book, layer, columns)
        _write_choices(book, _listed(columns))
        if exported:
            base = book.add_worksheet(understood.BASE)
            _write_cells(base, columns, formats, heading)
            base.hide()


def _write_cells(sheet: Worksheet, columns: Sequence[Column], formats: Mapping[str, Format], heading: Format) -> None:
    sheet.write_row(0, 0, [column.title for column in columns], heading)
    writers = [_writer(column.field, formats) for column in columns]
    for row, cells in enumerate(zip(*(column.cells for column in columns), strict=True), start=1):
        for at, (write, cell) in enumerate(zip(writers, cells, strict=True)):
            if cell is not None:
                write(sheet, row, at, cell)


def field_columns(layer: Layer, cells: Mapping[str, Sequence[Any]]) -> list[Column]:
    """The columns of the layer's fields that ``cells`` hold, choices and flags in their Chinese words."""
    return [
        Column(
            title=f"{field.title}*" if field.required else field.title,
            field=field,
            cells=[_worded(field, cell) for cell in cells[field.name]],
        )
        for field in layer.fields
        if field.name in cells
    ]


def place_columns(cells: Mapping[str, Sequence[Any]]) -> list[Column]:
    """The columns of coordinates and of shapes as text."""
    return [
        Column(
            title=PLACE[name],
            field=Field(name=name, title=PLACE[name], kind="text" if name == "wkt" else "number"),
            cells=told,
        )
        for name, told in cells.items()
    ]


def id_column(cells: Sequence[Any]) -> Column:
    """The column by which a row without a number is known again."""
    return Column(title=ROW_ID, field=Field(name="row_id", title=ROW_ID, kind="text"), cells=cells)


def template(target: Path | IO[bytes], layer: Layer, *, code_prefix: str) -> None:
    """Write an empty register with one example row, which the importer passes over."""
    code = f"{code_prefix}0101001001"[:12]
    cells = {field.name: [_example(field, code)] for field in layer.fields if field.name != "place_error_m"}
    cells[layer.fields[0].name] = [EXAMPLE]
    columns = field_columns(layer, cells)
    if layer.geometry == ("Point",):
        columns += place_columns({"lon": [118.123456], "lat": [26.654321]})
    elif layer.geometry_required:
        columns += place_columns({"wkt": [None]})
    write_register(target, layer, columns)


def _worded(field: Field, cell: Any) -> Any:
    if cell is None or pd.isna(cell):
        return None
    if field.kind == "flag":
        return YES if cell else NO
    return field.choices.get(cell, cell) if field.choices else cell


def _example(field: Field, code: str) -> Any:
    if field.choices:
        return next(iter(field.choices))
    if field.kind == "text":
        return {"community_code": code, "address": ADDRESS, "place": ADDRESS}.get(field.name, "样例")
    return EXAMPLES[field.kind]


def _words(field: Field) -> list[str]:
    """What its drop-down offers."""
    return [YES, NO] if field.kind == "flag" else list(field.choices.values())


def _listed(columns: Sequence[Column]) -> dict[str, list[str]]:
    """The drop-downs that a cell's own list cannot hold, by the name their words get in the workbook."""
    words = {f"choices_{column.field.name}": _words(column.field) for column in columns}
    return {name: each for name, each in words.items() if len(",".join(each)) > LONGEST_LIST or "," in "".join(each)}


def _arrange(
    sheet: Worksheet, columns: Sequence[Column], formats: Mapping[str, Format], listed: Mapping[str, Sequence[str]]
) -> None:
    sheet.freeze_panes(1, 0)
    last = len(columns[0].cells) + SPARE_ROWS
    for at, column in enumerate(columns):
        kind = column.field.kind
        sheet.set_column(at, at, max(_WIDTHS[kind], 2 * len(column.title) + 2), formats.get(kind))
        if words := _words(column.field):
            name = f"choices_{column.field.name}"
            source = f"={name}" if name in listed else words
            message = {"error_title": "请从下拉中选", "error_message": f"“{column.field.title}”只能是下拉里的一项"}
            sheet.data_validation(1, at, last, at, {"validate": "list", "source": source, **message})


def _write_choices(book: xlsxwriter.Workbook, listed: Mapping[str, Sequence[str]]) -> None:
    """A hidden page with a column of words for each list, and a name for each column."""
    if not listed:
        return
    sheet = book.add_worksheet(understood.CHOICES)
    for row, cells in enumerate(zip_longest(*listed.values(), fillvalue="")):
        for at, word in enumerate(cells):
            sheet.write_string(row, at, word)
    for at, (name, words) in enumerate(listed.items()):
        book.define_name(name, f"='{understood.CHOICES}'!{xl_range_abs(0, at, len(words) - 1, at)}")
    sheet.hide()


def _writer(field: Field, formats: Mapping[str, Format]) -> Callable[[Worksheet, int, int, Any], object]:
    style, plain = formats.get(field.kind), formats["text"]

    def number(sheet: Worksheet, row: int, column: int, cell: float) -> None:
        """As text where sixteen digits would lose some of it, or a share above one would be taken for a percentage."""
        if field.unit == "%" and cell > 1:
            sheet.write_string(row, column, percent(cell), plain)
        elif float(f"{cell:.16G}") == cell or field.name in PLACE:
            sheet.write_number(row, column, cell, style)
        else:
            sheet.write_string(row, column, repr(cell), plain)

    def moment(sheet: Worksheet, row: int, column: int, cell: dt.datetime) -> None:
        if isinstance(cell, dt.datetime) and cell.microsecond:
            sheet.write_string(row, column, cell.isoformat(sep=" "), plain)
        else:
            sheet.write_datetime(row, column, cell, style)

    if field.kind in ("whole", "number"):
        return number
    if field.kind in ("day", "moment"):
        return moment
    return lambda sheet, row, column, cell: sheet.write_string(row, column, cell, style)


def percent(share: float) -> str:
    """A share as people write it, to every digit that the importer keeps."""
    return f"{share * 100:.12g}%"


def _instruct(book: xlsxwriter.Workbook, layer: Layer, columns: Iterable[Column]) -> None:
    sheet = book.add_worksheet(understood.INSTRUCTIONS)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    strong = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
    for at, width in enumerate((24, 8, 34, 60)):
        sheet.set_column(at, at, width, wrapped)
    sheet.write_string(0, 0, f"{layer.title}:填写说明", book.add_format({"bold": True, "font_size": 14}))
    for row, line in enumerate(_GENERAL, start=1):
        sheet.merge_range(row, 0, row, 3, line.format(sheet=layer.title), wrapped)
        sheet.set_row(row, 34)
    start = len(_GENERAL) + 2
    sheet.write_row(start, 0, ["列", "必填", "怎么填", "可选的写法"], strong)
    for row, column in enumerate(columns, start=start + 1):
        field = column.field
        told = _KINDS[field.kind] + (f",单位:{field.unit}" if field.unit else "")
        words = "、".join(field.choices.values())
        sheet.write_row(row, 0, [column.title, "是" if field.required else "", told, words], wrapped)
