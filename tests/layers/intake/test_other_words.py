"""Registers headed in words that are listed nowhere: every row is read as a person would, and no column is silent.

``other_words/*.txt`` hold them, and beside each row what is to become of it: ``=> field=value …`` is stored so (E and W
are the codes of the two communities, ``warned=kind`` a warning of that row, ``2025-04:30`` a count of a month),
``=> !kind,kind`` is refused for one of these reasons, ``=> -`` is no record, ``=> !!kind`` is why the file is refused.
``<`` continues a merged cell from the left, ``^`` from above. ``unused:`` names the columns that must be said to be
left out; a ``?`` behind one leaves it open. ``order:`` and the like are the options of the import.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable
from layers.intake.register import Register, understand

from .builders import CITY, EAST, WEST, areas, features, grid

FOLDER = Path(__file__).with_name("other_words")
CODES = {"E": EAST, "W": WEST}
Cells = list[str | None]


@dataclass
class Written:
    """One register as it is written down: its cells, and what is to become of each row."""

    layer: str
    name: str
    kind: str
    rows: list[Cells] = field(default_factory=list)
    wanted: dict[int, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)

    def table(self) -> RawTable:
        if self.kind != "typed":
            return grid(self._plain(), merged=self._merged(), csv=self.kind == "csv", sheet="Sheet1")
        names, *rows = self.rows
        columns = {str(name): [row[at] for row in rows] for at, name in enumerate(names)}
        shapes = [shapely.from_wkt(text) for text in columns.pop("geometry", [None] * len(rows))]
        return features(columns, shapes if any(shapes) else None)

    def _plain(self) -> list[Cells]:
        return [[None if cell in ("<", "^") else cell for cell in row] for row in self.rows]

    def _merged(self) -> list[tuple[int, int, int, int]]:
        found = []
        for r, row in enumerate(self.rows):
            for c, cell in enumerate(row):
                right, down = self._reach(r, c, 0, 1, "<"), self._reach(r, c, 1, 0, "^")
                if cell not in ("<", "^") and (right or down):
                    found.append((r, c, r + down, c + right))
        return found

    def _reach(self, r: int, c: int, down: int, right: int, mark: str) -> int:
        steps = 0
        while self._at(r + (steps + 1) * down, c + (steps + 1) * right) == mark:
            steps += 1
        return steps

    def _at(self, r: int, c: int) -> str | None:
        return self.rows[r][c] if r < len(self.rows) and c < len(self.rows[r]) else None


def _written(text: str) -> Iterator[Written]:
    for block in text.split("\n@")[0:]:
        head, *lines = block.lstrip("@").strip().splitlines()
        layer, name, *kind = head.split()
        one = Written(layer, name, kind[0] if kind else "xlsx")
        for line in lines:
            if line.startswith("unused:"):
                one.unused = [word.strip() for word in line.removeprefix("unused:").split(",") if word.strip()]
                continue
            cells, _, wanted = line.partition(" => ")
            one.rows.append([cell.strip() or None for cell in cells.split("|")])
            one.wanted[len(one.rows)] = wanted.strip()
        width = max(len(row) for row in one.rows)
        one.rows = [[*row, *[None] * (width - len(row))] for row in one.rows]
        yield one


REGISTERS = {
    f"{path.stem}-{one.name}": one for path in sorted(FOLDER.glob("*.txt")) for one in _written(path.read_text("utf-8"))
}


@cache
def outcome(name: str) -> Register | IntakeError:
    """What the importer makes of one of the registers."""
    one = REGISTERS[name]
    try:
        return understand([one.table()], layer_named(one.layer), profile=CITY, codes=areas(), options=ReadOptions())
    except IntakeError as error:
        return error


def faults_of(name: str) -> dict[int, str]:
    """The rows that did not become what they were to become, each with why; empty where all is right."""
    one, made = REGISTERS[name], outcome(name)
    shift = 1 if one.kind == "typed" else 0  # features are counted without a row of names
    wrong = {}
    for row, wanted in one.wanted.items():
        if wanted.startswith("!!"):
            right = isinstance(made, IntakeError) and made.kind == wanted[2:]
            why = None if right else "the file was taken"
        elif wanted == "-":
            continue
        elif isinstance(made, IntakeError):
            why = f"{made.kind} {made}"
        else:
            why = _fault(made, row - shift, wanted)
        if why is not None:
            wrong[row] = why
    return wrong


def _fault(made: Register, row: int, wanted: str) -> str | None:
    stored = pd.DataFrame(made.frame)[made.rows == row].to_dict("records")
    kinds = {fault.kind for fault in made.refused if fault.row == row}
    if wanted.startswith("!"):
        allowed = set(wanted[1:].split(","))
        return None if not stored and kinds & allowed else f"stored {len(stored)}, refused for {kinds}"
    if wanted[:2].isdigit() and wanted[4] == "-":
        return _months(made, stored, row, wanted)
    if len(stored) != 1:
        return f"not stored: {[fault.sentence for fault in made.refused if fault.row == row]}"
    return next((why for pair in wanted.split() if (why := _value(made, row, stored[0], pair))), None)


def _months(made: Register, stored: list[dict[str, Any]], row: int, wanted: str) -> str | None:
    refused = {(fault.sentence[:7], fault.kind) for fault in made.refused if fault.row == row}
    left = {f"{one['month']:%Y-%m}": [] for one in stored}
    for one in stored:
        left[f"{one['month']:%Y-%m}"].append(f"{one['count']}")
    for pair in wanted.split():
        month, value = pair.split(":")
        if value.startswith("!"):
            if (month, value[1:]) not in refused or month in left:
                return f"{month} is not refused"
        elif left.pop(month, None) != value.split("+"):
            return f"{month} is not {value}"
    return f"{left} too" if left else None


def _value(made: Register, row: int, stored: dict[str, Any], pair: str) -> str | None:
    name, value = pair.split("=")
    if name == "warned":
        kinds = {fault.kind for fault in made.warnings if fault.row in (row, None)}
        return None if value in kinds else f"warned of {kinds}"
    if name in ("lon", "lat"):
        shape = stored["geometry"]
        is_there = shape is not None and abs((shape.x if name == "lon" else shape.y) - float(value)) < 1e-6
        return None if is_there else f"lies at {shape}"
    value, there = CODES.get(value, value), stored.get(name)
    if isinstance(there, pd.Timestamp):
        local = there.tz_convert("Asia/Shanghai") if there.tzinfo else there
        same = local.strftime("%Y-%m-%dT%H:%M").startswith(value)
    elif isinstance(there, bool) or there is None:
        same = str(there) == value
    else:
        same = str(there) == value if isinstance(there, str) else float(there) == float(value)
    return None if same else f"{name} is {there!r}, not {value}"


def silent(name: str) -> set[str]:
    """The columns left out of a register that no warning names, and those named though they were to be used."""
    one, made = REGISTERS[name], outcome(name)
    if isinstance(made, IntakeError):
        return set()
    told = {fault.value or "" for fault in made.warnings if fault.kind == "column_unused"}
    wanted = {word for word in one.unused if not word.endswith("?")}
    allowed = tuple(word.removesuffix("?") for word in one.unused)
    unnamed = {word for word in wanted if not any(value.endswith(word) for value in told)}
    return unnamed | {value for value in told if not value.endswith(allowed)}


@pytest.mark.parametrize("name", REGISTERS)
def test_each_row_becomes_what_a_person_would_make_of_it(name: str) -> None:
    assert faults_of(name) == {}


@pytest.mark.parametrize("name", REGISTERS)
def test_each_column_left_out_is_named(name: str) -> None:
    assert silent(name) == set()


def score() -> dict[str, tuple[int, int]]:
    """Right rows and rows of each file of registers."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, one in REGISTERS.items():
        rows = sum(wanted != "-" for wanted in one.wanted.values())
        counts[name.split("-")[0]][0] += rows - len(faults_of(name))
        counts[name.split("-")[0]][1] += rows
    return {key: (right, rows) for key, (right, rows) in counts.items()}
