"""Exposure: how many incidents rental units and venues lead one to expect, and rates per unit."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis import grid
from gis.arrays import FloatArray, IntArray, at_least_zero, numbers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: A hotel of three hundred rooms, with a reception, is not three hundred flats.
MOST_ROOMS = 10.0
DENSITY_CELL_M = 1_000.0
DENSITY_CLASSES = 3
#: A rate over a handful of flats says more about chance, and about who lives there, than about the place.
LEAST_UNITS = 20
#: Fewer places give no usable variance: in small towns without a den one in ten would have a cell flagged.
LEAST_ELSEWHERE = 60


def units(rooms: npt.ArrayLike) -> FloatArray:
    """What premises count as exposure: their rooms, at least 1 and at most 10; 1 where the number is missing.

    Rooms say how many groups a place could hold. Who lives there, and how many, has no part in it.
    """
    known = np.asarray(rooms, dtype=np.float64)
    return np.clip(np.where(np.isnan(known), 1.0, known), 1.0, MOST_ROOMS)


def density_class(xy: npt.ArrayLike, premises_xy: npt.ArrayLike, exposure: npt.ArrayLike) -> IntArray:
    """The stratum of each place by density of premises, 0 the lowest; places of one stratum are taken to report alike.

    The exposure in the place's square of 1 km decides; each of the three classes holds a third of all exposure. All are
    0 where no premises are known. Coordinates are in metres.

    Raises:
        FrameError: degrees, or a missing coordinate.
    """
    held = grid.counted(grid.cell_of(premises_xy, cell_m=DENSITY_CELL_M), numbers(exposure, name="exposure"))
    here = held.reindex(grid.cell_of(xy, cell_m=DENSITY_CELL_M), fill_value=0.0).to_numpy()
    by_size = np.sort(held.to_numpy())
    cuts = np.searchsorted(np.cumsum(by_size), by_size.sum() * np.arange(1, DENSITY_CLASSES) / DENSITY_CLASSES)
    return np.asarray(np.searchsorted(by_size[cuts], here) if len(held) else np.zeros(len(here)), dtype=np.int64)


def expected_counts(exposure: npt.ArrayLike, *, total: float) -> FloatArray:
    """The expected number of ``total`` incidents at each place, in proportion to its exposure.

    Where there is no exposure at all, every place is expected to have the same.

    Raises:
        FrameError: a missing or negative exposure.
    """
    units = at_least_zero(exposure, name="exposure")
    if not units.sum():
        units = np.ones_like(units)
    return np.asarray(total * units / max(units.sum(), 1.0))


def relative_rate(counts: npt.ArrayLike, expected: npt.ArrayLike, *, prior: float = 1.0) -> FloatArray:
    """Observed over expected, shrunk towards 1 as if ``prior`` more incidents had been both expected and observed.

    (counts + prior) / (expected + prior), the posterior mean of a Poisson rate under a Gamma(prior, prior) one:
    three tips where a tenth was expected are 3.6 times, not 30.

    Source: Clayton & Kaldor, Biometrics 43 (1987), 671-681.
    """
    return np.asarray((numbers(counts) + prior) / (numbers(expected, name="expected") + prior))


def rate_per_100(counts: npt.ArrayLike, units: npt.ArrayLike) -> FloatArray:
    """Incidents per 100 rental units and venues; missing where there are fewer than twenty of them."""
    count, unit = numbers(counts, name="counts"), numbers(units, name="units")
    return np.where(unit >= LEAST_UNITS, 100 * count / np.maximum(unit, 1), np.nan)


def shrunken_rate(counts: npt.ArrayLike, expected: npt.ArrayLike, *, variance: float | None = None) -> FloatArray:
    """Observed over expected, shrunk towards 1 by empirical Bayes: the less rates vary beyond chance, the more.

    (1 + v·n) / (1 + v·m) for n seen and m expected, the posterior mean of a Poisson rate under a gamma one of mean 1
    and variance v, by default the ``rate_variance`` of these very places. With v = 0, as in a city of pure chance or
    with nothing expected anywhere, every rate is 1; where nothing is expected the rate is 1 + v·n.

    Raises:
        FrameError: a missing number.

    Source: empirical Bayes, Clayton & Kaldor, Biometrics 43 (1987).
    """
    n, m = numbers(counts), numbers(expected, name="expected")
    v = rate_variance(n, m) if variance is None else variance
    return np.asarray((1 + v * n) / (1 + v * m))


def rate_variance(counts: npt.ArrayLike, expected: npt.ArrayLike) -> float:
    """How much the rates of places vary beyond chance: Σ((n − m)² − m) / Σm², at least 0.

    The moments of a negative binomial whose counts vary by m + v·m². Where counts and expected have the same sum it is
    the regression through the origin of ((n − m)² − n) / m on m.

    Marshall's estimator (Applied Statistics 40, 1991) is another: it weighs squared rates by m and so lets a place in
    which next to nothing is expected decide. Cells are such places: where 0.05 are expected its error is up to nine
    times as large. Where several are expected and places do vary, its error is the smaller (docs/method.md).

    Source: Cameron & Trivedi, Journal of Econometrics 46 (1990), 347-364.
    """
    beyond, squares = _moments(counts, expected)
    return max(float(beyond.sum() / squares.sum()), 0.0) if squares.any() else 0.0


def variance_elsewhere(
    counts: npt.ArrayLike, expected: npt.ArrayLike, neighbours: "csr_array", *, least: int = LEAST_ELSEWHERE
) -> FloatArray:
    """For each place the ``rate_variance`` of all but itself and its ``neighbours`` (n, n).

    A single place of very many would else be taken for how places vary, and explain itself. A place with fewer than
    ``least`` others has the ``rate_variance`` of all.
    """
    parts = _moments(counts, expected)
    beyond, squares = (part.sum() - part - neighbours @ part for part in parts)
    there = squares > 1e-9 * parts[1].sum()  # what differences of sums leave is nothing
    found = np.maximum(np.divide(beyond, squares, out=np.zeros_like(beyond), where=there), 0.0)
    others = len(beyond) - 1 - neighbours.sum(axis=1)
    return np.where(others < least, rate_variance(counts, expected), found)


def _moments(counts: npt.ArrayLike, expected: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Of each place what its count adds to the variance beyond chance, and the square of what is expected."""
    n, m = numbers(counts), numbers(expected, name="expected")
    return (n - m) ** 2 - m, m**2
