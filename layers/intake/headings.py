"""Where the headings of a sheet stand, also in two rows and under titles, and which field each column holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from layers.catalog import Field, Layer
from layers.intake import dates, guesses, lexicon, meaning, measures, numbers
from layers.intake.options import ReadOptions

_Row = Sequence[str | None]
Merged = Sequence[tuple[int, int, int, int]]

#: titles above the headings are few; a sheet without headings within so many rows has none
SEARCHED_ROWS = 60
_ENOUGH = 2  # fields known, for a row to be headings
_MOST_ROWS = 4  # of headings above each other
_LEAST_WORDS, _LONGEST_WORD = 3, 20  # of headings that say nothing known


@dataclass(frozen=True, kw_only=True)
class Heading:
    """One column's heading: ``text`` as people see it, ``names`` the ways to read it, likeliest first."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Headings:
    """The headings of a sheet: rows ``first`` to ``last`` of the grid, one for each column, and the titles above."""

    first: int
    last: int
    columns: tuple[Heading, ...]
    titles: tuple[str, ...] = ()


def find_headings(top: Sequence[_Row], merged: Merged, layer: Layer, options: ReadOptions) -> Headings | None:
    """The headings among the ``top`` rows of a sheet; None when no row names at least two fields of ``layer``.

    A sheet of one column needs only the one. Rows above and below join when merged cells reach across, or when their
    words fill the gaps of the best row.
    """
    filled = [sum(cell is not None for cell in row) for row in top[:SEARCHED_ROWS]]
    enough = min(_ENOUGH, max(filled, default=0))  # a title alone in its row heads one column at most
    scores = [
        _score(of_names([cell or "" for cell in row]), layer, options) if filled[at] >= enough else 0
        for at, row in enumerate(top[:SEARCHED_ROWS])
    ]
    best = max(range(len(scores)), key=lambda row: (scores[row], -row), default=None)
    if best is None or scores[best] < min(_ENOUGH, sum(cell is not None for cell in top[best])):
        return None
    if not scores[best]:
        return None
    first, last = best, best
    while first > 0 and last - first + 1 < _MOST_ROWS and _joins(top, merged, first - 1, first, layer):
        first -= 1
    while last + 1 < len(top) and last - first + 1 < _MOST_ROWS and _joins(top, merged, last, last + 1, layer):
        last += 1
    titles = tuple(cell for row in top[:first] for cell in row if cell)
    return Headings(first=first, last=last, columns=_columns(top, merged, first, last), titles=titles)


def plain_headings(top: Sequence[_Row], merged: Merged) -> Headings | None:
    """The first of the fullest rows as headings, when it holds nothing but different words; None when it does not.

    For sheets whose headings say nothing that is known: then only what stands below them tells what they are.
    """
    filled = [sum(cell is not None for cell in row) for row in top]
    row = filled.index(max(filled)) if filled else 0
    words = [cell for cell in top[row] if cell is not None] if filled else []
    if len(words) < _LEAST_WORDS or len(set(words)) < len(words) or any(map(_is_value, words)):
        return None
    titles = tuple(cell for above in top[:row] for cell in above if cell)
    return Headings(first=row, last=row, columns=_columns(top, merged, row, row), titles=titles)


def assign(
    columns: Sequence[Heading],
    layer: Layer,
    options: ReadOptions,
    contents: Mapping[int, guesses.Contents] | None = None,
) -> dict[str, int]:
    """Which column (position) holds which field: what ``options.mapping`` says, the listed headings, then the guessed.

    Columns named in ``options.drop`` hold nothing; of two equally likely columns the left one is taken, of two that can
    only be guessed none. Guesses rest on the words of the headings, and with ``contents`` on what stands below them.
    """
    chosen = listed(columns, layer, options)
    free = {
        column: heading.names
        for column, heading in enumerate(columns)
        if column not in chosen.values() and not is_named(heading, options.drop)
    }
    known = set(chosen)
    if layer.family == "counts":
        counts = _counts(free, chosen, layer)
        known |= {field for one in counts.values() for field in _measured(one)}
        free = {column: names for column, names in free.items() if column not in counts}
    open_fields = [field for field in lexicon.known_fields(layer) if field not in known]
    return chosen | guesses.settled(free, open_fields, layer, contents)


def _counts(free: Mapping[int, Sequence[str]], chosen: Mapping[str, int], layer: Layer) -> dict[int, measures.Measure]:
    """The columns of a wide table of counts: one for each month or register.

    One column that only names a register is that of the counts, where another column tells the register of each row.
    """
    counts = {column: one for column, names in free.items() if (one := measures.any_year(names)) is not None}
    if len(counts) != 1 or any(one.month for one in counts.values()):
        return counts
    others = (names for column, names in free.items() if column not in counts)
    told = "register" in chosen or any(
        one.sure and one.field == "register" for names in others for one in meaning.candidates(layer, *names)
    )
    return {} if told else counts


def _measured(one: measures.Measure) -> tuple[str, ...]:
    """What the heading of a count says already."""
    return ("count", *(["month"] if one.month else []), *(["register"] if one.register else []))


def listed(columns: Sequence[Heading], layer: Layer, options: ReadOptions) -> dict[str, int]:
    """The columns that ``options.mapping`` names, and those whose headings are listed as a field's."""
    free = [column for column, heading in enumerate(columns) if not is_named(heading, options.drop)]
    chosen: dict[str, int] = {}
    for field, wanted in mapped_fields(options.mapping, layer).items():
        found = [column for column in free if is_named(columns[column], (wanted,))]
        if found:
            chosen[field] = found[0]
    taken = set(chosen.values())
    ranks: dict[str, int] = {}
    for column in free:
        match = _listed(layer, columns[column].names)
        if column in taken or match is None or (match.field in chosen and match.field not in ranks):
            continue
        if match.field not in ranks or match.rank < ranks[match.field]:
            chosen[match.field], ranks[match.field] = column, match.rank
    return chosen


def _listed(layer: Layer, names: Sequence[str]) -> lexicon.Match | None:
    """The field that a heading is listed for; none where the words before a listed one (执法 人数) mean another."""
    match = lexicon.match(layer, *names)
    if match is None or not match.stripped or match.field in lexicon.COORDINATES:
        return match
    likely = next(iter(meaning.candidates(layer, *names)), None)
    return None if likely is not None and likely.sure and likely.field != match.field else match


def mapped_fields(mapping: Mapping[str, str], layer: Layer) -> dict[str, str]:
    """``mapping`` with the other name of a key field resolved: an area's ``community_code`` is its ``code``."""
    if layer.family != "areas":
        return dict(mapping)
    return {"code" if field == "community_code" else field: heading for field, heading in mapping.items()}


def is_named(heading: Heading, wanted: Sequence[str]) -> bool:
    """Whether one of the ``wanted`` names is this heading."""
    forms = {lexicon.normal(name) for name in wanted}
    return any(lexicon.normal(name) in forms for name in (heading.text, *heading.names))


def unit_of(heading: str, titles: Sequence[str], field: Field) -> str | None:
    """The unit that a heading, or a title such as 单位:万元, states for a field that has units; None when none does."""
    units = numbers.UNITS.get(field.unit or "", {})
    told = lexicon.in_brackets(heading) + [unit for unit in ("万元", "%") if heading.endswith(unit)]
    told += [unit for title in titles for unit in lexicon.units_in(title) if units.get(unit, 1.0) != 1.0]
    return next((unit for unit in told if unit in units), None)


def of_names(names: Sequence[str]) -> tuple[Heading, ...]:
    """Headings of a table whose columns have one name each."""
    return tuple(Heading(text=name, names=(name,)) for name in names)


def _score(columns: Sequence[Heading], layer: Layer, options: ReadOptions) -> int:
    known = len(assign(columns, layer, options))
    if layer.family == "counts":
        known += sum(measures.any_year(heading.names) is not None for heading in columns)
    return known


def _is_value(text: str) -> bool:
    """Whether a cell is a number, a date or a sentence and no heading."""
    return len(text) > _LONGEST_WORD or numbers.number(text, None) is not None or dates.instant(text) is not None


def _joins(top: Sequence[_Row], merged: Merged, upper: int, lower: int, layer: Layer) -> bool:
    """Whether two rows next to each other are both headings."""
    if any(
        first <= upper and last >= lower and right - left < len(top[upper]) - 1 for first, left, last, right in merged
    ):
        return True
    above, below = top[upper], top[lower]
    if sum(cell is not None for cell in above) < _ENOUGH:
        return False
    gaps = [column for column, cell in enumerate(above) if cell is None and below[column] is not None]
    stubs = [column for column, cell in enumerate(below) if cell is None and above[column] is not None]
    told = [cell for cell in below if cell is not None]
    known = sum(_is_word(cell, layer) for cell in told)
    return bool(gaps and stubs) and known * 2 >= len(told)


def _is_word(cell: str, layer: Layer) -> bool:
    if any(one.sure for one in meaning.candidates(layer, cell)) or lexicon.match(layer, cell) is not None:
        return True
    return layer.family == "counts" and measures.any_year((cell,)) is not None


def _columns(top: Sequence[_Row], merged: Merged, first: int, last: int) -> tuple[Heading, ...]:
    rows = [_filled(top, merged, row, last) for row in range(first, last + 1)]
    return tuple(_heading([text for text in texts if text]) for texts in zip(*rows, strict=True))


def _heading(texts: list[str]) -> Heading:
    """One column's words from top to bottom: all of them are the likeliest name, the lowest is the next."""
    words = list(dict.fromkeys("".join(text.split()) for text in texts))
    whole = "".join(words)
    return Heading(text=whole, names=tuple(dict.fromkeys([whole, *words[-1:]])))


def _filled(top: Sequence[_Row], merged: Merged, row: int, last: int) -> list[str | None]:
    """A row of headings where a merged cell (in a file without any, a word above several) holds for all its columns."""
    cells = list(top[row])
    for first, left, bottom, right in merged:
        if first <= row <= bottom and right - left < len(cells) - 1:
            cells[left : right + 1] = [top[first][left]] * (right - left + 1)
    if not merged and row < last:
        for column in range(1, len(cells)):
            if cells[column] is None and top[row + 1][column] is not None:
                cells[column] = cells[column - 1]
    return cells
