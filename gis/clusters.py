"""Density clusters of places, and of places in time.

Places are sorted into square cells whose diagonal is just under the radius, so that places of one cell are always near
each other and only the 24 cells around it need to be looked at. Source: Gunawan, A Faster Algorithm for DBSCAN (2013).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray, day_numbers, places, positive, same_length
from gis.compiled import compiled
from gis.errors import FrameError

_AROUND = 2  # cells that a radius can reach across, in each direction


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
    return _labels(points, np.zeros(len(points)), _Near(float(radius_m), 0.0), min_points)


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
    return _labels(points, when, _Near(float(radius_m), float(window_days)), min_points)


class _Cells(NamedTuple):
    """Places sorted by cell row, cell column and day, and the cells that hold any.

    ``start`` is the first place of each cell, and of the end; ``box`` (cells, 4) west, south, east and north of its
    places; ``first`` (cells, 5) the first cell from two columns to the west on, in each of the five rows around.
    """

    x: FloatArray
    y: FloatArray
    when: FloatArray
    start: IntArray
    column: IntArray
    row: IntArray
    box: FloatArray
    first: IntArray


class _Near(NamedTuple):
    """How near neighbours are."""

    radius_m: float
    window_days: float


def _labels(points: FloatArray, when: FloatArray, near: _Near, min_points: int) -> IntArray:
    if min_points < 1:
        raise FrameError(f"min_points is {min_points}, below 1")
    if len(points) == 0:
        return np.empty(0, dtype=np.int64)
    order, cells = _sorted(points, when, near.radius_m)
    core = _cores(cells, near, int(min_points))
    start = np.append(0, np.cumsum(core))[cells.start]
    cores = cells._replace(x=cells.x[core], y=cells.y[core], when=cells.when[core], start=start)
    label = _core_labels(cores, order[core], near)
    labels = np.empty_like(order)
    labels[order] = _borders(cells, cores, core, label, near)
    labels[order[core]] = label
    return labels


def _core_labels(cores: _Cells, position: IntArray, near: _Near) -> IntArray:
    """Return the label of each core place, counted in order of the first ``position`` of each cluster."""
    later = np.diff(cores.when, prepend=-np.inf) > near.window_days
    later[cores.start[:-1][np.diff(cores.start) > 0]] = True
    run = np.cumsum(later) - 1
    ends = np.append(np.flatnonzero(later)[1:], len(run))[: run.max(initial=-1) + 1]
    cluster = _joined(cores, run, ends, near)[run]
    earliest = np.full(len(ends), np.iinfo(np.int64).max)
    np.minimum.at(earliest, cluster, position)
    label = np.empty_like(earliest)
    label[np.argsort(earliest, kind="stable")] = np.arange(len(earliest))
    return np.asarray(label[cluster])


def _sorted(points: FloatArray, when: FloatArray, radius_m: float) -> tuple[IntArray, _Cells]:
    """Return the order of the places in the cells, and the cells."""
    side = radius_m / np.sqrt(2) * (1 - 1e-9)
    column, row = np.floor((points - points.min(axis=0)) / side).astype(np.int64).T
    order = np.lexsort((when, column, row))
    column, row = column[order], row[order]
    start = np.flatnonzero(np.append(True, (np.diff(column) != 0) | (np.diff(row) != 0)))
    column, row = column[start], row[start]
    x, y = points[order, 0], points[order, 1]
    box = np.column_stack([edge.reduceat(axis, start) for edge in (np.minimum, np.maximum) for axis in (x, y)])
    ends = np.append(start, len(points))
    return order, _Cells(x, y, when[order], ends, column, row, box, _first_around(column, row))


@compiled
def _first_around(column: IntArray, row: IntArray) -> IntArray:
    """Return ``first`` of ``_Cells``: five pointers that only move forward."""
    first = np.empty((len(row), 2 * _AROUND + 1), dtype=np.int64)
    for up in range(2 * _AROUND + 1):
        at = 0
        for cell in range(len(row)):
            wanted, west = row[cell] + up - _AROUND, column[cell] - _AROUND
            while at < len(row) and (row[at] < wanted or (row[at] == wanted and column[at] < west)):
                at += 1
            first[cell, up] = at
    return first


@compiled
def _around(cells: _Cells, cell: int) -> IntArray:
    """Return ``cell`` itself and then the others within two columns and rows of it."""
    found = np.empty((2 * _AROUND + 1) ** 2, dtype=np.int64)
    found[0] = cell
    count = 1
    for up in range(2 * _AROUND + 1):
        row, at = cells.row[cell] + up - _AROUND, cells.first[cell, up]
        while at < len(cells.row) and cells.row[at] == row and cells.column[at] <= cells.column[cell] + _AROUND:
            if at != cell:
                found[count] = at
                count += 1
            at += 1
    return found[:count]


@compiled
def _first_within(cells: _Cells, cell: int, x: float, y: float, when: float, near: _Near) -> int:
    """Return the first place of ``cell`` not before the window around ``when``; its end when all are too far."""
    low, end = int(cells.start[cell]), int(cells.start[cell + 1])
    dx = max(cells.box[cell, 0] - x, x - cells.box[cell, 2], 0.0)
    dy = max(cells.box[cell, 1] - y, y - cells.box[cell, 3], 0.0)
    if low == end or dx * dx + dy * dy > near.radius_m * near.radius_m:
        return end
    high = end
    while low < high:
        middle = (low + high) // 2
        if when - cells.when[middle] > near.window_days:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _are_near(cells: _Cells, at: int, x: float, y: float, near: _Near) -> bool:
    dx, dy = cells.x[at] - x, cells.y[at] - y
    return bool(dx * dx + dy * dy <= near.radius_m * near.radius_m)


@compiled
def _cores(cells: _Cells, near: _Near, min_points: int) -> BoolArray:
    """Return which places have enough neighbours; counting ends when there are."""
    core = np.zeros(len(cells.x), dtype=np.bool_)
    for cell in range(len(cells.row)):
        around = _around(cells, cell)
        for place in range(cells.start[cell], cells.start[cell + 1]):
            core[place] = _has_enough(cells, around, place, near, min_points)
    return core


@compiled
def _has_enough(cells: _Cells, around: IntArray, place: int, near: _Near, min_points: int) -> bool:
    x, y, when, count = cells.x[place], cells.y[place], cells.when[place], 0
    for cell in around:
        for at in range(_first_within(cells, cell, x, y, when, near), cells.start[cell + 1]):
            if cells.when[at] - when > near.window_days:
                break
            count += _are_near(cells, at, x, y, near)
            if count >= min_points:
                return True
    return False


@compiled
def _joined(cores: _Cells, run: IntArray, ends: IntArray, near: _Near) -> IntArray:
    """Return a number for each run, the same for those in one cluster.

    A run is core places of one cell, each within the window of the one before; they are all in one cluster.
    """
    parent = np.arange(len(ends))
    for cell in range(len(cores.row)):
        if cores.start[cell] == cores.start[cell + 1]:
            continue
        around = _around(cores, cell)
        for place in range(cores.start[cell], cores.start[cell + 1]):
            for other in around[1:]:
                if other > cell:  # each two cells once
                    _join(cores, place, other, run, ends, parent, near)
    for number in range(len(parent)):
        parent[number] = _root(parent, number)
    return parent


@compiled
def _join(cores: _Cells, place: int, cell: int, run: IntArray, ends: IntArray, parent: IntArray, near: _Near) -> None:
    """Join the run of ``place`` with those of ``cell`` that it is near to, without looking at those it is joined to."""
    x, y, when = cores.x[place], cores.y[place], cores.when[place]
    at, mine = _first_within(cores, cell, x, y, when, near), _root(parent, run[place])
    while at < cores.start[cell + 1] and cores.when[at] - when <= near.window_days:
        other = _root(parent, run[at])
        if other == mine:
            at = ends[run[at]]
        elif _are_near(cores, at, x, y, near):
            parent[max(mine, other)] = mine = min(mine, other)
        else:
            at += 1


@compiled
def _root(parent: IntArray, number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@compiled
def _borders(cells: _Cells, cores: _Cells, core: BoolArray, label: IntArray, near: _Near) -> IntArray:
    """Return for each place that is no core the lowest label of the core places near it, −1 where there are none."""
    lowest = np.full(len(cells.x), -1)
    for cell in range(len(cells.row)):
        around = _around(cells, cell)
        for place in range(cells.start[cell], cells.start[cell + 1]):
            if not core[place]:
                lowest[place] = _lowest(cores, around, cells.x[place], cells.y[place], cells.when[place], label, near)
    return lowest


@compiled
def _lowest(cores: _Cells, around: IntArray, x: float, y: float, when: float, label: IntArray, near: _Near) -> int:
    lowest = len(cores.x)
    for cell in around:
        for at in range(_first_within(cores, cell, x, y, when, near), cores.start[cell + 1]):
            if cores.when[at] - when > near.window_days:
                break
            if label[at] < lowest and _are_near(cores, at, x, y, near):
                lowest = label[at]
    return lowest if lowest < len(cores.x) else -1
