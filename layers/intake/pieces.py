"""Several tables on one sheet, beside or below each other → one raw table each: no column is read as another."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalog import Layer
from layers.intake import headings, lexicon, sheets, texts
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable

_ENOUGH = 2  # headings in a row that make it a row of headings


def pieces(raw: RawTable, layer: Layer, options: ReadOptions) -> list[RawTable]:
    """The tables that stand on one sheet; ``raw`` itself where there is one, or none known."""
    if raw.typed:
        return [raw]
    return [below for beside in _beside(raw, layer, options) for below in _below(beside, layer, options)]


def _beside(raw: RawTable, layer: Layer, options: ReadOptions) -> list[RawTable]:
    """``raw`` cut where its first two headings begin anew."""
    seen = sheets.look(raw, layer, options)
    names = [heading.text for heading in seen.columns]
    if not seen.known or len(names) < 2 * _ENOUGH or lexicon.match(layer, names[0]) is None:
        return [raw]
    starts = [at for at in range(_ENOUGH, len(names) - 1) if names[at : at + _ENOUGH] == names[:_ENOUGH]]
    edges = [0, *starts, len(names)]
    narrow = replace(raw, table=seen.table, merged=tuple(seen.merged))
    return [_part(narrow, columns=edges[n : n + 2]) for n in range(len(edges) - 1)] if starts else [raw]


def _below(raw: RawTable, layer: Layer, options: ReadOptions) -> list[RawTable]:
    """``raw`` cut above each row of headings that gives a column another meaning, and above that row's titles."""
    seen = sheets.look(raw, layer, options)
    held = _fields_by_column(seen.columns, layer, options)
    if not seen.known or len(held) < _ENOUGH:
        return [raw]
    cells = [texts.as_text(column) for column in seen.table.columns]
    filled = np.array([column.is_valid().to_numpy() for column in cells]).sum(axis=0)
    edges = [0]
    for row in _like_headings(cells, seen, int(np.searchsorted(raw.rows, seen.rows[-1])) + 1):
        told = headings.of_names([column[row].as_py() or "" for column in cells])
        anew = _fields_by_column(told, layer, options)
        if len(anew) >= _ENOUGH and anew != held:
            held = anew
            edges.append(_above(filled, row))
    edges.append(len(raw.rows))
    return [_part(raw, rows=edges[n : n + 2]) for n in range(len(edges) - 1)] if len(edges) > 2 else [raw]


def _fields_by_column(columns: tuple[headings.Heading, ...], layer: Layer, options: ReadOptions) -> dict[int, str]:
    return {column: field for field, column in headings.assign(columns, layer, options).items()}


def _like_headings(cells: list[pa.ChunkedArray], seen: sheets.Look, start: int) -> list[int]:
    """Rows from ``start`` on in which two cells or more are words of the headings."""
    words = pa.array({name for heading in seen.columns for name in (heading.text, *heading.names) if name})
    same = np.zeros(len(cells[0]), dtype=int)
    for column in cells:
        same += pc.is_in(pc.utf8_trim_whitespace(column), value_set=words).to_numpy()
    return [int(row) for row in np.flatnonzero(same >= _ENOUGH) if row >= start]


def _above(filled: np.ndarray, row: int) -> int:
    """The first of the rows of at most one cell that stand right above ``row``: blanks and titles."""
    while filled[row - 1] <= 1:
        row -= 1
    return row


def _part(raw: RawTable, *, rows: list[int] | None = None, columns: list[int] | None = None) -> RawTable:
    """The rows or columns of ``raw`` from the first edge up to the second."""
    top, bottom = rows or (0, len(raw.rows))
    left, right = columns or (0, raw.table.num_columns)
    merged = tuple(
        (max(r, top) - top, max(c, left) - left, min(last, bottom - 1) - top, min(end, right - 1) - left)
        for r, c, last, end in raw.merged
        if r < bottom and last >= top and c < right and end >= left
    )
    return replace(
        raw,
        table=raw.table.select(range(left, right)).slice(top, bottom - top),
        rows=raw.rows[top:bottom],
        lines=None if raw.lines is None else raw.lines[top:bottom],
        numbers=None if raw.numbers is None else raw.numbers.slice(top, bottom - top),
        cells=None if raw.cells is None or columns else raw.cells[top:bottom],
        merged=merged,
    )
