"""The metric grid: square cells whose edges are multiples of their size from the origin of the CRS."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import places

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NAMES = ["col", "row"]


def cell_of(xy: npt.ArrayLike, *, cell_m: float) -> pd.MultiIndex:
    """The (col, row) of the cell each place lies in; a place on an edge belongs to the north or east."""
    col, row = np.floor(places(xy, length_m=cell_m) / cell_m).astype(np.int64).T
    return pd.MultiIndex.from_arrays([col, row], names=NAMES)


def counted(cells: pd.MultiIndex, weights: npt.ArrayLike = 1.0) -> "pd.Series[float]":
    """How many places each cell holds, or what they weigh together, indexed by (col, row), ordered."""
    held = np.broadcast_to(np.asarray(weights, dtype=np.float64), len(cells))
    return pd.Series(held, index=cells).groupby(level=NAMES).sum()


def inside(area: shapely.Geometry, *, cell_m: float) -> pd.MultiIndex:
    """The cells whose centre lies in ``area``, ordered by (col, row); none for an empty area."""
    if shapely.is_empty(area):
        return pd.MultiIndex.from_arrays([np.empty(0, np.int64)] * 2, names=NAMES)
    xmin, ymin, xmax, ymax = shapely.bounds(area)
    cols = np.arange(np.floor(xmin / cell_m), np.ceil(xmax / cell_m), dtype=np.int64)
    rows = np.arange(np.floor(ymin / cell_m), np.ceil(ymax / cell_m), dtype=np.int64)
    col, row = (grid.ravel() for grid in np.meshgrid(cols, rows, indexing="ij"))
    shapely.prepare(area)
    within = shapely.contains_xy(area, (col + 0.5) * cell_m, (row + 0.5) * cell_m)
    return pd.MultiIndex.from_arrays([col[within], row[within]], names=NAMES)


def neighbours(cells: pd.MultiIndex) -> "csr_array":
    """Which of the cells touch, corners included: 0/1, symmetric, no self, in the order of ``cells``."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - the web counts cells and joins none

    pairs = []
    for step in ((0, 1), (1, -1), (1, 0), (1, 1)):
        moved = pd.MultiIndex.from_arrays(
            [cells.get_level_values(name) + by for name, by in zip(NAMES, step, strict=True)]
        )
        there = cells.get_indexer(moved)
        here = np.flatnonzero(there >= 0)
        pairs.append((here, there[here]))
    low, high = (np.concatenate(side) for side in zip(*pairs, strict=True))
    ones = np.ones(2 * len(low), dtype=np.float64)
    shape = (len(cells), len(cells))
    return csr_array((ones, (np.concatenate([low, high]), np.concatenate([high, low]))), shape=shape)


def squares(cells: pd.MultiIndex, *, cell_m: float) -> npt.NDArray[np.object_]:
    """The cells as square polygons in metres."""
    col, row = (cells.get_level_values(axis).to_numpy(dtype="float64") for axis in NAMES)
    shapes = shapely.box(col * cell_m, row * cell_m, (col + 1) * cell_m, (row + 1) * cell_m)
    return np.asarray(shapes, dtype=object)
