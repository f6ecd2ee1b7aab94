"""A table of counts with a column for each month or register → one record for each filled cell."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa

from gis.errors import IntakeError
from layers.intake import dates, lexicon, problems
from layers.intake.measures import Measure, figure_of, measure
from layers.intake.options import AS_IT_IS, ReadOptions
from layers.intake.sheets import Part

_MONTH = re.compile(r"(20\d{2})年(\d{1,2})月(?!\d{1,2}日)")
MONTH_HEADING, COUNT_HEADING, REGISTER_HEADING = "月份", "数量", "登记类别"
DEFAULT_REGISTER = "resident"


def lengthened(part: Part, options: ReadOptions = AS_IT_IS) -> Part:
    """``part`` with one row for each cell of its month or register columns, row by row; a blank cell is no record.

    The blank cells count as skipped. A part without such columns comes back with its register alone, where the titles
    or the sheet's name tell one.

    Raises:
        IntakeError: several figures stand under each month, and none of them is clearly what the register counts.
    """
    measures = _one_figure(part, _measured(part), options)
    if not measures:
        return _filled_from_titles(part)
    cells = [
        part.others[name].to_pylist() if name in part.others else part.columns["count"].to_pylist() for name in measures
    ]
    grid = np.array(cells, dtype=object).T.reshape(len(part.rows), len(measures))
    at, column = np.nonzero(grid != np.array(None))
    others = {name: values for name, values in part.others.items() if name not in measures}
    if "count" in part.headings and (heading := part.headings["count"]) not in measures:
        others[heading] = part.columns["count"]
    longer = _taken(replace(part, others=others), at)
    columns = longer.columns | {"count": _texts(grid[at, column])}
    titles = longer.headings | {"count": COUNT_HEADING}
    told = list(measures.values())
    for field, words, title in (
        ("month", [one.month for one in told], MONTH_HEADING),
        ("register", [one.register for one in told], REGISTER_HEADING),
    ):
        if any(words):
            columns[field], titles[field] = _texts(np.array(words, dtype=object)[column]), title
    longer = replace(longer, columns=columns, headings=titles)
    return _filled_from_titles(replace(longer, skipped=part.skipped + grid.size - len(at)))


def _measured(part: Part) -> dict[str, Measure]:
    """The headings of columns that hold counts, each with its month, register and figure.

    Where a column tells the register of each row, a heading without a month (实有人数) says no other.
    """
    names = [*part.others, *([part.headings["count"]] if "count" in part.headings else [])]
    read = {name: measure((name,), part.titles) for name in names}
    told = "register" in part.columns
    found = {name: one for name, one in read.items() if one is not None and (one.month or not told)}
    return found if any(name in part.others for name in found) else {}


def _one_figure(part: Part, measures: dict[str, Measure], options: ReadOptions) -> dict[str, Measure]:
    """The columns of one figure, where households and persons stand under each month."""
    several = Counter((one.month, one.register) for one in measures.values()).most_common(1)
    figures = dict.fromkeys(one.figure for one in measures.values())
    if not several or several[0][1] == 1 or len(figures) == 1:
        return measures
    register = _register_named(part)
    asked = lexicon.normal(options.mapping.get("count", ""))
    chosen = {name: _figure(one, measures, one.register or register, asked) for name, one in measures.items()}
    if None in chosen.values():
        told = "、".join(f"“{figure or MONTH_HEADING}”" for figure in figures)
        raise IntakeError(
            f"每个月下面有{told}几列,看不出要哪一列;请指明数量是哪一列(命令里用 --map count=列名)",
            kind="missing_required",
        )
    return {name: one for name, one in measures.items() if one.figure == chosen[name]}


def _figure(one: Measure, measures: dict[str, Measure], register: str, wanted: str) -> str | None:
    """Which of the figures that stand beside ``one`` is taken."""
    beside = {other.figure for other in measures.values() if (other.month, other.register) == (one.month, one.register)}
    if wanted in beside or len(beside) == 1:
        return wanted if wanted in beside else one.figure
    return figure_of(beside, register)


def _taken(part: Part, at: problems.Positions) -> Part:
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


def _filled_from_titles(part: Part) -> Part:
    """``part`` with the month and register that its titles or its sheet's name speak of, where no column does."""
    texts = (*part.titles, part.sheet or "")
    if "month" not in part.columns and (month := _month_in(texts)) is not None:
        part = _constant(part, "month", month)
    if "register" not in part.columns:
        part = _constant(part, "register", _register_named(part))
    return part


def _register_named(part: Part) -> str:
    """The register that the titles or the sheet's name speak of."""
    texts = (*part.titles, part.sheet or "")
    return next((name for text in texts if (name := lexicon.register_named(text))), DEFAULT_REGISTER)


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


def _texts(values: np.typing.NDArray[np.object_]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])
