"""Preview of an import from the first rows of a file: recognised columns, faults, and what can be corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from gis.errors import IntakeError
from layers.catalog import Layer
from layers.intake import datums, headings, leftover, lexicon, persons, privacy, sheets, texts, wide
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable
from layers.intake.register import Locate, Register, understand
from layers.intake.report import Fault, FileFault
from layers.intake.understood import OWN_PAGES, gathered, officials_of
from layers.profile import CityProfile

#: rows of each sheet that are looked at, of which so many are shown
LOOKED_AT, SHOWN = 400, 5
_HIDDEN = "(不显示)"
_FLAGS = {True: "是", False: "否"}
_LONGEST = 60


@dataclass(frozen=True, kw_only=True)
class _Column:
    """One column: its heading, the field it holds (None: it is left out), whether it holds persons, or was dropped.

    ``note`` says that the field was guessed, or what a column that is left out may be.
    """

    heading: str
    field: str | None
    personal: bool
    dropped: bool
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One of the first data rows: its cells as typed, the values understood by column, its place, what is wrong."""

    row: int
    cells: tuple[str | None, ...]
    read: tuple[str | None, ...]
    place: tuple[float, float] | None
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """How the file would be read. ``sheet`` is the one shown; ``fault`` says why the whole file could not be taken."""

    sheets: tuple[str, ...]
    sheet: str | None
    heading_rows: tuple[int, ...]
    columns: tuple[_Column, ...]
    rows: tuple[_Row, ...]
    datum: str
    assumed: bool
    looked_at: int
    refused: int
    fault: FileFault | None


def preview(
    tables: Sequence[RawTable], layer: Layer, *, profile: CityProfile, codes: pd.DataFrame, options: ReadOptions,
    today: date | None = None, locate: Locate | None = None,
) -> Preview:  # fmt: skip
    """How ``understand`` would read ``tables``, the first rows of each sheet of a file.

    ``options.sheet`` chooses among them. The one shown is the first that has headings of the layer.

    Raises:
        Refused: an option names a field or CRS that there is not.
    """
    tables = [raw for raw in tables if raw.sheet not in OWN_PAGES] or tables
    chosen = [raw for raw in tables if options.sheet in (None, raw.sheet)] or list(tables)
    looks = [sheets.look(raw, layer, options) for raw in chosen]
    shown = next((at for at, look in enumerate(looks) if look.known), 0)
    raw, look = chosen[shown], looks[shown]
    personal, register, fault = _understood(chosen, layer, profile, codes, options, today, locate)
    part = sheets.arrange(raw, layer, options)
    stated, assumed = _datum(part, options, profile)
    columns = _columns(look, part, layer, options, personal)
    read = _read(raw.sheet, register, profile.zone, layer)
    return Preview(
        sheets=tuple(table.sheet for table in tables if table.sheet is not None),
        sheet=raw.sheet,
        heading_rows=look.rows,
        columns=columns,
        rows=() if part is None else _rows(raw, look, part, columns, read, register),
        datum=stated,
        assumed=assumed,
        looked_at=0 if register is None else register.records,
        refused=0 if register is None else len(register.rejects),
        fault=fault,
    )


def fields_of(layer: Layer) -> list[dict[str, Any]]:
    """What a column may be said to hold: name, title, and whether a register must have it."""
    own = {field.name: field for field in layer.fields}
    return [
        {
            "name": name,
            "title": own[name].title if name in own else lexicon.TITLES.get(name, name),
            "required": name in own and own[name].required,
        }
        for name in lexicon.known_fields(layer)
    ]


def _understood(
    tables: Sequence[RawTable], layer: Layer, profile: CityProfile, codes: pd.DataFrame, options: ReadOptions,
    today: date | None, locate: Locate | None,
) -> tuple[list[str], Register | None, FileFault | None]:  # fmt: skip
    """The headings of columns of persons, and the register or why there is none."""
    personal: list[str] = []
    try:
        personal = persons.columns_of(gathered(tables, layer, options), officials_of(layer))
        register = understand(tables, layer, profile=profile, codes=codes, options=options, today=today, locate=locate)
    except IntakeError as error:
        return personal, None, FileFault(kind=error.kind, sentence=privacy.masked(error.sentence))
    return personal, register, None


def _columns(
    look: sheets.Look, part: sheets.Part | None, layer: Layer, options: ReadOptions, personal: list[str]
) -> tuple[_Column, ...]:
    chosen = headings.assign(look.columns, layer, options) if part is None else part.places
    held = {column: field for field, column in chosen.items()}
    notes = {} if part is None else leftover.notes(part, _lengthened(part, layer, options), layer)
    return tuple(
        _Column(
            heading=heading.text,
            field=held.get(at),
            personal=heading.text in personal,
            dropped=headings.is_named(heading, options.drop),
            note=notes.get(at),
        )
        for at, heading in enumerate(look.columns)
    )


def _lengthened(part: sheets.Part, layer: Layer, options: ReadOptions) -> sheets.Part:
    """``part`` with its columns of months as rows, where it is clear which they are."""
    try:
        return wide.lengthened(part, options) if layer.family == "counts" else part
    except IntakeError:
        return part


def _rows(
    raw: RawTable, look: sheets.Look, part: sheets.Part, columns: tuple[_Column, ...],
    read: Mapping[int, dict[str, Any]], register: Register | None,
) -> tuple[_Row, ...]:  # fmt: skip
    numbers = part.rows[:SHOWN]
    at = pa.array(np.searchsorted(raw.rows, numbers))
    typed = [texts.as_text(column.take(at)).to_pylist() for column in look.table.columns]
    told = [
        [_shown(cell, column) for column, cell in zip(columns, cells, strict=True)]
        for cells in zip(*typed, strict=True)
    ]
    return tuple(
        _Row(
            row=number,
            cells=tuple(cells),
            read=tuple(_value(read.get(number), column.field) for column in columns),
            place=_place(read.get(number)),
            faults=_sentences(register.refused if register else (), raw.sheet, number),
            warnings=_sentences(register.warnings if register else (), raw.sheet, number),
        )
        for number, cells in zip(numbers.tolist(), told, strict=True)
    )


def _read(
    sheet: str | None, register: Register | None, zone: ZoneInfo, layer: Layer
) -> dict[int, dict[str, Any]]:  # fmt: skip
    """The stored rows of a sheet by their number, as people read them; of a wide table's row the first."""
    if register is None:
        return {}
    own = np.array([told in (sheet, None) for told in register.sheets], dtype=bool)
    rows = register.rows[own][: SHOWN * 50].tolist()
    held = pd.DataFrame(register.frame).loc[own].head(len(rows))
    for name in held.select_dtypes("datetimetz"):
        held[name] = held[name].dt.tz_convert(zone)
    for field in layer.fields:
        words = field.choices or (_FLAGS if field.kind == "flag" else {})
        if words and field.name in held:
            held[field.name] = held[field.name].map(words)
    return dict(reversed(list(zip(rows, held.to_dict("records"), strict=True))))


def _value(row: dict[str, Any] | None, field: str | None) -> str | None:
    """A value as it would be stored, in words."""
    value = None if row is None or field is None else row.get(field)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    return _short(f"{value:g}" if isinstance(value, float) else str(value))


def _place(row: dict[str, Any] | None) -> tuple[float, float] | None:
    shape = None if row is None else row.get("geometry")
    return None if shape is None or shape.geom_type != "Point" else (round(shape.x, 6), round(shape.y, 6))


def _sentences(faults: Sequence[Fault], sheet: str | None, row: int) -> tuple[str, ...]:
    return tuple(fault.sentence for fault in faults if fault.row == row and fault.sheet in (sheet, None))


def _datum(part: sheets.Part | None, options: ReadOptions, profile: CityProfile) -> tuple[str, bool]:
    """The datum in force, and whether it is only assumed."""
    if options.datum:
        return options.datum, False
    if part is not None and "datum" in part.columns:
        return "column", False
    if part is not None and (told := datums.titled(part.titles)) is not None:
        return told, False
    if options.crs or (part is not None and part.wkb is not None):
        return "crs", False
    return profile.default_datum, True


def _shown(cell: str | None, column: _Column) -> str | None:
    return _HIDDEN if cell and (column.personal or column.dropped) else _short(cell)


def _short(text: str | None) -> str | None:
    told = text and privacy.masked(text)
    return told if told is None or len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
