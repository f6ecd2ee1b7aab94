"""Local statistics of values on neighbouring places: Gi*, local Moran, and which of them chance cannot explain.

``values`` is one number per place, ``neighbours`` a sparse (n, n) matrix of 0 and 1 as made by ``gis.neighbours``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, diags_array

from gis.arrays import numbers
from gis.errors import FrameError

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.arrays import BoolArray, FloatArray, IntArray

_BLOCK = 50  # shuffles held at once: 16 MB at 20,000 places
_FEWEST_PLACES = 3  # below, the moments of local Moran divide by zero


def gi_star(values: npt.ArrayLike, neighbours: csr_array) -> FloatArray:
    """Return Gi* of each place as a z value: the sum over itself and its neighbours against that of all places.

    The place itself (the star) is added inside. z is 0 where all values are equal and where everybody is a neighbour.
    Show it, but never threshold it: on sparse counts it flags pure chance (use ``permutation_p``).

    Args:
        values: (n,) numbers.
        neighbours: (n, n) matrix of 0 and 1, without self.

    Returns:
        (n,) float64, z values.

    Raises:
        FrameError: a missing value, or a matrix that does not fit.

    Source: Ord & Getis, Geographical Analysis 27 (1995), eq. 14.
    """
    x, matrix = _fitting(values, neighbours)
    count, own = len(x), matrix.diagonal()
    if count == 0:
        return x
    deviation = x - x.mean()
    size = squares = np.diff(matrix.indptr) - own + 1.0
    if (matrix.data != 1).any():
        squared = csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
        size, squares = matrix.sum(axis=1) - own + 1, squared.sum(axis=1) - own**2 + 1
    spread = np.sqrt((deviation**2).mean() * (count * squares - size**2) / max(count - 1, 1))
    return _ratio(matrix @ deviation + (1 - own) * deviation, spread, tiny=1e-12 * np.abs(x).max())


def permutation_p(
    values: npt.ArrayLike, neighbours: csr_array, *, permutations: int, pooled: bool = True, rng: np.random.Generator
) -> FloatArray:
    """Return the one-sided upper p of each place's sum over itself and its neighbours, all values shuffled.

    p = (r + 1) / (R + 1), where r of R shuffled sums reach the observed one, ties counted. ``pooled`` draws the null of
    a place from all places with as many neighbours, R = permutations × such places: the only form a false discovery
    rate can be controlled with; otherwise R = permutations. p is 1 where all values are equal.

    Args:
        values: (n,) numbers.
        neighbours: (n, n) matrix of 0 and 1, without self.
        permutations: how many shuffles, at least 1.
        pooled: whether places with equally many neighbours share their null.
        rng: the source of chance; the same state gives the same p.

    Returns:
        (n,) float64, above 0 and at most 1.

    Raises:
        FrameError: a missing value, a matrix that does not fit, ``permutations`` below 1.

    Source: Davison & Hinkley, Bootstrap Methods (1997), ch. 4.
    """
    x, star = _starred(values, neighbours)
    if permutations < 1:
        raise FrameError(f"permutations is {permutations}, below 1")
    # sums of the same values in another order differ in the last digits: still a tie
    observed = star @ x - 1e-12 * np.abs(x).sum()
    _, group = np.unique(np.diff(star.indptr), return_inverse=True)
    reached = np.zeros(len(x), dtype=np.int64)
    for start in range(0, permutations, _BLOCK):
        copies = np.tile(x, (min(_BLOCK, permutations - start), 1))
        shuffled = star @ rng.permuted(copies, axis=1).T
        reached += _pooled_reach(shuffled, observed, group) if pooled else (shuffled >= observed[:, None]).sum(axis=1)
    draws = permutations * (np.bincount(group)[group] if pooled else 1)
    return np.asarray((reached + 1) / (draws + 1))


def significant(p: npt.ArrayLike, *, alpha: float = 0.05) -> BoolArray:
    """Return which p values stand when a share ``alpha`` of those flagged may be chance (Benjamini-Hochberg).

    Args:
        p: (n,) p values, 0 to 1.
        alpha: the share of false discoveries, 0 to 1.

    Returns:
        (n,) bool.

    Raises:
        FrameError: a missing p, one outside 0–1, or ``alpha`` outside 0–1.

    Source: Benjamini & Hochberg, JRSS B 57 (1995).
    """
    ps = numbers(p, name="p")
    for name, share in (("p", ps), ("alpha", np.array([alpha]))):
        if ((share < 0) | (share > 1)).any():
            raise FrameError(f"{name}: {share[(share < 0) | (share > 1)][0]} is outside 0–1")
    # a p stands when it or a greater one lies below its step; scipy.stats would take half a second to load
    ranked, step = np.sort(ps), alpha * np.arange(1, len(ps) + 1) / max(len(ps), 1)
    return np.asarray(ps <= ranked[ranked <= step].max(initial=-1.0))


def local_moran(values: npt.ArrayLike, neighbours: csr_array) -> tuple[FloatArray, FloatArray]:
    """Return local Moran's I of each place and its z, with row-standardised neighbours.

    I follows esda, (n − 1) / Σd² · dᵢ · mean of neighbours' d, which is (n − 1) / n of R spdep's. z is spdep's: against
    the mean and variance over shuffles of the other places' values. Both are 0 for a place without neighbours, where
    all values are equal, and where there are fewer than 3 places.

    Args:
        values: (n,) numbers.
        neighbours: (n, n) matrix of 0 and 1, without self.

    Returns:
        I and z, each (n,) float64.

    Raises:
        FrameError: a missing value, or a matrix that does not fit.

    Source: Anselin, Geographical Analysis 27 (1995); moments: Sokal et al., Geographical Analysis 30 (1998), A7–A8.
    """
    x, matrix = _fitting(values, neighbours)
    count = len(x)
    if count < _FEWEST_PLACES or np.ptp(x) == 0:
        return np.zeros(count), np.zeros(count)
    share = csr_array(diags_array(_ratio(np.ones(count), matrix @ np.ones(count))) @ matrix)
    d = (x - x.mean()) / x.std()
    lag, size, squares = share @ d, share.sum(axis=1), share.multiply(share).sum(axis=1)
    expected = -(d**2) * size / (count - 1)
    variance = d**2 * count / (count - 2) * (squares - size**2 / (count - 1)) * (1 - d**2 / (count - 1))
    return (count - 1) / count * d * lag, _ratio(d * lag - expected, np.sqrt(np.maximum(variance, 0.0)), tiny=1e-12)


def _fitting(values: npt.ArrayLike, neighbours: csr_array) -> tuple[FloatArray, csr_array]:
    x = numbers(values)
    if x.ndim != 1 or neighbours.shape != (len(x), len(x)):
        raise FrameError(f"values {x.shape} and neighbours {neighbours.shape} do not fit")
    return x, csr_array(neighbours).astype(np.float64, copy=False)


def _starred(values: npt.ArrayLike, neighbours: csr_array) -> tuple[FloatArray, csr_array]:
    """Return checked values and the matrix with ones on its diagonal."""
    x, matrix = _fitting(values, neighbours)
    star = csr_array(matrix + diags_array(1.0 - matrix.diagonal())) if len(x) else matrix
    star.eliminate_zeros()
    return x, star


def _pooled_reach(shuffled: FloatArray, observed: FloatArray, group: IntArray) -> IntArray:
    """Return for each place how many of its group's shuffled sums reach its observed sum."""
    reached = np.empty(len(observed), dtype=np.int64)
    for number in range(group.max(initial=-1) + 1):
        mine = group == number
        null = np.sort(shuffled[mine], axis=None)
        reached[mine] = len(null) - np.searchsorted(null, observed[mine], side="left")
    return reached


def _ratio(top: FloatArray, bottom: FloatArray, *, tiny: float = 0.0) -> FloatArray:
    """Return top / bottom, and 0 where bottom is at most ``tiny``."""
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > tiny)
