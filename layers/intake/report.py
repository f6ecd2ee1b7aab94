"""The report of an import: counts, one entry per fault, and the refused rows as a workbook."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

#: Excel takes no longer cell
LONGEST_CELL = 32_767
#: how a workbook is written in which text stays text
TEXT_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault or warning. ``row`` None speaks for the whole file; ``value`` never holds personal data.

    Of a conflict ``base`` is the value at the export and ``stored`` the one that is stored by now.
    """

    sheet: str | None = None
    row: int | None = None
    line: int | None = None
    field: str | None = None
    kind: str
    value: str | None = None
    base: str | None = None
    stored: str | None = None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class FileFault:
    """Why a whole file was refused."""

    kind: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an import did. Rows accepted, unchanged, updated, skipped and refused add up to the records read."""

    accepted: int = 0
    unchanged: int = 0
    updated: int = 0
    skipped: int = 0
    refused: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    file: FileFault | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that ``import --json`` prints: plain dicts, sequences, texts and numbers."""
        return asdict(self) | {
            name: tuple(map(_plain, faults))
            for name, faults in (("refused", self.refused), ("warnings", self.warnings))
        }


def _plain(fault: Fault) -> dict[str, Any]:
    """A fault as JSON; only a conflict says what was exported and what is stored."""
    entry = asdict(fault)
    return entry if fault.kind == "conflict" else {key: entry[key] for key in entry if key not in ("base", "stored")}


def write_refused(path: Path, rejects: pd.DataFrame) -> None:
    """Write ``rejects`` (a refused row each, texts only) as a workbook at ``path``; every cell is text, no formula."""
    with xlsxwriter.Workbook(path, TEXT_AS_TEXT | {"constant_memory": True}) as book:
        sheet = book.add_worksheet("未导入的行")
        heading, body = book.add_format({"bold": True, "bg_color": "#F2F2F2"}), book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(rejects.columns):
            sheet.write_string(0, column, str(title), heading)
        for row, cells in enumerate(rejects.itertuples(index=False), start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and cell:
                    sheet.write_string(row, column, cell[:LONGEST_CELL], body)
