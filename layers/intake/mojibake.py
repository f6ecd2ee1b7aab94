"""Text that was read in the wrong encoding, found before anything of it is stored."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import IntakeError
from layers.intake import privacy, texts
from layers.intake.cells import Cells

_SAMPLE = 300
_SHORTEST = 8  # letters; fewer prove nothing
_HAN = re.compile("[\u4e00-\u9fff]")


def refuse_mojibake(cells: Cells) -> None:
    """Let a file pass whose texts were decoded rightly.

    Raises:
        IntakeError: not_readable, naming the column in which characters were lost or turned into others.
    """
    headings = [*(heading for part in cells.parts for heading in part.headings.values()), *cells.others]
    if _is_wrong("".join(headings)):
        raise IntakeError("列名是乱码,文件的编码没有认出来;请另存为 UTF-8 或 xlsx 再导入", kind="not_readable")
    columns = {cells.heading_of(field): column for field, column in cells.columns.items()} | cells.others
    for heading, column in columns.items():
        if pa.types.is_string(column.type) and (_has_lost(column) or _is_wrong(_sample(column))):
            raise IntakeError(
                f"“{privacy.masked(heading)}”列里有乱码,文件的编码没有认出来;请另存为 UTF-8 或 xlsx 再导入",
                kind="not_readable",
            )


def _has_lost(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(texts.matches(column, "\ufffd|锟斤拷|烫烫烫|屯屯屯")).as_py())


def _sample(column: pa.ChunkedArray) -> str:
    return "".join(cell[:200] for cell in pc.unique(column.slice(0, 5000).drop_null()).slice(0, _SAMPLE).to_pylist())


def _is_wrong(text: str) -> bool:
    """Whether the letters beyond ASCII make sense in another encoding: nothing written by people does."""
    odd = "".join(letter for letter in text if ord(letter) > 127)
    if len(odd) < _SHORTEST:
        return False
    as_western = any(_read_as(odd, wrong, right) for wrong in ("latin-1", "cp1252") for right in ("utf-8", "gb18030"))
    return as_western or _read_as(odd, "gb18030", "utf-8")


def _read_as(text: str, wrong: str, right: str) -> bool:
    try:
        return _HAN.search(text.encode(wrong).decode(right)) is not None
    except UnicodeError:
        return False
