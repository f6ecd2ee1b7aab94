"""The strike plan by hand, and against trying every assignment."""

import itertools

import numpy as np
import pytest

from gis.errors import FrameError, Refused
from gis.strike import assign

INF = np.inf


def by_trying_all(travel: np.ndarray, agencies: list[str], ready: np.ndarray) -> tuple[float, float] | None:
    """(latest, total) of the best assignment among all; None when there is none."""
    arrival, targets = travel + ready[:, None], range(travel.shape[1])
    ways = []
    for name in dict.fromkeys(agencies):
        own = [n for n, agency in enumerate(agencies) if agency == name]
        times = [[arrival[team, at] for team, at in zip(chosen, targets, strict=True)]
                 for chosen in itertools.permutations(own, len(targets))]  # fmt: skip
        ways.append({(max(t), sum(t)) for t in times if max(t) < INF})
    found = [(max(w[0] for w in way), sum(w[1] for w in way)) for way in itertools.product(*ways)]
    return min(found) if found else None


def test_the_last_to_arrive_counts_before_the_sum() -> None:
    plan = assign([[1, 9], [2, 20]], agencies=["公安", "公安"])  # 1 + 20 < 9 + 2 in no way: 20 is later than 9
    assert plan.team.tolist() == [[1], [0]]
    assert (plan.latest, plan.total) == (9, 11)


def test_below_the_latest_arrival_the_sum_is_least() -> None:
    plan = assign([[5, 9], [4, 2], [3, 8]], agencies=["公安"] * 3)
    assert plan.team.tolist() == [[2], [1]]
    assert plan.arrival_minutes.tolist() == [[3], [2]]


def test_each_target_gets_one_team_of_each_agency_and_a_team_that_is_ready_late_arrives_late() -> None:
    plan = assign(
        [[10, 20], [20, 10], [5, 5], [6, 6]], agencies=["公安", "公安", "市监", "市监"], ready_minutes=[0, 0, 0, 30]
    )
    assert plan.agencies == ("公安", "市监")
    assert plan.team[:, 0].tolist() == [0, 1]
    assert sorted(plan.team[:, 1]) == [2, 3]
    assert (plan.latest, plan.total) == (36, 10 + 10 + 5 + 36)


def test_one_agencys_delay_leaves_the_others_room_for_the_least_sum() -> None:
    travel = [[1, 6], [9, 100], [30, 30], [30, 30]]
    plan = assign(travel, agencies=["公安", "公安", "市监", "市监"])
    assert plan.latest == 30
    assert plan.team[:, 0].tolist() == [1, 0]  # 100 would be too late, whatever the sum


@pytest.mark.parametrize(
    ("travel", "agencies", "sentence"),
    [
        ([[1, 2]], ["公安"], "公安只有 1 支队伍,目标有 2 个,还缺 1 支"),
        ([[1, INF], [2, INF]], ["公安"] * 2, "公安没有足够的队伍能按道路到达第 2 个目标"),
        ([[1, INF, 1], [2, INF, 1], [INF, 3, INF]], ["公安"] * 3, None),
        ([[1, 2, INF], [INF, INF, 3], [INF, INF, 4]], ["公安"] * 3, "公安没有足够的队伍能按道路到达全部目标"),
        (np.empty((0, 1)), [], "没有队伍"),
    ],
)
def test_a_shortage_is_named(travel: list[list[float]], agencies: list[str], sentence: str | None) -> None:
    if sentence is None:
        assert assign(travel, agencies=agencies).latest == 3
        return
    with pytest.raises(Refused) as refused:
        assign(travel, agencies=agencies)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("travel", [[[np.nan]], [[-1.0]], [1.0], [[1.0], [2.0]]])
def test_times_that_are_none_are_an_error(travel: object) -> None:
    with pytest.raises(FrameError):
        assign(travel, agencies=["公安"])


def test_no_target_is_an_empty_plan() -> None:
    plan = assign(np.empty((2, 0)), agencies=["公安", "市监"])
    assert (plan.team.shape, plan.latest, plan.total) == ((0, 2), 0, 0)


@pytest.mark.parametrize("cases", [200, pytest.param(1_000, marks=pytest.mark.slow)])
def test_equals_trying_every_assignment(cases: int) -> None:
    rng = np.random.default_rng(5)
    possible = 0
    for _ in range(cases):
        targets, kinds = int(rng.integers(1, 7)), int(rng.integers(1, 3))
        teams = [int(rng.integers(targets, targets + 2)) if targets < 6 else targets for _ in range(kinds)]
        agencies = [name for name, count in zip("甲乙", teams, strict=False) for _ in range(count)]
        rng.shuffle(agencies)
        travel = rng.integers(1, 15, (len(agencies), targets)).astype(float)
        travel[rng.random(travel.shape) < 0.15] = INF
        ready = rng.integers(0, 5, len(agencies)).astype(float)
        best = by_trying_all(travel, agencies, ready)
        if best is None:
            with pytest.raises(Refused):
                assign(travel, agencies=agencies, ready_minutes=ready)
            continue
        possible += 1
        plan = assign(travel, agencies=agencies, ready_minutes=ready)
        assert (plan.latest, plan.total) == best
        assert len(set(plan.team.ravel().tolist())) == plan.team.size
    assert possible > 0.7 * cases
