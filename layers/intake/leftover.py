"""Warnings about columns: those that are not used, and those recognised without a listed heading."""

import re
from collections.abc import Iterator, Sequence

from layers.catalog import Layer
from layers.intake import guesses, lexicon, meaning, privacy
from layers.intake.cells import Cells
from layers.intake.problems import Problem, warn_file
from layers.intake.sheets import Part

#: so many columns are named one by one, more of them together
_MOST, _LONGEST, _MOST_TITLES = 20, 60, 3
_APART = re.compile(r"(?P<text>.*)·(?P<place>\d+)")

UNUSED = "“{heading}”列没有导入{maybe}"
MANY_UNUSED = "有 {number} 列没有导入:{headings};若其中有要导入的,请指明它是哪一项"
NOTE_GUESSED, NOTE_COUNT = "按意思和内容当作这一项,请核对", "这一列的数量按列名的月份、类别记"
MAYBE, ROWS_NUMBER, OF_PERSONS, SAY = (
    ",可能是“{title}”;要导入就指明它是哪一项",
    ",像是行号",
    ",可能是个人信息",
    ";要导入就指明它是哪一项",
)  # behind the heading


def column_warnings(cells: Cells, layer: Layer) -> list[Problem]:
    """A warning for each column that is not used, and one for each whose heading was only understood."""
    problems = [
        problem for part in cells.parts for name in part.guessed for problem in _guessed(part, name, layer)
    ]  # fmt: skip
    unused = [(part, key) for part in cells.parts for key in _unused(part)]
    if len(unused) <= _MOST:
        return problems + [problem for part, key in unused for problem in _left_out(part, key, layer)]
    notes_of = {shown(heading_of(key)): maybe(part, key, layer) for part, key in unused}
    names = list(notes_of)
    sentence = MANY_UNUSED.format(
        number=len(unused), headings="、".join(f"“{name}”{_short(note)}" for name, note in notes_of.items())
    )
    return problems + warn_file("column_unused", None, sentence, value="、".join(names))


def _short(note: str) -> str:
    """What a column may be, in brackets; nothing where nobody can say."""
    said = note.strip(",;").split(";")[0]
    return f"({said})" if said and note != SAY else ""


def _guessed(part: Part, name: str, layer: Layer) -> list[Problem]:
    heading = shown(part.headings[name])
    sentence = (
        f"“{heading}”不是列出的列名,按意思和内容当作“{_title_of(name, layer)}”,请核对;不对就指明它是哪一项,或略过这一列"
    )
    return warn_file("heading_guessed", name, sentence, value=heading, sheet=part.sheet)


def _left_out(part: Part, key: str, layer: Layer) -> list[Problem]:
    heading = shown(heading_of(key))
    sentence = UNUSED.format(heading=heading, maybe=maybe(part, key, layer))
    return warn_file("column_unused", None, sentence, value=heading, sheet=part.sheet)


def maybe(part: Part, key: str, layer: Layer) -> str:
    """What the unused column ``key`` may be, in words to put behind its name."""
    names = part.names.get(key, (key,))
    contents = guesses.Contents(part.others[key]) if key in part.others else None
    if meaning.names_persons(*names):
        return OF_PERSONS
    if meaning.is_counter(*names) and (contents is None or contents.counts_rows):
        return ROWS_NUMBER
    titles = [_title_of(field, layer) for field in _likely(names, contents, layer)]
    return MAYBE.format(title="”或“".join(dict.fromkeys(titles))) if titles else SAY


def _likely(names: Sequence[str], contents: guesses.Contents | None, layer: Layer) -> list[str]:
    """The fields that a column may be: listed, else as clearly by its words, else by its cells."""
    listed = lexicon.match(layer, *names)
    if listed is not None:
        return [listed.field]
    likely = meaning.candidates(layer, *names)
    if likely:
        return [one.field for one in likely if one.score == likely[0].score][:_MOST_TITLES]
    field = None if contents is None else guesses.shown_by(contents, layer, *names)
    return [field] if field in lexicon.known_fields(layer) else []


def notes(part: Part, counts: Part, layer: Layer) -> dict[int, str]:
    """What to say of each column of a sheet that was guessed or holds no field, by its position.

    ``counts`` is the part after its columns of months became rows; what it has used is no column left out.
    """
    notes_of = {part.places[name]: NOTE_GUESSED for name in part.guessed}
    for key, column in part.beside.items():
        notes_of[column] = maybe(part, key, layer).strip(",;").split(";")[0] if key in counts.others else NOTE_COUNT
    return {column: note for column, note in notes_of.items() if note}


def heading_of(key: str) -> str:
    """The heading of a column by the name that tells it apart: 编号·5 is the second 编号, in column 5."""
    apart = _APART.fullmatch(key)
    return key if apart is None else apart["text"] if apart["text"] not in ("", "第") else f"第 {apart['place']} 列"


def shown(heading: str) -> str:
    """A heading as it may be shown: without personal numbers, not too long."""
    text = privacy.masked(heading)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _title_of(name: str, layer: Layer) -> str:
    """The title of a field, or of what else a column may be."""
    return next((field.title for field in layer.fields if field.name == name), lexicon.TITLES.get(name, name))


def _unused(part: Part) -> Iterator[str]:
    for key, column in part.others.items():
        if not key.startswith("第·") or column.null_count < len(column):
            yield key
    yield from part.unread
