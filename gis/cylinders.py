"""The zones of a scan, and its inner loop: the strongest zone, for the data and for each replica.

Counts are tables (members + 1, lanes). Members are the locations with a size above 0; the last row is always 0. Lanes
are the windows, or the replicas of a scan without time, padded with lanes that are always 0. Counts of four lanes (two
where there are many cases) are packed into one 64-bit word, so that one instruction adds or compares them all.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import log
from typing import NamedTuple

import joblib
import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from gis.arrays import FloatArray, IntArray
from gis.compiled import compiled

Counts = npt.NDArray[np.int16 | np.int32]
Numbers = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

_LEAST_CASES = 2
_BLOCK = 100  # centres whose distances are held at once
_LANES = 16
_WHOLE_LEVELS, _LEVELS = 8192, 2048  # of size, that the fewest cases are kept for: each whole size, or steps
_FLOORS = np.append(0.0, 1.25 ** np.arange(15))  # of ratios; few replicas go beyond 20


@dataclass(frozen=True, kw_only=True)
class Zones:
    """All zones of all centres, centre by centre, each from small to large.

    ``begin`` is the first zone of each centre, and the end; ``member`` who joins at each zone, ``size`` what it has
    then. ``cases`` are those in each window, so that a zone expects size × cases / ``whole``. ``by_place`` orders all
    locations by first, then second coordinate; ``members`` are those of them that have a size. ``scale`` turns sizes
    into levels.
    """

    points: FloatArray
    by_place: IntArray
    members: IntArray
    begin: IntArray
    member: Numbers
    size: FloatArray
    scale: float
    cases: IntArray
    whole: float
    total: int

    @cached_property
    def search(self) -> "_Search":
        """The same for the inner loop; no zone expects fewer cases than its level says."""
        levels = np.maximum(np.arange(int(self.size.max(initial=0.0) * self.scale) + 1), 1e-9) / self.scale
        least = levels[:, None] * (1 - 1e-9) * self.cases / self.whole
        ladder = np.stack([_fewest(least, self.total, floor * (1 - 1e-9)) for floor in _FLOORS])
        sign = sum(1 << bit for bit in range(8 * ladder.itemsize - 1, 64, 8 * ladder.itemsize))
        looked_at = self.begin, self.member, self.size, self.scale, self.cases, self.whole, self.total
        return _Search(*looked_at, _FLOORS, ladder, np.uint64(sign))

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
    whole = float(size.sum())
    joining, sizes, lengths = [np.empty(0, np.int32)], [np.empty(0)], [np.zeros(1, np.int64)]
    for start in range(0, len(points), _BLOCK):
        away = cdist(points[start : start + _BLOCK], points[members])
        order = _nearest_first(away)
        grown = np.cumsum(size[members][order], axis=1)
        inside = (grown <= limit * (1 + 1e-12)) & (np.take_along_axis(away, order, axis=1) <= max_radius)
        joining.append(order[inside].astype(np.int32))
        sizes.append(grown[inside])
        lengths.append(inside.sum(axis=1))
    levelled = limit <= _WHOLE_LEVELS and not (size % 1).any()
    return Zones(
        points=points,
        by_place=by_place,
        members=members,
        begin=np.cumsum(np.concatenate(lengths)),
        member=np.concatenate(joining),
        size=np.concatenate(sizes),
        scale=1.0 if levelled else _LEVELS / min(limit, whole),
        cases=cases,
        whole=whole,
        total=total,
    )


def _nearest_first(away: FloatArray) -> IntArray:
    """Return the order of each row, equal distances by position; rows without any are spared the slower sort."""
    order = np.argsort(away, axis=1)
    ordered = np.take_along_axis(away, order, axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    order[tied] = np.argsort(away[tied], axis=1, kind="stable")
    return order


class _Search(NamedTuple):
    """Zones as the inner loop takes them; ``sign`` is the highest bit of each count in a word.

    ``ladder`` (floors, levels, lanes) holds the fewest cases with which a zone's ratio may reach a floor. Only those
    are worth their logarithms: once a zone of some ratio is found, the floor below it takes the place of the last.
    """

    begin: IntArray
    member: Numbers
    size: FloatArray
    scale: float
    cases: IntArray
    whole: float
    total: int
    floors: FloatArray
    ladder: Counts
    sign: np.uint64


def strongest(counts: Counts, zones: Zones) -> Best:
    """Return each centre's strongest zone for one set of counts; of equal ones the smaller, then the shorter."""
    best = Best(
        llr=np.zeros(len(zones.points)),
        last=np.zeros(len(zones.points), dtype=np.int64),
        window=np.zeros(len(zones.points), dtype=np.int64),
        observed=np.zeros(len(zones.points), dtype=np.int64),
        expected=np.zeros(len(zones.points)),
    )
    _find_strongest(zones.search, counts, best.llr, best.last, best.window, best.observed, best.expected)
    return best


@compiled
def _find_strongest(
    search: _Search,
    counts: Counts,
    llr: FloatArray,
    last: IntArray,
    window: IntArray,
    observed: IntArray,
    expected: FloatArray,
) -> None:
    """Fill in the fields of ``Best``, all of them zeros before."""
    inside = np.zeros((2, counts.shape[1]), dtype=counts.dtype)
    for centre in range(len(llr)):
        inside[0], rung = 0, 0
        end = search.begin[centre + 1]
        step = _grown(search, search.ladder[rung], counts, inside, search.begin[centre], end)
        while step < end:
            for lane in range(len(search.cases)):
                ratio = _ratio(search, step, lane, inside[0, lane])
                if ratio > llr[centre]:
                    llr[centre], last[centre], window[centre] = ratio, search.member[step], lane
                    observed[centre] = inside[0, lane]
                    expected[centre] = search.size[step] * search.cases[lane] / search.whole
            rung = _risen(search, rung, llr[centre])
            step = _grown(search, search.ladder[rung], counts, inside, step + 1, end)


def maxima(
    zones: Zones, draws: Iterable[Callable[[], Counts]], *, together: int, abreast: bool = False
) -> Iterator[float]:
    """Yield the log-likelihood ratio of each replica's strongest zone, 0 where no zone counts.

    A draw makes a table of counts: of one replica, or ``abreast`` of one in each lane, which needs a single window.
    ``together`` of them are made and looked at before the first is given out; the number of threads changes nothing.
    """
    look: Callable[[_Search, Counts], float | FloatArray] = _maxima if abreast else _maximum
    search, waiting = zones.search, iter(draws)
    with ThreadPoolExecutor(joblib.cpu_count()) as pool:
        while found := list(pool.map(lambda draw: look(search, draw()), islice(waiting, together))):
            yield from np.array(found).ravel().tolist()


@compiled
def _maximum(search: _Search, counts: Counts) -> float:
    """Return the strongest log-likelihood ratio of all zones and windows."""
    best, rung, inside = 0.0, 0, np.zeros((2, counts.shape[1]), dtype=counts.dtype)
    for centre in range(len(search.begin) - 1):
        inside[0] = 0
        end = search.begin[centre + 1]
        step = _grown(search, search.ladder[rung], counts, inside, search.begin[centre], end)
        while step < end:
            level = int(search.size[step] * search.scale)
            for lane in range(len(search.cases)):
                if inside[0, lane] >= search.ladder[rung, level, lane]:
                    best = max(best, _ratio(search, step, lane, inside[0, lane]))
            rung = _risen(search, rung, best)
            step = _grown(search, search.ladder[rung], counts, inside, step + 1, end)
    return best


@compiled
def _maxima(search: _Search, counts: Counts) -> FloatArray:
    """Return the strongest log-likelihood ratio of all zones in each lane, which has a floor of its own."""
    fewest = np.empty((search.ladder.shape[1], counts.shape[1]), dtype=counts.dtype)
    fewest[:] = search.ladder[0, :, :1]
    best, rung = np.zeros(counts.shape[1]), np.zeros(counts.shape[1], dtype=np.int64)
    inside = np.zeros((2, counts.shape[1]), dtype=counts.dtype)
    for centre in range(len(search.begin) - 1):
        inside[0] = 0
        end = search.begin[centre + 1]
        step = _grown(search, fewest, counts, inside, search.begin[centre], end)
        while step < end:
            level = int(search.size[step] * search.scale)
            for lane in range(len(best)):
                if inside[0, lane] >= fewest[level, lane]:
                    best[lane] = max(best[lane], _ratio(search, step, 0, inside[0, lane]))
                    risen = _risen(search, rung[lane], best[lane])
                    if risen > rung[lane]:
                        rung[lane], fewest[:, lane] = risen, search.ladder[risen, :, 0]
            step = _grown(search, fewest, counts, inside, step + 1, end)
    return best


@compiled
def _risen(search: _Search, rung: int, best: float) -> int:
    """Return the highest floor that ``best`` reaches, from the one at ``rung`` on."""
    while rung + 1 < len(search.floors) and search.floors[rung + 1] <= best:
        rung += 1
    return rung


@compiled
def _grown(search: _Search, least: Counts, counts: Counts, inside: Counts, step: int, end: int) -> int:
    """Let members join ``inside[0]`` from ``step`` on, and return the first step at which a lane has the least cases.

    It is ``end`` where none has. Members join by four as long as all of them together do not reach what the smallest
    zone of the four needs; ``inside[1]`` is a scratch. A count above or equal to the fewest leaves its sign bit
    standing when those are taken away, and borrows from no other lane.
    """
    words, fewest, total = counts.view(np.uint64), least.view(np.uint64), inside.view(np.uint64)
    now, then, member, size, scale, sign = total[0], total[1], search.member, search.size, search.scale, search.sign
    while step < end:
        if step + 4 <= end:
            # positions are unsigned, as those that may be negative keep the processor from taking words together
            at, over = np.uint64(step), np.uint64(0)
            level = np.uint64(np.int64(size[at] * scale))
            one, two = np.uint64(member[at]), np.uint64(member[at + np.uint64(1)])
            three, four = np.uint64(member[at + np.uint64(2)]), np.uint64(member[at + np.uint64(3)])
            for word in range(np.uint64(len(now))):
                grown = now[word] + words[one, word] + words[two, word] + words[three, word] + words[four, word]
                then[word] = grown
                over |= (grown | sign) - fewest[level, word]
            if over & sign == np.uint64(0):
                for word in range(np.uint64(len(now))):
                    now[word] = then[word]
                step += 4
                continue
        for single in range(step, min(step + 4, end)):
            if _joined(words[member[single]], now, fewest[int(size[single] * scale)], sign):
                return single
        step = min(step + 4, end)
    return end


@compiled
def _joined(joining: Words, now: Words, fewest: Words, sign: np.uint64) -> bool:
    """Add those joining, and return whether a lane has the fewest cases then."""
    over = np.uint64(0)
    for word in range(np.uint64(len(now))):
        now[word] += joining[word]
        over |= (now[word] | sign) - fewest[word]
    return bool(over & sign)


@compiled
def _ratio(search: _Search, step: int, lane: int, observed: int) -> float:
    """Return c·ln(c/u) + (C−c)·ln((C−c)/(C−u)) for c observed of C in total; 0 for too few, or not above u expected."""
    expected, total = search.size[step] * search.cases[lane] / search.whole, search.total
    if observed < _LEAST_CASES or observed <= expected:
        return 0.0
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
    return np.pad(table.astype(count_type(total), order="C"), ((0, 0), (0, rest)), constant_values=fill)


def count_type(total: int) -> type[np.int16 | np.int32]:
    """Return the smallest type that holds total + 1: the inner loop is bound by memory."""
    return np.int16 if total < np.iinfo(np.int16).max else np.int32
