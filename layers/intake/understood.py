"""The tables of one file → the cells of one layer, once headings, options, encoding and persons are settled."""

from collections.abc import Sequence
from dataclasses import replace

from gis.errors import IntakeError, Refused
from layers.catalog import Layer
from layers.intake import headings, lexicon, mojibake, persons, pieces, privacy, required, sheets, wide
from layers.intake.cells import Cells, gather
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable

_SHOWN = 40
#: the pages of a workbook of ours besides the register: how to fill it in, the words of drop-downs, and what was stored
#: when it was exported
INSTRUCTIONS, CHOICES, BASE = "填写说明", "下拉选项", "导出时的原值"
OWN_PAGES = frozenset({INSTRUCTIONS, CHOICES, BASE})


def cells_of(tables: Sequence[RawTable], layer: Layer, options: ReadOptions) -> Cells:
    """Return the data rows of every sheet that holds rows of ``layer``.

    Raises:
        IntakeError: no headings, no rows, characters lost, columns of persons, or a required column that is nowhere.
        Refused: ``options.mapping`` names a field that the layer does not have.
    """
    cells = gathered(tables, layer, options)
    mojibake.refuse_mojibake(cells)
    persons.refuse_columns(cells, officials_of(layer))
    required.refuse_without_columns(cells, layer)
    return cells


def officials_of(layer: Layer) -> frozenset[str]:
    """The fields that may name officials on duty."""
    return frozenset(field.name for field in layer.fields if field.official)


def gathered(tables: Sequence[RawTable], layer: Layer, options: ReadOptions) -> Cells:
    """The data rows as ``cells_of`` returns them, whatever stands in them.

    Raises:
        IntakeError: no headings or no rows.
        Refused: ``options.mapping`` names a field that the layer does not have.
    """
    _check_fields(layer, options)
    tables = [raw for raw in tables if raw.sheet not in OWN_PAGES]
    _check_headings(tables, layer, options)
    tables = [piece for raw in tables for piece in pieces.pieces(raw, layer, options)]
    parts = [part for raw in tables if (part := sheets.arrange(raw, layer, options)) is not None]
    if not parts:
        prose = all(raw.encoding is not None and raw.table.num_columns == 1 for raw in tables)
        seen = "里面只看出一列文字,若是表格," if tables and prose else ""
        advice = f"{seen}请让列名占一行,或指明哪一列是什么"
        raise IntakeError(f"找不到“{layer.title}”的列名;{advice}", kind="missing_required")
    if any(part.columns for part in parts):
        parts = [part for part in parts if part.columns]  # a map frame beside the layer is no record
    if len(parts) == 1 and parts[0].typed:
        parts = [replace(parts[0], sheet=None)]  # the one layer of a vector file needs no name in the report
    if layer.family == "counts":
        parts = [wide.lengthened(part, options) for part in parts]
    cells = gather(parts)
    if not len(cells):
        raise IntakeError("文件里只有表头,没有数据行", kind="empty")
    return cells


def _check_fields(layer: Layer, options: ReadOptions) -> None:
    known = lexicon.known_fields(layer)
    unknown = [field for field in options.mapping if field not in known]
    if unknown:
        raise Refused(f"“{layer.title}”没有字段 {'、'.join(unknown)},可用的有:{'、'.join(known)}", kind="unknown_field")


def _check_headings(tables: Sequence[RawTable], layer: Layer, options: ReadOptions) -> None:
    """A heading that a user names must stand in one of the sheets."""
    wanted = [*options.mapping.values(), *options.drop]
    if not wanted:
        return
    there = [heading for raw in tables for heading in sheets.look(raw, layer, options).columns]
    absent = [name for name in wanted if not any(headings.is_named(heading, (name,)) for heading in there)]
    if absent:
        names = "、".join(dict.fromkeys(privacy.masked(heading.text) for heading in there if heading.text))
        raise IntakeError(f"文件里没有叫“{'”“'.join(absent)}”的列;有:{names[:500]}", kind="missing_required")
