"""Columns that hold persons: told by their heading, by numbers in the cells, or by cells that look like names."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import IntakeError
from layers.intake import lexicon, meaning, numbers, privacy, texts

if TYPE_CHECKING:
    from layers.intake.cells import Cells  # which reads sheets, whose columns are looked at here

_NOBODY = re.compile("匿名|群众|热心群众|居民|市民|路人|不详|未知|不明|本人|单位|保密|网格员|社区|村委|公司")
_LOOKED_AT, _SAMPLE, _LONGEST_CELL = 50_000, 2000, 500
_FEWEST_NAMES, _NAMES_SHARE, _DISTINCT_SHARE = 5, 0.8, 0.3


def refuse_columns(cells: "Cells", officials: Collection[str] = ()) -> None:
    """Let a file without columns of persons pass; ``officials`` are fields that may name officials on duty.

    Raises:
        IntakeError: personal_data_columns, naming every such column by its heading.
    """
    found = columns_of(cells, officials)
    if found:
        names = "、".join(f"“{name}”" for name in dict.fromkeys(map(privacy.masked, found)))
        told = f"文件里有个人信息列:{names}。本系统只管地点,不存个人信息"
        raise IntakeError(f"{told},请删去这些列,或略过它们再导入", kind="personal_data_columns")


def columns_of(cells: "Cells", officials: Collection[str] = ()) -> list[str]:
    """The headings of the columns that hold persons, but for those of officials on duty."""
    looked_at = ((field, column) for field, column in cells.columns.items() if field not in officials)
    fields = [(cells.heading_of(field), column) for field, column in looked_at]
    found = [heading for heading, column in fields if is_personal(heading, column)]
    return found + [
        heading for heading, column in cells.others.items() if is_personal(heading, column) or holds_names(column)
    ]


def is_personal(heading: str, column: pa.ChunkedArray) -> bool:
    """Whether heading and cells say that the column holds persons; an empty one holds nobody."""
    told = _sampled_cells(column)
    if not told:
        return False
    how = lexicon.personal(heading) or ("doubtful" if heading and meaning.names_persons(heading) else None)
    match how:
        case "always":
            return True
        case "phones":
            return any(privacy.has_personal_data(cell) for cell in told)
        case "doubtful":
            if _share(map(_is_name, told), told) > 0.5:
                return True
    return _share(map(privacy.is_personal, told), told) > 0.5


def names_share(column: pa.ChunkedArray) -> float:
    """The share of the distinct cells that look like people's names."""
    told = _sampled_cells(column)
    return _share(map(_is_name, told), told) if told else 0.0


def holds_names(column: pa.ChunkedArray) -> bool:
    """Whether the cells alone look like people's names, differing from row to row as the words of a list do not."""
    told = _sampled_cells(column)
    varied = len(told) >= max(_FEWEST_NAMES, _DISTINCT_SHARE * min(len(column), _SAMPLE))
    return varied and _share(map(_is_name, told), told) >= _NAMES_SHARE


def _sampled_cells(column: pa.ChunkedArray) -> list[str]:
    """Some distinct cells of the column without those that name nobody."""
    if not (
        pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_integer(column.type)
    ):
        return []
    cells = pc.unique(texts.as_text(column.slice(0, _LOOKED_AT)).drop_null()).slice(0, _SAMPLE).to_pylist()
    cells = [cell[:_LONGEST_CELL] for cell in cells]
    return [cell for cell in cells if not numbers.is_empty_mark(cell) and not _NOBODY.fullmatch(texts.compact(cell))]


def _is_name(text: str) -> bool:
    return lexicon.name_pattern().fullmatch(texts.compact(text)) is not None


def _share(hits: Iterable[bool], of: Sequence[str]) -> float:
    return sum(hits) / len(of)
