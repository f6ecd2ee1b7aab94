"""Columns of texts: how a file's cells become texts, and how texts are tidied and compared."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# a single text is tidied and masked without pandas
if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

Series: TypeAlias = "pd.Series[Any]"

_BLANK = r"^[\s\x{00a0}\x{3000}\x{200b}\x{feff}]*$"
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
_FULL_WIDTH = {
    place: place - 0xFEE0 for low, high in ("０９", "ＡＺ", "ａｚ") for place in range(ord(low), ord(high) + 1)
}
_QUOTED, _COUNTED = re.compile(r"=[\"“](.*)[\"”]"), re.compile(r"^(\d{6,})\.0+$")
#: so many cells show whether the texts of a column repeat
_LOOKED_AT = 5000


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as texts: whole numbers without a decimal point, moments in ISO form, a blank text as null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type))
    if pa.types.is_floating(kind):
        return _float_texts(column)
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
    if pa.types.is_boolean(kind):
        return pc.utf8_upper(column.cast(pa.string()))
    text = column if pa.types.is_string(kind) else column.cast(pa.string())
    blank = matches(text, _BLANK)
    return pc.if_else(blank, pa.scalar(None, pa.string()), text) if pc.any(blank).as_py() else text


def tidy(text: str) -> str:
    """``text`` on one line with single spaces and half-width letters and digits; other marks stay as typed."""
    return " ".join(_INVISIBLE.sub("", text).translate(_FULL_WIDTH).split())


def free(text: str) -> str:
    """``text`` trimmed, with its lines and its marks as typed."""
    return _INVISIBLE.sub("", text).replace("\r\n", "\n").strip()


def compact(text: str) -> str:
    """``text`` in NFKC without any space: how numbers, codes and names are compared."""
    return "".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).split())


def matches(text: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    """Which cells the pattern is found in; a missing cell has nothing. Texts that repeat are looked at once."""
    if pc.count_distinct(text.slice(0, _LOOKED_AT)).as_py() * 2 > min(len(text), _LOOKED_AT):
        return pc.fill_null(pc.match_substring_regex(text, pattern), fill_value=False)
    encoded = text.combine_chunks().dictionary_encode()
    found = pc.match_substring_regex(encoded.dictionary, pattern).take(encoded.indices)
    return pa.chunked_array([pc.fill_null(found, fill_value=False)])


def bare_code(text: str) -> str:
    """A code or register number without what keeps a spreadsheet from counting with it: '990…, ="990…", 990….0."""
    told = compact(text)
    if (quoted := _QUOTED.fullmatch(told)) is not None:
        told = quoted.group(1)
    return _COUNTED.sub(r"\1", told.removeprefix("'"))


def rewritten(text: pa.ChunkedArray, pattern: str, rewrite: Callable[[str], str]) -> pa.ChunkedArray:
    """``text`` with ``rewrite`` applied to the cells that the cheap ``pattern`` finds; what becomes empty is null."""
    hit = matches(text, pattern)
    if not pc.any(hit).as_py():
        return text
    better = pa.array([rewrite(cell) or None for cell in text.filter(hit).to_pylist()], pa.string())
    return pa.chunked_array([pc.replace_with_mask(text.combine_chunks(), hit.combine_chunks(), better)])


def only(text: pa.ChunkedArray, keep: np.typing.NDArray[np.bool_]) -> pa.ChunkedArray:
    """The texts that are to be kept, the others as null."""
    return pc.if_else(pa.chunked_array([pa.array(keep)]), text, pa.scalar(None, pa.string()))


def arrow(column: Series) -> pa.ChunkedArray:
    """A pandas column as an Arrow one, texts without copying."""
    cells = pa.array(column)
    return cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])


def text_series(text: pa.ChunkedArray) -> Series:
    """An Arrow column of texts as a pandas column, without copying."""
    import pandas as pd

    return pd.Series(pd.StringDtype("pyarrow", na_value=np.nan).__from_arrow__(text))  # type: ignore[attr-defined]


def is_number(kind: pa.DataType) -> bool:
    """Whether the cells of a column of this type are numbers already."""
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def nothing(length: int) -> Series:
    """A column of texts without any."""
    import pandas as pd

    return pd.Series(np.full(length, None, dtype=object), dtype="str")


def _float_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 1e15))
    real = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    return pc.if_else(whole, pc.if_else(whole, real, 0).cast(pa.int64()).cast(pa.string()), real.cast(pa.string()))
