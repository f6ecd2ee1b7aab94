"""Early warning: the daily prospective scan of a county's communities, its alarms bounded by a budget.

Every day the scan asks whether some community with its neighbours has told more in the last days than its share of
the county's tips of half a year leads one to expect. Source: the space-time permutation statistic of Kulldorff et al.
(2005), PLoS Medicine 2(3) e59. When to raise an alarm is never read off a p-value: the same scan runs over histories
of chance, and the level is the one at which those stay within the budget.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gis.arrays import FloatArray, IntArray, places
from gis.errors import FrameError

YEAR_DAYS = 365.25


@dataclass(frozen=True, kw_only=True)
class Watch:
    """How a county is watched; days, and alarm episodes a year that chance alone may raise."""

    record_days: int = 182
    windows_days: tuple[int, ...] = (7, 14, 28, 56)
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
    expected. A zone counts with two cases or more and more than expected; on a day without one llr is 0 and zone −1.
    A history shorter than the record gives no rows; where all cases lie in one community nothing can stand out.

    Raises:
        FrameError: counts that are no (communities, days) or not whole numbers from 0.
    """
    told = _counted(counts, zones)
    end = np.arange(watch.record_days, told.shape[1] + 1)
    kept = {name: np.zeros(len(end)) for name in ("llr", "window_days", "observed", "expected")}
    kept["zone"] = np.full(len(end), -1.0)
    if len(end) and zones.shape[0]:
        ours, all_of = _running(zones @ told), _running(told.sum(axis=0, keepdims=True))
        cases = all_of[:, end] - all_of[:, end - watch.record_days]
        share = (ours[:, end] - ours[:, end - watch.record_days]) / np.maximum(cases, 1)
        for days in watch.windows_days:
            _keep_best(kept, end, days, ours, all_of, share, cases)
    frame = pd.DataFrame(kept, index=end - 1)
    return frame.astype({"zone": "int64", "window_days": "int64", "observed": "int64"})


def by_chance(counts: npt.ArrayLike, *, rng: np.random.Generator) -> IntArray:
    """The same cases with their days shuffled among them: each community and each day keeps its total."""
    told = np.asarray(counts, dtype="int64")
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
    """
    series = [scan(by_chance(counts, rng=rng), zones, watch=watch)["llr"].to_numpy() for _ in range(watch.histories)]
    begins = np.concatenate(series)
    before = [
        pd.Series(s).shift(fill_value=0.0).rolling(watch.quiet_days, min_periods=1).max().to_numpy() for s in series
    ]
    # a day begins an episode at the levels above the quiet days before it and up to its own
    ends = np.minimum(begins, np.concatenate(before))
    found = Level(llr=np.inf, days=len(begins), begins=np.sort(begins), ends=np.sort(ends))
    tried = np.unique(begins[begins > 0])[::-1]
    within = _episodes(found, tried) <= watch.budget_per_year * len(begins) / YEAR_DAYS
    good = len(tried) if within.all() else int(within.argmin())
    if good == 0:
        return found
    return Level(llr=float(tried[good - 1]), days=found.days, begins=found.begins, ends=found.ends)


def episodes(llr: npt.ArrayLike, *, level: float, quiet_days: int = Watch.quiet_days) -> IntArray:
    """The positions of the days that begin an alarm episode: at the level, after so many days below it."""
    loud = np.flatnonzero(np.asarray(llr, dtype="float64") >= level)
    return loud[np.diff(loud, prepend=-quiet_days - 1) > quiet_days]


def _episodes(found: Level, llr: FloatArray) -> FloatArray:
    """How many chance episodes there are at each level."""
    began = len(found.begins) - np.searchsorted(found.begins, llr)
    return np.asarray(began - (len(found.ends) - np.searchsorted(found.ends, llr)), dtype="float64")


def _counted(counts: npt.ArrayLike, zones: csr_array) -> FloatArray:
    told = np.asarray(counts, dtype="float64")
    if told.ndim != 2 or told.shape[0] != zones.shape[1]:
        raise FrameError(f"counts have the shape {told.shape}, not ({zones.shape[1]} communities, days)")
    if not (np.isfinite(told) & (told >= 0) & (told == np.floor(told))).all():
        raise FrameError("counts hold something that is no whole number from 0")
    return told


def _running(counts: FloatArray) -> FloatArray:
    return np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0)))


def _keep_best(
    kept: dict[str, FloatArray], end: IntArray, days: int, ours: FloatArray, all_of: FloatArray, share: FloatArray,
    cases: FloatArray,
) -> None:  # fmt: skip
    """Put in the strongest zone of one window on the days where it is stronger than the kept one."""
    observed = ours[:, end] - ours[:, end - days]
    expected = share * (all_of[:, end] - all_of[:, end - days])
    value = _llr(observed, expected, cases)
    best, day = value.argmax(axis=0), np.arange(len(end))
    here = np.flatnonzero(value[best, day] > kept["llr"])
    at = (best[here], here)
    kept["llr"][here], kept["zone"][here], kept["window_days"][here] = value[at], best[here], days
    kept["observed"][here], kept["expected"][here] = observed[at], expected[at]


def _llr(observed: FloatArray, expected: FloatArray, cases: FloatArray) -> FloatArray:
    """The Poisson log likelihood ratio; 0 unless two or more are there and more than expected."""
    out = np.zeros_like(observed)
    at = np.nonzero((observed >= 2) & (observed > expected * (1 + 1e-12)))
    c, u, n = observed[at], expected[at], cases[0, at[1]]
    rest = n - c
    out[at] = c * np.log(c / u) + np.where(rest > 0, rest * np.log(np.where(rest > 0, rest, 1) / (n - u)), 0.0)
    return out
