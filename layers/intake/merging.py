"""Three-way merge of an edited export, cell by cell: as exported, as it comes back, as stored by now.

A cell that the workbook changed is taken, one that only the store changed stays, and one that both changed, each in
another way, is a conflict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely

from layers.catalog import POINT, Field, Layer
from layers.intake import privacy
from layers.intake.problems import Mask, Positions
from layers.intake.report import Fault

#: of a degree, and a share of a number: what workbooks round is no change
SAME_DEG, SAME_SHARE = 1e-9, 1e-12
_HIDDEN = "(不显示)"
CONFLICT = "{title}导出时是“{base}”,库里已改成“{stored}”,表里又改成“{theirs}”;这一行没有导入,请核对后重新导出再改"
_LONGEST = 60
_FLAGS = {True: "是", False: "否"}
_PLACE = Field(name="geometry", title="坐标", kind="text")


@dataclass(frozen=True, kw_only=True)
class Merged:
    """``frame`` is what is to be stored; positions speak of the rows handed in.

    ``bare`` rows of the frame may need a place by their address. ``unchanged`` rows say nothing new, ``clashing`` ones
    are refused and ``conflicts`` name their cells.
    """

    frame: pd.DataFrame
    bare: Mask
    unchanged: int
    clashing: Positions
    conflicts: tuple[Fault, ...]


def edited(theirs: pd.DataFrame, base: pd.DataFrame, layer: Layer) -> Mask:
    """Which rows are not as they were exported; those that were not exported among them.

    Both are frames of the layer, named by the UUID that each row has in the database.
    """
    before = base.reindex(theirs.index)
    changed = ~theirs.index.isin(base.index)
    for field in _fields(theirs, layer):
        changed |= ~_same(theirs[field.name], _column(before, field), field)
    return np.asarray(changed)


def merge(
    theirs: pd.DataFrame, base: pd.DataFrame, stored: pd.DataFrame, layer: Layer, *, sheets: Sequence[str | None],
    rows: Sequence[int], zone: ZoneInfo,
) -> Merged:  # fmt: skip
    """What of the ``theirs`` is to be stored; all three are frames of the layer, named by UUIDs.

    A row that was not exported but is stored was added on both sides: what it leaves empty stays as it is stored.
    ``sheets`` and ``rows`` say where in the file each row stands.
    """
    before, now = base.reindex(theirs.index), stored.reindex(theirs.index)
    known = theirs.index.isin(stored.index)
    exported = theirs.index.isin(base.index)
    frame, conflicts = theirs.copy(), []
    clashing, changed = np.zeros(len(theirs), dtype=bool), ~known
    touched = {}
    for field in _fields(theirs, layer):
        mine, was, stands = theirs[field.name], _column(before, field), _column(now, field)
        touched[field.name] = ~_same(mine, was, field) & (exported | mine.notna().to_numpy())
        clash = known & touched[field.name] & ~_same(stands, was, field) & ~_same(mine, stands, field)
        if field is _PLACE:
            clash &= mine.notna().to_numpy() & (layer.geometry == POINT)
            frame[field.name] = mine.where(touched[field.name] | ~known, None)
        else:
            frame[field.name] = mine.where(touched[field.name] | ~known, stands)
        changed |= touched[field.name]
        clashing |= clash
        conflicts += [
            _conflict(field, was.iloc[at], stands.iloc[at], mine.iloc[at], sheets[at], rows[at], zone)
            for at in np.flatnonzero(clash).tolist()
        ]
    if "place_error_m" in frame and "geometry" in touched:  # the error of the place that is no more
        frame["place_error_m"] = frame["place_error_m"].mask(touched["geometry"] & ~touched["place_error_m"])
    keep = changed & ~clashing
    return Merged(
        frame=frame[keep].reset_index(drop=True),
        bare=_bare(frame, now, touched, layer)[keep],
        unchanged=int((~changed).sum()),
        clashing=np.flatnonzero(clashing),
        conflicts=tuple(sorted(conflicts, key=lambda fault: fault.row or 0)),
    )


def _fields(theirs: pd.DataFrame, layer: Layer) -> list[Field]:
    own = [field for field in layer.fields if field.name in theirs]
    return [*own, _PLACE] if "geometry" in theirs else own


def _column(frame: pd.DataFrame, field: Field) -> "pd.Series[Any]":
    """That column, missing throughout where the frame has none."""
    return frame[field.name] if field.name in frame else pd.Series(None, index=frame.index, dtype=object)


def _same(one: "pd.Series[Any]", other: "pd.Series[Any]", field: Field) -> Mask:
    """Where two columns of one field agree; two missing values do."""
    missing = one.isna().to_numpy() & other.isna().to_numpy()
    both = one.notna().to_numpy() & other.notna().to_numpy()
    equal = np.zeros(len(one), dtype=bool)
    equal[both] = _equal(one[both], other[both], field)
    return np.asarray(missing | equal)


def _equal(one: "pd.Series[Any]", other: "pd.Series[Any]", field: Field) -> np.typing.NDArray[np.bool_]:
    if field is _PLACE:
        return np.asarray(shapely.equals_exact(one.to_numpy(), other.to_numpy(), tolerance=SAME_DEG))
    if field.kind in ("whole", "number"):
        a, b = one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64)
        return np.asarray(np.isclose(a, b, rtol=SAME_SHARE, atol=0))
    if field.kind == "text":
        one, other = (each.astype("str").str.replace("\r\n", "\n") for each in (one, other))
    return np.asarray(one.to_numpy(dtype=object) == other.to_numpy(dtype=object), dtype=bool)


def _bare(
    frame: pd.DataFrame, now: pd.DataFrame, touched: Mapping[str, Mask], layer: Layer
) -> Mask:  # fmt: skip
    """Rows that state no place, and have none stored or one that a former address gave."""
    if "geometry" not in frame:
        return np.zeros(len(frame), dtype=bool)
    moved = touched.get(layer.address or "", np.zeros(len(frame), dtype=bool))
    return np.asarray(frame["geometry"].isna() & (_column(now, _PLACE).isna() | moved))


def _conflict(
    field: Field, base: Any, stored: Any, theirs: Any, sheet: str | None, row: int, zone: ZoneInfo
) -> Fault:  # fmt: skip
    texts = (_said(value, field, zone) for value in (base, stored, theirs))
    was, stands, mine = (_HIDDEN if field.private else text for text in texts)
    sentence = CONFLICT.format(title=field.title, base=was, stored=stands, theirs=mine)
    return Fault(
        sheet=sheet, row=int(row), field=field.name, kind="conflict", value=mine, base=was, stored=stands,
        sentence=sentence,
    )  # fmt: skip


def _said(value: Any, field: Field, zone: ZoneInfo) -> str:
    """A value as a workbook shows it, "" where it is missing."""
    if value is None or (not isinstance(value, shapely.Geometry) and pd.isna(value)):
        return ""
    if isinstance(value, shapely.Point):
        return f"{value.x:.6f}, {value.y:.6f}"
    if isinstance(value, pd.Timestamp):
        return f"{value.tz_convert(zone):%Y-%m-%d %H:%M}" if value.tzinfo else f"{value:%Y-%m-%d}"
    if field.kind == "flag":
        return _FLAGS[bool(value)]
    text = f"{value:.12g}" if isinstance(value, float) else privacy.masked(field.choices.get(value, str(value)))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def by_uuid(frame: pd.DataFrame, uuids: np.typing.NDArray[np.object_]) -> pd.DataFrame:
    """The frame with its rows named so; plain, its shapes an object column."""
    plain = pd.DataFrame(frame).set_axis(uuids)
    if "geometry" in frame:
        plain["geometry"] = np.asarray(frame["geometry"].to_numpy(), dtype=object)
    return plain
