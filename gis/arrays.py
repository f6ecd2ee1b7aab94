"""Checks of the arrays that the functions of gis take: finite numbers, places in metres, whole days.

Nothing is reprojected: degrees are refused (``places``), so that a radius in metres always means metres.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import FrameError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: No city lies within 5° of (0°, 0°) in the Gulf of Guinea, and none is wider than 5°.
_CITY_DEGREES = 5.0


def numbers(values: npt.ArrayLike, *, name: str = "values") -> FloatArray:
    """Return ``values`` as float64, of any shape; an empty list gives an empty array.

    Raises:
        FrameError: a value is missing, infinite or not a number; the message has the first one and its position.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FrameError(f"{name}: not numbers ({error})") from error
    if not np.isfinite(array).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise FrameError(f"{name}: {array[first]} at {first}")
    return array


def at_least_zero(values: npt.ArrayLike, *, name: str) -> FloatArray:
    """Return ``values`` as ``numbers`` does, when none is below zero.

    Raises:
        FrameError: one is, or it is no number.
    """
    array = numbers(values, name=name)
    if (array < 0).any():
        raise FrameError(f"{name}: {array.min()} is below zero")
    return array


def positive(value: float, *, name: str) -> float:
    """Return ``value`` when it is a finite number above zero.

    Raises:
        FrameError: it is not.
    """
    if not (np.isfinite(value) and value > 0):
        raise FrameError(f"{name} is {value}, not above zero")
    return float(value)


def places(xy: npt.ArrayLike, *, length_m: float | None = None, name: str = "xy") -> FloatArray:
    """Return ``xy`` as a float64 array (n, 2) of metric coordinates; an empty input gives (0, 2).

    Numbers carry no unit, so degrees are recognised by a rule that leaves hand-made examples near the origin alone.
    Coordinates are taken for degrees when all of this holds: every x within ±180 and y within ±90; some value is not
    whole; no place within 5 of (0, 0); and all lie within 5 of each other, or within ``length_m`` where that is more.

    Raises:
        FrameError: not two columns, a missing or infinite coordinate, or degrees.
    """
    array = numbers(xy, name=name)
    if array.size == 0:
        return np.empty((0, 2))
    if array.ndim != 2 or array.shape[1] != 2:
        raise FrameError(f"{name}: shape {array.shape}, not (n, 2)")
    if _are_degrees(array, max(length_m or 0.0, _CITY_DEGREES)):
        raise FrameError(f"{name}: {array[0].tolist()} looks like degrees; project to a metric CRS first")
    return array


def _are_degrees(xy: FloatArray, width: float) -> bool:
    return bool(
        (np.abs(xy) <= (180.0, 90.0)).all()
        and (xy % 1 != 0).any()
        and np.hypot(*xy.T).min() > _CITY_DEGREES
        and np.hypot(*np.ptp(xy, axis=0)) <= width
    )


def day_numbers(days: npt.ArrayLike, *, name: str = "days") -> FloatArray:
    """Return days as float64 day numbers: dates and datetime64 (whole days since 1970), or numbers as they are.

    A time of day is cut off. Moments with a zone must be turned into local days by the caller, who knows the zone.

    Raises:
        FrameError: a day is missing, or the values are neither numbers, dates nor datetime64 without zone.
    """
    array = np.asarray(days)
    if array.dtype.kind not in "OM":
        return numbers(array, name=name)
    if array.dtype.kind == "O" and any(getattr(day, "tzinfo", None) for day in array.flat):
        raise FrameError(f"{name}: moments with a zone, not days")
    try:
        whole = array.astype("datetime64[D]")
    except (TypeError, ValueError) as error:
        raise FrameError(f"{name}: not days ({error})") from error
    if np.isnat(whole).any():
        raise FrameError(f"{name}: no day at {int(np.flatnonzero(np.isnat(whole))[0])}")
    return whole.astype(np.int64).astype(np.float64)


def same_length(first: npt.NDArray[Any], second: npt.NDArray[Any], *, names: str) -> None:
    """Pass when both arrays have equally many rows.

    Raises:
        FrameError: they have not.
    """
    if len(first) != len(second):
        raise FrameError(f"{names}: {len(first)} and {len(second)} rows")
