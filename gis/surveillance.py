"""Early warning: the daily prospective scan of a county's communities, its alarms bounded by a budget.

Every day the scan tests whether some community, alone or with its neighbours, has had more tips since some day than its
share of the county's tips explains. The alarm level is no p-value: the same scan runs over shuffled histories, and the
level is the one at which those raise no more episodes a year than the budget. ``docs/method.md`` has the formulas, the
alternatives that were tried, and how soon a den is detected. Sources: Page (1954) for the start left open, Kulldorff et
al. (2005), PLoS Medicine 2(3) e59, for the zones and the shuffled histories.
"""

from dataclasses import dataclass, replace
from math import log

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gis.arrays import FloatArray, IntArray, places
from gis.compiled import compiled
from gis.errors import FrameError

YEAR_DAYS = 365.25
_COLUMNS = ("llr", "zone", "window_days", "observed", "expected")
_LEAST_TIPS = 2  # one tip is no cluster
_PRIOR_TIPS = 2.0  # what a community's own record weighs against: as much as two tips at the county's mean


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Parameters of a watch: lengths in days, and the alarm episodes a year that chance alone may raise.

    The scan looks for dens that began at most ``longest_days`` ago and cause ``weakest_per_day`` tips or more. The
    baseline of a community is estimated from the ``record_days`` without the last ``guard_days`` (or half of the record
    where that is less).
    """

    record_days: int = 182
    guard_days: int = 28
    longest_days: int = 56
    weakest_per_day: float = 0.1
    neighbours: int = 5
    budget_per_year: float = 1.0
    quiet_days: int = 28
    histories: int = 99


@dataclass(frozen=True, kw_only=True)
class Level:
    """The least LLR that is an alarm, and the chance episodes it was found on, as levels that begin and end each."""

    llr: float
    days: int
    begins: FloatArray
    ends: FloatArray

    def recurrence_days(self, llr: float) -> float:
        """Days of chance between episodes at least so strong; where chance never was, all the days looked at."""
        return self.days / max(float(_episodes(self, np.array([llr]))[0]), 1.0)


def zones(xy: npt.ArrayLike, *, neighbours: int = Watch.neighbours) -> csr_array:
    """The distinct sets of a community with its 0, 1, ... nearest others: (zones, communities) of 0 and 1.

    Among equally near ones any may be taken; without communities there are no zones.

    Raises:
        FrameError: degrees or a missing coordinate.
    """
    points = places(xy)
    if not len(points):
        return csr_array((0, 0))
    # itself first, even where several lie on one spot
    near = np.asarray(cKDTree(points).query(points, k=list(range(1, min(neighbours + 1, len(points)) + 1)))[1])
    ordered = [[place, *(int(other) for other in row if other != place)] for place, row in enumerate(near)]
    found = dict.fromkeys(tuple(sorted(row[: size + 1])) for row in ordered for size in range(near.shape[1]))
    at = np.repeat(np.arange(len(found)), [len(zone) for zone in found])
    return csr_array((np.ones(len(at)), (at, np.concatenate([*found]))), shape=(len(found), len(points)))


def scan(counts: npt.ArrayLike, zones: csr_array, *, watch: Watch = Watch()) -> pd.DataFrame:
    """The strongest zone and window of each day that has a whole record behind it, itself included.

    ``counts`` is (communities, days). Index: the position of the day; columns: llr, zone, window_days, observed,
    expected. A day's row follows from its record alone. A zone of several is worth 2 ln(size) less than one community
    and holds half of the county at most. It counts with two tips or more; on a day without one that speaks for a den
    llr is 0 and zone −1. A history shorter than the record gives no rows.

    Raises:
        FrameError: counts that are no (communities, days) or not whole numbers from 0.
    """
    found = _days(_counted(counts, zones), zones, watch)
    frame = pd.DataFrame(found, columns=list(_COLUMNS)).iloc[watch.record_days - 1 :]
    return frame.astype({"zone": "int64", "window_days": "int64", "observed": "int64"})


def by_chance(counts: npt.ArrayLike, *, rng: np.random.Generator) -> IntArray:
    """The cases with their days permuted: the totals of each community and of each day stay the same.

    Raises:
        FrameError: counts that are not whole numbers from 0.
    """
    told = _whole(counts)
    place, day = np.nonzero(told)
    times = told[place, day]
    shuffled = np.zeros_like(told)
    np.add.at(shuffled, (np.repeat(place, times), rng.permutation(np.repeat(day, times))), 1)
    return shuffled


def level(counts: npt.ArrayLike, zones: csr_array, *, watch: Watch = Watch(), rng: np.random.Generator) -> Level:
    """The level of alarm at which shuffled histories of these cases stay within the budget.

    The least LLR above which, all the way up, the mean number of episodes a year is within it. An episode ends after
    ``quiet_days`` days below the level. Without one whole record, or without a zone that ever stands out, no finite
    level is known: the LLR is infinite.

    Raises:
        FrameError: as ``scan``.
    """
    told = _counted(counts, zones)
    llr = [_days(by_chance(told, rng=rng), zones, watch)[watch.record_days - 1 :, 0] for _ in range(watch.histories)]
    return level_within(np.array(llr), budget_per_year=watch.budget_per_year, quiet_days=watch.quiet_days)


def level_within(llr: FloatArray, *, budget_per_year: float, quiet_days: int = Watch.quiet_days) -> Level:
    """The level at which shuffled histories, (histories, days), stay within the budget; see ``level``."""
    series = pd.DataFrame(llr.T)
    before = series.shift(fill_value=0.0).rolling(quiet_days, min_periods=1).max().to_numpy().ravel()
    begins = series.to_numpy().ravel()
    # a day begins an episode at the levels above the quiet days before it and up to its own
    ends = np.minimum(begins, before)
    found = Level(llr=np.inf, days=len(begins), begins=np.sort(begins), ends=np.sort(ends))
    tried = np.unique(begins[begins > 0])[::-1]
    within = _episodes(found, tried) <= budget_per_year * len(begins) / YEAR_DAYS
    good = len(tried) if within.all() else int(within.argmin())
    return found if good == 0 else replace(found, llr=float(tried[good - 1]))


def episodes(llr: npt.ArrayLike, *, level: float, quiet_days: int = Watch.quiet_days) -> IntArray:
    """The positions of the days that begin an alarm episode: at the level, after so many days below it."""
    loud = np.flatnonzero(np.asarray(llr, dtype="float64") >= level)
    return loud[np.diff(loud, prepend=-quiet_days - 1) > quiet_days]


def _episodes(alarm: Level, llr: FloatArray) -> FloatArray:
    """How many chance episodes there are at each level."""
    began = len(alarm.begins) - np.searchsorted(alarm.begins, llr)
    return np.asarray(began - (len(alarm.ends) - np.searchsorted(alarm.ends, llr)), dtype="float64")


def _counted(counts: npt.ArrayLike, zones: csr_array) -> IntArray:
    told = _whole(counts)
    if told.ndim != 2 or told.shape[0] != zones.shape[1]:
        raise FrameError(f"counts have the shape {told.shape}, not ({zones.shape[1]} communities, days)")
    return told


def _whole(counts: npt.ArrayLike) -> IntArray:
    told = np.asarray(counts)
    if told.dtype.kind not in "iu" and not (np.isfinite(told) & (told == np.floor(told))).all():
        raise FrameError("counts hold something that is no whole number from 0")
    if (told < 0).any():
        raise FrameError("counts hold something that is no whole number from 0")
    return told.astype("int64")


def _days(counts: IntArray, zones: csr_array, watch: Watch) -> FloatArray:
    """The columns of a scan, for every day; those without a whole record behind them keep llr 0."""
    found = np.zeros((counts.shape[1], len(_COLUMNS)))
    found[:, 1] = -1.0
    _strongest(
        counts, zones.indptr.astype("int64"), zones.indices.astype("int64"), watch.record_days,
        min(watch.guard_days, watch.record_days // 2), min(watch.longest_days, watch.record_days),
        watch.weakest_per_day, found,
    )  # fmt: skip
    return found


@compiled
def _strongest(
    counts: IntArray, start: IntArray, member: IntArray, record: int, guard: int, longest: int, weakest: float,
    best: FloatArray,
) -> None:  # fmt: skip
    """Put the strongest zone of each day into ``best``; of equal ones the first, and of its windows the shortest."""
    ours, all_of = np.zeros(counts.shape[1] + 1), np.zeros(counts.shape[1] + 1)
    all_of[1:] = np.cumsum(counts.sum(axis=0))
    for zone in range(len(start) - 1):
        size = start[zone + 1] - start[zone]
        if size > 1 and 2 * size > len(counts):  # too few others to tell what the county does
            continue
        ours[:] = 0
        for place in member[start[zone] : start[zone + 1]]:
            ours[1:] += counts[place]
        last = _last_day(ours)
        ours = np.cumsum(ours)
        for end in range(record, len(ours)):
            if ours[end] - ours[end - longest] >= _LEAST_TIPS:
                rate, least = _usual(ours, all_of, end, size, len(counts), record, guard, weakest)
                _keep_best(best[end - 1], zone, ours, all_of, last, end, size, rate, least, longest)


@compiled
def _last_day(ours: FloatArray) -> IntArray:
    """For each end, the day before it that a zone last told of something, or −1."""
    last = np.full(len(ours), -1)
    for end in range(1, len(ours)):
        last[end] = end - 1 if ours[end] > 0 else last[end - 1]
    return last


@compiled
def _usual(
    ours: FloatArray, all_of: FloatArray, end: int, size: int, communities: int, record: int, guard: int, weakest: float
) -> tuple[float, float]:
    """What a zone tells by itself, and how many times as much the weakest den makes of it.

    Its clock runs by the days and by the tips that the others tell.
    """
    days = record - guard
    own, tips = ours[end - guard] - ours[end - record], all_of[end - guard] - all_of[end - record]
    mean = (tips + 0.5) / (communities * days + (communities - 1) * tips)  # half a tip: no mean is 0
    rate = (_PRIOR_TIPS * size + own) / (_PRIOR_TIPS / mean + days + tips - own)
    return rate, 1 + weakest / (rate * (1 + tips / days))


@compiled
def _keep_best(
    best: FloatArray, zone: int, ours: FloatArray, all_of: FloatArray, last: IntArray, end: int, size: int, rate: float,
    least: float, longest: int,
) -> None:  # fmt: skip
    """Put in the strongest window of one zone and day where it is stronger than the kept one; it begins with a tip."""
    begin = last[end]
    while begin >= end - longest and begin >= 0:
        observed = ours[end] - ours[begin]
        expected = rate * (end - begin + all_of[end] - all_of[begin] - observed)
        times = max(observed / expected, least)
        llr = observed * log(times) - (times - 1) * expected - 2 * log(size)
        if llr > best[0] and observed >= _LEAST_TIPS:
            best[0], best[1], best[2], best[3], best[4] = llr, zone, end - begin, observed, expected
        begin = last[begin]
