"""A table of counts with a column for each month or register → one record for each filled cell."""

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from layers.intake import dates, headings, lexicon
from layers.intake.problems import Positions
from layers.intake.sheets import Part

_MONTH = re.compile(r"(20\d{2})年(\d{1,2})月(?!\d{1,2}日)")
MONTH_HEADING, COUNT_HEADING, REGISTER_HEADING = "月份", "数量", "登记类别"
DEFAULT_REGISTER = "resident"


def lengthened(part: Part) -> Part:
    """``part`` with one row for each cell of its month or register columns, row by row; a blank cell is no record.

    The blank cells count as skipped. A part without such columns comes back with its register alone, where the titles
    or the sheet's name tell one.
    """
    measures = _measured(part)
    if not measures:
        return _told_by_titles(part)
    cells = [
        part.others[name].to_pylist() if name in part.others else part.columns["count"].to_pylist() for name in measures
    ]
    grid = np.array(cells, dtype=object).T.reshape(len(part.rows), len(measures))
    at, column = np.nonzero(grid != np.array(None))
    longer = _taken(part, at)
    columns = longer.columns | {"count": _texts(grid[at, column])}
    titles = longer.headings | {"count": COUNT_HEADING}
    for field, told, title in (("month", 0, MONTH_HEADING), ("register", 1, REGISTER_HEADING)):
        words = [measure[told] for measure in measures.values()]
        if any(words):
            columns[field], titles[field] = _texts(np.array(words, dtype=object)[column]), title
    others = {name: values for name, values in longer.others.items() if name not in measures}
    longer = replace(longer, columns=columns, headings=titles, others=others)
    return _told_by_titles(replace(longer, skipped=part.skipped + grid.size - len(at)))


def _measured(part: Part) -> dict[str, tuple[str | None, str | None]]:
    """The headings of columns that hold counts, each with its month and register."""
    names = [*part.others, *([part.headings["count"]] if "count" in part.headings else [])]
    found = {name: headings.measures(headings.Heading(text=name, names=_readings(name)), part.titles) for name in names}
    found = {name: measure for name, measure in found.items() if any(measure)}
    return found if any(name in part.others for name in found) else {}


def _readings(name: str) -> tuple[str, ...]:
    """Ways to read a heading of two levels: its register may stand above or below its month, or alone."""
    return (name, *(name[cut:] for cut in range(1, len(name))), *(name[:cut] for cut in range(len(name) - 1, 0, -1)))


def _taken(part: Part, at: Positions) -> Part:
    index = pa.array(at)
    return replace(
        part,
        rows=part.rows[at],
        lines=None if part.lines is None else part.lines[at],
        columns={name: column.take(index) for name, column in part.columns.items()},
        others={name: column.take(index) for name, column in part.others.items()},
        dittos={},
        problems=tuple(
            replace(problem, rows=np.flatnonzero(np.isin(at, problem.rows)) if len(problem.rows) else problem.rows)
            for problem in part.problems
        ),
    )


def _told_by_titles(part: Part) -> Part:
    """``part`` with the month and register that its titles or its sheet's name speak of, where no column does."""
    texts = (*part.titles, part.sheet or "")
    if "month" not in part.columns and (month := _month_in(texts)) is not None:
        part = _constant(part, "month", month)
    if "register" not in part.columns:
        register = next((name for text in texts if (name := lexicon.register_named(text))), DEFAULT_REGISTER)
        part = _constant(part, "register", register)
    return part


def _month_in(texts: tuple[str, ...]) -> str | None:
    whole = next((found for text in texts if (found := _MONTH.search(text)) is not None), None)
    if whole is not None:
        return f"{whole[1]}-{int(whole[2]):02d}"
    year = next((year for text in texts if (year := dates.year_of(text)) is not None), None)
    alone = dates.month_of(texts[-1], year)
    return None if alone is None else f"{alone:%Y-%m}"


def _constant(part: Part, field: str, value: str) -> Part:
    column = pa.chunked_array([pa.array([value] * len(part.rows), pa.string())])
    return replace(part, columns=part.columns | {field: column})


def _texts(values: npt.NDArray[np.object_]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])
