"""A simulated city with known dens, in which a ranking decides the visits: what it finds, and which places it neglects.

Settings, figures and what they came to: docs/method.md. Months have 30 days; within one, tips come first, then visits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

from gis.arrays import BoolArray, FloatArray, IntArray
from gis.risk import Method, rank_places

EQUAL, UNEVEN = 4, 4  # pairs of each sort, as many in each of four strata: the first ones, then as many second ones
PAIRED = 2 * (EQUAL + UNEVEN)
MONTH_DAYS = 30
#: places, tips and visits of a city so far, and the day: how much each place deserves a visit
Ranking = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame, np.datetime64], npt.ArrayLike]


@dataclass(frozen=True, kw_only=True)
class City:
    """The settings.

    ``changing_share`` of the places gain or lose a den each month; a place is told of at its stratum's rate, unknown to
    the ranking, for each of the ``sights`` a den and ``false_sights`` any place is seen by in a month; ``closing`` is
    the chance that a den found is gone afterwards.
    """

    places: int = 2_000
    months: int = 36
    judged_months: int = 12
    visits: int = 60
    random_share: float = 0.1
    den_share: float = 0.05
    changing_share: float = 0.01
    sights: float = 8.0
    false_sights: float = 0.1
    reporting: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    detection: float = 0.8
    closing: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run's last year. Shares are the first place's part of a pair's visits, missing where it had none."""

    equal_shares: FloatArray
    uneven_shares: FloatArray
    hit_rate: float
    visited_low: float
    visited_high: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What many runs came to.

    ``beyond`` of ``pairs`` equal pairs shared their visits beyond 40/60 (or had none), ``beyond_upper`` bounds that
    share at 95 % (Clopper & Pearson, Biometrika 26 (1934)); ``uneven_share`` is where a 3:1 start ended, with its upper
    95 % bound; ``ratio`` is visits per den and month where little is reported over those where much is, with its 5 and
    95 % bounds; both bounds are normal, over runs.
    """

    beyond: int
    pairs: int
    beyond_upper: float
    uneven_share: float
    uneven_upper: float
    ratio: float
    ratio_low: float
    ratio_high: float
    hit_rate: float


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """The figures of at least two runs."""
    equal = np.concatenate([outcome.equal_shares for outcome in outcomes])
    beyond = int((~((equal >= 0.4 - 1e-9) & (equal <= 0.6 + 1e-9))).sum())
    uneven = np.array([np.nan_to_num(outcome.uneven_shares, nan=0.5).mean() for outcome in outcomes])
    logs = np.log([outcome.visited_low / outcome.visited_high for outcome in outcomes])
    wide = 1.645 / np.sqrt(len(outcomes))
    return Figures(
        beyond=beyond,
        pairs=len(equal),
        beyond_upper=float(beta.ppf(0.95, beyond + 1, len(equal) - beyond)) if beyond < len(equal) else 1.0,
        uneven_share=float(uneven.mean()),
        uneven_upper=float(uneven.mean() + wide * uneven.std(ddof=1)),
        ratio=float(np.exp(logs.mean())),
        ratio_low=float(np.exp(logs.mean() - wide * logs.std(ddof=1))),
        ratio_high=float(np.exp(logs.mean() + wide * logs.std(ddof=1))),
        hit_rate=float(np.mean([outcome.hit_rate for outcome in outcomes])),
    )


def by_method(places: pd.DataFrame, tips: pd.DataFrame, visits: pd.DataFrame, today: np.datetime64) -> npt.ArrayLike:
    """The ranking of the product: ``gis.risk.rank_places``."""
    return rank_places(places, tips, visits, until=today.astype(object), method=Method())["score"].to_numpy()


def by_counts(
    places: pd.DataFrame,
    tips: pd.DataFrame,
    visits: pd.DataFrame,
    today: np.datetime64,  # noqa: ARG001 the arguments are those of every ranking
) -> npt.ArrayLike:
    """The naive one: tips and findings so far."""
    found = visits.loc[visits["found"], "place"]
    return sum(np.bincount(part, minlength=len(places)) for part in (tips["place"], found))


def by_recent_counts(
    places: pd.DataFrame, tips: pd.DataFrame, visits: pd.DataFrame, today: np.datetime64
) -> npt.ArrayLike:
    """Tips and findings, halved every 60 days."""
    found, total = visits[visits["found"]], np.zeros(len(places))
    for part in (tips, found):
        fade = 0.5 ** ((pd.Timestamp(today) - part["day"]).dt.days / 60)
        total += np.bincount(part["place"], fade, minlength=len(places))
    return total


def simulate(city: City, ranking: Ranking, *, rng: np.random.Generator) -> Outcome:
    """One run of ``city`` with visits where ``ranking`` is highest, ties by chance, and a share of them at random.

    The first PAIRED places are the pairs, equal ones first: they report like their stratum, always hold a den, and stay
    out of the comparison of strata.
    """
    stratum = np.arange(city.places) % len(city.reporting)
    rate = np.array(city.reporting)[stratum]
    paired = np.arange(city.places) < PAIRED
    places = pd.DataFrame({"stratum": stratum})
    told, made = _start()
    den = paired | (rng.random(city.places) < city.den_share)
    visited, held, hits = np.zeros(city.places), np.zeros(city.places), 0
    on_den = np.zeros(city.places)
    for month in range(city.months):
        den = paired | _changed(den, city, rng)
        told.append(_tips(den, rate, month, city, rng))
        today = _day(month + 1)
        tips, visits = (pd.concat(rows, ignore_index=True) for rows in (told, made))
        there, by_chance = _visited(np.asarray(ranking(places, tips, visits, today), dtype=np.float64), city, rng)
        found = den[there] & (rng.random(len(there)) < city.detection)
        kinds = np.where(by_chance, "random_check", "inspection")
        made.append(pd.DataFrame({"place": there, "day": today, "kind": kinds, "found": found}))
        if month >= city.months - city.judged_months:
            visited[there] += 1
            on_den[there] += den[there]
            held += den
            hits += int(found.sum())
        den[there[found & (rng.random(len(there)) < city.closing)]] = False
    low, free = rate < np.median(city.reporting), ~paired
    return Outcome(
        equal_shares=_shares(visited[: 2 * EQUAL]),
        uneven_shares=_shares(visited[2 * EQUAL : PAIRED]),
        hit_rate=hits / (city.judged_months * city.visits),
        visited_low=float(on_den[low & free].sum() / held[low & free].sum()),
        visited_high=float(on_den[~low & free].sum() / held[~low & free].sum()),
    )


def _start() -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """The year before: three visits, findings and tips at the first of an uneven pair for each at the second."""
    first = 2 * EQUAL + np.arange(UNEVEN)
    place = np.concatenate([np.repeat(first, 9), np.repeat(first + UNEVEN, 3)])
    month = np.concatenate([np.tile(np.arange(9), UNEVEN), np.tile(np.arange(3) * 3, UNEVEN)])
    day = _day(0) - (1 + MONTH_DAYS * month).astype("timedelta64[D]")
    tips = pd.DataFrame({"place": place, "day": day, "verified": True})
    return [tips], [pd.DataFrame({"place": place, "day": day, "kind": "inspection", "found": True})]


def _changed(den: BoolArray, city: City, rng: np.random.Generator) -> BoolArray:
    """The dens a month later: as many places gain one as would lose one of ``den_share`` of dens."""
    draw, half = rng.random(len(den)), city.changing_share / 2
    return np.where(den, draw >= half / city.den_share, draw < half / (1 - city.den_share))


def _tips(den: BoolArray, rate: FloatArray, month: int, city: City, rng: np.random.Generator) -> pd.DataFrame:
    """What is told of what is seen; where a den is, some of it can be verified from the desk, without a visit."""
    number = rng.poisson(rate * (city.sights * den + city.false_sights))
    place = np.repeat(np.arange(len(den)), number)
    day = _day(month) + rng.integers(0, MONTH_DAYS, len(place)).astype("timedelta64[D]")
    return pd.DataFrame({"place": place, "day": day, "verified": den[place] & (rng.random(len(place)) < 0.3)})


def _visited(score: FloatArray, city: City, rng: np.random.Generator) -> tuple[IntArray, BoolArray]:
    """Where one goes this month, and which of it at random: first the random ones, then the best of the others."""
    by_chance = rng.choice(len(score), round(city.visits * city.random_share), replace=False)
    ordered = np.lexsort((rng.random(len(score)), -score))
    best = ordered[~np.isin(ordered, by_chance)][: city.visits - len(by_chance)]
    return np.concatenate([by_chance, best]), np.arange(city.visits) < len(by_chance)


def _shares(visited: FloatArray) -> FloatArray:
    first, second = visited.reshape(2, -1)
    with np.errstate(invalid="ignore"):
        return np.asarray(first / (first + second))


def _day(month: int) -> np.datetime64:
    return np.datetime64("2020-01-01") + MONTH_DAYS * month
