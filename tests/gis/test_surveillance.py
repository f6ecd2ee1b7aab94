"""Early warning: what stands out, what chance may raise, and how soon a planted den is told of."""

from dataclasses import replace
from math import log

import numpy as np
import numpy.typing as npt
import pytest

from bench.surveillance import Setting, watched
from gis.errors import FrameError
from gis.surveillance import Watch, by_chance, episodes, level, level_within, scan, zones

#: Five communities on a line, a kilometre apart.
LINE = np.column_stack([np.arange(5) * 1000.0 + 500_000, np.full(5, 3_000_000.0)])
#: The first ten of twenty days tell what is usual.
SHORT = Watch(record_days=20, longest_days=7, neighbours=1, histories=9)


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
    counts[4, [1, 3, 5, 7, 9]] = 1  # five at one end in the ten days that tell what is usual
    counts[0, 15:19] = 1  # four of the last five days at the other
    row = scan(counts, zones(LINE, neighbours=1), watch=SHORT).loc[19]
    # clocks of the five: fifteen units where the others told the five, ten where they told none
    mean = 5.5 / (5 * 10 + 4 * 5)
    expected = 2 / (2 / mean + 15) * 5
    assert (row["zone"], row["observed"], row["window_days"]) == (0, 4, 5)
    assert row["expected"] == pytest.approx(expected)
    assert row["llr"] == pytest.approx(4 * log(4 / expected) - (4 - expected))


def test_less_than_the_weakest_den_would_tell_counts_as_the_weakest() -> None:
    counts = np.zeros((5, 20), int)
    counts[0, :10:2] = 2
    counts[0, 13:] = [1, 1, 1, 1, 1, 2, 1]
    watch = Watch(record_days=20, longest_days=7, weakest_per_day=1.5)
    row = scan(counts, zones(LINE, neighbours=0), watch=watch).loc[19]
    rate = (2 + 10) / (2 / (10.5 / 90) + 10)  # the mean is 10.5 tips on 5 × 10 days and 4 × 10 tips of others
    weakest = 1 + 1.5 / (rate * 2)  # the county's clock runs two units a day
    assert (row["observed"], row["window_days"]) == (8, 7)
    assert 8 / (7 * rate) < weakest
    assert row["llr"] == pytest.approx(_ratio(8, 7 * rate, weakest))


def _ratio(observed: float, expected: float, weakest: float) -> float:
    times = max(observed / expected, weakest)
    return float(observed * log(times) - (times - 1) * expected)


def test_days_equal_a_plain_loop_over_zones_and_windows() -> None:
    rng, watch = np.random.default_rng(5), Watch(record_days=60, guard_days=20, longest_days=30)
    counts, near = chance(rng, places=8, days=70, rate=0.05), zones(square(rng, 8))
    best = []
    for end in range(60, 71):
        record, found = counts[:, end - 60 : end], 0.0
        known = record[:, :40].sum()
        mean = (known + 0.5) / (8 * 40 + 7 * known)
        for members in near.toarray().astype(bool):
            if members.sum() > 4:
                continue
            own, size = record[members, :40].sum(), members.sum()
            rate = (2 * size + own) / (2 / mean + 40 + known - own)
            for days in range(1, 31):
                c = record[members, -days:].sum()
                u = rate * (days + record[~members, -days:].sum())
                if c >= 2:
                    found = max(found, _ratio(c, u, 1 + 0.1 / (rate * (40 + known) / 40)) - 2 * log(size))
        best.append(found)
    assert scan(counts, near, watch=watch)["llr"].to_numpy() == pytest.approx(np.array(best), abs=1e-12)


def test_nothing_stands_out_where_nothing_can() -> None:
    near, rng, none = zones(LINE), np.random.default_rng(0), np.zeros((5, 40), int)
    found = scan(none, near, watch=SHORT)
    assert (found["llr"] == 0).all()
    assert (found["zone"] == -1).all()
    assert level(none, near, watch=SHORT, rng=rng).llr == np.inf
    assert len(scan(none[:, :19], near, watch=SHORT)) == 0
    assert level(none[:, :19], near, watch=SHORT, rng=rng).llr == np.inf
    assert len(scan(np.empty((0, 40)), zones(np.empty((0, 2))), watch=SHORT)) == 21


def test_one_tip_is_no_cluster() -> None:
    counts = np.zeros((5, 40), int)
    counts[:, 30] = [0, 1, 0, 0, 0]
    assert (scan(counts, zones(LINE, neighbours=0), watch=SHORT)["llr"] == 0).all()
    counts[1, 31] = 1
    assert (scan(counts, zones(LINE, neighbours=0), watch=SHORT)["llr"] > 0).sum() == 6  # while both are in seven days


def test_one_community_is_watched_against_its_own_past() -> None:
    counts = np.zeros((1, 40), int)
    counts[0, ::10] = 1
    counts[0, 35:38] = 2
    row = scan(counts, zones(LINE[:1]), watch=SHORT).loc[37]
    assert (row["observed"], row["window_days"]) == (6, 3)
    # chance can move no tip to another place: the level is what the past itself raised
    often = replace(SHORT, budget_per_year=20)
    alarm = level(counts, zones(LINE[:1]), watch=often, rng=np.random.default_rng(0)).llr
    assert (
        alarm == level_within(scan(counts, zones(LINE[:1]), watch=often)[["llr"]].to_numpy().T, budget_per_year=20).llr
    )


def test_all_tips_at_one_place_are_told_by_their_days() -> None:
    counts = np.zeros((5, 40), int)
    counts[2] = 1
    quiet = scan(counts, zones(LINE), watch=SHORT).loc[39]
    counts[2, -3:] = 5
    assert scan(counts, zones(LINE), watch=SHORT).loc[39, "llr"] > quiet["llr"] + 10


@pytest.mark.parametrize("bad", [np.nan, -1, 0.5])
def test_counts_that_are_none_are_named(bad: float) -> None:
    with pytest.raises(FrameError, match="whole number"):
        scan(np.full((5, 40), bad), zones(LINE))
    with pytest.raises(FrameError, match="communities"):
        scan(np.zeros((4, 40)), zones(LINE))
    with pytest.raises(FrameError, match="whole number"):
        by_chance(np.full((5, 40), bad), rng=np.random.default_rng(0))


def test_degrees_and_missing_coordinates_are_refused() -> None:
    with pytest.raises(FrameError, match="degrees"):
        zones([[117.11, 26.21], [117.12, 26.22]])
    with pytest.raises(FrameError, match="nan"):
        zones([[np.nan, 3_000_000.0], [500_000.0, 3_000_000.0]])


def test_ten_thousand_tips_of_one_day_are_found_and_keep_their_size() -> None:
    counts = chance(np.random.default_rng(3), places=5, days=40, rate=0.2)
    counts[1, -1] += 10_000
    row = scan(counts, zones(LINE), watch=SHORT).iloc[-1]
    assert row["observed"] >= 10_000
    assert row["window_days"] == 1
    assert np.isfinite(row["llr"])


def test_a_day_on_which_the_whole_county_tells_ten_times_as_much_points_at_no_place() -> None:
    counts = np.full((5, 40), 1)
    counts[1, -1] = 10
    assert scan(counts, zones(LINE), watch=SHORT)["llr"].iloc[-1] > 10
    counts[:, -1] = 10
    assert scan(counts, zones(LINE), watch=SHORT)["llr"].iloc[-1] < 2


def test_a_den_at_one_place_is_named_alone_and_one_told_of_around_it_together() -> None:
    counts, near = np.zeros((5, 40), int), zones(LINE, neighbours=1)
    counts[:, :30:5] = 1
    counts[1, -4:] = 1
    alone = scan(counts, near, watch=SHORT).iloc[-1]
    assert np.flatnonzero(near.toarray()[int(alone["zone"])]).tolist() == [1]
    counts[1, -4:-2], counts[0, -4:-2] = 0, 1
    counts[[0, 1], -1] += 2
    together = scan(counts, near, watch=SHORT).iloc[-1]
    assert np.flatnonzero(near.toarray()[int(together["zone"])]).tolist() == [0, 1]


def test_a_row_follows_from_its_record_alone() -> None:
    rng = np.random.default_rng(9)
    counts, near = chance(rng, places=12, days=300, rate=0.05), zones(square(rng, 12))
    assert scan(counts, near).iloc[-1].tolist() == scan(counts[:, -182:], near).iloc[0].tolist()


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


def test_the_same_seed_gives_the_same_level() -> None:
    rng = np.random.default_rng(1)
    counts, near = chance(rng, places=20, days=300, rate=0.03), zones(square(rng, 20))
    first, again = (level(counts, near, watch=Watch(histories=5), rng=np.random.default_rng(3)) for _ in range(2))
    assert first.llr == again.llr
    assert np.array_equal(first.begins, again.begins)


def test_the_level_is_the_least_that_keeps_the_budget() -> None:
    llr = np.zeros((2, 365))
    llr[0, [10, 100, 200]] = 3.0, 5.0, 7.0
    llr[1, [50, 60]] = 4.0, 6.0  # one episode
    assert level_within(llr, budget_per_year=1.1).llr == 6.0
    assert level_within(llr, budget_per_year=1.6).llr == 4.0
    assert level_within(llr, budget_per_year=0.4).llr == np.inf


def _alarms(histories: int, *, watch: Watch) -> tuple[float, float]:
    """Mean alarm episodes a year on histories of chance, each against its own level, and the standard error."""
    rng, found = np.random.default_rng(20), []
    for _ in range(histories):
        near = zones(square(rng, 20))
        counts = chance(rng, places=20, days=182 + 365, rate=rng.uniform(0.005, 0.05))
        alarm = level(counts, near, watch=watch, rng=rng).llr
        found.append(len(episodes(scan(counts, near, watch=watch)["llr"], level=alarm)))
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(histories))


def test_chance_alone_stays_within_the_budget() -> None:
    mean, error = _alarms(10, watch=Watch(histories=5))
    assert mean <= 1.0 + 2 * error


@pytest.mark.slow
def test_chance_alone_stays_within_the_budget_on_five_hundred_histories() -> None:
    mean, error = _alarms(500, watch=Watch(histories=19))
    assert 0.8 <= mean <= 1.0 + 2 * error


def test_a_planted_den_is_found_where_it_lies() -> None:
    rng = np.random.default_rng(12)
    near = zones(square(rng, 30))
    counts = chance(rng, places=30, days=182 + 200, rate=0.02)
    alarm = level(counts, near, watch=Watch(histories=9), rng=rng).llr
    counts[7, 300:] += rng.poisson(0.4, 82)
    found = scan(counts, near).loc[300:340]
    loud = found[found["llr"] >= alarm]
    assert len(loud) > 0
    assert near.toarray()[loud["zone"].iloc[0], 7] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("communities", "tips", "den"), [(20, 0.005, 0.3), (20, 0.05, 1.0), (100, 0.005, 0.3)])
def test_a_den_is_found_half_as_late_again_as_by_cusums_told_the_rates_at_most(
    communities: int, tips: float, den: float
) -> None:
    found = watched(Setting(communities=communities, tips=tips, den=den), runs=100)
    assert found.ours <= 1.5 * found.everywhere
    assert found.alarms <= 1.0 + 2 * found.error
