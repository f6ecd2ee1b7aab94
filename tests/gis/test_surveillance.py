"""Early warning: what stands out, what chance may raise, and how soon a planted den is told of."""

import numpy as np
import numpy.typing as npt
import pytest

from gis.errors import FrameError
from gis.surveillance import Watch, by_chance, episodes, level, scan, zones

#: Five communities on a line, a kilometre apart.
LINE = np.column_stack([np.arange(5) * 1000.0 + 500_000, np.full(5, 3_000_000.0)])
SHORT = Watch(record_days=20, windows_days=(7,), neighbours=1, histories=9)


def chance(rng: np.random.Generator, *, places: int, days: int, rate: float) -> npt.NDArray[np.int64]:
    return rng.poisson(rate, (places, days))


def square(rng: np.random.Generator, places: int) -> npt.NDArray[np.float64]:
    return rng.uniform(0, 20_000, (places, 2)) + 500_000


def test_zones_are_each_place_alone_and_with_its_nearest_each_set_once() -> None:
    found = {tuple(np.flatnonzero(row)) for row in zones(LINE[:3], neighbours=2).toarray()}
    assert {(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)} >= found
    assert {(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)} <= found | {(0, 1), (1, 2)}
    assert zones(LINE[:1]).toarray().tolist() == [[1.0]]
    assert zones(np.empty((0, 2))).shape == (0, 0)
    assert zones(np.repeat(LINE[:1], 3, axis=0), neighbours=1).shape[0] >= 3 + 1


def test_the_last_day_is_as_a_hand_reckons_it() -> None:
    counts = np.zeros((5, 20), int)
    counts[0, 15:19] = 1  # four in the last week at one end
    counts[4, :13:3] = 1  # five before it at the other
    row = scan(counts, zones(LINE, neighbours=1), watch=SHORT).loc[19]
    expected = 4 * 4 / 9
    assert (row["observed"], row["window_days"]) == (4, 7)
    assert row["expected"] == pytest.approx(expected)
    assert row["llr"] == pytest.approx(4 * np.log(4 / expected) + 5 * np.log(5 / (9 - expected)))


def test_days_equal_a_plain_loop_over_zones_and_windows() -> None:
    rng, watch = np.random.default_rng(5), Watch(record_days=60)
    counts, near = chance(rng, places=12, days=80, rate=0.05), zones(square(rng, 12))
    best = []
    for end in range(60, 81):
        record, found = counts[:, end - 60 : end], 0.0
        n = record.sum()
        for members in near.toarray().astype(bool):
            for days in watch.windows_days:
                c, u = record[members, -days:].sum(), record[members].sum() * record[:, -days:].sum() / n
                if c >= 2 and c > u:
                    rest = (n - c) * np.log((n - c) / (n - u)) if n > c else 0.0
                    found = max(found, c * np.log(c / u) + rest)
        best.append(found)
    assert scan(counts, near, watch=watch)["llr"].to_numpy() == pytest.approx(np.array(best), abs=1e-12)


def test_nothing_stands_out_where_nothing_can() -> None:
    near, rng = zones(LINE), np.random.default_rng(0)
    only_one = np.zeros((5, 40), int)
    only_one[2] = rng.poisson(1.0, 40)
    for counts in (np.zeros((5, 40), int), only_one):
        found = scan(counts, near, watch=SHORT)
        assert (found["llr"] == 0).all()
        assert (found["zone"] == -1).all()
        assert level(counts, near, watch=SHORT, rng=rng).llr == np.inf
    assert len(scan(only_one[:, :19], near, watch=SHORT)) == 0
    assert level(only_one[:, :19], near, watch=SHORT, rng=rng).llr == np.inf
    assert len(scan(np.empty((0, 40)), zones(np.empty((0, 2))), watch=SHORT)) == 21


@pytest.mark.parametrize("bad", [np.nan, -1, 0.5])
def test_counts_that_are_none_are_named(bad: float) -> None:
    with pytest.raises(FrameError, match="whole number"):
        scan(np.full((5, 40), bad), zones(LINE))
    with pytest.raises(FrameError, match="communities"):
        scan(np.zeros((4, 40)), zones(LINE))


def test_ten_thousand_tips_of_one_day_are_found_and_keep_their_size() -> None:
    counts = chance(np.random.default_rng(3), places=5, days=40, rate=0.2)
    counts[1, -1] += 10_000
    row = scan(counts, zones(LINE), watch=SHORT).iloc[-1]
    assert row["observed"] >= 10_000
    assert np.isfinite(row["llr"])


def test_the_order_of_communities_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    xy, counts, turn = square(rng, 20), chance(rng, places=20, days=220, rate=0.02), rng.permutation(20)
    here, there = (scan(c, zones(p))["llr"].to_numpy() for c, p in ((counts, xy), (counts[turn], xy[turn])))
    assert here == pytest.approx(there, abs=1e-12)


def test_chance_keeps_the_totals_of_communities_and_days_and_its_seed() -> None:
    counts = chance(np.random.default_rng(2), places=9, days=50, rate=0.3)
    first, again = (by_chance(counts, rng=np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, counts)
    assert np.array_equal(first.sum(axis=0), counts.sum(axis=0))
    assert np.array_equal(first.sum(axis=1), counts.sum(axis=1))


def test_an_episode_ends_after_quiet_days_and_the_level_counts_them_so() -> None:
    llr = np.zeros(100)
    llr[[3, 10, 38, 67, 99]] = 5.0
    assert episodes(llr, level=5.0).tolist() == [3, 67, 99]
    rng, watch = np.random.default_rng(4), Watch(histories=3)
    counts, near = chance(rng, places=15, days=500, rate=0.02), zones(square(rng, 15))
    found, shuffled = level(counts, near, watch=watch, rng=np.random.default_rng(6)), np.random.default_rng(6)
    series = [scan(by_chance(counts, rng=shuffled), near, watch=watch)["llr"].to_numpy() for _ in range(3)]
    many = sum(len(episodes(one, level=found.llr)) for one in series)
    assert many <= found.days / 365.25
    assert found.recurrence_days(found.llr) == pytest.approx(found.days / many)
    assert found.recurrence_days(1e9) == found.days


def _alarms(histories: int, *, watch: Watch) -> tuple[float, float]:
    """Mean alarm episodes a year on histories of chance, each against its own level, and the standard error."""
    rng, found = np.random.default_rng(20), []
    for _ in range(histories):
        near = zones(square(rng, 20))
        counts = chance(rng, places=20, days=182 + 365, rate=rng.uniform(0.005, 0.05))
        alarm = level(counts, near, watch=watch, rng=rng).llr
        found.append(len(episodes(scan(counts, near, watch=watch)["llr"], level=alarm)))
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(histories))


@pytest.mark.slow
def test_chance_alone_stays_within_the_budget() -> None:
    mean, error = _alarms(40, watch=Watch(histories=19))
    assert mean <= 1.0 + 2 * error


@pytest.mark.slow
def test_chance_alone_stays_within_the_budget_on_five_hundred_histories() -> None:
    mean, error = _alarms(500, watch=Watch(histories=49))
    assert 0.7 <= mean <= 1.0 + 2 * error


def test_a_planted_den_is_found_where_it_lies() -> None:
    rng = np.random.default_rng(12)
    near = zones(square(rng, 30))
    counts = chance(rng, places=30, days=182 + 200, rate=0.02)
    alarm = level(counts, near, watch=Watch(histories=19), rng=rng).llr
    counts[7, 300:] += rng.poisson(0.4, 82)
    found = scan(counts, near).loc[300:360]
    loud = found[found["llr"] >= alarm]
    assert len(loud) > 0
    assert near.toarray()[loud["zone"].iloc[0], 7] == 1
