"""A raw table → its data rows, each column under the field it holds; titles, totals, notes, signatures left out."""

import re
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalog import Layer
from layers.intake import footers, guesses, headings, lexicon, numbers
from layers.intake.options import ReadOptions
from layers.intake.problems import Mask, Positions, Problem, refuse, warn, warn_file
from layers.intake.raw import RawTable
from layers.intake.texts import as_text
from layers.intake.widths import problems as widths_of

_DITTO = pa.array(["同上", "同前", "上同", "〃", "〃〃", "″", "”", "“", '"', "''", "ˮ", "〞", "々", "同 上"])
#: what stands under a heading to say how to fill it in: a unit, a pattern, a word, anything in brackets
_HINT = re.compile(
    r"[(（\[【].*[)）\]】]|单位[:：]?.*|(必|选)填.*|文本|数字|日期|年[-/.月]月?[-/.]?日?|y{2,4}[-/.]?m{1,2}[-/.]?d{0,2}.*",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"^[(（【]?(填写|填报)?(示例|样例|举例|范例|例)[)）】]?(行|如)?([:：].*)?$")
_UNITS = frozenset(unit for units in numbers.UNITS.values() for unit in units)
_NUMBERING = re.compile(r"[\d甲乙丙丁戊己庚辛壬癸]{1,2}|[A-Z]")
_LONGEST_HEADING = 200
_AXES = ("lon", "lat", "x", "y")
#: what may stand in place of a required column
_STANDS_FOR = {"community_code": ("community_name",), "address": ("coordinates", "lon")}
_WIDE = 3  # columns under one merged cell that make a row a note
_TELLING = 3  # columns, at least, that say themselves what they are, where no heading does


@dataclass(frozen=True, kw_only=True)
class Part:
    """The data rows of one sheet. ``columns`` by field, ``others`` by heading: the columns nobody asked for."""

    sheet: str | None
    rows: np.typing.NDArray[np.int64]
    lines: np.typing.NDArray[np.int64] | None
    columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    others: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    wkb: pa.Array | None = None
    crs: str | None = None
    typed: bool = False
    skipped: int = 0
    #: positions of cells filled from the row above because they say 同上, by field
    dittos: dict[str, Positions] = field(default_factory=dict)
    #: what is wrong with records before anybody looks at their fields
    problems: tuple[Problem, ...] = ()
    #: position of each field's column in the table, and the fields whose column was guessed
    places: dict[str, int] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    #: of each of the ``others``: the ways to read its heading, and its position in the table
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beside: dict[str, int] = field(default_factory=dict)
    #: names of columns whose cells are no single values
    unread: tuple[str, ...] = ()


def arrange(raw: RawTable, layer: Layer, options: ReadOptions) -> Part | None:
    """The data rows of ``raw``; None when it is a sheet of something else (no headings of ``layer`` in it)."""
    return _typed(raw, layer, options) if raw.typed else _grid(_narrowed(raw), layer, options)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a table looks like: its columns with their headings, and the rows of the sheet these stand in (none typed).

    ``known`` is whether the headings are those of the layer; otherwise they are the row with most cells.
    """

    table: pa.Table
    columns: tuple[headings.Heading, ...]
    rows: tuple[int, ...] = ()
    known: bool = True
    merged: headings.Merged = ()


def look(raw: RawTable, layer: Layer, options: ReadOptions) -> Look:
    """How ``arrange`` sees the headings of ``raw``, also where it finds none."""
    if raw.typed:
        table = _plain(raw)
        return Look(table=table, columns=_typed_headings(raw, table, layer))
    raw = _narrowed(raw)
    top = _top(raw)
    found = _headings(raw, layer, options)
    if found is not None:
        rows = tuple(raw.rows[found.first : found.last + 1].tolist())
        return Look(table=raw.table, columns=found.columns, rows=rows, merged=raw.merged)
    if not top:
        return Look(table=raw.table, columns=(), known=False)
    fullest = max(range(len(top)), key=lambda row: sum(cell is not None for cell in top[row]))
    names = headings.of_names([cell or "" for cell in top[fullest]])
    return Look(table=raw.table, columns=names, rows=(int(raw.rows[fullest]),), known=False)


def _typed(raw: RawTable, layer: Layer, options: ReadOptions) -> Part | None:
    table = _plain(raw)
    names = _typed_headings(raw, table, layer)
    chosen = headings.assign(names, layer, options, dict(enumerate(map(guesses.Contents, table.columns))))
    if not chosen and raw.wkb is None:
        return None
    unread = tuple(name for name in raw.table.column_names if name not in table.column_names)
    part = Part(
        sheet=raw.sheet, rows=raw.rows, lines=raw.lines, wkb=raw.wkb, crs=raw.crs, typed=True, unread=unread,
        problems=tuple(_noted(raw, raw.rows)),
    )  # fmt: skip
    return _with_columns(part, table.columns, names, chosen, layer, options)


def _typed_headings(raw: RawTable, table: pa.Table, layer: Layer) -> tuple[headings.Heading, ...]:
    """The names of the columns; one that a dbf has cut is the one heading that begins so."""
    found = []
    for name in table.column_names:
        begun = bytes.fromhex(raw.cut[name]) if name in raw.cut and raw.encoding else b""
        whole = lexicon.begun_with(layer, begun, raw.encoding or "") if lexicon.match(layer, name) is None else None
        names = dict.fromkeys(filter(None, (whole, name, raw.also.get(name))))
        found.append(headings.Heading(text=whole or name, names=tuple(names)))
    return tuple(found)


def _plain(raw: RawTable) -> pa.Table:
    return raw.table.select([field.name for field in raw.table.schema if not _is_opaque(field.type)])


def _is_opaque(kind: pa.DataType) -> bool:
    """Whether a column holds what is no single value: bytes, lists, records."""
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _grid(raw: RawTable, layer: Layer, options: ReadOptions) -> Part | None:
    found = _headings(raw, layer, options)
    if found is None:
        return None
    body = [as_text(column) for column in raw.table.slice(found.last + 1).columns]
    chosen = _assigned(found, body, layer, options)
    keep, skipped = _data_rows(body, raw, found, chosen, layer)
    filled = _merged_down(body, raw.merged, found.last + 1)
    part = Part(
        sheet=raw.sheet,
        rows=raw.rows[found.last + 1 :][keep],
        lines=None if raw.lines is None else raw.lines[found.last + 1 :][keep],
        titles=(*found.titles, *(heading.text for heading in found.columns)),
        skipped=skipped,
    )
    mask = pa.array(keep)
    columns = [column.filter(mask) for column in filled]
    chosen = _assigned(found, columns, layer, options)
    columns = [column.filter(mask) for column in _as_numbers(filled, raw, found.last + 1, chosen, layer)]
    part = _with_columns(part, columns, found.columns, chosen, layer, options)
    widths = _of_remaining(widths_of(raw, found.first, found.last), keep)
    return _dittos_filled(replace(part, problems=(*_noted(raw, part.rows), *widths)), layer)


def _as_numbers(
    body: list[pa.ChunkedArray], raw: RawTable, start: int, chosen: dict[str, int], layer: Layer
) -> list[pa.ChunkedArray]:
    """The columns with the number of each cell, not what is shown of it, wherever a field of numbers stands."""
    if raw.numbers is None:
        return body
    kinds = {wanted.name: wanted.kind for wanted in layer.fields}
    numeric = {chosen[name] for name in chosen if kinds.get(name) in ("whole", "number") or name in _AXES}
    if layer.family == "counts":  # each column without a field may be one of counts
        numeric |= set(range(len(body))) - set(chosen.values())
    columns = list(body)
    for at in numeric:
        if (name := raw.table.column_names[at]) in raw.numbers.column_names:
            columns[at] = as_text(raw.numbers.column(name).slice(start))
    return _merged_down(columns, raw.merged, start)


def _noted(raw: RawTable, rows: np.typing.NDArray[np.int64]) -> list[Problem]:
    """What the reader noticed of the file and of those of its records that are data."""
    found: list[Problem] = []
    for note in raw.notes:
        if note.rows:
            make = refuse if note.kind == "bad_quotes" else warn
            found += make(note.kind, None, np.isin(rows, note.rows), note.sentence)
        else:
            found += warn_file(note.kind, None, note.sentence)
    return found


def _of_remaining(problems: list[Problem], keep: Mask) -> list[Problem]:
    """Problems of all rows as problems of those that are kept; what only lacks its kept rows is none."""
    place = np.cumsum(keep) - 1
    kept = [replace(problem, rows=place[problem.rows[keep[problem.rows]]]) for problem in problems]
    return [problem for problem in kept if len(problem.rows)]


def _headings(raw: RawTable, layer: Layer, options: ReadOptions) -> headings.Headings | None:
    """The headings that are known, or else those of columns that say themselves what they are."""
    top = _top(raw)
    found = headings.find_headings(top, raw.merged, layer, options)
    if found is not None or (found := headings.plain_headings(top, raw.merged)) is None:
        return found
    body = raw.table.slice(found.last + 1).columns
    return found if len(_assigned(found, body, layer, options)) >= _TELLING else None


def _assigned(
    known: headings.Headings, columns: list[pa.ChunkedArray], layer: Layer, options: ReadOptions
) -> dict[str, int]:
    return headings.assign(known.columns, layer, options, dict(enumerate(map(guesses.Contents, columns))))


def _with_columns(
    part: Part,
    columns: list[pa.ChunkedArray],
    names: tuple[headings.Heading, ...],
    chosen: dict[str, int],
    layer: Layer,
    options: ReadOptions,
) -> Part:
    listed = headings.listed(names, layer, options)
    rest = [c for c in range(len(names)) if c not in chosen.values() and not headings.is_named(names[c], options.drop)]
    apart = _named_apart(rest, chosen, names)
    return replace(
        part,
        columns={name: columns[column] for name, column in chosen.items()},
        headings={name: names[column].text for name, column in chosen.items()},
        places=chosen,
        guessed=tuple(name for name in chosen if name not in listed),
        others={key: columns[column] for key, column in apart.items()},
        names={key: names[column].names for key, column in apart.items()},
        beside=apart,
    )


def _named_apart(rest: list[int], chosen: dict[str, int], names: tuple[headings.Heading, ...]) -> dict[str, int]:
    """Columns by heading; of two with the same the second, and one without any, are told by their place."""
    apart: dict[str, int] = {}
    taken = {names[column].text for column in chosen.values()}
    for column in rest:
        text = names[column].text
        known = not text or text in taken
        apart[f"{text or '第'}·{column + 1}" if known else text] = column
        taken.add(text)
    return apart


def _narrowed(raw: RawTable) -> RawTable:
    """The grid without its empty columns, of which a stray cell far to the right makes thousands."""
    used = [column for column, cells in enumerate(raw.table.columns) if cells.null_count < len(cells)]
    if len(used) == raw.table.num_columns:
        return raw
    place = np.searchsorted(used, np.arange(raw.table.num_columns + 1))
    merged = [(first, int(place[left]), last, int(place[right + 1]) - 1) for first, left, last, right in raw.merged]
    kept = tuple(merge for merge in merged if merge[1] <= merge[3])
    return replace(raw, table=raw.table.select(used), merged=kept)


def _top(raw: RawTable) -> list[list[str | None]]:
    top = raw.table.slice(0, headings.SEARCHED_ROWS)
    columns = [pc.utf8_slice_codeunits(as_text(column), 0, _LONGEST_HEADING).to_pylist() for column in top.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _data_rows(
    body: list[pa.ChunkedArray], raw: RawTable, known: headings.Headings, chosen: dict[str, int], layer: Layer
) -> tuple[Mask, int]:
    """Which rows below the headings are data, and how many others were passed over (not blank rows at the end)."""
    used = sorted(chosen.values())
    filled = np.array([column.is_valid().to_numpy() for column in body]).reshape(len(body), -1)
    something, useful = np.asarray(filled.any(axis=0)), np.asarray(filled[used].any(axis=0))
    counts = filled.sum(axis=0)
    again = _repeated_headings(body, known, used)
    again[:-1] |= again[1:] & (counts[:-1] == 1)  # with the title above them, as each page has it
    keep = useful & ~_footers(body, chosen, layer) & ~again
    wide = {row - known.last - 1 for row, left, _, right in raw.merged if right - left + 1 >= min(_WIDE, len(body))}
    for row in np.flatnonzero(keep & (counts == 1)):
        keep[row] = int(row) not in wide
    for row in np.flatnonzero(something):
        told = [cell for column in body if (cell := column[int(row)].as_py()) is not None]
        if keep[row] and not _is_preface(told):
            break
        keep[row] = False
    end = _last(something if raw.lines is not None else keep)
    blank = int((~something[:end]).sum())
    return keep, blank + int((something & ~keep).sum())


def _last(mask: Mask) -> int:
    return int(np.flatnonzero(mask)[-1]) + 1 if mask.any() else 0


def _footers(body: list[pa.ChunkedArray], chosen: dict[str, int], layer: Layer) -> Mask:
    required = {
        name for wanted in layer.fields if wanted.required for name in (wanted.name, *_STANDS_FOR.get(wanted.name, ()))
    }
    free = {wanted.name for wanted in layer.fields if wanted.private}
    needed = [{column for name, column in chosen.items() if name in names} for names in (required, free)]
    return footers.footers(body, *needed, counts=layer.family == "counts")


def _repeated_headings(body: list[pa.ChunkedArray], known: headings.Headings, used: list[int]) -> Mask:
    """Rows that print the headings again, as each page of a long register does."""
    same = np.zeros(len(body[0]), dtype=int)
    for column in used:
        for name in known.columns[column].names:
            same += pc.fill_null(pc.equal(body[column], name), fill_value=False).to_numpy()
    return np.asarray(same * 2 >= max(len(used), 2))


def _is_preface(texts: list[str]) -> bool:
    """Whether a row before the first record only says how to fill it in: units, patterns, numbers, an example."""
    cells = [cell.strip() for cell in texts]
    hints = sum(_HINT.fullmatch(cell) is not None or lexicon.normal(cell) in _UNITS for cell in cells)
    return _is_numbering(cells) or hints == len(cells) or _EXAMPLE.match(cells[0]) is not None


def _is_numbering(cells: list[str]) -> bool:
    """Whether a row under the headings only numbers the columns: 1 2 3 … or 甲 乙 1 2 …"""
    digits = [int(cell) for cell in cells if cell.isdecimal()]
    ascending = digits == list(range(1, len(digits) + 1))
    return len(digits) > 1 and ascending and all(_NUMBERING.fullmatch(cell) for cell in cells)


def _merged_down(
    body: list[pa.ChunkedArray], merged: tuple[tuple[int, int, int, int], ...], start: int
) -> list[pa.ChunkedArray]:
    """The columns with each merged cell's value in all its rows."""
    tall: dict[int, list[tuple[int, int]]] = {}
    for first, left, last, _ in merged:
        if last > first >= start:
            tall.setdefault(left, []).append((first - start, last - start))
    columns = list(body)
    for column, spans in tall.items():
        cells = columns[column].to_numpy(zero_copy_only=False).copy()
        for first, last in spans:
            cells[first : last + 1] = cells[first]
        columns[column] = pa.chunked_array([pa.array(cells, pa.string())])
    return columns


def _dittos_filled(part: Part, layer: Layer) -> Part:
    """The part with 同上 and its marks replaced by the cell above, except in the register number."""
    columns, dittos = dict(part.columns), {}
    for name, column in part.columns.items():
        at = np.flatnonzero(
            pc.fill_null(pc.is_in(pc.utf8_trim_whitespace(column), value_set=_DITTO), fill_value=False).to_numpy()
        )
        if name == layer.number or not len(at):
            continue
        cells = column.to_numpy(zero_copy_only=False).copy()
        for row in at:
            cells[row] = cells[row - 1] if row else None
        columns[name], dittos[name] = pa.chunked_array([pa.array(cells, pa.string())]), at
    return replace(part, columns=columns, dittos=dittos)
