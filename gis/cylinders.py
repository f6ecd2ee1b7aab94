"""The zones a scan looks at, and its inner loop: the strongest of them, for the data and for each replica.

Counts are arrays (members + 1, replicas, windows): members are the locations that have a size, and the last row, which
is always 0, stands for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import cdist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    import numpy.typing as npt

    from gis.arrays import FloatArray, IntArray

    Counts = npt.NDArray[np.int16 | np.int32]

_LEAST_CASES = 2
_BLOCK = 500  # centres whose distances are held at once


@dataclass(frozen=True, kw_only=True)
class Zones:
    """All zones of all centres: row k, column i of ``member`` and ``level`` is centre i with its k + 1 nearest members.

    ``member`` is who joins there, ``level`` the row of ``expected`` (levels, windows) that holds for the zone then.
    Beyond a centre's last zone, nobody joins and the level expects infinitely many. ``by_place`` orders all locations
    by first, then second coordinate; ``members`` are those of them that have a size.
    """

    points: FloatArray
    by_place: IntArray
    members: IntArray
    member: IntArray
    level: IntArray
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
        joining.append(np.where(inside, order, len(members))[:, :longest].T.astype(np.int32))
        sizes.append(np.where(inside, grown, np.inf)[:, :longest].T)
    levels, level = np.unique(_side_by_side(sizes, np.inf), return_inverse=True)
    expected = np.where(np.isinf(levels), 0.0, levels)[:, None] * cases / size.sum()
    expected[np.isinf(levels)] = np.inf
    return Zones(
        points=points,
        by_place=by_place,
        members=members,
        member=_side_by_side(joining, len(members)),
        level=level.astype(np.int32),
        expected=expected,
        total=total,
    )


def strongest(counts: Counts, zones: Zones) -> Best:
    """Return each centre's strongest zone for one set of counts; of equal ones the smaller, then the shorter."""
    fewest = _fewest(zones.expected, zones.total, 0.0)
    centres = np.arange(len(zones.points))
    inside = np.zeros((len(centres), zones.expected.shape[1]), dtype=np.int64)
    llr, expected = np.zeros(len(centres)), np.zeros(len(centres))
    last, window, observed = (np.zeros(len(centres), dtype=np.int64) for _ in range(3))
    for member, level in zip(zones.member, zones.level, strict=True):
        inside += counts[member, 0]
        strength = np.zeros(inside.shape)
        strong = inside >= fewest[level]
        strength[strong] = _llr(inside[strong], zones.expected[level][strong], zones.total)
        here = strength.argmax(axis=1)
        better = centres[strength[centres, here] > llr]
        at = here[better]
        llr[better], last[better], window[better] = strength[better, at], member[better], at
        observed[better], expected[better] = inside[better, at], zones.expected[level[better], at]
    return Best(llr=llr, last=last, window=window, observed=observed, expected=expected)


def maxima(zones: Zones, draws: Iterable[Counts], guess: float) -> Iterator[float]:
    """Yield the log-likelihood ratio of each replica's strongest zone, 0 where no zone counts.

    Only zones whose count can reach a floor are worth their logarithms. The floor begins at ``guess`` and then stays a
    quarter below the weakest replica so far; a replica without any such zone is looked at again with half the floor, so
    that the floor changes the time taken and nothing else.
    """
    floor, table = guess, _fewest(zones.expected, zones.total, guess)
    for counts in draws:
        found = _maxima(counts, zones, table)
        while (missing := found == 0).any() and floor > 0:
            floor = floor / 2 if floor > 1e-3 else 0.0
            table = _fewest(zones.expected, zones.total, floor)
            found[missing] = _maxima(counts[:, missing], zones, table)
        if 0.75 * found.min() < 0.99 * floor:
            floor = 0.75 * found.min()
            table = _fewest(zones.expected, zones.total, floor)
        yield from found.tolist()


def _maxima(counts: Counts, zones: Zones, fewest: Counts) -> FloatArray:
    """Return each replica's strongest log-likelihood ratio among zones with at least the fewest cases, else 0."""
    inside = np.zeros((len(zones.points), *counts.shape[1:]), dtype=counts.dtype)
    best = np.zeros(counts.shape[1])
    for member, level in zip(zones.member, zones.level, strict=True):
        inside += counts[member]
        strong = np.flatnonzero(inside >= fewest[level][:, None])
        if len(strong):
            centre, replica, window = np.unravel_index(strong, inside.shape)
            np.maximum.at(best, replica, _llr(inside.flat[strong], zones.expected[level[centre], window], zones.total))
    return best


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
    return np.where(possible, high, total + 1).astype(count_type(total))


def count_type(total: int) -> type[np.int16 | np.int32]:
    """Return the smallest type that holds total + 1: the inner loop is bound by memory."""
    return np.int16 if total < np.iinfo(np.int16).max else np.int32


def _side_by_side(parts: list[npt.NDArray[Any]], fill: float) -> npt.NDArray[Any]:
    rows = max((len(part) for part in parts), default=0)
    return np.hstack([np.pad(part, ((0, rows - len(part)), (0, 0)), constant_values=fill) for part in parts])
