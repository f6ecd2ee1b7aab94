"""Kernel density and counts on a square grid.

A grid is given by ``bounds`` (xmin, ymin, xmax, ymax) in metres and ``cell_m``: rows = ceil(height / cell_m) from ymin,
so row 0 is the south; cells are half-open, their west and south edges belong to them.
"""

from math import ceil, sqrt

import numpy as np
import numpy.typing as npt
from scipy import fft

from gis.arrays import FloatArray, numbers, places, positive, same_length
from gis.compiled import compiled
from gis.errors import FrameError

Bounds = tuple[float, float, float, float]

_MOST_CELLS = 100_000_000
_REACH = 6.3  # bandwidths; a Gaussian beyond is 2e-9 of its peak, and a ring of places there 4e-8 of theirs
_ALIAS = 0.95  # the square of nodes per Gaussian below which 1.4e-8 of a place's peak is lost, by Poisson's sum
_TAP_NS, _TRANSFORM_NS = 0.5, 16.0  # for a node to be smoothed, as measured; the ways differ in time and nothing else
_ROWS = 16  # whose nodes stay near the processor
_WIDEST = 50.0  # cells; beyond, the transform's margins outgrow the grid


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

    Source: Silverman, Density Estimation (1986), ch. 4. Spreading by a narrow Gaussian: Greengard & Lee, SIAM Review 46
    (2004), 443–454.
    """
    shape = grid_shape(bounds, cell_m)
    points, weight = _weighted(xy, weights, positive(bandwidth_m, name="bandwidth_m"))
    cells = (points - bounds[:2]) / cell_m - 0.5  # in cells, from the centre of the first
    sigma = bandwidth_m / cell_m
    sums = _sum_in_tiles(cells, weight, shape, sigma) if sigma > _WIDEST else _sum_by_nodes(cells, weight, shape, sigma)
    return sums * (1e6 / (2 * np.pi * bandwidth_m**2))


def _weighted(xy: npt.ArrayLike, weights: npt.ArrayLike | None, length_m: float) -> tuple[FloatArray, FloatArray]:
    points = places(xy, length_m=length_m)
    weight = np.ones(len(points)) if weights is None else numbers(weights, name="weights")
    same_length(points, weight, names="xy and weights")
    if (weight < 0).any():
        raise FrameError(f"weights: {weight.min()} at {int(weight.argmin())} is below zero")
    return points, weight


def _sum_in_tiles(cells: FloatArray, weight: FloatArray, shape: tuple[int, int], sigma: float) -> FloatArray:
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


def _sum_by_nodes(cells: FloatArray, weight: FloatArray, shape: tuple[int, int], sigma: float) -> FloatArray:
    """Return the same sums by the cheapest of three ways.

    Points are spread over their whole reach; or a little, by a narrow Gaussian, and then smoothed by the rest, tap by
    tap or by a transform.
    """
    narrow, rest = _parts(sigma)
    margin = ceil(_REACH * rest)
    around = (shape[0] + 2 * margin) * (shape[1] + 2 * margin)
    smoothing = min(_TAP_NS * margin, _TRANSFORM_NS)
    order = np.argsort((cells[:, 1] / _ROWS).astype(np.int64).astype(np.int16), kind="stable")  # kept near in memory
    cells, weight = cells[order], weight[order]
    if rest == 0 or len(cells) * (_spreading_ns(sigma) - _spreading_ns(narrow)) <= around * smoothing:
        nodes = np.zeros(shape)
        _spread(cells, weight, sigma, nodes)
        return nodes
    nodes = np.zeros((shape[0] + 2 * margin, shape[1] + 2 * margin))
    _spread(cells + margin, weight, narrow, nodes)
    if smoothing == _TRANSFORM_NS:
        return _transformed(nodes, margin, rest)
    smooth = np.empty(shape)
    _convolve(nodes, np.exp(-0.5 * (np.arange(margin + 1) / rest) ** 2) / sqrt(2 * np.pi * _ALIAS), smooth)
    return smooth


def _parts(sigma: float) -> tuple[float, float]:
    """Return two Gaussians that make one of ``sigma``, the first the narrowest that nodes one apart can carry."""
    if sigma**2 <= 4 * _ALIAS:
        return sigma, 0.0
    root = sqrt(sigma**4 - 4 * _ALIAS * sigma**2)
    return sqrt((sigma**2 - root) / 2), sqrt((sigma**2 + root) / 2)


def _spreading_ns(sigma: float) -> float:
    """Return about how long it takes to spread a point."""
    return 100 + 0.35 * (2 * _REACH * sigma + 1) ** 2


def _transformed(nodes: FloatArray, margin: int, sigma: float) -> FloatArray:
    """Return the nodes within the margins, smoothed on a torus just large enough."""
    rows, cols = (fft.next_fast_len(count, real=True) for count in nodes.shape)
    spectrum = fft.rfft2(nodes, (rows, cols))
    spectrum *= _gain(fft.fftfreq(rows), sigma)[:, None]
    spectrum *= _gain(fft.rfftfreq(cols), sigma)
    inside = fft.ifft(spectrum, axis=0, overwrite_x=True)[margin : nodes.shape[0] - margin]
    return np.maximum(fft.irfft(inside, cols, axis=1)[:, margin : nodes.shape[1] - margin], 0.0)


def _gain(frequency: FloatArray, sigma: float) -> FloatArray:
    """Return the transform of a Gaussian, per cycle and node."""
    return np.exp(-2 * (np.pi * frequency * sigma) ** 2) * (sigma / sqrt(_ALIAS))


@compiled
def _spread(cells: FloatArray, weight: FloatArray, sigma: float, nodes: FloatArray) -> None:
    """Add to the nodes a Gaussian around each point."""
    half = ceil(_REACH * sigma)
    fall = np.exp(-np.arange(half) / sigma**2)
    along_x, along_y = np.empty(2 * half + 1), np.empty(2 * half + 1)
    for point in range(len(cells)):
        x, y = round(cells[point, 0]), round(cells[point, 1])
        _bell(cells[point, 0] - x, sigma, fall, along_x)
        _bell(cells[point, 1] - y, sigma, fall, along_y)
        west, east = max(x - half, 0), min(x + half + 1, nodes.shape[1])
        if west >= east:
            continue
        width = along_x[west - x + half : east - x + half]
        for row in range(max(y - half, 0), min(y + half + 1, nodes.shape[0])):
            height, line = along_y[row - y + half] * weight[point], nodes[row, west:east]
            for col in range(len(width)):
                line[col] += height * width[col]


@compiled
def _bell(offset: float, sigma: float, fall: FloatArray, values: FloatArray) -> None:
    """Fill in the Gaussian around ``offset``, at most half a node from the middle, by steps outwards from there.

    Each value is a factor of at most one times the value before, so that nothing can overflow.
    """
    half = len(fall)
    up, down = np.exp((offset - 0.5) / sigma**2), np.exp((-offset - 0.5) / sigma**2)
    values[half] = np.exp(-0.5 * (offset / sigma) ** 2)
    for step in range(half):
        values[half + step + 1] = values[half + step] * (up * fall[step])
        values[half - step - 1] = values[half - step] * (down * fall[step])


@compiled
def _convolve(nodes: FloatArray, taps: FloatArray, total: FloatArray) -> None:
    """Fill in the nodes within the margins of ``len(taps) − 1``, smoothed along columns and rows by symmetric taps."""
    margin = len(taps) - 1
    column = np.empty(nodes.shape[1])
    for row in range(total.shape[0]):
        column[:] = taps[0] * nodes[row + margin]
        for step in range(1, margin + 1):
            above, below, tap = nodes[row + margin + step], nodes[row + margin - step], taps[step]
            for col in range(nodes.shape[1]):
                column[col] += tap * (above[col] + below[col])
        out = total[row]
        for col in range(len(out)):
            out[col] = taps[0] * column[col + margin]
        for step in range(1, margin + 1):
            east, west, tap = column[margin + step :], column[margin - step :], taps[step]
            for col in range(len(out)):
                out[col] += tap * (east[col] + west[col])
