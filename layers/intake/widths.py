"""Records of separated text that have more or fewer cells than there are headings.

A separator within a cell that nobody quoted moves every cell after it under another heading; a line break within a cell
makes two short records of one. Neither may be read as it seems to stand.
"""

import numpy as np

from layers.intake.problems import Problem, refuse, warn
from layers.intake.raw import RawTable

_Counts = np.typing.NDArray[np.int64]

LONGER = "这一行有 {cells} 格,列名只有 {headings} 列,后面的格可能错位;请把含有逗号等分隔符的内容用引号括起来"
SHORTER = "这一行只有 {cells} 格,列名有 {headings} 列,缺的格按没有填写记,请核对"


def problems(raw: RawTable, first: int, last: int) -> list[Problem]:
    """Return what is wrong with the widths of the rows below the headings, which stand in rows ``first`` to ``last``.

    Positions count from the first row below the headings. Longer rows and torn ones are refused, shorter ones warned
    about. Empty cells at the end of a row are no fault, nor is a row without any.
    """
    if raw.cells is None:
        return []
    headings = int(raw.cells[first : last + 1].max())
    named = max((c for c in range(raw.table.num_columns) if _is_filled(raw, c, first, last)), default=-1)
    body = raw.cells[last + 1 :]
    longer = _filled_beyond(raw, headings)[last + 1 :]
    shorter = (body > 0) & (body < (_place(raw, named) + 1))
    torn = _torn(np.where(shorter, body, 0), headings)
    found = refuse(
        "row_width", None, torn, "这一行像是一条记录被换行拆成的几行之一,格子错位;请把含有换行的内容用引号括起来"
    )
    for make, at, sentence in ((refuse, longer, LONGER), (warn, shorter & ~torn, SHORTER)):
        for width in np.unique(body[at]):
            found += make("row_width", None, at & (body == width), sentence.format(cells=width, headings=headings))
    return found


def _place(raw: RawTable, column: int) -> int:
    """Which cell of a record a column of the table is: the empty columns of the file are left out of it."""
    return int(raw.table.column_names[column][1:]) if column >= 0 else -1


def _is_filled(raw: RawTable, column: int, first: int, last: int) -> bool:
    return bool(raw.table.column(column).slice(first, last - first + 1).null_count <= last - first)


def _filled_beyond(raw: RawTable, headings: int) -> np.typing.NDArray[np.bool_]:
    """Rows with something in a cell that has no heading because the row of headings ends before it."""
    beyond = np.zeros(len(raw.rows), dtype=bool)
    for column in range(raw.table.num_columns):
        if _place(raw, column) >= headings:
            beyond |= raw.table.column(column).is_valid().to_numpy()
    return beyond


def _torn(short: _Counts, headings: int) -> np.typing.NDArray[np.bool_]:
    """Short rows (0: another row) below each other that together make one record, cut within a cell.

    Three and more of one width are rows whose empty cells at the end were left out.
    """
    torn = np.zeros(len(short), dtype=bool)
    at = 0
    while at < len(short):
        end = at
        while end < len(short) and short[end]:
            end += 1
        if end - at > 1 and (end - at == 2 or len(set(short[at:end].tolist())) > 1):
            _mark(torn, short, at, end, headings)
        at = end + 1
    return torn


def _mark(torn: np.typing.NDArray[np.bool_], short: _Counts, first: int, end: int, headings: int) -> None:
    """Mark each group of rows from ``first`` to ``end`` whose cells add up to one record."""
    while first < end:
        size = np.cumsum(short[first:end] - 1) + 1
        whole = np.flatnonzero(size == headings)
        rows = int(whole[0]) + 1 if len(whole) else 1
        torn[first : first + rows] |= rows > 1
        first += rows
