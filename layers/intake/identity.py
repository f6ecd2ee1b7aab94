"""The identity of a row across imports: its register number, or the fields that the layer's family uses.

Numbers and codes are ``no:``, rows of an export that nothing else names ``id:`` and the database's own identity, places
without either ``at:`` community and address, counts ``of:`` their place, month and register, and the rest ``as:`` a
digest of all their fields with their n-th occurrence in the file. A community counts as the file writes it: what a row
is called must not change on the day communities are imported.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.catalog import Layer
from layers.intake import lexicon, required
from layers.intake.cells import Cells
from layers.intake.community import COMMUNITY, as_written
from layers.intake.problems import Mask, Positions, Problem, refuse, warn_file
from layers.intake.texts import Series, arrow, as_text, nothing, text_series

_Shapes = np.typing.NDArray[np.object_] | None

_JOINER, _MISSING, _DIGEST_BYTES = "\x1f", "\x00", 12
_DECIMALS = 7  # of a degree: a centimetre

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SPOILT = "系统标识“{value}”被改动过;请恢复原来的内容,或者清空,清空即作为新的一行"
TWICE = "{title}“{value}”前面已有一行,只留第一行"


def identities(
    frame: pd.DataFrame, layer: Layer, shapes: _Shapes, cells: Cells, out: Mask
) -> tuple[Series, list[Problem]]:
    """Return the identity of each row, and a ``duplicate`` refusal for each that repeats an earlier row that stays.

    ``out`` are the rows that do not stay. Rows named by all their fields are duplicates only among places and roads,
    and only when the whole rows of the file are identical; equal records are kept as what they are, two events. A
    community by its name and by its code is one community when repeats are looked for.
    """
    written = as_written(cells)
    meant = frame.get("community_code", written).fillna(written)
    # a count cannot be stored before its community is known, so its code never changes
    given, problems = _given(cells)
    text = given.fillna(_names(frame, layer, meant if layer.family == "counts" else written))
    named = text.notna().to_numpy()
    problems += _repeats(given.fillna(_names(frame, layer, meant)), named & ~out, layer, frame)
    rest = np.flatnonzero(~named & ~out)
    if not len(rest):
        return text, problems
    if layer.family in ("places", "roads"):
        same = _digests([*cells.columns.values(), *cells.others.values()], shapes, rest).duplicated().to_numpy()
        problems += refuse("duplicate", None, rest[same], "与前面的一行完全相同,只留第一行")
        rest = rest[~same]
    digests = _digests(_stored_fields(frame, layer, cells, written), shapes, rest)
    nth = digests.groupby(digests).cumcount() + 1
    if layer.family == "records" and (again := int((nth > 1).sum())):
        problems += warn_file("duplicate", None, f"没有编号的记录里有 {again} 条与前面的完全相同,按不同的记录保留")
    text = text.copy()
    text.iloc[rest] = ("as:" + digests + "#" + nth.astype("str")).to_numpy()
    return text, problems


def _given(cells: Cells) -> tuple[Series, list[Problem]]:
    """What an exported row is called by the database itself, and refusals of what can be no such name."""
    told = pd.Series(cells.texts(lexicon.ROW_ID), dtype="str").str.strip().str.lower()
    right = told.str.fullmatch(_UUID).fillna(value=False).to_numpy(dtype=bool)
    problems = refuse("unknown_code", lexicon.ROW_ID, told.notna().to_numpy() & ~right, SPOILT)
    return ("id:" + told.where(right)).astype("str"), problems


def _stored_fields(frame: pd.DataFrame, layer: Layer, cells: Cells, written: Series) -> list[pa.ChunkedArray]:
    """The fields that the file has, as they are stored; the community as it is written."""
    frame = frame.drop(columns="community_code", errors="ignore")
    if set(COMMUNITY) & set(cells.columns):
        frame["community_code"] = written
    return [_stored(frame[field.name]) for field in layer.fields if field.name in frame]


def _names(frame: pd.DataFrame, layer: Layer, community: Series) -> Series:
    """The identity of each row that its number, its address or its place in a count gives; missing where none does."""
    if layer.family == "counts":
        return _counted(frame, community)
    number = layer.number if layer.number in frame else None
    text = nothing(len(frame)) if number is None else ("no:" + frame[number]).astype("str")
    if layer.family == "places" and "address" in frame and text.isna().any():
        text = text.where(text.notna(), "at:" + community + ":" + _folded(frame["address"]))
    return text


def _counted(frame: pd.DataFrame, community: Series) -> Series:
    text: Series = "of:" + community.fillna("") + ":" + frame["month"].dt.strftime("%Y-%m").fillna("")
    text = text + ":" + frame["register"].fillna("")
    for name in required.FINER:
        if name in frame:
            text = text + (f":{name}=" + _folded(frame[name])).fillna("")
    return text.astype("str")


def _folded(text: Series) -> Series:
    folded: Series = text.str.normalize("NFKC").str.replace(r"\s+", "", regex=True)
    return folded


def _repeats(text: Series, stays: Mask, layer: Layer, frame: pd.DataFrame) -> list[Problem]:
    rows = np.flatnonzero(stays)
    again = rows[text.iloc[rows].duplicated().to_numpy()]
    if not len(again):
        return []
    at_address = text.iloc[again].str.startswith("at:").to_numpy(dtype=bool)
    field = layer.number or next((name for name in required.FINER if name in frame), "month")
    problems = refuse("duplicate", "address", again[at_address], TWICE)
    return problems + refuse("duplicate", field, again[~at_address], TWICE)


def _digests(columns: Sequence[pa.ChunkedArray], shapes: _Shapes, rows: Positions) -> Series:
    """One digest for each of the ``rows``; the same in every release, since it is stored."""
    taken = pa.array(rows)
    texts = [as_text(column.take(taken)) for column in columns] + _place_texts(shapes, rows)
    if not texts:
        return nothing(len(rows))
    joined = pc.binary_join_element_wise(*(pc.fill_null(text, _MISSING) for text in texts), _JOINER)
    rows_as_bytes = joined.cast(pa.binary()).to_pylist()
    digests = b"".join([hashlib.blake2b(row, digest_size=_DIGEST_BYTES).digest() for row in rows_as_bytes]).hex()
    ends = np.arange(0, len(digests) + 1, 2 * _DIGEST_BYTES, dtype=np.int32)
    return text_series(
        pa.chunked_array([pa.StringArray.from_buffers(len(rows), pa.py_buffer(ends), pa.py_buffer(digests.encode()))])
    )


def _stored(column: Series) -> pa.ChunkedArray:
    """A column as it is stored; moments as numbers, which are quicker to write."""
    plain = arrow(column)
    return plain.cast(pa.int64()) if pa.types.is_timestamp(plain.type) else plain


def _place_texts(shapes: _Shapes, rows: Positions) -> list[pa.ChunkedArray]:
    if shapes is None:
        return []
    here = shapes[rows]
    if np.isin(shapely.get_type_id(here), (shapely.GeometryType.POINT, -1)).all():
        axes = (np.round(axis(here), _DECIMALS) for axis in (shapely.get_x, shapely.get_y))
        return [pa.chunked_array([pa.array(axis).cast(pa.string())]) for axis in axes]
    return [pa.chunked_array([pa.array(shapely.to_wkt(here, rounding_precision=_DECIMALS), pa.string())])]
