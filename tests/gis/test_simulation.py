"""The feedback gate: the ranking of the product, let loose in a city whose truth is known, starves nobody."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from gis import simulation
from gis.simulation import City, Outcome, by_counts, by_method, by_recent_counts, figures, simulate

FEW, MANY = 6, 200


@cache
def _runs(ranking: simulation.Ranking, count: int, closing: float) -> list[Outcome]:
    return [simulate(City(closing=closing), ranking, rng=np.random.default_rng(seed)) for seed in range(count)]


def _shuffled(places: pd.DataFrame, *_: object) -> np.ndarray:
    return np.random.default_rng(0).random(len(places))


@pytest.mark.slow
def test_in_a_few_runs_equal_places_share_and_little_reporting_starves_no_place() -> None:
    found = figures(_runs(by_method, FEW, 0.0))
    assert found.beyond <= binom.ppf(0.999, found.pairs, 0.02)
    assert abs(found.uneven_share - 0.5) <= 0.05
    assert 0.8 <= found.ratio <= 1.25
    assert found.hit_rate > figures(_runs(by_counts, FEW, 0.0)).hit_rate


def test_the_gate_shuts_before_a_ranking_that_counts_all_it_ever_heard_and_found() -> None:
    naive = figures(_runs(by_counts, FEW, 0.0))
    assert naive.beyond >= naive.pairs / 5
    assert naive.uneven_share > 0.55
    assert naive.ratio < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("closing", [0.0, 0.7])
def test_the_gate(closing: float) -> None:
    ours, naive = (_runs(ranking, MANY, closing) for ranking in (by_method, by_counts))
    found = figures(ours)
    assert found.pairs == MANY * simulation.EQUAL
    assert found.beyond_upper <= 0.02
    assert found.uneven_upper <= 0.53
    assert 0.8 <= found.ratio_low <= found.ratio_high <= 1.25
    better = np.array([our.hit_rate - their.hit_rate for our, their in zip(ours, naive, strict=True)])
    assert better.mean() - 1.645 * better.std(ddof=1) / np.sqrt(MANY) >= 0


@pytest.mark.slow
def test_fairness_costs_no_more_than_three_percent_of_what_recent_counts_find() -> None:
    ours, recent = (_runs(ranking, 20, 0.0) for ranking in (by_method, by_recent_counts))
    assert figures(ours).hit_rate >= 0.97 * figures(recent).hit_rate


def test_one_seed_is_one_run() -> None:
    small = City(places=200, months=14, visits=20)
    first, again, other = (simulate(small, _shuffled, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert str(first) == str(again) != str(other)


def test_a_ranking_by_chance_finds_what_chance_finds() -> None:
    city = City(places=400, months=16, visits=100)
    found = np.mean([simulate(city, _shuffled, rng=np.random.default_rng(seed)).hit_rate for seed in range(20)])
    dens = (16 + (400 - 16) * city.den_share) / 400
    assert found == pytest.approx(dens * city.detection, rel=0.25)


def test_as_many_places_change_in_a_month_as_the_settings_say_and_dens_neither_grow_nor_die_out() -> None:
    city, rng = City(), np.random.default_rng(3)
    den = rng.random(200_000) < city.den_share
    later = simulation._changed(den, city, rng)
    assert (den != later).mean() == pytest.approx(city.changing_share, rel=0.05)
    assert later.mean() == pytest.approx(city.den_share, rel=0.02)


def test_places_tell_at_their_rate() -> None:
    city = City(places=40_000)
    rate = np.repeat([0.2, 0.8], 20_000)
    tips = simulation._tips(np.ones(40_000, dtype=bool), rate, 0, city, np.random.default_rng(4))
    low, high = (tips["place"] < 20_000).mean(), (tips["place"] >= 20_000).mean()
    assert high / low == pytest.approx(4, rel=0.03)
    assert len(tips) == pytest.approx(40_000 * 0.5 * 8.1, rel=0.02)


def test_the_visits_of_a_month_are_the_best_and_a_tenth_at_random() -> None:
    city = City(places=100, visits=10)
    where, random = simulation._visited(np.arange(100.0), city, np.random.default_rng(5))
    assert len(set(where.tolist())) == 10
    assert random.sum() == 1
    assert set(where[~random].tolist()) >= set(range(92, 100)) - set(where[random].tolist())


def _pair_shares(visited: list[float]) -> list[float]:
    return simulation._shares(np.array(visited)).tolist()


def test_shares_are_the_first_places_part_and_missing_where_neither_was_visited() -> None:
    shares = _pair_shares([3, 1, 0, 0, 1, 1, 0, 5])
    assert shares[:2] == [0.75, 0.5]
    assert np.isnan(shares[2])
    assert shares[3] == 0


@pytest.mark.parametrize(
    ("shares", "beyond"), [([0.4, 0.6, 0.5, 0.5], 0), ([0.39, 0.5, 0.5, 0.5], 1), ([np.nan, 0.61, 0.5, 0.5], 2)]
)
def test_forty_to_sixty_is_not_beyond_and_no_visit_at_all_is(shares: list[float], beyond: int) -> None:
    run = Outcome(
        equal_shares=np.array(shares), uneven_shares=np.full(4, 0.5), hit_rate=0.5, visited_low=1, visited_high=2
    )
    found = figures([run, run])
    assert (found.beyond, found.pairs, found.ratio) == (2 * beyond, 8, 0.5)


RANKINGS: list[Callable[..., object]] = [by_method, by_counts, by_recent_counts]


@pytest.mark.parametrize("ranking", RANKINGS)
def test_every_ranking_ranks_each_place(ranking: simulation.Ranking) -> None:
    tips = pd.DataFrame({"place": [1, 1], "day": [np.datetime64("2020-01-01")] * 2, "verified": False})
    visits = pd.DataFrame({"place": [0], "day": [np.datetime64("2020-01-02")], "kind": "inspection", "found": False})
    score = ranking(pd.DataFrame({"stratum": [0, 0, 0]}), tips, visits, np.datetime64("2020-02-01"))
    assert np.argmax(score) == 1
