"""How much there is that could be reported: expected counts and rates per rental unit and venue."""

import numpy as np
import numpy.typing as npt

from gis.arrays import FloatArray, numbers
from gis.errors import FrameError


def expected_counts(exposure: npt.ArrayLike, *, total: float) -> FloatArray:
    """How many of ``total`` incidents each place would have if they fell on every unit of exposure alike.

    Where there is no exposure at all, every place is expected to have the same.

    Raises:
        FrameError: a missing or negative exposure.
    """
    units = numbers(exposure, name="exposure")
    if (units < 0).any():
        raise FrameError(f"exposure is {units.min()}, below zero")
    if not units.sum():
        units = np.ones_like(units)
    return np.asarray(total * units / max(units.sum(), 1.0))


def relative_rate(counts: npt.ArrayLike, expected: npt.ArrayLike, *, prior: float = 1.0) -> FloatArray:
    """How many times the expected was seen, shrunk towards 1 as if ``prior`` incidents had come as expected.

    (counts + prior) / (expected + prior), the posterior mean of a Poisson rate under a Gamma(prior, prior) one:
    three tips where a tenth was expected are 3.6 times, not 30.

    Source: Clayton & Kaldor, Biometrics 43 (1987), 671-681.
    """
    return np.asarray((numbers(counts) + prior) / (numbers(expected, name="expected") + prior))


def rate_per_100(counts: npt.ArrayLike, units: npt.ArrayLike, *, least_units: int = 20) -> FloatArray:
    """Incidents per 100 rental units and venues; missing where there are fewer than ``least_units`` of them.

    A rate over a handful of flats says more about chance, and about who lives there, than about the place.
    """
    count, unit = numbers(counts, name="counts"), numbers(units, name="units")
    return np.where(unit >= least_units, 100 * count / np.maximum(unit, 1), np.nan)
