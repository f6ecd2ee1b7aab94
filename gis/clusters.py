"""Density clusters of places, and of places in time.

For ``dbscan`` and ``space_time_dbscan`` places are sorted into cells: squares whose diagonal is just under the radius,
times slots no longer than the window. Places of one cell are then always near each other, and only the cells two
columns and rows and one slot around it need to be looked at. Source: Gunawan, A Faster Algorithm for DBSCAN (2013).
``hdbscan`` and ``optics`` are scikit-learn's.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray, day_numbers, places, positive, same_length
from gis.compiled import compiled
from gis.errors import FrameError

_AROUND = 2  # cells that a radius can reach across, in each direction
_NEAREST_FIRST = (0, 1, -1, 2, -2)
_SIDE = 0.7071  # of a cell, in radii: a little under √½, so that rounding cannot part places of one cell
_MOST_ROWS, _MOST_CELLS = 2**31, 2**61
_DIGIT = 11  # bits sorted by at once
_CHUNK = 256  # places looked at before asking whether that was enough


def dbscan(xy: npt.ArrayLike, *, radius_m: float, min_points: int) -> IntArray:
    """Return a cluster label per place, counted from 0 in order of the first core place; −1 is noise.

    Places within ``radius_m`` (≤) are neighbours, the place itself counts towards ``min_points``. A border place
    reached by two clusters goes to the one with the lower label. Coincident places share their label. Empty input gives
    an empty array, one place is noise unless ``min_points`` is 1.

    Args:
        xy: (n, 2) metric coordinates, in metres.
        radius_m: in metres, above zero.
        min_points: at least 1, the place itself counted.

    Returns:
        (n,) whole numbers from 0, −1 for noise.

    Raises:
        FrameError: a missing coordinate, degrees, a radius not above zero or far too small for the extent,
            ``min_points`` below 1.

    Source: Ester et al., KDD-96.
    """
    points = places(xy, length_m=positive(radius_m, name="radius_m"))
    return _labels(points, np.zeros(len(points)), _Near(float(radius_m), 0.0), min_points)


def space_time_dbscan(
    xy: npt.ArrayLike, days: npt.ArrayLike, *, radius_m: float, window_days: float, min_points: int
) -> IntArray:
    """Return labels as ``dbscan`` does, where neighbours are within ``radius_m`` and within ``window_days`` (both ≤).

    Args:
        xy: (n, 2) metric coordinates, in metres.
        days: (n,) days: dates, datetime64 or day numbers.
        radius_m: in metres, above zero.
        window_days: in days, not negative.
        min_points: at least 1, the place itself counted.

    Returns:
        (n,) whole numbers from 0, −1 for noise.

    Raises:
        FrameError: as ``dbscan``; a missing day, a negative window, xy and days of unequal length.

    Source: Birant & Kut, Data & Knowledge Engineering 60 (2007), without the value threshold.
    """
    points = places(xy, length_m=positive(radius_m, name="radius_m"))
    when = day_numbers(days)
    same_length(points, when, names="xy and days")
    if not window_days >= 0:
        raise FrameError(f"window_days is {window_days}, below zero")
    return _labels(points, when, _Near(float(radius_m), float(window_days)), min_points)


def hdbscan(xy: npt.ArrayLike, *, min_points: int, min_cluster: int) -> IntArray:
    """Return labels as ``dbscan`` does, where each cluster has the density that keeps it together longest.

    No radius is chosen: a thin village and a dense town each find their own. A place's core distance reaches to its
    ``min_points``-th nearest place, itself counted; a cluster has at least ``min_cluster`` places. All places may be
    one cluster. Fewer places than either number are noise. Coincident places share their label, and the order of the
    rows does not matter: they are sorted first, for ties would otherwise follow it.

    Args:
        xy: (n, 2) metric coordinates.
        min_points: at least 1.
        min_cluster: at least 2.

    Returns:
        (n,) whole numbers from 0 in order of the first place, −1 for noise.

    Raises:
        FrameError: a missing coordinate, degrees, a number below its least.

    Source: Campello, Moulavi & Sander, PAKDD 2013, as scikit-learn computes it.
    """
    _at_least(min_points, 1, name="min_points")
    _at_least(min_cluster, 2, name="min_cluster")
    points = places(xy)
    if len(points) < max(min_points, min_cluster):
        return np.full(len(points), -1, dtype=np.int64)
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415 - half a second, for those who ask for it

    # a kd-tree is told, so that which algorithm runs does not depend on how many there are
    model = HDBSCAN(
        min_samples=min_points, min_cluster_size=min_cluster, allow_single_cluster=True, algorithm="kd_tree", copy=True
    )
    return _sorted_labels(points, lambda rows: model.fit(rows).labels_)


def optics(xy: npt.ArrayLike, *, radius_m: float, min_points: int) -> IntArray:
    """Return labels as ``dbscan`` does, read off the order in which OPTICS reaches the places, cut at ``radius_m``.

    The clusters are those of ``dbscan`` at that radius but for their borders: a place that is no core is noise where
    the order reached it before the cluster's cores. Fewer places than ``min_points`` are noise. Rows are sorted first,
    as for ``hdbscan``.

    Args:
        xy: (n, 2) metric coordinates.
        radius_m: in metres, above zero.
        min_points: at least 1, the place itself counted.

    Returns:
        (n,) whole numbers from 0 in order of the first place, −1 for noise.

    Raises:
        FrameError: as ``dbscan``.

    Source: Ankerst et al., SIGMOD 1999, as scikit-learn computes it.
    """
    _at_least(min_points, 1, name="min_points")
    radius = positive(radius_m, name="radius_m")
    points = places(xy, length_m=radius)
    if len(points) < max(min_points, 2):
        return np.full(len(points), -1 if min_points > 1 else 0, dtype=np.int64)
    from sklearn.cluster import OPTICS  # noqa: PLC0415 - as above

    model = OPTICS(max_eps=radius, eps=radius, min_samples=max(min_points, 2), cluster_method="dbscan")
    return _sorted_labels(points, lambda rows: model.fit(rows).labels_)


def _at_least(value: int, least: int, *, name: str) -> None:
    if value < least:
        raise FrameError(f"{name} is {value}, below {least}")


def _sorted_labels(points: FloatArray, label: Callable[[FloatArray], npt.ArrayLike]) -> IntArray:
    """The labels of the places as sorted by coordinates, given back in their own order and numbered by it."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = label(points[order])
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    noise = int(labels[first[0]] < 0)  # the least label comes first
    rank = np.argsort(np.argsort(first[noise:]))
    return np.concatenate([[-1] * noise, rank]).astype(np.int64)[number]


class _Near(NamedTuple):
    """How near neighbours are."""

    radius_m: float
    window_days: float


class _Cells(NamedTuple):
    """Places sorted by cell, and the cells that hold any in rising order of their keys.

    A key counts cells by row, then slot, then column. ``start`` is the first place of each cell, and of the end.
    """

    x: FloatArray
    y: FloatArray
    when: FloatArray
    key: IntArray
    start: IntArray


def _labels(points: FloatArray, when: FloatArray, near: _Near, min_points: int) -> IntArray:
    if min_points < 1:
        raise FrameError(f"min_points is {min_points}, below 1")
    if len(points) == 0:
        return np.empty(0, dtype=np.int64)
    key, shifts = _keyed(points, when, near)
    key, order = _ordered(key)
    cells = _cells(points[order, 0], points[order, 1], when[order], key)
    core = _cores(cells, shifts, near, int(min_points))
    cores = _cells(cells.x[core], cells.y[core], cells.when[core], key[core])
    label = _numbered(_joined(cores, _ahead(shifts), near), cores.start, order[core])
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = _spread(cells, cores, core, label, shifts, near)
    return labels


def _keyed(points: FloatArray, when: FloatArray, near: _Near) -> tuple[IntArray, IntArray]:
    """Return the key of each place's cell, and what to add to a key for the rows and slots around, nearest rows first.

    Rows and slots are followed by an empty one and columns by two, so that no step leads around a corner.
    """
    starts = _slots(np.sort(when), near.window_days) if np.ptp(when) > near.window_days else np.array([when.min()])
    origin, side_m = np.array([axis.min() for axis in points.T]), _SIDE * near.radius_m
    columns, rows = (np.floor(np.ptp(axis) / side_m) + 1 + _AROUND for axis in points.T)
    slots = len(starts) + 1
    if not (max(rows, columns) <= _MOST_ROWS and rows * slots * columns <= _MOST_CELLS):
        raise FrameError(f"radius_m is {near.radius_m}, too small for places {rows:.0f} × {columns:.0f} cells apart")
    around = (0, 1, -1) if len(starts) > 1 else (0,)
    shifts = [(up * slots + later) * int(columns) for up in _NEAREST_FIRST for later in around]
    return _keys(points, when, starts, origin, side_m, int(columns)), np.array(shifts)


@compiled
def _keys(
    points: FloatArray, when: FloatArray, starts: FloatArray, origin: FloatArray, side_m: float, columns: int
) -> IntArray:
    """Return the key of each place's cell."""
    key = np.empty(len(points), dtype=np.int64)
    for place in range(len(key)):
        column = int(np.floor((points[place, 0] - origin[0]) / side_m))
        row = int(np.floor((points[place, 1] - origin[1]) / side_m))
        slot = np.searchsorted(starts, when[place], side="right") - 1
        key[place] = (row * (len(starts) + 1) + slot) * columns + column
    return key


@compiled
def _slots(when: FloatArray, window_days: float) -> FloatArray:
    """Return the first moment of each slot: the first of all in rising order, and then each beyond a window."""
    starts = np.empty_like(when)
    starts[0], count = when[0], 1
    for moment in when:
        if moment - starts[count - 1] > window_days:
            starts[count] = moment
            count += 1
    return starts[:count].copy()


@compiled
def _ordered(key: IntArray) -> tuple[IntArray, IntArray]:
    """Return the keys in rising order, and which was where: a radix sort."""
    order, top, shift = np.arange(len(key)), key.max(), 0
    other_key, other_order = np.empty_like(key), np.empty_like(order)
    while top >> shift > 0:
        place = np.zeros(2**_DIGIT + 1, dtype=np.int64)
        for value in key:
            place[(value >> shift & 2**_DIGIT - 1) + 1] += 1
        place = np.cumsum(place)
        for at in range(len(key)):
            digit = key[at] >> shift & 2**_DIGIT - 1
            other_key[place[digit]], other_order[place[digit]] = key[at], order[at]
            place[digit] += 1
        key, other_key, order, other_order = other_key, (key if shift else np.empty_like(key)), other_order, order
        shift += _DIGIT
    return key, order


def _cells(x: FloatArray, y: FloatArray, when: FloatArray, key: IntArray) -> _Cells:
    start = np.flatnonzero(np.diff(key, prepend=-1))
    return _Cells(x, y, when, key[start], np.append(start, len(key)))


@compiled
def _cores(cells: _Cells, shifts: IntArray, near: _Near, min_points: int) -> BoolArray:
    """Return which places have enough neighbours."""
    core = np.zeros(len(cells.x), dtype=np.bool_)
    first, end = np.zeros_like(shifts), np.zeros_like(shifts)
    for cell in range(len(cells.key)):
        mine, next_one = cells.start[cell], cells.start[cell + 1]
        if next_one - mine >= min_points:
            core[mine:next_one] = True
            continue
        _look_around(cells.key, cells.key[cell], shifts, first, end)
        around = 0
        for step in range(len(shifts)):
            around += cells.start[end[step]] - cells.start[first[step]]
        if around >= min_points:
            for place in range(mine, next_one):
                core[place] = _has_enough(cells, first, end, place, near, around, min_points)
    return core


@compiled
def _look_around(key: IntArray, own: int, shifts: IntArray, first: IntArray, end: IntArray) -> None:
    """Move ``first`` and ``end`` on to the cells around ``own`` in each row and slot; ``own`` must rise."""
    for step in range(len(shifts)):
        west = own + shifts[step] - _AROUND
        while first[step] < len(key) and key[first[step]] < west:
            first[step] += 1
        end[step] = max(end[step], first[step])
        while end[step] < len(key) and key[end[step]] <= west + 2 * _AROUND:
            end[step] += 1


@compiled
def _has_enough(
    cells: _Cells, first: IntArray, end: IntArray, place: int, near: _Near, around: int, min_points: int
) -> bool:
    """Return whether enough of the places ``around`` are near, without looking at more of them than needed."""
    missing, left = min_points, around
    for step in range(len(first)):
        low, high = cells.start[first[step]], cells.start[end[step]]
        missing -= _count(cells, low, high, cells.x[place], cells.y[place], cells.when[place], near, missing)
        left -= high - low
        if missing <= 0 or left < missing:
            break
    return missing <= 0


@compiled
def _count(cells: _Cells, first: int, end: int, x: float, y: float, when: float, near: _Near, enough: int) -> int:
    """Return how many of the places from ``first`` up to ``end`` are near; counting ends when there are ``enough``."""
    count, radius2 = 0, near.radius_m * near.radius_m
    for begin in range(first, end, _CHUNK):
        # unsigned, since a position that may be negative keeps the processor from comparing eight places at once
        for at in range(np.uint64(begin), np.uint64(min(begin + _CHUNK, end))):
            dx, dy = cells.x[at] - x, cells.y[at] - y
            count += int((dx * dx + dy * dy <= radius2) & (abs(cells.when[at] - when) <= near.window_days))
        if count >= enough:
            break
    return count


def _ahead(shifts: IntArray) -> IntArray:
    """Return the steps in key to half of the cells around, so that each two are looked at once; nearest first."""
    across = np.array(_NEAREST_FIRST)
    steps = np.add.outer(across, shifts).ravel()
    far = np.add.outer(across**2, np.repeat(across, len(shifts) // len(across)) ** 2).ravel()
    ordered = steps[np.argsort(far, kind="stable")]
    return np.asarray(ordered[ordered > 0])


@compiled
def _joined(cores: _Cells, steps: IntArray, near: _Near) -> IntArray:
    """Return a number for each cell of core places, the same for those in one cluster."""
    parent = np.arange(len(cores.key))
    for step in steps:
        other = 0
        for cell in range(len(parent)):
            while other < len(parent) and cores.key[other] < cores.key[cell] + step:
                other += 1
            if other == len(parent):
                break
            if cores.key[other] == cores.key[cell] + step:
                one, two = _root(parent, cell), _root(parent, other)
                if one != two and _touch(cores, cell, other, near):
                    parent[max(one, two)] = min(one, two)
    for cell in range(len(parent)):
        parent[cell] = _root(parent, cell)
    return parent


@compiled
def _root(parent: IntArray, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@compiled
def _touch(cores: _Cells, one: int, other: int, near: _Near) -> bool:
    """Return whether any place of one cell is near any of the other."""
    first, end = cores.start[other], cores.start[other + 1]
    many = end - first > _CHUNK
    held = slice(first, end if many else first)
    x_box, y_box, when_box = _span(cores.x[held]), _span(cores.y[held]), _span(cores.when[held])
    for place in range(cores.start[one], cores.start[one + 1]):
        x, y, when = cores.x[place], cores.y[place], cores.when[place]
        if many:  # of a crowd most are out of reach of the other crowd as a whole
            dx, dy = _beyond(x_box, x), _beyond(y_box, y)
            if dx * dx + dy * dy > near.radius_m * near.radius_m or _beyond(when_box, when) > near.window_days:
                continue
        if _count(cores, first, end, x, y, when, near, 1):
            return True
    return False


@compiled
def _span(values: FloatArray) -> tuple[float, float]:
    """Return the least and the greatest of some values."""
    low, high = np.inf, -np.inf
    for value in values:
        low, high = min(low, value), max(high, value)
    return low, high


@compiled
def _beyond(span: tuple[float, float], value: float) -> float:
    """Return how far a value lies outside a span, 0 inside."""
    return max(span[0] - value, value - span[1], 0.0)


def _numbered(root: IntArray, start: IntArray, position: IntArray) -> IntArray:
    """Return the label of each cell of core places, counted in order of the first ``position`` of each cluster."""
    earliest = np.full(len(root), np.iinfo(np.int64).max)
    if len(root):
        np.minimum.at(earliest, root, np.minimum.reduceat(position, start[:-1]))
    label = np.empty_like(root)
    label[np.argsort(earliest, kind="stable")] = np.arange(len(root))
    return np.asarray(label[root])


@compiled
def _spread(cells: _Cells, cores: _Cells, core: BoolArray, label: IntArray, shifts: IntArray, near: _Near) -> IntArray:
    """Return the label of each place: its cell's for a core place, else the lowest of core places near it or −1."""
    labels = np.full(len(core), -1)
    first, end = np.zeros_like(shifts), np.zeros_like(shifts)
    own = 0
    for cell in range(len(cells.key)):
        while own < len(label) and cores.key[own] < cells.key[cell]:
            own += 1
        mine = label[own] if own < len(label) and cores.key[own] == cells.key[cell] else len(label)
        members = range(cells.start[cell], cells.start[cell + 1])
        if not core[members.start : members.stop].all():
            _look_around(cores.key, cells.key[cell], shifts, first, end)
        for place in members:
            lowest = mine if core[place] else _lowest(cells, place, cores, first, end, label, mine, near)
            if lowest < len(label):
                labels[place] = lowest
    return labels


@compiled
def _lowest(
    cells: _Cells, place: int, cores: _Cells, first: IntArray, end: IntArray, label: IntArray, lowest: int, near: _Near
) -> int:
    """Return the lowest label below ``lowest`` of core places near a place; ``lowest`` when there is none."""
    x, y, when = cells.x[place], cells.y[place], cells.when[place]
    for step in range(len(first)):
        for other in range(first[step], end[step]):
            if label[other] < lowest and _count(cores, cores.start[other], cores.start[other + 1], x, y, when, near, 1):
                lowest = label[other]
    return lowest
