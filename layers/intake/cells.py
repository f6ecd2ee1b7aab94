"""All sheets of a file as one table of cells: columns by field, and where in the file each row stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from layers.intake.problems import Mask, Positions
from layers.intake.sheets import Part
from layers.intake.texts import as_text


@dataclass(frozen=True, kw_only=True)
class Cells:
    """``len(self)`` rows; ``parts`` are the sheets they came from, row after row, and ``starts`` where each begins."""

    parts: tuple[Part, ...]
    starts: tuple[int, ...]
    columns: dict[str, pa.ChunkedArray]
    others: dict[str, pa.ChunkedArray]

    def __len__(self) -> int:
        """How many rows there are."""
        return sum(len(part.rows) for part in self.parts)

    def has(self, *fields: str) -> Mask:
        """Which rows stand on a sheet that has a column for one of these fields, filled or not."""
        return self.by_part([any(field in part.columns for field in fields) for part in self.parts])

    def filled(self, *fields: str) -> Mask:
        """Which rows have something in one of these fields."""
        filled = np.zeros(len(self), dtype=bool)
        for field in fields:
            if field in self.columns:
                filled |= self.columns[field].is_valid().to_numpy()
        return filled

    def texts(self, field: str) -> np.typing.NDArray[np.object_]:
        """The cells of a field as texts, None where a row has none."""
        if field not in self.columns:
            return np.full(len(self), None, dtype=object)
        return np.asarray(as_text(self.columns[field]).to_numpy(zero_copy_only=False))

    def by_part(self, values: Sequence[bool]) -> Mask:
        """One value for each part as one for each row."""
        return np.repeat(np.array(values, dtype=bool), [len(part.rows) for part in self.parts])

    def heading_of(self, field: str) -> str:
        """The heading of that field on the first sheet that has it, the field's own name where there is none."""
        return next((part.headings[field] for part in self.parts if field in part.headings), field)

    def part_of(self, at: int) -> int:
        """The position of the part that row ``at`` stands on."""
        return int(np.searchsorted(self.starts, at, side="right")) - 1

    def dittos(self) -> dict[str, Positions]:
        """The rows whose cell was filled from the row above, by field."""
        found: dict[str, list[Positions]] = {}
        for part, start in zip(self.parts, self.starts, strict=True):
            for field, at in part.dittos.items():
                found.setdefault(field, []).append(at + start)
        return {field: np.concatenate(at) for field, at in found.items()}


def gather(parts: Sequence[Part]) -> Cells:
    """The parts as one table; a column that differs in type between sheets becomes text."""
    starts = np.cumsum([0, *(len(part.rows) for part in parts)])[:-1]
    return Cells(
        parts=tuple(parts),
        starts=tuple(map(int, starts)),
        columns=_stacked([part.columns for part in parts], [len(part.rows) for part in parts]),
        others=_stacked([part.others for part in parts], [len(part.rows) for part in parts]),
    )


def _stacked(tables: Sequence[dict[str, pa.ChunkedArray]], lengths: Sequence[int]) -> dict[str, pa.ChunkedArray]:
    if len(tables) == 1:
        return tables[0]
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: _column([table.get(name) for table in tables], lengths) for name in names}


def _column(columns: Sequence[pa.ChunkedArray | None], lengths: Iterable[int]) -> pa.ChunkedArray:
    kinds = {column.type for column in columns if column is not None}
    if len(kinds) > 1:
        columns, kinds = [None if column is None else as_text(column) for column in columns], {pa.string()}
    kind = kinds.pop()
    filled = [
        pa.chunked_array([pa.nulls(length, kind)]) if column is None else column
        for column, length in zip(columns, lengths, strict=True)
    ]
    return pa.chunked_array([chunk for column in filled for chunk in column.chunks], kind)
