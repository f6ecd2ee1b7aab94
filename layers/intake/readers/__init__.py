"""One file per kind of file. Every reader runs inside the locked-down child of layers/intake/child.py.

A reader module is imported, with the libraries it needs, before the child locks down; its ``read(file, order)`` runs
after and finds only the open file. Faults of the whole file are raised as ``IntakeError``; any other exception means
the file is damaged.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from gis.errors import IntakeError
from layers.intake.limits import Limits
from layers.intake.raw import Note

#: columns that stand before a table's own ones on the way to the parent; of type null where there are none
LEADING = ("row", "line", "cells", "wkb")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the parent asks of the child: the bounds, the one sheet or layer wanted and how many rows (None = all).

    ``tell`` sends the share of the file that has been read; only before a table or between two.
    """

    limits: Limits
    sheet: str | None = None
    rows: int | None = None
    tell: Callable[[float], None] = lambda _share: None


@dataclass(frozen=True, kw_only=True)
class TableStream:
    """One table on its way to the parent: what RawTable says of it, and its records with the LEADING columns first."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    typed: bool
    sheet: str | None = None
    crs: str | None = None
    merged: tuple[tuple[int, int, int, int], ...] = ()
    encoding: str | None = None
    date1904: bool = False
    notes: tuple[Note, ...] = ()
    cut: dict[str, str] = field(default_factory=dict)
    also: dict[str, str] = field(default_factory=dict)


def chosen(names: list[str], order: Order) -> list[str]:
    """The sheets or layers that are to be read: all, or the one named.

    Raises:
        IntakeError: not_readable, naming those there are, when the one is not among them.
    """
    if order.sheet is None:
        return names
    if order.sheet not in names:
        there = "、".join(names)[:200]
        raise IntakeError(f"文件中没有名为“{order.sheet}”的工作表或图层,有:{there}。", kind="not_readable")
    return [order.sheet]
