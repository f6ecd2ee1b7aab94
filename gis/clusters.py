"""Density clusters of places, and of places in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

from gis.arrays import day_numbers, places, positive, same_length
from gis.errors import FrameError

if TYPE_CHECKING:
    import numpy.typing as npt

    from gis.arrays import FloatArray, IntArray


def dbscan(xy: npt.ArrayLike, *, radius_m: float, min_points: int) -> IntArray:
    """Return a cluster label per place, counted from 0 in order of the first core place; −1 is noise.

    Places within ``radius_m`` (≤) are neighbours, the place itself counts towards ``min_points``. A border place
    reached by two clusters goes to the one with the lower label. Coincident places share their label. Empty input gives
    an empty array, one place is noise unless ``min_points`` is 1.

    Raises:
        FrameError: a missing coordinate, degrees, a radius not above zero, ``min_points`` below 1.

    Source: Ester et al., KDD-96.
    """
    points = places(xy, length_m=positive(radius_m, name="radius_m"))
    distinct, member, times = _distinct(points)
    model = DBSCAN(eps=radius_m, min_samples=_at_least_one(min_points))
    return _labels(model, distinct, member, times)


def space_time_dbscan(
    xy: npt.ArrayLike, days: npt.ArrayLike, *, radius_m: float, window_days: float, min_points: int
) -> IntArray:
    """Return labels as ``dbscan`` does, where neighbours are within ``radius_m`` and within ``window_days`` (both ≤).

    Raises:
        FrameError: as ``dbscan``; a missing day, a negative window, xy and days of unequal length.

    Source: Birant & Kut, Data & Knowledge Engineering 60 (2007), without the value threshold.
    """
    points = places(xy, length_m=positive(radius_m, name="radius_m"))
    when = day_numbers(days)
    same_length(points, when, names="xy and days")
    if not window_days >= 0:
        raise FrameError(f"window_days is {window_days}, below zero")
    distinct, member, times = _distinct(np.column_stack([points, when]))
    first, second = _pairs(distinct, radius_m, window_days)
    ones = np.ones(2 * len(first))
    graph = csr_array((ones, (np.r_[first, second], np.r_[second, first])), shape=(len(distinct), len(distinct)))
    model = DBSCAN(eps=1.0, min_samples=_at_least_one(min_points), metric="precomputed")
    return _labels(model, graph, member, times)


def _at_least_one(min_points: int) -> int:
    if min_points < 1:
        raise FrameError(f"min_points is {min_points}, below 1")
    return int(min_points)


def _distinct(rows: FloatArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the distinct rows in order of appearance, the position of each row among them, and how often each comes.

    Ten thousand calls from one phone box are one weighted place here, and not 10⁸ pairs.
    """
    unique, first, member, times = np.unique(rows, axis=0, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    return unique[order], np.argsort(order)[member], times[order]


def _pairs(rows: FloatArray, radius_m: float, window_days: float) -> tuple[IntArray, IntArray]:
    """Return index pairs of rows (x, y, day) that are neighbours in space and in time, each pair once."""
    scale = radius_m / window_days if window_days > 0 else 4 * radius_m
    box = np.column_stack([rows[:, :2], rows[:, 2] * scale])
    first, second = cKDTree(box).query_pairs(radius_m * (1 + 1e-9), p=np.inf, output_type="ndarray").T
    dx, dy, dt = (rows[first] - rows[second]).T
    near = (np.hypot(dx, dy) <= radius_m) & (np.abs(dt) <= window_days)
    return first[near], second[near]


def _labels(model: DBSCAN, distinct: FloatArray | csr_array, member: IntArray, times: IntArray) -> IntArray:
    if len(member) == 0:
        return np.empty(0, dtype=np.int64)
    weights = times if times.max() > 1 else None  # scikit-learn sums weights one place at a time
    labels: IntArray = model.fit(distinct, sample_weight=weights).labels_.astype(np.int64)
    return labels[member]
