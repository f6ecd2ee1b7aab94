"""Kernel density and counts on a square grid.

A grid is given by ``bounds`` (xmin, ymin, xmax, ymax) in metres and ``cell_m``: rows = ceil(height / cell_m) from ymin,
so row 0 is the south; cells are half-open, their west and south edges belong to them.
"""

from math import ceil, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

from gis.arrays import FloatArray, numbers, places, positive, same_length
from gis.compiled import compiled
from gis.errors import FrameError

Bounds = tuple[float, float, float, float]

_MOST_CELLS = 100_000_000
_REACH = 6.3  # bandwidths; a Gaussian beyond is 2e-9 of its peak, and a ring of places there 4e-8 of theirs
_TAP_NS, _TRANSFORM_NS = 0.5, 16.0  # for a node to be smoothed, as measured; the ways differ in time and nothing else
_ROWS = 16  # whose nodes stay near the processor
_NARROWEST, _WIDEST = 2.0, 50.0  # cells; below, nodes are too far apart; beyond, margins outgrow the grid
_DEGREE = 10  # of the polynomials that stand for a bump, within 1e-10 of it


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

    Args:
        xy: (n, 2) metric coordinates, in metres.
        bounds: xmin, ymin, xmax, ymax in metres; rows are counted from ymin, cells are half-open.
        cell_m: side of a cell, in metres.
        bandwidth_m: standard deviation of the kernel, in metres.
        weights: (n,) numbers ≥ 0; 1 each where none are given.

    Returns:
        (rows, cols) float64, events per km²; rows = ceil(height / cell_m).

    Raises:
        FrameError: a missing coordinate or weight, a negative weight, degrees, a length not above zero, empty bounds.

    Source: Silverman, Density Estimation (1986), ch. 4. Spreading by bumps: Barnett, Magland & af Klinteberg, SIAM J.
    Sci. Comput. 41 (2019), C479–C504.
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

    Points are spread over their whole reach; or by a bump a few nodes wide, and then smoothed by what makes a Gaussian
    of it, tap by tap or by a transform.
    """
    bump = _Bump(10, 2.1) if sigma < 3 else _Bump(8, 2.6) if sigma < 5 else _Bump(8, 2.8)
    margin = ceil(_REACH * sigma) + bump.width
    padded = shape[0] + 2 * margin, shape[1] + 2 * margin
    smoothing = min(_TAP_NS * margin, _TRANSFORM_NS)
    dearer = len(cells) * (0.35 * (2 * _REACH * sigma + 1) ** 2 - bump.width**2)
    if sigma < _NARROWEST or dearer <= padded[0] * padded[1] * smoothing:
        cells, weight = _by_row(cells, weight, _REACH * sigma + 1, shape)
        nodes = np.zeros(shape)
        _spread(cells, weight, sigma, nodes)
        return nodes
    cells, weight = _by_row(cells, weight, margin - bump.width, shape)
    nodes = np.zeros(padded)
    _spread_bumps(cells, weight, margin, bump.polynomials(), nodes)
    if smoothing == _TRANSFORM_NS:
        return _transformed(nodes, margin, sigma, bump)
    smooth = np.empty(shape)
    _convolve(nodes, _taps(margin, sigma, bump), smooth)
    return np.maximum(smooth, 0.0, out=smooth)


class _Bump(NamedTuple):
    """exp(β(√(1 − (2z / width)²) − 1)) within half a width of 0, with β = ``steepness`` × width.

    The values are those that lose least of a Gaussian of the bandwidths they are used for: under 1e-8 of its peak.
    """

    width: int
    steepness: float

    def at(self, share: FloatArray) -> FloatArray:
        """Return its height at shares of half its width."""
        height: FloatArray = np.exp(self.steepness * self.width * (np.sqrt(np.maximum(1 - share**2, 0.0)) - 1))
        return height

    def polynomials(self) -> FloatArray:
        """Return coefficients (degree + 1, width): heights at the nodes around a point, by twice its offset."""
        offset = np.cos(np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1))
        nodes = np.arange(self.width) - (self.width - 1) / 2
        heights = self.at((nodes - offset[:, None] / 2) / (self.width / 2))
        return np.linalg.solve(np.vander(offset, increasing=True), heights)

    def missing(self, frequency: FloatArray, sigma: float) -> FloatArray:
        """Return what its transform lacks to be that of a Gaussian of height 1, per cycle and node."""
        share, part = np.polynomial.legendre.leggauss(60)
        waves = np.cos(np.pi * self.width * frequency[:, None] * share)
        gaussian = sigma * sqrt(2 * np.pi) * np.exp(-2 * (np.pi * frequency * sigma) ** 2)
        return np.asarray(gaussian / (waves @ (part * self.at(share)) * self.width / 2))


def _taps(margin: int, sigma: float, bump: _Bump) -> FloatArray:
    """Return what makes of nodes spread by the bump a Gaussian, from the middle outwards."""
    count = 4 * margin
    taps = fft.irfft(bump.missing(fft.rfftfreq(count), sigma), count)
    return np.asarray(taps[: margin - bump.width + 1])


def _transformed(nodes: FloatArray, margin: int, sigma: float, bump: _Bump) -> FloatArray:
    """Return the nodes within the margins, smoothed on a torus just large enough; a Gaussian has no high frequency."""
    rows, cols = (fft.next_fast_len(count, real=True) for count in nodes.shape)
    low = fft.rfftfreq(cols)[: int(min(0.5, 1.02 / sigma) * cols) + 1]
    spectrum = fft.fft(fft.rfft(nodes, cols, axis=1)[:, : len(low)], rows, axis=0)
    spectrum *= bump.missing(fft.fftfreq(rows), sigma)[:, None]
    spectrum *= bump.missing(low, sigma)
    inside = fft.ifft(spectrum, axis=0, overwrite_x=True)[margin : nodes.shape[0] - margin]
    return np.maximum(fft.irfft(inside, cols, axis=1)[:, margin : nodes.shape[1] - margin], 0.0)


@compiled
def _by_row(
    cells: FloatArray, weight: FloatArray, reach: float, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Return the points within reach of the grid and their weights, a few rows after the others."""
    count = np.zeros(int((shape[0] + 2 * reach) / _ROWS) + 3, dtype=np.int64)
    for point in range(len(cells)):
        x, y = cells[point, 0], cells[point, 1]
        if -reach <= x <= shape[1] + reach and -reach <= y <= shape[0] + reach:
            count[int((y + reach) / _ROWS) + 1] += 1
    place = np.cumsum(count)
    near, weights = np.empty((place[-1], 2)), np.empty(place[-1])
    for point in range(len(cells)):
        x, y = cells[point, 0], cells[point, 1]
        if -reach <= x <= shape[1] + reach and -reach <= y <= shape[0] + reach:
            at = place[int((y + reach) / _ROWS)]
            place[int((y + reach) / _ROWS)] += 1
            near[at, 0], near[at, 1], weights[at] = x, y, weight[point]
    return near, weights


@compiled
def _spread_bumps(
    cells: FloatArray, weight: FloatArray, margin: int, polynomials: FloatArray, nodes: FloatArray
) -> None:
    """Add to the nodes a bump around each point, by its polynomials.

    Positions are unsigned, as those that may be negative keep the processor from adding eight at once.
    """
    degree, width = polynomials.shape[0] - 1, polynomials.shape[1]
    along_x, along_y = np.empty(width), np.empty(width)
    steps = range(np.uint64(width))
    for point in range(len(cells)):
        x, y = cells[point, 0] + margin, cells[point, 1] + margin
        west, south = np.floor(x - width / 2 + 1), np.floor(y - width / 2 + 1)
        dx, dy = 2 * (x - west) - width + 1, 2 * (y - south) - width + 1
        for step in steps:
            along_x[step] = along_y[step] = polynomials[degree, step]
        for power in range(degree - 1, -1, -1):
            for step in steps:
                along_x[step] = along_x[step] * dx + polynomials[power, step]
                along_y[step] = along_y[step] * dy + polynomials[power, step]
        row, col = np.uint64(int(south)), np.uint64(int(west))
        for up in steps:
            height = along_y[up] * weight[point]
            for step in steps:
                nodes[row + up, col + step] += height * along_x[step]


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
    """Fill in the nodes within the margins, smoothed along columns and rows by symmetric taps."""
    margin = (nodes.shape[0] - total.shape[0]) // 2
    column = np.empty(nodes.shape[1])
    for row in range(total.shape[0]):
        column[:] = taps[0] * nodes[row + margin]
        for step in range(1, len(taps)):
            above, below, tap = nodes[row + margin + step], nodes[row + margin - step], taps[step]
            for col in range(nodes.shape[1]):
                column[col] += tap * (above[col] + below[col])
        out = total[row]
        for col in range(len(out)):
            out[col] = taps[0] * column[col + margin]
        for step in range(1, len(taps)):
            east, west, tap = column[margin + step :], column[margin - step :], taps[step]
            for col in range(len(out)):
                out[col] += tap * (east[col] + west[col])
