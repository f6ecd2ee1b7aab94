"""Which columns without a listed heading hold which fields: by the meaning of the heading, and by what stands below."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.catalog import Field, Layer
from layers.intake import dates, lexicon, meaning, numbers, persons
from layers.intake.degrees import degrees, pair
from layers.intake.texts import as_text, bare_code, compact

_LOOKED_AT, _LONGEST_CELL, _SHORTEST_PROSE = 200, 200, 5
_FITS, _FITS_WELL = 0.5, 0.6  # shares of the cells
_MARGIN = 1.0
_TELLING_CELLS = 3  # fewer cells that cannot be read do not speak against a heading that is understood
_AREA_NAME = re.compile(r".{1,20}(?:社区|村|居委会|村委会|居民委员会|村民委员会)")
_CODE = re.compile(r"\d{12}")
_ADDRESS = re.compile(
    r"[路街道巷弄里胡同村组区园厂].{0,12}?[0-9〇零一二三四五六七八九十百]+(?:号|栋|幢|室|单元|座|组|楼)"
)
_NUMBER = re.compile(r"(?=.*\d)[A-Za-z0-9\u4e00-\u9fff()\-_/.〔〕\[\]第号]{2,40}")
_TELLING_NUMBER = re.compile(r"[A-Za-z〔\[号]|\d-\d|\d{8}")  # a shorter row of digits may count anything
_FINE = re.compile(r"\.\d{3}|[°度]")
_OUTLINE = re.compile(r"\s*(?:(?:SRID=\d+;)?\s*[A-Za-z]{5,}\s*[ZM]*\s*\(|\{|[0-9A-Fa-f]{20,})")
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)


@dataclass(frozen=True)
class Contents:
    """What stands in one column, as far as its first rows show it."""

    column: pa.ChunkedArray

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """Its first cells without the empty ones."""
        texts = as_text(self.column.slice(0, _LOOKED_AT)).drop_null()
        texts = pc.utf8_slice_codeunits(texts, 0, _LONGEST_CELL).to_pylist()
        return tuple(text for text in texts if not numbers.is_empty_mark(text))

    @cached_property
    def may_hold_persons(self) -> bool:
        """Whether most of the cells are personal numbers, or look like people's names."""
        return persons.is_personal("", self.column) or persons.names_share(self.column) >= _FITS

    @cached_property
    def counts_rows(self) -> bool:
        """Whether the column only numbers the rows: 1, 2, 3 …"""
        if not all(cell.isdecimal() for cell in self.cells):
            return False
        steps = np.diff([int(cell) for cell in self.cells])
        return bool(self.cells) and bool((steps >= 1).all()) and len(self.cells[-1]) <= len(str(10 * len(self.column)))

    @property
    def is_no_number(self) -> bool:
        """Whether the cells only count the rows, or repeat as no register number does."""
        return self.counts_rows or self.repeats

    @cached_property
    def is_prose(self) -> bool:
        """Whether most of the cells are longer than the words of a list."""
        return (self.share(lambda cell: len(cell) >= _SHORTEST_PROSE) or 0) >= _FITS

    @cached_property
    def repeats(self) -> bool:
        """Whether most of the cells stand in it more than once, as no register number does."""
        return len(set(self.cells)) < _FITS * len(self.cells)

    def share(self, fits: Callable[[str], bool]) -> float | None:
        """The share of the cells that fit; None where there is none."""
        return sum(map(fits, self.cells)) / len(self.cells) if self.cells else None

    def fit(self, name: str, layer: Layer) -> float | None:
        """The share of the cells that the field can hold; None where nothing speaks for or against it."""
        if name == layer.number and self.is_no_number:
            return 0.0
        test, decides = _test(name, layer)
        share = None if test is None else self.share(test)
        return share if decides or (share or 0) >= _FITS else None


def settled(
    headings: Mapping[int, Sequence[str]], fields: Sequence[str], layer: Layer, contents: Mapping[int, Contents] | None
) -> dict[str, int]:
    """Field → column for each of the ``fields`` that exactly one of the columns fits best, and that fits it best.

    ``headings`` are the ways to read the heading of each free column. Without ``contents`` only headings count that
    are understood word by word. A column that may hold persons is never taken.
    """
    scores = _scores(headings, fields, layer, contents)
    chosen: dict[str, int] = {}
    while (best := _clearest(scores, chosen)) is not None:
        chosen[best[0]] = best[1]
    if contents is not None:
        chosen |= _by_contents(headings, fields, layer, contents, chosen)
    return chosen


def _scores(
    headings: Mapping[int, Sequence[str]], fields: Sequence[str], layer: Layer, contents: Mapping[int, Contents] | None
) -> dict[tuple[str, int], float]:
    scores: dict[tuple[str, int], float] = {}
    for column, names in headings.items():
        likely = [one for one in meaning.candidates(layer, *names) if one.field in fields]
        if contents is None:
            scores |= {(one.field, column): one.score for one in likely if one.sure}
        elif likely and not contents[column].may_hold_persons:
            weighed = {one: _weighed(one, contents[column], layer) for one in likely}
            shown = [
                one for one, score in weighed.items() if score is not None and _is_shown(one, contents[column], layer)
            ]
            scores |= {
                (one.field, column): score
                for one, score in weighed.items()
                if score is not None and (not one.short or not shown or one in shown)
            }
    return scores


def _is_shown(one: meaning.Candidate, contents: Contents, layer: Layer) -> bool:
    """Whether the cells look like that field and like nothing else."""
    return one.field in _proved_by_contents(layer) and (contents.fit(one.field, layer) or 0) >= _FITS_WELL


def _weighed(one: meaning.Candidate, contents: Contents, layer: Layer) -> float | None:
    """The score of a heading together with what stands in its column; None where they do not agree."""
    fit, bad = contents.fit(one.field, layer), one.field == layer.number and contents.is_no_number
    if one.proof and (one.field not in _proved_by_contents(layer) or (fit or 0) < _FITS):
        return None
    if one.short and not _may_be_short(one.field, contents, layer):
        return None
    if fit is None and not bad:
        return one.score
    if fit is not None and fit >= _FITS:
        return one.score + 1 + fit
    few = len(contents.cells) < _TELLING_CELLS and not bad
    return one.score if one.sure and (fit or few) else None


def _may_be_short(name: str, contents: Contents, layer: Layer) -> bool:
    """Whether the cells let a heading of initials mean that field: prose for a text, listed words for a choice."""
    if name == "text":
        return contents.is_prose
    has_choices = any(field.name == name and field.choices for field in layer.fields)
    return not has_choices or not contents.cells or contents.fit(name, layer) is not None


def _proved_by_contents(layer: Layer) -> set[str]:
    """Fields whose cells look like nothing else: days, codes, places, the words of a list."""
    proved = {field.name for field in layer.fields if field.kind in ("day", "moment") or field.choices}
    return proved | set(_AREA_CODES) | set(_SHAPES)


def _clearest(scores: Mapping[tuple[str, int], float], chosen: Mapping[str, int]) -> tuple[str, int] | None:
    """The best pair of a free field and a free column of which neither has another as good."""
    taken = set(chosen.values())
    free = {one: score for one, score in scores.items() if one[0] not in chosen and one[1] not in taken}
    for one, score in sorted(free.items(), key=lambda item: -item[1]):
        rivals = [other for two, other in free.items() if two != one and (two[0] == one[0] or two[1] == one[1])]
        if not rivals or score - max(rivals) >= _MARGIN:
            return one
    return None


def _by_contents(
    headings: Mapping[int, Sequence[str]],
    fields: Sequence[str],
    layer: Layer,
    contents: Mapping[int, Contents],
    chosen: Mapping[str, int],
) -> dict[str, int]:
    """Columns whose headings say nothing, by what stands in them: one column for one field that a row needs."""
    needed = [name for name in _needed(layer) if name in fields and name not in chosen]
    fits: dict[str, list[int]] = {}
    for column, names in headings.items():
        if column in chosen.values() or lexicon.match(layer, *names) is not None:
            continue
        field = shown_by(contents[column], layer, *names)
        if field in needed:
            fits.setdefault(field, []).append(column)
    clear = {field: columns[0] for field, columns in fits.items() if len(columns) == 1}
    both = {"lon", "lat"} <= set(clear)
    return {field: column for field, column in clear.items() if both or field not in ("lon", "lat")}


def shown_by(contents: Contents, layer: Layer, *names: str) -> str | None:
    """The field that the cells of a column look like, where its heading (``names``) speaks of nothing else."""
    if meaning.names_persons(*names) or contents.may_hold_persons:
        return None
    kind = next((name for name, test in _SHAPES.items() if (contents.share(test) or 0) >= _FITS_WELL), None)
    if kind is None or meaning.says_other(_KINDS.get(kind, kind), *names):
        return None
    if kind == "number":
        return None if contents.is_no_number else layer.number
    return _moment(layer) if kind == "time" else kind


def _needed(layer: Layer) -> list[str]:
    names = [_moment(layer), layer.number, layer.address, "community_code", "community_name"]
    return [name for name in (*names, *lexicon.COORDINATES) if name is not None]


def _moment(layer: Layer) -> str | None:
    """The field that says when a record happened, or of which month a count is."""
    return layer.moment or next((field.name for field in layer.fields if field.required and field.kind == "day"), None)


def _numbers(layer: Layer) -> tuple[str | None, ...]:
    return (layer.number, "source_no", "venue_no")


def _test(name: str, layer: Layer) -> tuple[Callable[[str], bool] | None, bool]:
    """What a cell of that field must pass, and whether cells that do not pass speak against it."""
    if name in _numbers(layer) or name in _AREA_CODES:
        return (_is_code if name in _AREA_CODES else _is_number), True
    if name == "geometry":
        return (lambda cell: _OUTLINE.match(cell) is not None), True
    if name in _SHAPES:
        return _SHAPES[name], name in ("lon", "lat", "coordinates")
    field = next((field for field in layer.fields if field.name == name), None)
    return (None, False) if field is None else _test_of(field, layer)


def _test_of(field: Field, layer: Layer) -> tuple[Callable[[str], bool] | None, bool]:
    if field.kind in ("day", "moment"):
        return (lambda cell: dates.instant(cell) is not None), True
    if field.kind in ("whole", "number"):
        return (lambda cell: numbers.number(cell, field.unit) is not None), True
    if field.choices:
        words = lexicon.choices(layer.key, field.name)
        return (lambda cell: lexicon.normal(cell) in words), False
    return (_SHAPES["address"], False) if field.name == layer.address else (None, False)


def _is_code(cell: str) -> bool:
    return re.fullmatch(r"\d{6}|\d{9}|\d{12}", bare_code(cell)) is not None


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(compact(cell)) is not None


def _is_degree(cell: str, within: tuple[float, float]) -> bool:
    read = degrees(cell)
    return read is not None and _FINE.search(cell) is not None and within[0] <= read.value <= within[1]


#: shapes by which cells alone say what they are, the most telling first
_SHAPES: Mapping[str, Callable[[str], bool]] = {
    "coordinates": lambda cell: pair(cell, "lonlat") is not None,
    # a number alone may be anything
    "time": lambda cell: not cell.isdecimal() and dates.instant(cell) is not None,
    "community_code": lambda cell: _CODE.fullmatch(bare_code(cell)) is not None,
    "community_name": lambda cell: _AREA_NAME.fullmatch(compact(cell)) is not None,
    "lon": lambda cell: _is_degree(cell, _LON),
    "lat": lambda cell: _is_degree(cell, _LAT),
    "address": lambda cell: _ADDRESS.search(compact(cell)) is not None,
    "number": lambda cell: _is_number(cell) and _TELLING_NUMBER.search(compact(cell)) is not None,
}
#: what meanings.toml calls the kind of value of that shape
_KINDS = {"coordinates": "both", "community_code": "number", "community_name": "community", "lon": "longitude"} | {
    "lat": "latitude"
}
_AREA_CODES = ("code", "community_code", "parent_code", "former_code")
