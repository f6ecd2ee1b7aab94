"""What the daily watch of a county raises by chance, and how soon it finds a den beside a CUSUM told where it is.

A CUSUM (Page 1954) adds up what each day's tips say for a den of a rate that it is told over the rate of the community,
which it is told too, and never falls below 0. ``docs/method.md`` has the table of all settings.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.table import Row, seconds
from gis.surveillance import YEAR_DAYS, Watch, episodes, level, level_within, scan, zones

Array = npt.NDArray[np.float64]

SIDE_M = 20_000
CHANCE_DAYS, AHEAD_DAYS = 365, 250
RUNS = 60
WATCH = Watch(histories=19)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A county: what its communities tell a day on average, and what a den adds in one of them."""

    communities: int
    tips: float
    den: float
    watch: Watch = WATCH


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Median days until the den is told of, and alarm episodes of chance a year.

    ``told`` is a CUSUM of the den's community, with as many false alarms in that one as ours in the whole county.
    ``everywhere`` is a CUSUM in each, told their rates and the den's, with as many false alarms as ours in the county:
    the same CUSUM told the place, with the false alarms that fall to one community. ``ahead`` are alarms of ours on
    days that the level was not found on.
    """

    ours: float
    told: float
    everywhere: float
    alarms: float
    error: float
    ahead: float


SETTINGS = tuple(
    Setting(communities=communities, tips=tips, den=den)
    for communities, tips, den in (
        (5, 0.01, 0.3), (20, 0.005, 0.3), (20, 0.03, 0.3), (20, 0.05, 1.0), (100, 0.002, 0.3), (100, 0.005, 0.1),
        (100, 0.005, 0.3), (100, 0.005, 1.0), (100, 0.02, 0.3), (100, 0.02, 1.0), (100, 0.05, 0.5), (200, 0.02, 0.5),
    )
)  # fmt: skip


def rows(_run: object = None) -> Iterator[Row]:
    """Rows for some of the settings, and what a county costs a day."""
    for setting in (SETTINGS[2], SETTINGS[6]):
        found = watched(setting, runs=RUNS)
        name = f"{setting.communities} communities, {setting.tips} tips a day each, a den of {setting.den}"
        yield Row(f"{name}: false alarms a year", "", f"{found.alarms:.2f} ± {found.error:.2f}", asked="≤ 1 + 2 s.e.")
        yield _later(f"{name}: median delay", "CUSUM told place and rate, all alarms there", found.ours, found.told)
        yield _later(f"{name}: median delay", "CUSUMs told the rates, everywhere", found.ours, found.everywhere)
    rng, communities = np.random.default_rng(0), 170
    counts = rng.poisson(0.02, (communities, Watch.record_days + CHANCE_DAYS))
    near = zones(rng.uniform(0, SIDE_M, (communities, 2)) + 500_000)
    scan(counts, near)
    began = time.process_time()
    level(counts, near, rng=rng)
    scan(counts[:, -Watch.record_days :], near)
    yield Row(f"a county-day: {communities} communities, level and scan", ours=seconds(time.process_time() - began))


def _later(figure: str, peer: str, ours: float, theirs: float) -> Row:
    return Row(figure, peer, f"{ours:.1f} days", f"{theirs:.1f} days", f"{ours / theirs:.2f}× as long", "≤ 1.5×")


def county(rng: np.random.Generator, setting: Setting) -> tuple[Array, Array]:
    """The places of the communities and what each tells a day: half of the mean to twice the mean, mostly."""
    xy = rng.uniform(0, SIDE_M, (setting.communities, 2)) + 500_000
    return xy, np.maximum(rng.gamma(2, setting.tips / 2, setting.communities), setting.tips / 20)


def cusum(counts: npt.NDArray[np.int64], rates: Array, den: float) -> Array:
    """The CUSUM of each community, (communities, days)."""
    gain, found = counts * np.log1p(den / rates)[:, None] - den, np.zeros(counts.shape)
    for day in range(1, counts.shape[1]):
        found[:, day] = np.maximum(found[:, day - 1] + gain[:, day], 0)
    return found


def watched(setting: Setting, *, runs: int, seed: int = 0) -> Outcome:
    """Many counties of chance, watched for a year on their own level, and a den planted in each after that year."""
    rng, watch = np.random.default_rng(seed), setting.watch
    known = watch.record_days + CHANCE_DAYS
    ours, alone, every, alarms, ahead = [], [], [], [], []
    for _ in range(runs):
        xy, rates = county(rng, setting)
        near, place = zones(xy, neighbours=watch.neighbours), int(rng.integers(setting.communities))
        counts = rng.poisson(rates[:, None], (setting.communities, known + AHEAD_DAYS))
        alarm = level(counts[:, :known], near, watch=watch, rng=rng).llr
        llr = scan(counts, near, watch=watch)["llr"].to_numpy()
        alarms.append(len(episodes(llr[: CHANCE_DAYS + 1], level=alarm)))
        ahead.append(len(episodes(llr[CHANCE_DAYS + 1 :], level=alarm)))
        counts[place, known:] += rng.poisson(setting.den, AHEAD_DAYS)
        days = scan(counts, near, watch=watch).iloc[CHANCE_DAYS + 1 :]
        there = near.toarray()[days["zone"], place] > 0
        ours.append(_first((days["llr"].to_numpy() >= alarm) & there & (days["zone"] >= 0).to_numpy()))
        charts = cusum(counts, rates, setting.den)[:, watch.record_days - 1 :]
        alone.append(charts[place])
        every.append(charts.max(axis=0))
    a_year = YEAR_DAYS / (CHANCE_DAYS + 1)
    raised = float(np.mean(alarms)) * a_year
    return Outcome(
        ours=float(np.median(ours)),
        told=_delay(alone, alone, raised),
        everywhere=_delay(alone, every, raised),
        alarms=raised,
        error=float(np.std(alarms, ddof=1) / np.sqrt(runs)) * a_year,
        ahead=float(np.mean(ahead)) * YEAR_DAYS / AHEAD_DAYS,
    )


def _delay(alone: list[Array], charts: list[Array], budget: float) -> float:
    """The median days until the den's own chart reaches the level at which the charts of chance keep the budget."""
    alarm = level_within(np.array(charts)[:, : CHANCE_DAYS + 1], budget_per_year=budget).llr
    return float(np.median([_first(chart[CHANCE_DAYS + 1 :] >= alarm) for chart in alone]))


def _first(alarms: npt.NDArray[np.bool_]) -> float:
    """Days until the first alarm, the first day's evening being one; infinite where there is none."""
    return float(alarms.argmax() + 1) if alarms.any() else np.inf
