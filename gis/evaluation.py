"""Forecasts, how well they caught what came after (hit rate, PAI, PEI, RRI), and what a raid moved elsewhere.

The figures take plain numbers or arrays of them, element by element, and give NaN where the ratio has no meaning (0 / 0
or a division by zero), so that an empty month in a table of months spoils no other.

Source: PAI: Chainey, Tompson & Uhlig, Security Journal 21 (2008), 4–28. PEI: Hunt (2016). RRI: Levine, Security Journal
21 (2008), 295–302.
"""

from datetime import date

import numpy as np
import numpy.typing as npt

from gis.arrays import FloatArray, at_least_zero, day_numbers, places, same_length
from gis.density import Bounds, cell_counts, kernel_density
from gis.errors import FrameError
from gis.exposure import rate_variance

_BANDWIDTH_M = 500.0


def hit_rate(hits: npt.ArrayLike, events: npt.ArrayLike) -> FloatArray:
    """Return the share of events that fell in flagged cells.

    Args:
        hits: events in flagged cells.
        events: events in all cells.

    Returns:
        0 to 1, of the shape of the input; NaN without events.

    Raises:
        FrameError: a missing or negative number, or more hits than events.
    """
    return _share("hits", hits, "events", events)


def prediction_accuracy_index(
    hits: npt.ArrayLike, events: npt.ArrayLike, area_m2: npt.ArrayLike, total_area_m2: npt.ArrayLike
) -> FloatArray:
    """Return the hit rate over the flagged share of the area: 1 is chance.

    Args:
        hits: events in flagged cells.
        events: events in all cells.
        area_m2: the flagged area, in square metres.
        total_area_m2: the whole area, in square metres.

    Returns:
        Numbers ≥ 0, of the shape of the input; NaN where a share has no meaning.

    Raises:
        FrameError: a missing or negative number, more hits than events, or a flagged area above the total.
    """
    return _over(hit_rate(hits, events), _share("area_m2", area_m2, "total_area_m2", total_area_m2))


def prediction_efficiency_index(pai: npt.ArrayLike, best_pai: npt.ArrayLike) -> FloatArray:
    """Return PAI over the best PAI that as many cells could have had: 1 is perfect, NaN where either has no meaning.

    Args:
        pai: ``prediction_accuracy_index`` of a forecast.
        best_pai: that of the best choice of as many cells.

    Returns:
        0 to 1, of the shape of the input.

    Raises:
        FrameError: an infinite or negative number.
    """
    ours, best = (np.asarray(index, dtype=np.float64) for index in (pai, best_pai))
    known = ~(np.isnan(ours) | np.isnan(best))  # an accuracy index is NaN where nothing happened
    top, bottom = (at_least_zero(np.where(known, index, 0.0), name="indices") for index in (ours, best))
    return _over(top, bottom)


def recapture_rate_index(
    hits: npt.ArrayLike, past_hits: npt.ArrayLike, events: npt.ArrayLike, past_events: npt.ArrayLike
) -> FloatArray:
    """Return the growth of events in flagged cells over the growth of all events: 1 means the cells kept their share.

    Args:
        hits: events in flagged cells in the period.
        past_hits: those of the period before.
        events: events in all cells in the period.
        past_events: those of the period before.

    Returns:
        Numbers ≥ 0, of the shape of the input; NaN where a growth has no meaning.

    Raises:
        FrameError: a missing or negative number, or more hits than events.
    """
    return _over(_share("hits", hits, "events", events), _share("past_hits", past_hits, "past_events", past_events))


def prior_counts(
    xy: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    bounds: Bounds,
    cell_m: float,
    today: date | np.datetime64,
    horizon_days: float,  # noqa: ARG001 the arguments are those of every forecast
    rng: np.random.Generator,  # noqa: ARG001 likewise
) -> FloatArray:
    """Return how many events before ``today`` each cell has had, (rows, cols): the baseline a forecast must beat.

    Args:
        xy: (n, 2) metric coordinates, in metres.
        days: (n,) days: dates, datetime64 or day numbers.
        bounds: xmin, ymin, xmax, ymax in metres.
        cell_m: side of a cell, in metres.
        today: the first day that is not known.
        horizon_days: not used: the arguments are those of ``forecast``.
        rng: not used.

    Returns:
        (rows, cols) float64, row 0 = south.

    Raises:
        FrameError: as ``gis.density.cell_counts``; a missing day, or xy and days of unequal length.
    """
    past, _ = _before(xy, days, today)
    return cell_counts(past, bounds=bounds, cell_m=cell_m)


def forecast(
    xy: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    bounds: Bounds,
    cell_m: float,
    today: date | np.datetime64,
    horizon_days: float,
    rng: np.random.Generator,  # noqa: ARG001 the arguments are those of every forecast; this one draws nothing
) -> FloatArray:
    """Return the events expected in each cell from ``today`` on for ``horizon_days``, (rows, cols), row 0 = south.

    Only events before ``today`` count. With n past events in a cell and m expected there by a Gaussian surface of 500 m
    (or one cell, if wider) over the same events, the long-run number is m · (1 + v·n) / (1 + v·m): the count, shrunk
    towards its surroundings. v, the squared coefficient of variation of cells about the surface, is measured from the
    events themselves with each cell's own events left out; where cells vary no more than chance it is 0 and the surface
    alone is left. Cells without events, but among events, so rank above empty land. No history gives zeros.

    Args:
        xy: (n, 2) metric coordinates, in metres.
        days: (n,) days: dates, datetime64 or day numbers.
        bounds: xmin, ymin, xmax, ymax in metres.
        cell_m: side of a cell, in metres.
        today: the first day that is not known.
        horizon_days: how many days to look ahead.
        rng: not used: the same events give the same forecast.

    Returns:
        (rows, cols) float64, events, row 0 = south.

    Raises:
        FrameError: as ``prior_counts``.

    Source: gamma-Poisson shrinkage, Clayton & Kaldor, Biometrics 43 (1987), with moments for v.
    """
    past, history_days = _before(xy, days, today)
    count = cell_counts(past, bounds=bounds, cell_m=cell_m)
    bandwidth_m = max(_BANDWIDTH_M, cell_m)
    smooth = kernel_density(past, bounds=bounds, cell_m=cell_m, bandwidth_m=bandwidth_m) * (cell_m / 1000) ** 2
    own = cell_m**2 / (2 * np.pi * bandwidth_m**2)  # how much of an event the surface leaves in its own cell
    others = np.maximum(smooth - own * count, 0.0) / (1 - own)
    variation = rate_variance(count, others)
    return smooth * (1 + variation * count) / (1 + variation * smooth) * (horizon_days / history_days)


def _before(xy: npt.ArrayLike, days: npt.ArrayLike, today: date | np.datetime64) -> tuple[FloatArray, float]:
    """Return the places of the events before ``today``, and how many days the first of them lies back (at least 1)."""
    points, when = places(xy), day_numbers(days)
    now = float(day_numbers(np.array(today, dtype="datetime64[D]"), name="today"))
    same_length(points, when, names="xy and days")
    past = when < now
    return points[past], float(max(now - when[past].min(initial=now), 1.0))


def weighted_displacement(
    before_target: float,
    after_target: float,
    before_ring: float,
    after_ring: float,
    before_control: float,
    after_control: float,
) -> tuple[float, float, float]:
    """Return the weighted displacement difference of a raid, its standard error and z; below 0 the raid helped.

    It is the change of events in the target plus that in the ring around it, where they may have moved, less that in a
    control area of like size. z is 0 where nothing happened anywhere.

    Args:
        before_target: events in the target before the raid.
        after_target: those after it.
        before_ring: events in the ring around the target before the raid.
        after_ring: those after it.
        before_control: events in the control area before the raid.
        after_control: those after it.

    Returns:
        The difference, its standard error, and z.

    Raises:
        FrameError: a missing or negative count.

    Source: Wheeler & Ratcliffe, Crime Science 7 (2018): counts are Poisson, so that the variance is their sum.
    """
    told = [before_target, after_target, before_ring, after_ring, before_control, after_control]
    wdd = float(at_least_zero(told, name="counts") @ (-1, 1, -1, 1, 1, -1))
    standard_error = float(np.sqrt(sum(told)))
    return wdd, standard_error, wdd / standard_error if standard_error else 0.0


def _share(part_name: str, part: npt.ArrayLike, whole_name: str, whole: npt.ArrayLike) -> FloatArray:
    top, bottom = at_least_zero(part, name=part_name), at_least_zero(whole, name=whole_name)
    if (top > bottom).any():
        raise FrameError(f"{part_name} exceed {whole_name}: {top} of {bottom}")
    return _over(top, bottom)


def _over(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return top / bottom as an array (a scalar for scalars), NaN where bottom is zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)[()]
