"""Corrections for uneven observation: the reporting rate of each stratum, and the chance that a place was visited.

Both are estimated from visits. Random checks (随机抽查) fall on all places alike, so that their findings estimate how
many dens there are; tips against that estimate give the reporting rate.
"""

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, numbers
from gis.errors import FrameError
from gis.exposure import expected_counts, relative_rate

PERIOD_DAYS = 30.0  # visit chances are per so many days
MEMORY_DAYS = 365.0  # and are learnt over so many
_MOST = 4.0  # no tip counts more than so many times another for where it came from
_PLACE_STEP = 1e7  # days lie far below it, so that place and day sort as one number


def reporting_rates(
    tips: npt.ArrayLike,
    exposure: npt.ArrayLike,
    checks: npt.ArrayLike,
    finds: npt.ArrayLike,
    *,
    prior_finds: float,
    prior_checks: float,
) -> FloatArray:
    """The reporting rate of each stratum against that of the city; 1 everywhere until random checks are made.

    ``tips`` are independent sources, ``exposure`` what they could come from, ``checks`` random checks and ``finds``
    those of them that found a den, each by stratum. Tips per exposure (against the city's) are divided by dens per
    check (against the city's), both shrunk towards 1 by ``prior_finds``. The logarithm of the quotient is multiplied
    by n / (n + ``prior_checks``) for n checks. Rates stay within a factor of 4, and are scaled so that all tips
    together weigh as much as uncorrected.

    Raises:
        FrameError: a missing or negative number, or more finds than checks.
    """
    told, made, found = (numbers(v, name=n) for v, n in ((tips, "tips"), (checks, "checks"), (finds, "finds")))
    if min(told.min(initial=0), found.min(initial=0), (made - found).min(initial=0)) < 0:
        raise FrameError("tips, checks and finds are counts, and no more dens are found than checks are made")
    if not made.sum() or not told.sum():
        return np.ones_like(told)
    reported = relative_rate(told, expected_counts(exposure, total=told.sum()), prior=prior_finds)
    held = relative_rate(found, made * found.sum() / made.sum(), prior=prior_finds)
    rate = np.clip((reported / held) ** (made.sum() / (made.sum() + prior_checks)), 1 / _MOST, _MOST)
    return np.asarray(rate * (told / rate).sum() / told.sum())


def visit_chances(place: npt.ArrayLike, day: npt.ArrayLike, random: npt.ArrayLike, *, places: int) -> FloatArray:
    """The weight min(1, π₀ / π) of what each visit found, π being the chance per 30 days that its place was visited.

    π₀, the lowest chance in force, is that of a random check: random checks of the last year of the record, per place
    and 30 days. A random check has π = π₀ and weighs 1. Any other visit has π = π₀ + 30 / 365 for each visit, itself
    included, that its place had in the year before and that was no random check, at most 1: a finding at a place that
    is visited every month weighs little. Without random checks π₀ is 0, and findings weigh nothing.

    Source: the weighting of Horvitz & Thompson, JASA 47 (1952), scaled so that none exceeds 1; against runaway feedback
    as in Ensign et al., PMLR 81 (2018), but by a weight where they throw a coin.
    """
    at, when, by_chance = numbers(place, name="place"), numbers(day, name="day"), np.asarray(random, dtype=np.bool_)
    lowest = _lowest(when, by_chance, places)
    key = at * _PLACE_STEP + when
    directed = np.sort(key[~by_chance])
    since, upto = np.searchsorted(directed, key - MEMORY_DAYS, "right"), np.searchsorted(directed, key, "right")
    chance = np.minimum(1.0, lowest + (upto - since) * PERIOD_DAYS / MEMORY_DAYS)
    return np.where(by_chance, 1.0, np.minimum(1.0, lowest / np.maximum(chance, 1e-12)))


def _lowest(day: FloatArray, random: BoolArray, places: int) -> float:
    if not random.any() or not places:
        return 0.0
    span = float(np.clip(day.max() - day.min() + 1, PERIOD_DAYS, MEMORY_DAYS))
    made = np.count_nonzero(random & (day > day.max() - span))
    return min(1.0, made / places * PERIOD_DAYS / span)
