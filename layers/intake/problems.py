"""Faults and warnings while a file is still being understood: which rows, which field, what kind."""

from dataclasses import dataclass, replace

import numpy as np

Positions = np.typing.NDArray[np.int64]
Mask = np.typing.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One kind of fault in one field at some rows (positions from 0); ``whole_file`` problems have none.

    ``sentence`` may hold {title} and {value}, which the report fills in for each row. A problem refuses its rows unless
    it is only a ``warning``.
    """

    kind: str
    field: str | None
    rows: Positions
    sentence: str
    warning: bool = False
    #: of what and on which sheet a warning about the whole file speaks
    value: str | None = None
    sheet: str | None = None

    def shifted(self, start: int) -> "Problem":
        """The same problem where its rows begin at position ``start``."""
        return replace(self, rows=self.rows + start)


def refuse(kind: str, field: str | None, at: Mask | Positions, sentence: str) -> list[Problem]:
    """A list of the one refusal at those rows, empty when there are none."""
    return _problem(kind, field, at, sentence, warning=False)


def warn(kind: str, field: str | None, at: Mask | Positions, sentence: str) -> list[Problem]:
    """A list of the one warning at those rows, empty when there are none."""
    return _problem(kind, field, at, sentence, warning=True)


def warn_file(
    kind: str, field: str | None, sentence: str, *, value: str | None = None, sheet: str | None = None
) -> list[Problem]:
    """A warning about the whole file, or the ``sheet``; ``value`` is what it speaks of."""
    nowhere = np.empty(0, np.int64)
    return [Problem(kind=kind, field=field, rows=nowhere, sentence=sentence, warning=True, value=value, sheet=sheet)]


def refused_rows(problems: list[Problem], length: int) -> Mask:
    """Which of ``length`` rows a problem refuses."""
    refused = np.zeros(length, dtype=bool)
    for problem in problems:
        if not problem.warning:
            refused[problem.rows] = True
    return refused


def _problem(kind: str, field: str | None, at: Mask | Positions, sentence: str, *, warning: bool) -> list[Problem]:
    positions = np.flatnonzero(at) if at.dtype == np.bool_ else at.astype(np.int64)
    if not len(positions):
        return []
    return [Problem(kind=kind, field=field, rows=positions, sentence=sentence, warning=warning)]
