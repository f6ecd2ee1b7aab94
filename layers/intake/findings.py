"""Turn problems at positions into report entries (sheet, row, line, value, sentence), and refused rows into texts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from layers.catalog import Layer
from layers.intake import community, lexicon, privacy, texts
from layers.intake.cells import Cells
from layers.intake.problems import Mask, Problem
from layers.intake.report import LONGEST_CELL, Fault

#: a warning on more rows than this is told once for the file
MOST_ROWS = 20
_LONGEST_VALUE, _LOOKED_AT = 100, 2000
_TITLES = (
    dict.fromkeys(lexicon.COORDINATES, "坐标")
    | dict.fromkeys(community.COMMUNITY, "社区")
    | {"geometry": "图形", "datum": "坐标系"}
)
#: where the value of a field may stand in the file
_STANDS = {"community_code": community.COMMUNITY, "lon": lexicon.COORDINATES, "geometry": ()}


def faults_and_warnings(
    problems: Sequence[Problem], cells: Cells, layer: Layer, refused_rows: Mask
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """Return the refusals in file order, and the warnings of rows that stay, those on many rows as one for the file."""
    refused: list[tuple[int, Fault]] = []
    warnings: list[tuple[int, Fault]] = []
    for problem in problems:
        if not problem.warning:
            refused += _by_row(problem, cells, layer)
    for problem in _merged(_of_accepted_rows(problems, refused_rows)):
        few = 0 < len(problem.rows) <= MOST_ROWS
        warnings += _by_row(problem, cells, layer) if few else [(-1, _whole(problem, cells, layer))]
    return _ordered(refused), _ordered(warnings)


def rejects(cells: Cells, refused: Mask, faults: Sequence[Fault]) -> pd.DataFrame:
    """The refused rows as a table of texts: sheet, row, reasons, then the file's own columns without personal data."""
    at = np.flatnonzero(refused)
    reasons: dict[tuple[str | None, int | None], list[str]] = {}
    for fault in faults:
        reasons.setdefault((fault.sheet, fault.row), []).append(fault.sentence)
    places = [_place(cells, int(row)) for row in at]
    table: dict[str, Any] = {
        "工作表": [sheet for sheet, _, _ in places],
        "行号": [str(row) for _, row, _ in places],
        "原因": [";".join(dict.fromkeys(reasons.get((sheet, row), []))) for sheet, row, _ in places],
    }
    columns = {cells.heading_of(field): column for field, column in cells.columns.items()} | cells.others
    for heading, column in columns.items():
        table[privacy.masked(heading)] = [_cell_text(text) for text in texts.as_text(column.take(at)).to_pylist()]
    return pd.DataFrame(table, dtype=object)


def _by_row(problem: Problem, cells: Cells, layer: Layer) -> list[tuple[int, Fault]]:
    values = _values(problem, cells)
    found = []
    for at, value in zip(problem.rows.tolist(), values, strict=True):
        sheet, row, line = _place(cells, at)
        sentence = _month(cells, at, layer) + _sentence(problem, value, layer)
        fault = Fault(
            sheet=sheet, row=row, line=line, field=_name(problem.field, layer), kind=problem.kind, value=value,
            sentence=sentence,
        )  # fmt: skip
        found.append((at, fault))
    return found


def _whole(problem: Problem, cells: Cells, layer: Layer) -> Fault:
    """One entry that speaks of all rows of a problem, with the first as its example."""
    if not len(problem.rows):
        return Fault(
            sheet=problem.sheet and privacy.masked(problem.sheet), field=_name(problem.field, layer), kind=problem.kind,
            value=problem.value, sentence=privacy.masked(problem.sentence),
        )  # fmt: skip
    first = _by_row(replace(problem, rows=problem.rows[:1]), cells, layer)[0][1]
    where = f"第 {first.row} 行" if first.sheet is None else f"“{first.sheet}”第 {first.row} 行"
    return Fault(
        field=_name(problem.field, layer),
        kind=problem.kind,
        sentence=f"有 {len(problem.rows)} 行:{first.sentence}(首见于{where})",
    )


def _of_accepted_rows(problems: Sequence[Problem], refused_rows: Mask) -> list[Problem]:
    warnings = [problem for problem in problems if problem.warning]
    kept = [replace(problem, rows=problem.rows[~refused_rows[problem.rows]]) for problem in warnings]
    return [new for new, old in zip(kept, warnings, strict=True) if len(new.rows) or not len(old.rows)]


def _merged(problems: Sequence[Problem]) -> list[Problem]:
    """Warnings of the same kind and field as one, so that many rows are told once."""
    groups: dict[tuple[str, str | None, bool], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.kind, problem.field, len(problem.rows) > 0), []).append(problem)
    merged: list[Problem] = []
    for (_, _, by_row), group in groups.items():
        rows = np.unique(np.concatenate([problem.rows for problem in group]))
        few = len(rows) <= MOST_ROWS or not by_row
        merged += group if few else [replace(group[0], rows=rows)]
    return merged


def _values(problem: Problem, cells: Cells) -> list[str | None]:
    fields = _STANDS.get(problem.field or "", (problem.field or "",))
    columns = [
        texts.as_text(cells.columns[field].take(problem.rows)).to_pylist() for field in fields if field in cells.columns
    ]
    if not columns:
        return [None] * len(problem.rows)
    rows = zip(*_alternatives(columns, problem), strict=True)
    return [_shortened(", ".join(cell for cell in row if cell is not None)) for row in rows]


def _alternatives(columns: list[list[str | None]], problem: Problem) -> list[list[str | None]]:
    """Both coordinates make one value; of a code and a name the first that is filled does."""
    if problem.field in lexicon.COORDINATES or len(columns) == 1:
        return columns
    return [[first if first is not None else second for first, second in zip(*columns, strict=True)]]


def _shortened(text: str) -> str | None:
    told = privacy.masked(text[:_LOOKED_AT])
    return (told if len(told) <= _LONGEST_VALUE else f"{told[:_LONGEST_VALUE]}…") or None


def _cell_text(text: str | None) -> str | None:
    """A cell of a refused row, without personal data; of one that no cell can hold, the beginning."""
    if text is None or len(text) <= LONGEST_CELL:
        return text and privacy.masked(text)
    return privacy.masked(text[:_LOOKED_AT])[:_LONGEST_VALUE] + "…"


def _sentence(problem: Problem, value: str | None, layer: Layer) -> str:
    if problem.field is None:
        return problem.sentence
    own = {field.name: field.title for field in layer.fields}
    title = (_TITLES | own).get(problem.field, problem.field)
    quoted = problem.sentence if value else problem.sentence.replace("“{value}”", "")
    return quoted.replace("{title}", title).replace("{value}", value or "")


def _month(cells: Cells, at: int, layer: Layer) -> str:
    """Which of the many cells of a wide table of counts a sentence speaks of."""
    if layer.family != "counts" or "month" not in cells.columns:
        return ""
    month = texts.as_text(cells.columns["month"].slice(at, 1)).to_pylist()[0]
    return "" if month is None else f"{month}:"


def _place(cells: Cells, at: int) -> tuple[str | None, int, int | None]:
    part = cells.parts[cells.part_of(at)]
    position = at - cells.starts[cells.part_of(at)]
    line = None if part.lines is None else int(part.lines[position])
    return part.sheet and privacy.masked(part.sheet), int(part.rows[position]), line


def _name(field: str | None, layer: Layer) -> str | None:
    """A field as reports call it: the code of a community is its community_code."""
    return "community_code" if field == "code" and layer.key == "communities" else field


def _ordered(faults: list[tuple[int, Fault]]) -> tuple[Fault, ...]:
    return tuple(fault for _, fault in sorted(faults, key=lambda one: one[0]))
