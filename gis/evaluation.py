"""How well flagged cells caught what came after: hit rate, PAI, PEI, RRI.

All take plain numbers or arrays of them, element by element, and give NaN where the ratio has no meaning (0 / 0 or a
division by zero), so that an empty month in a table of months spoils no other.

Source: PAI: Chainey, Tompson & Uhlig, Security Journal 21 (2008), 4–28. PEI: Hunt (2016). RRI: Levine, Security Journal
21 (2008), 295–302.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.arrays import numbers
from gis.errors import FrameError

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.arrays import FloatArray


def hit_rate(hits: npt.ArrayLike, events: npt.ArrayLike) -> FloatArray:
    """Return the share of events that fell in flagged cells.

    Raises:
        FrameError: a missing or negative number, or more hits than events.
    """
    return _share("hits", hits, "events", events)


def prediction_accuracy_index(
    hits: npt.ArrayLike, events: npt.ArrayLike, area_m2: npt.ArrayLike, total_area_m2: npt.ArrayLike
) -> FloatArray:
    """Return the hit rate over the flagged share of the area: 1 is chance.

    Raises:
        FrameError: a missing or negative number, more hits than events, or a flagged area above the total.
    """
    return _over(hit_rate(hits, events), _share("area_m2", area_m2, "total_area_m2", total_area_m2))


def prediction_efficiency_index(pai: npt.ArrayLike, best_pai: npt.ArrayLike) -> FloatArray:
    """Return PAI over the best PAI that as many cells could have had: 1 is perfect.

    Raises:
        FrameError: a missing or negative number.
    """
    return _over(_counts("pai", pai), _counts("best_pai", best_pai))


def recapture_rate_index(
    hits: npt.ArrayLike, past_hits: npt.ArrayLike, events: npt.ArrayLike, past_events: npt.ArrayLike
) -> FloatArray:
    """Return the growth of events in flagged cells over the growth of all events: 1 means the cells kept their share.

    Raises:
        FrameError: a missing or negative number, or more hits than events.
    """
    return _over(_share("hits", hits, "events", events), _share("past_hits", past_hits, "past_events", past_events))


def _counts(name: str, values: npt.ArrayLike) -> FloatArray:
    array = numbers(values, name=name)
    if (array < 0).any():
        raise FrameError(f"{name}: {array.min()} is below zero")
    return array


def _share(part_name: str, part: npt.ArrayLike, whole_name: str, whole: npt.ArrayLike) -> FloatArray:
    top, bottom = _counts(part_name, part), _counts(whole_name, whole)
    if (top > bottom).any():
        raise FrameError(f"{part_name} exceed {whole_name}: {top} of {bottom}")
    return _over(top, bottom)


def _over(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return top / bottom as an array (a scalar for scalars), NaN where bottom is zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)[()]
