"""What a row is called, so that it is known again: its register number, or what contracts.md takes where there is none.

Numbers and codes are ``no:``, places without one ``at:`` community and address, counts ``of:`` their place, month and
register, and the rest ``as:`` a digest of all their fields with their n-th occurrence in the file.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.intake.problems import Problem, refuse, warn_file
from layers.intake.texts import arrow, as_text, text_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from layers.catalog import Layer
    from layers.intake.cells import Cells
    from layers.intake.problems import Mask, Positions

    Shapes = npt.NDArray[np.object_] | None

_JOINER, _MISSING, _DIGEST_BYTES = "\x1f", "\x00", 12
_DECIMALS = 7  # of a degree: a centimetre
_FINER = ("group", "building", "unit", "venue_no")

TWICE = "{title}“{value}”前面已有一行,只留第一行"
SAME_ROW = "与前面的一行完全相同,只留第一行"


def identities(
    frame: pd.DataFrame, layer: Layer, shapes: Shapes, cells: Cells, out: Mask
) -> tuple[pd.Series[Any], list[Problem]]:
    """Return the identity of each row, and a ``duplicate`` refusal for each that repeats an earlier row that stays.

    ``out`` are the rows that do not stay. Rows named by all their fields are duplicates only among places and roads,
    and only when the whole rows of the file are identical; equal records are kept as what they are, two events.
    """
    text = _names(frame, layer)
    named = text.notna().to_numpy()
    problems = _repeats(text, named & ~out, layer, frame)
    rest = np.flatnonzero(~named & ~out)
    if not len(rest):
        return text, problems
    if layer.family in ("places", "roads"):
        same = _digests([*cells.columns.values(), *cells.others.values()], shapes, rest).duplicated().to_numpy()
        problems += refuse("duplicate", None, rest[same], SAME_ROW)
        rest = rest[~same]
    digests = _digests([_stored(frame[f.name]) for f in layer.fields if f.name in frame], shapes, rest)
    nth = digests.groupby(digests).cumcount() + 1
    if layer.family == "records" and (again := int((nth > 1).sum())):
        problems += warn_file("duplicate", None, f"没有编号的记录里有 {again} 条与前面的完全相同,按不同的记录保留")
    text = text.copy()
    text.iloc[rest] = ("as:" + digests + "#" + nth.astype("str")).to_numpy()
    return text, problems


def _names(frame: pd.DataFrame, layer: Layer) -> pd.Series[Any]:
    """The identity of each row that its number, its address or its place in a count gives; missing where none does."""
    if layer.family == "counts":
        return _counted(frame)
    number = layer.number if layer.number in frame else None
    text = _nothing(len(frame)) if number is None else ("no:" + frame[number]).astype("str")
    if layer.family == "places" and {"community_code", "address"} <= set(frame.columns) and text.isna().any():
        text = text.where(text.notna(), "at:" + frame["community_code"] + ":" + _folded(frame["address"]))
    return text


def _counted(frame: pd.DataFrame) -> pd.Series[Any]:
    text: pd.Series[Any] = (
        "of:" + frame["community_code"].fillna("") + ":" + frame["month"].dt.strftime("%Y-%m").fillna("")
    )
    text = text + ":" + frame["register"].fillna("")
    for name in _FINER:
        if name in frame:
            text = text + ":" + _folded(frame[name]).fillna("")
    return text.astype("str")


def _folded(text: pd.Series[Any]) -> pd.Series[Any]:
    folded: pd.Series[Any] = text.str.normalize("NFKC").str.replace(r"\s+", "", regex=True)
    return folded


def _repeats(text: pd.Series[Any], stays: Mask, layer: Layer, frame: pd.DataFrame) -> list[Problem]:
    rows = np.flatnonzero(stays)
    again = rows[text.iloc[rows].duplicated().to_numpy()]
    if not len(again):
        return []
    at_address = text.iloc[again].str.startswith("at:").to_numpy(dtype=bool)
    field = layer.number or next((name for name in _FINER if name in frame), "month")
    problems = refuse("duplicate", "address", again[at_address], TWICE)
    return problems + refuse("duplicate", field, again[~at_address], TWICE)


def _digests(columns: Sequence[pa.ChunkedArray], shapes: Shapes, rows: Positions) -> pd.Series[Any]:
    """One digest for each of the ``rows``; the same in every release, since it is stored."""
    taken = pa.array(rows)
    texts = [as_text(column.take(taken)) for column in columns] + _place_texts(shapes, rows)
    if not texts:
        return _nothing(len(rows))
    joined = pc.binary_join_element_wise(*(pc.fill_null(text, _MISSING) for text in texts), _JOINER)
    rows_as_bytes = joined.cast(pa.binary()).to_pylist()
    digests = b"".join([hashlib.blake2b(row, digest_size=_DIGEST_BYTES).digest() for row in rows_as_bytes]).hex()
    ends = np.arange(0, len(digests) + 1, 2 * _DIGEST_BYTES, dtype=np.int32)
    return text_series(
        pa.chunked_array([pa.StringArray.from_buffers(len(rows), pa.py_buffer(ends), pa.py_buffer(digests.encode()))])
    )


def _stored(column: pd.Series[Any]) -> pa.ChunkedArray:
    """A column as it is stored; moments as numbers, which are quicker to write."""
    plain = arrow(column)
    return plain.cast(pa.int64()) if pa.types.is_timestamp(plain.type) else plain


def _place_texts(shapes: Shapes, rows: Positions) -> list[pa.ChunkedArray]:
    if shapes is None:
        return []
    here = shapes[rows]
    if np.isin(shapely.get_type_id(here), (shapely.GeometryType.POINT, -1)).all():
        axes = (np.round(axis(here), _DECIMALS) for axis in (shapely.get_x, shapely.get_y))
        return [pa.chunked_array([pa.array(axis).cast(pa.string())]) for axis in axes]
    return [pa.chunked_array([pa.array(shapely.to_wkt(here, rounding_precision=_DECIMALS), pa.string())])]


def _nothing(length: int) -> pd.Series[Any]:
    return pd.Series(np.full(length, None, dtype=object), dtype="str")
