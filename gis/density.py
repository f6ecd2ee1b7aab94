"""Kernel density and counts on a square grid.

A grid is given by ``bounds`` (xmin, ymin, xmax, ymax) in metres and ``cell_m``: rows = ceil(height / cell_m) from ymin,
so row 0 is the south; cells are half-open, their west and south edges belong to them.
"""

from math import ceil, floor

import numpy as np
import numpy.typing as npt
from scipy import fft

from gis.arrays import FloatArray, numbers, places, positive, same_length
from gis.compiled import compiled
from gis.errors import FrameError

Bounds = tuple[float, float, float, float]

_MOST_CELLS = 100_000_000
_REACH = 7.0  # bandwidths; a Gaussian beyond is 2e-11 of its peak
_SPLINE = 7  # order of the B-spline that spreads points for the transform
_NODES_PER_BANDWIDTH = 3.5  # with order 7: 1.4e-8 of a single place's peak at worst, measured


def grid_shape(bounds: Bounds, cell_m: float) -> tuple[int, int]:
    """Return (rows, cols) of the grid over ``bounds``; a rest below 1e-9 of a cell opens no new row.

    Raises:
        FrameError: bounds that are empty, not finite, in degrees or over 100 million cells; ``cell_m`` not above zero.
    """
    positive(cell_m, name="cell_m")
    xmin, ymin, xmax, ymax = places(np.reshape(bounds, (2, 2)), length_m=cell_m, name="bounds").ravel()
    if not (xmin < xmax and ymin < ymax):
        raise FrameError(f"bounds: {tuple(bounds)} enclose nothing")
    rows, cols = (ceil(side / cell_m - 1e-9) for side in (ymax - ymin, xmax - xmin))
    if rows * cols > _MOST_CELLS:
        raise FrameError(f"bounds: {rows} × {cols} cells of {cell_m} m are too many")
    return rows, cols


def cell_counts(
    xy: npt.ArrayLike, *, bounds: Bounds, cell_m: float, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Return the sum of weights (default 1) of the places in each cell, (rows, cols), row 0 = south.

    Places outside the grid are not counted; one on an edge belongs to the cell north or east of it.

    Raises:
        FrameError: as ``kernel_density``.
    """
    shape = grid_shape(bounds, cell_m)
    points, weight = _weighted(xy, weights, cell_m)
    col, row = np.floor((points - bounds[:2]) / cell_m).astype(np.int64).T
    inside = (row >= 0) & (row < shape[0]) & (col >= 0) & (col < shape[1])
    flat = row[inside] * shape[1] + col[inside]
    sums: FloatArray = np.bincount(flat, weight[inside], minlength=shape[0] * shape[1]).astype(np.float64)
    return sums.reshape(shape)


def kernel_density(
    xy: npt.ArrayLike, *, bounds: Bounds, cell_m: float, bandwidth_m: float, weights: npt.ArrayLike | None = None
) -> FloatArray:
    """Return events per km² at the centre of each cell, (rows, cols), row 0 = south.

    The kernel is a Gaussian whose standard deviation is the bandwidth, without edge correction; places outside the
    bounds contribute, coincident ones add up, none at all give zeros. The error is below 1e-7 of the highest density
    anywhere.

    Raises:
        FrameError: a missing coordinate or weight, a negative weight, degrees, a length not above zero, empty bounds.

    Source: Silverman, Density Estimation (1986), ch. 4. Large inputs: Ying, Math. Comput. 83 (2014), spreading by
    B-splines and dividing by their transform.
    """
    shape = grid_shape(bounds, cell_m)
    points, weight = _weighted(xy, weights, positive(bandwidth_m, name="bandwidth_m"))
    cells = (points - bounds[:2]) / cell_m - 0.5  # in cells, from the centre of the first
    sigma = bandwidth_m / cell_m
    near = (np.abs(cells - np.subtract(shape[::-1], 1) / 2) <= np.divide(shape[::-1], 2) + _REACH * sigma).all(axis=1)
    cells, weight = cells[near], weight[near]
    # the transform costs a whole grid however few the points, and its grid grows with 1 / sigma and with sigma
    few_or_extreme = len(cells) < 2_000 or not 1.5 <= sigma <= 50
    sums = _sum_exactly(cells, weight, shape, sigma) if few_or_extreme else _sum_by_fft(cells, weight, shape, sigma)
    return sums * (1e6 / (2 * np.pi * bandwidth_m**2))


def _weighted(xy: npt.ArrayLike, weights: npt.ArrayLike | None, length_m: float) -> tuple[FloatArray, FloatArray]:
    points = places(xy, length_m=length_m)
    weight = np.ones(len(points)) if weights is None else numbers(weights, name="weights")
    same_length(points, weight, names="xy and weights")
    if (weight < 0).any():
        raise FrameError(f"weights: {weight.min()} at {int(weight.argmin())} is below zero")
    return points, weight


def _sum_exactly(cells: FloatArray, weight: FloatArray, shape: tuple[int, int], sigma: float) -> FloatArray:
    """Return Σ w·exp(−d²/2σ²) at every cell: points tile by tile, each tile one small matrix product over its reach."""
    total = np.zeros(shape)
    reach = _REACH * sigma
    side = max(16.0, reach)
    tile = np.floor(cells / side)
    order = np.lexsort((tile[:, 0], tile[:, 1]))
    starts = np.flatnonzero(np.any(np.diff(tile[order], axis=0, prepend=np.nan) != 0, axis=1))
    for members in np.split(order, starts[1:]) if len(order) else ():
        low, high = tile[members[0]] * side - reach, (tile[members[0]] + 1) * side + reach
        cols = np.arange(max(0, ceil(low[0])), min(shape[1], ceil(high[0])))
        rows = np.arange(max(0, ceil(low[1])), min(shape[0], ceil(high[1])))
        by_col = np.exp(-0.5 * ((cells[members, :1] - cols) / sigma) ** 2)
        by_row = np.exp(-0.5 * ((cells[members, 1:] - rows) / sigma) ** 2) * weight[members, None]
        total[rows[:, None], cols] += by_row.T @ by_col
    return total


def _sum_by_fft(cells: FloatArray, weight: FloatArray, shape: tuple[int, int], sigma: float) -> FloatArray:
    """Return the same sums: points spread on a finer periodic grid, then filtered by Gaussian over B-spline."""
    finer = ceil(_NODES_PER_BANDWIDTH / sigma)
    spread_cells = _REACH * sigma + (_SPLINE + 1) / 2
    rows, cols = (finer * fft.next_fast_len(n + 2 * ceil(spread_cells), real=True) for n in shape)
    nodes = np.zeros((rows, cols))
    margin = finer * ceil(spread_cells)  # no node lies beyond the grid's ends
    _spread(cells * finer + margin, weight, nodes)
    spectrum = fft.rfft2(nodes)
    spectrum *= _gain(fft.fftfreq(rows), sigma * finer)[:, None] * _gain(fft.rfftfreq(cols), sigma * finer)
    smooth = fft.irfft2(spectrum, (rows, cols))[margin:, margin:]
    smooth = smooth[: shape[0] * finer : finer, : shape[1] * finer : finer]
    return np.maximum(smooth, 0.0) * (2 * np.pi * (sigma * finer) ** 2)


def _gain(frequency: FloatArray, sigma: float) -> FloatArray:
    """Return the transform of the Gaussian over that of the B-spline, per cycle and node."""
    return np.exp(-2 * (np.pi * frequency * sigma) ** 2) / np.sinc(frequency) ** (_SPLINE + 1)


@compiled
def _spread(positions: FloatArray, weight: FloatArray, nodes: FloatArray) -> None:
    """Add the weight of each position to the nodes around it, by centred B-splines."""
    along_x, along_y = np.empty(_SPLINE + 1), np.empty(_SPLINE + 1)
    for point in range(len(positions)):
        x = _spline(positions[point, 0], along_x)
        y = _spline(positions[point, 1], along_y)
        for up in range(_SPLINE + 1):
            row = y + up
            height = along_y[up] * weight[point]
            for right in range(_SPLINE + 1):
                nodes[row, x + right] += height * along_x[right]


@compiled
def _spline(position: float, weights: FloatArray) -> int:
    """Fill in the B-spline's weights on the nodes around a position, and return the first of these.

    Source: de Boor's recurrence on unit knots.
    """
    shifted = position + (_SPLINE + 1) / 2
    last = floor(shifted)
    u = shifted - last
    weights[0] = 1.0
    for k in range(1, _SPLINE + 1):
        before = 0.0
        for j in range(k):
            here = weights[j]
            weights[j] = ((k - j + u) * before + (j + 1 - u) * here) / k
            before = here
        weights[k] = u * before / k
    return last - _SPLINE
