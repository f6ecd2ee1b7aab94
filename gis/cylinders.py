"""The zones a scan looks at, and its inner loop: the strongest of them, for the data and for each replica.

Counts are arrays (members + 1, lanes): members are the locations that have a size, and the last row, which is always 0,
stands for nobody. Lanes are the windows and some more that are always 0, so that the processor adds sixteen at once.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import log
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from gis.arrays import FloatArray, IntArray
from gis.compiled import compiled

Counts = npt.NDArray[np.int16 | np.int32]
Numbers = npt.NDArray[np.int32]

_LEAST_CASES = 2
_BLOCK = 100  # centres whose distances are held at once
_LANES = 16  # counts of two bytes in one register
_TOGETHER = 32  # replicas drawn before the floor is looked at again


@dataclass(frozen=True, kw_only=True)
class Zones:
    """All zones of all centres: row i, column k of ``member`` and ``level`` is centre i with its k + 1 nearest members.

    ``member`` is who joins there, ``level`` the row of ``expected`` (levels, windows) that holds for the zone then.
    Beyond a centre's last zone, nobody joins and the level expects infinitely many. ``by_place`` orders all locations
    by first, then second coordinate; ``members`` are those of them that have a size.
    """

    points: FloatArray
    by_place: IntArray
    members: IntArray
    member: Numbers
    level: Numbers
    expected: FloatArray
    total: int

    def reach(self, last: IntArray) -> FloatArray:
        """Return how far each centre's member ``last`` is."""
        return np.asarray(np.linalg.norm(self.points - self.points[self.members[last]], axis=1))

    def around(self, centre: int, last: int) -> tuple[IntArray, float]:
        """Return all locations from ``centre`` out to the member ``last``, nearest first, and how far that is."""
        away = cdist(self.points[[centre]], self.points[self.by_place])[0]
        order = np.argsort(away, kind="stable")
        nearest = self.by_place[order]
        end = int(np.flatnonzero(nearest == self.members[last])[0])
        return nearest[: end + 1], float(away[order[end]])


@dataclass(frozen=True, kw_only=True)
class Best:
    """The strongest zone of each centre: its last member, window, counts and log-likelihood ratio (0 = it has none)."""

    llr: FloatArray
    last: IntArray
    window: IntArray
    observed: IntArray
    expected: FloatArray


def grow(
    points: FloatArray,
    ties: FloatArray,
    size: FloatArray,
    *,
    limit: float,
    max_radius: float = np.inf,
    cases: IntArray,
    total: int,
) -> Zones:
    """Return all zones whose size stays within ``limit`` and ``max_radius``; ``cases`` are those in each window.

    Distances are Euclidean between ``points``; equal ones go by ``ties``, the first coordinate before the second.
    """
    by_place = np.lexsort((ties[:, 1], ties[:, 0]))
    members = by_place[size[by_place] > 0]
    joining, sizes = [], []
    for start in range(0, len(points), _BLOCK):
        away = cdist(points[start : start + _BLOCK], points[members])
        order = np.argsort(away, axis=1, kind="stable")
        grown = np.cumsum(size[members][order], axis=1)
        inside = (grown <= limit * (1 + 1e-12)) & (np.take_along_axis(away, order, axis=1) <= max_radius)
        longest = inside.sum(axis=1).max(initial=0)
        joining.append(np.where(inside, order, len(members))[:, :longest].astype(np.int32))
        sizes.append(np.where(inside, grown, np.inf)[:, :longest])
    levels = np.unique(np.concatenate([[np.inf], *(np.unique(part) for part in sizes)]))
    level = [np.searchsorted(levels, part).astype(np.int32) for part in sizes]
    expected = np.where(np.isinf(levels), 0.0, levels)[:, None] * cases / size.sum()
    expected[np.isinf(levels)] = np.inf
    return Zones(
        points=points,
        by_place=by_place,
        members=members,
        member=_stacked(joining, len(members)),
        level=_stacked(level, len(levels) - 1),
        expected=expected,
        total=total,
    )


def strongest(counts: Counts, zones: Zones) -> Best:
    """Return each centre's strongest zone for one set of counts; of equal ones the smaller, then the shorter."""
    best = Best(
        llr=np.zeros(len(zones.points)),
        last=np.zeros(len(zones.points), dtype=np.int64),
        window=np.zeros(len(zones.points), dtype=np.int64),
        observed=np.zeros(len(zones.points), dtype=np.int64),
        expected=np.zeros(len(zones.points)),
    )
    fewest = _fewest(zones.expected, zones.total, 0.0)
    looked_at = zones.member, zones.level, zones.expected, fewest, zones.total, counts
    _find_strongest(*looked_at, best.llr, best.last, best.window, best.observed, best.expected)
    return best


@compiled
def _find_strongest(
    member: Numbers,
    level: Numbers,
    expected: FloatArray,
    fewest: Counts,
    total: int,
    counts: Counts,
    llr: FloatArray,
    last: IntArray,
    window: IntArray,
    observed: IntArray,
    expected_there: FloatArray,
) -> None:
    """Fill in the fields of ``Best``, all of them zeros before."""
    for centre in range(len(member)):
        inside = np.zeros(counts.shape[1], dtype=counts.dtype)
        step = _grown(member[centre], level[centre], fewest, counts, inside, 0)
        while step < member.shape[1]:
            row = level[centre, step]
            for lane in range(expected.shape[1]):
                if inside[lane] >= fewest[row, lane]:
                    ratio = _ratio(inside[lane], expected[row, lane], total)
                    if ratio > llr[centre]:
                        llr[centre], last[centre], window[centre] = ratio, member[centre, step], lane
                        observed[centre], expected_there[centre] = inside[lane], expected[row, lane]
            step = _grown(member[centre], level[centre], fewest, counts, inside, step + 1)


def maxima(zones: Zones, draws: Iterable[Counts], guess: float) -> Iterator[float]:
    """Yield the log-likelihood ratio of each replica's strongest zone, 0 where no zone counts.

    Only zones whose count can reach a floor are worth their logarithms. The floor begins at ``guess`` and then stays a
    quarter below the weakest replica so far; a replica without any such zone is looked at again with half the floor, so
    that the floor changes the time taken and nothing else. Neither does the number of threads.
    """
    floor, fewest, waiting = guess, _fewest(zones.expected, zones.total, guess), iter(draws)
    with ThreadPoolExecutor(joblib.cpu_count()) as pool:
        while tables := list(islice(waiting, _TOGETHER)):
            found = np.zeros(len(tables))
            while (missing := np.flatnonzero(found == 0)).size:
                look = partial(_maximum, zones.member, zones.level, zones.expected, fewest, zones.total)
                found[missing] = list(pool.map(look, [tables[replica] for replica in missing]))
                if floor == 0 or found.all():
                    break
                floor = floor / 2 if floor > 1e-3 else 0.0
                fewest = _fewest(zones.expected, zones.total, floor)
            if 0.75 * found.min() < 0.99 * floor:
                floor = 0.75 * found.min()
                fewest = _fewest(zones.expected, zones.total, floor)
            yield from found.tolist()


@compiled
def _maximum(
    member: Numbers, level: Numbers, expected: FloatArray, fewest: Counts, total: int, counts: Counts
) -> float:
    """Return the strongest log-likelihood ratio among zones with at least the fewest cases, else 0."""
    best = 0.0
    for centre in range(len(member)):
        inside = np.zeros(counts.shape[1], dtype=counts.dtype)
        step = _grown(member[centre], level[centre], fewest, counts, inside, 0)
        while step < member.shape[1]:
            row = level[centre, step]
            for lane in range(expected.shape[1]):
                if inside[lane] >= fewest[row, lane]:
                    best = max(best, _ratio(inside[lane], expected[row, lane], total))
            step = _grown(member[centre], level[centre], fewest, counts, inside, step + 1)
    return best


@compiled
def _grown(member: Numbers, level: Numbers, fewest: Counts, counts: Counts, inside: Counts, step: int) -> int:
    """Let members join ``inside`` from ``step`` on, and return the first step at which a window has the fewest cases.

    It is the number of steps where none has. Sums and differences stay in the type of the counts: two bytes mean
    sixteen lanes at once.
    """
    narrow = counts.dtype.type
    while step < len(member):
        joined, row, over = member[step], level[step], narrow(-1)
        for lane in range(inside.shape[0]):
            count = narrow(inside[lane] + counts[joined, lane])
            inside[lane] = count
            over = max(over, narrow(count - fewest[row, lane]))
        if over >= 0:
            break
        step += 1
    return step


@compiled
def _ratio(observed: int, expected: float, total: int) -> float:
    """Return c·ln(c/u) + (C−c)·ln((C−c)/(C−u)) for c observed above u expected of C in total."""
    inside = observed * log(observed / expected)
    return inside + (total - observed) * log((total - observed) / (total - expected)) if observed < total else inside


def _llr(observed: npt.NDArray[np.integer], expected: FloatArray, total: int) -> FloatArray:
    """Return c·ln(c/u) + (C−c)·ln((C−c)/(C−u)) for c observed above u expected of C in total."""
    rest = total - observed
    outside = rest * np.log(np.where(rest > 0, rest, 1) / np.where(rest > 0, total - expected, 1))
    return observed * np.log(observed / expected) + outside


def _fewest(expected: FloatArray, total: int, floor: float) -> Counts:
    """Return the fewest cases, at least 2 and above ``expected``, whose ratio reaches ``floor``; total + 1 if none do.

    The ratio grows with the count, so that halving the interval finds it.
    """
    possible = (expected > 0) & (expected < total)
    u = np.where(possible, expected, 0.5 * total)
    low = np.maximum(_LEAST_CASES, np.floor(u).astype(np.int64) + 1)
    high = np.full(u.shape, total + 1)
    while (low < high).any():
        middle = (low + high) // 2
        reached = _llr(np.minimum(middle, total), u, total) >= floor
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle + 1)
    return in_lanes(np.where(possible, high, total + 1), total, fill=total + 1)


def in_lanes(table: npt.NDArray[np.integer], total: int, *, fill: int = 0) -> Counts:
    """Return a table of counts up to ``total`` in the form of the inner loop, further lanes holding ``fill``."""
    rest = -table.shape[1] % _LANES
    return np.pad(table.astype(count_type(total)), ((0, 0), (0, rest)), constant_values=fill)


def count_type(total: int) -> type[np.int16 | np.int32]:
    """Return the smallest type that holds total + 1: the inner loop is bound by memory."""
    return np.int16 if total < np.iinfo(np.int16).max else np.int32


def _stacked(parts: list[npt.NDArray[Any]], fill: int) -> npt.NDArray[Any]:
    columns = max((part.shape[1] for part in parts), default=0)
    return np.vstack([np.pad(part, ((0, 0), (0, columns - part.shape[1])), constant_values=fill) for part in parts])
