"""Change over time: Mann-Kendall trends, emerging hot spots, and the Knox test of space-time interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from gis.arrays import day_numbers, numbers, places, positive, same_length
from gis.errors import FrameError

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.arrays import BoolArray, FloatArray, IntArray

_TREND_Z = 1.959963984540054  # a trend counts when its two-sided p is below 0.05
_MOST_PAIRS = 20_000_000  # near pairs held at once: 320 MB


def mann_kendall(series: npt.ArrayLike) -> FloatArray:
    """Return the z of each row's monotone trend, rows = places, columns = periods in order; above 0 is rising.

    Ties are corrected for and S is moved one towards zero, as is usual. z is 0 for a row of equal values and for fewer
    than two periods. A single series (one dimension) gives one z.

    Args:
        series: (places, periods) numbers, or (periods,) for one place.

    Returns:
        (places,) float64, or one z.

    Raises:
        FrameError: a missing value, or more than two dimensions.

    Source: Mann, Econometrica 13 (1945); Kendall, Rank Correlation Methods (1975), with the variance under ties.
    """
    table = _table(series, name="series")
    periods = table.shape[1]
    score, equal = np.zeros(len(table)), np.ones(table.shape)
    for lag in range(1, periods):
        later, earlier = table[:, lag:], table[:, :-lag]
        score += np.sign(later - earlier).sum(axis=1)
        tied = later == earlier
        equal[:, lag:] += tied
        equal[:, :-lag] += tied
    # Σ t(t−1)(2t+5) over groups of ties, written over their members, of which each group has t
    ties = ((equal - 1) * (2 * equal + 5)).sum(axis=1)
    variance = (periods * (periods - 1) * (2 * periods + 5) - ties) / 18
    moved = score - np.sign(score)
    z: FloatArray = np.divide(moved, np.sqrt(variance), out=np.zeros_like(moved), where=variance > 0)
    return z if np.ndim(series) > 1 else z.reshape(())[()]


def emerging_hot_spots(z: npt.ArrayLike, significant: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Return the pattern of each place in the words of ArcGIS, from its Gi* z and whether it was significant.

    Both are tables, rows = places, columns = periods in order. A significant value is hot where z > 0 and cold where
    z < 0. The first rule that holds names the place; cold spots mirror the hot ones, and everything else is
    ``no_pattern``:

    - ``new_hot_spot``: hot in the last period and never before
    - ``consecutive_hot_spot``: hot in a final run of at least two and never before, in under 90 % of periods
    - ``intensifying_``, ``diminishing_``, ``persistent_hot_spot``: hot in at least 90 % of periods and in the last,
      with a rising, falling or no trend of z (Mann-Kendall, two-sided 0.05)
    - ``historical_hot_spot``: hot in at least 90 %, but not in the last
    - ``oscillating_hot_spot``: hot in the last period, and cold in an earlier one
    - ``sporadic_hot_spot``: hot in the last period, on and off before, never cold

    Args:
        z: (places, periods) Gi* values.
        significant: (places, periods) bool.

    Returns:
        (places,) texts.

    Raises:
        FrameError: a missing value, or tables of unequal shape.

    Source: Esri, How Emerging Hot Spot Analysis works (ArcGIS Pro).
    """
    strength, flags = _table(z, name="z"), np.atleast_2d(np.asarray(significant, dtype=bool))
    if strength.shape != flags.shape:
        raise FrameError(f"z {strength.shape} and significant {flags.shape} do not fit")
    names = np.full(len(strength), "no_pattern", dtype="<U22")
    if strength.size == 0:
        return names
    hot, cold = flags & (strength > 0), flags & (strength < 0)
    trend = mann_kendall(strength)
    for one, other, towards, kind in ((hot, cold, trend, "hot_spot"), (cold, hot, -trend, "cold_spot")):
        rules = _patterns(one, other, towards)
        found = np.select(list(rules.values()), [f"{name}_{kind}" for name in rules], default="")
        names = np.where(found != "", found, names)
    return names


def _patterns(hot: BoolArray, cold: BoolArray, trend: FloatArray) -> dict[str, BoolArray]:
    """Return which rows each definition holds for, the first to hold names the row."""
    count, periods, last = hot.sum(axis=1), hot.shape[1], hot[:, -1]
    run = np.logical_and.accumulate(hot[:, ::-1], axis=1).sum(axis=1)  # length of the final unbroken run
    mostly = 10 * count >= 9 * periods
    return {
        "new": last & (count == 1),
        "consecutive": ~mostly & (run > 1) & (run == count),
        "intensifying": mostly & last & (trend > _TREND_Z),
        "diminishing": mostly & last & (trend < -_TREND_Z),
        "persistent": mostly & last,
        "historical": mostly & ~last,
        "oscillating": last & cold.any(axis=1),
        "sporadic": last,
    }


def knox(
    xy: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    radius_m: float,
    window_days: float,
    permutations: int,
    rng: np.random.Generator,
) -> tuple[int, float, float]:
    """Return how many pairs of events are near in space and time, how many chance would give, and its p.

    Near is at most ``radius_m`` and at most ``window_days`` apart; coincident events are near. The expected number is
    the exact mean over all orders of the days; p = (r + 1) / (permutations + 1), where r shuffles of the days give at
    least as many pairs. Fewer than two events give 0, 0, 1.

    Args:
        xy: (n, 2) metric coordinates, in metres.
        days: (n,) days: dates, datetime64 or day numbers.
        radius_m: in metres, above zero.
        window_days: in days, not negative.
        permutations: how many shuffles, at least 1.
        rng: the source of chance; the same state gives the same p.

    Returns:
        The observed pairs, the expected pairs, and p.

    Raises:
        FrameError: a missing coordinate or day, degrees, unequal lengths, a length not above zero, a negative window,
            no permutations, or over 20 million pairs near in space (the radius is too wide to say anything).

    Source: Knox, Applied Statistics 13 (1964).
    """
    points, when = places(xy, length_m=positive(radius_m, name="radius_m")), day_numbers(days)
    same_length(points, when, names="xy and days")
    if not window_days >= 0 or permutations < 1:
        raise FrameError(f"window_days is {window_days}, permutations is {permutations}")
    pairs = _near_pairs(points, radius_m)
    observed = _close_in_time(when, pairs, window_days)
    ordered = np.sort(when)
    in_time = (np.searchsorted(ordered, ordered + window_days, side="right") - np.arange(1, len(when) + 1)).sum()
    expected = len(pairs) * in_time / max(len(when) * (len(when) - 1) / 2, 1)
    reached = sum(_close_in_time(rng.permutation(when), pairs, window_days) >= observed for _ in range(permutations))
    return observed, float(expected), (reached + 1) / (permutations + 1)


def _near_pairs(points: FloatArray, radius_m: float) -> IntArray:
    if len(points) == 0:
        return np.empty((0, 2), dtype=np.int64)
    tree = cKDTree(points)
    count = (int(tree.count_neighbors(tree, radius_m)) - len(points)) // 2
    if count > _MOST_PAIRS:
        raise FrameError(f"{count} pairs lie within {radius_m} m of each other, over {_MOST_PAIRS}")
    return np.asarray(tree.query_pairs(radius_m, output_type="ndarray"))


def _close_in_time(when: FloatArray, pairs: IntArray, window_days: float) -> int:
    return int((np.abs(when[pairs[:, 0]] - when[pairs[:, 1]]) <= window_days).sum())


def _table(values: npt.ArrayLike, *, name: str) -> FloatArray:
    table = np.atleast_2d(numbers(values, name=name))
    if table.ndim != 2:
        raise FrameError(f"{name}: shape {table.shape}, not (places, periods)")
    return table
