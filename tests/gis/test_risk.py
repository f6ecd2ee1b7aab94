"""Weights, parts and ranks, by hand."""

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import exposure, risk
from gis.errors import FrameError
from tests.builders import days_before
from tests.conftest import REPO

UNTIL, METHOD = dt.date(2026, 7, 1), risk.Method()
NO_VISITS = pd.DataFrame({"place": [], "day": [], "kind": [], "found": []})


def _tips(places: list[object], days_ago: list[int], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"place": places, "day": days_before(UNTIL, days_ago), **columns})


def _visits(places: list[object], days_ago: list[int], *, found: object, kind: object = "inspection") -> pd.DataFrame:
    return pd.DataFrame({"place": places, "day": days_before(UNTIL, days_ago), "kind": kind, "found": found})


def _ranked(tips: pd.DataFrame, visits: pd.DataFrame = NO_VISITS, *, places: object = 4) -> pd.DataFrame:
    frame = pd.DataFrame(index=range(places)) if isinstance(places, int) else places
    return risk.rank_places(frame, tips, visits, until=UNTIL, method=METHOD)


def test_a_verified_tip_of_yesterday_weighs_one_and_halves_every_sixty_days() -> None:
    ranked = _ranked(_tips([0, 1, 2], [1, 61, 31], verified=True))
    assert ranked["tips"].tolist() == pytest.approx([1, 0.5, 0.5**0.5, 0])


def test_an_unverified_tip_weighs_half_and_one_of_the_day_itself_or_later_nothing() -> None:
    assert _ranked(_tips([0, 1, 2], [1, 0, -3]))["tips"].tolist() == [0.5, 0, 0, 0]


def test_thirty_copies_change_a_rank_by_nothing() -> None:
    told = _tips([0, 0, 1, 1, 1, 2], [3, 9, 4, 5, 30, 2], source=[1, 2, 3, 4, 5, 6])
    copies = _tips([2] * 30, [2] * 30, source=6)
    once, many = _ranked(told), _ranked(pd.concat([told, copies]))
    pd.testing.assert_frame_equal(once, many)
    assert once["score"].rank().tolist() == many["score"].rank().tolist()


def test_a_source_weighs_as_its_best_copy_does() -> None:
    assert _ranked(_tips([0, 0], [1, 1], source=7, verified=[True, False]))["tips"][0] == 1


def test_a_random_find_weighs_one_and_another_by_how_seldom_one_looked() -> None:
    # 12 random checks of 4 places in a record of 365 days: π₀ = 12 / 4 · 30 / 365; inspected twice: π₀ + 2 · 30 / 365
    days = [1, *range(12, 122, 10), 365]
    checks = _visits([0] + [3] * 12, days, found=[True] + [False] * 12, kind="random_check")
    checks.loc[12, "kind"] = "inspection"
    looked = _visits([1, 1], [1, 200], found=[True, False])
    tips = _tips([0, 1], [1, 1], verified=True)
    plenty = pd.concat([tips] * 5).reset_index(drop=True)
    ranked = _ranked(plenty, pd.concat([checks, looked]))
    chance = 12 / 4 * 30 / 365
    assert ranked["raids"][0] == pytest.approx(1)
    assert ranked["raids"][1] == pytest.approx(chance / (chance + 2 * 30 / 365))


def test_without_random_checks_no_finding_weighs_anything() -> None:
    ranked = _ranked(_tips([0], [1]), _visits([0, 0], [1, 30], found=True))
    assert ranked["raids"].tolist() == [0, 0, 0, 0]


def test_raids_bring_at_most_a_fifth_and_alone_nothing() -> None:
    found = _visits([0] * 9 + [1] * 9, [1] * 18, found=True, kind="random_check")
    ranked = _ranked(_tips([0], [1], verified=True), found)
    assert ranked.loc[0, ["evidence", "own_raid_share"]].tolist() == pytest.approx([1.25, 0.2])
    assert ranked.loc[1, ["evidence", "own_raid_share"]].tolist() == [0, 0]


def test_a_visit_that_finds_nothing_takes_back_one_unverified_tip_told_before_it_and_no_more() -> None:
    tips = _tips([0, 0, 1, 2], [1, 1, 1, 5], verified=[True, False, False, False])
    visits = _visits([0, 1, 1, 2], [1, 1, 1, 9], found=False)
    ranked = _ranked(tips, visits)
    assert ranked["checks"].tolist() == pytest.approx([-0.5, -0.5, 0, 0])
    assert ranked["evidence"][2] == pytest.approx(0.5 * 0.5 ** (4 / 60))  # told after the visit


def test_places_that_are_alike_take_turns() -> None:
    tips = _tips([0] * 6 + [1] * 6, [1, 9, 17, 25, 33, 41] * 2)
    first = _ranked(tips, _visits([0], [10], found=True))["score"]
    assert first[1] > first[0] > 0
    assert _ranked(tips)["score"][0] == _ranked(tips)["score"][1]


def test_more_tips_where_it_is_beyond_doubt_hardly_raise_the_score() -> None:
    score = _ranked(_tips([0] * 40 + [1] * 20 + [2], [1] * 61), places=40)["score"]
    assert score[0] < 1.3 * score[1]
    assert score[1] > 5 * score[2]


def test_a_stratum_that_reports_half_has_its_tips_doubled_once_checks_have_told() -> None:
    places = pd.DataFrame({"stratum": ["thin"] * 50 + ["dense"] * 50})
    tips = _tips([*range(50)] * 2 + [*range(50, 100)] * 4, [1] * 300)
    assert _ranked(tips, places=places)["reporting"].tolist() == [1] * 100
    checks = _visits([*range(100)] * 20, [*range(1, 21)] * 100, found=[False, False, True, False] * 500,
                     kind="random_check")  # fmt: skip
    ranked = _ranked(tips, checks, places=places)
    assert ranked["reporting"][99] / ranked["reporting"][0] == pytest.approx(2, rel=0.15)
    assert ranked["tips"].sum() == pytest.approx(300 * 0.5)


def test_no_tips_leave_every_place_alike_but_for_its_last_visit() -> None:
    ranked = _ranked(_tips([], []), _visits([1], [9], found=False))
    assert ranked["rate"].tolist() == [1, 1, 1, 1]
    assert ranked["score"][1] < ranked["score"][0] == ranked["score"][2]


def test_a_place_with_nothing_to_let_has_a_stated_result() -> None:
    ranked = _ranked(_tips([0, 1], [1, 1]), places=pd.DataFrame({"exposure": [0, 5, 5]}))
    assert np.isfinite(ranked.to_numpy()).all()
    assert ranked["expected"][0] == 0
    assert ranked["rate"][0] >= 1


def test_a_small_place_is_shrunk_where_a_raw_rate_would_explode() -> None:
    places = pd.DataFrame({"exposure": [1, *[1000] * 30]})
    tips = _tips([0, *np.repeat(np.arange(1, 31), np.arange(30) // 3)], [1] * 136)
    ranked = _ranked(tips, places=places)
    assert ranked["evidence"][0] / ranked["expected"][0] > 100
    assert ranked["rate"][0] < 2


def test_one_tip_and_all_tips_at_one_place_are_ranked() -> None:
    for tips in (_tips([2], [5]), _tips([2] * 50, [5] * 50)):
        assert _ranked(tips)["score"].idxmax() == 2


def test_rows_in_another_order_and_places_called_by_name_change_nothing() -> None:
    rng = np.random.default_rng(4)
    tips = _tips(rng.integers(0, 9, 60).tolist(), rng.integers(1, 200, 60).tolist(), verified=rng.random(60) < 0.3)
    visits = _visits(rng.integers(0, 9, 30).tolist(), rng.integers(1, 300, 30).tolist(), found=rng.random(30) < 0.5)
    plain = _ranked(tips, visits, places=9)
    mixed = _ranked(tips.sample(frac=1, random_state=1), visits.sample(frac=1, random_state=2), places=9)
    pd.testing.assert_frame_equal(plain, mixed)
    names = pd.DataFrame(index=[f"社区{n}" for n in range(9)])
    called = [frame.assign(place=[f"社区{n}" for n in frame["place"]]) for frame in (tips, visits)]
    assert _ranked(*called, places=names).to_numpy().tolist() == plain.to_numpy().tolist()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_parts_add_up_and_raids_never_pass_their_share(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tips = _tips(rng.integers(0, 4, 20).tolist(), rng.integers(1, 150, 20).tolist(), source=rng.integers(0, 9, 20))
    visits = _visits(rng.integers(0, 4, 20).tolist(), rng.integers(1, 400, 20).tolist(), found=rng.random(20) < 0.5,
                     kind=rng.choice(["random_check", "joint"], 20))  # fmt: skip
    ranked = _ranked(tips, visits)
    assert ranked[["tips", "checks", "raids"]].sum(axis=1).to_numpy() == pytest.approx(ranked["evidence"].to_numpy())
    assert (ranked["own_raid_share"] <= 0.2 + 1e-12).all()
    assert ((ranked["score"] >= 0) & (ranked["score"] <= 1)).all()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"tips": _tips([9], [1])}, "9 is not among the places"),
        ({"tips": pd.DataFrame({"place": [0], "day": [pd.NaT]})}, "no day at 0"),
        ({"tips": pd.DataFrame({"place": [0]})}, "no column day"),
        ({"visits": pd.DataFrame({"place": [0], "day": [UNTIL]})}, "no column kind, found"),
        ({"places": pd.DataFrame({"exposure": [1.0, -1, 1, 1]})}, "below zero"),
        ({"places": pd.DataFrame({"exposure": [1.0, np.nan, 1, 1]})}, "nan"),
    ],
)
def test_what_cannot_be_ranked_is_named(wrong: dict[str, object], says: str) -> None:
    given_ = {"tips": _tips([0], [1]), "visits": NO_VISITS, "places": 4} | wrong
    with pytest.raises(FrameError, match=says):
        _ranked(given_["tips"], given_["visits"], places=given_["places"])


def test_the_example_of_the_method_document_runs_and_names_every_column() -> None:
    document = (REPO / "docs" / "method.md").read_text("utf-8")
    names: dict[str, object] = {}
    exec(re.search(r"```python\n(.*?)```", document, re.DOTALL).group(1), names)  # noqa: S102 the project's own document
    assert names["order"].index[0] == 2
    assert [column for column in names["ranked"].columns if f"`{column}`" not in document] == []
    assert METHOD.name in document


def test_no_places_at_all_is_an_empty_table() -> None:
    assert len(_ranked(_tips([], []), places=0)) == 0


def test_expected_counts_follow_exposure_and_keep_the_total() -> None:
    assert exposure.expected_counts([1, 3, 0], total=8).tolist() == [2, 6, 0]
    assert exposure.expected_counts([0, 0], total=8).tolist() == [4, 4]
    with pytest.raises(FrameError, match="below zero"):
        exposure.expected_counts([-1], total=1)


def test_rates_are_shrunk_towards_one() -> None:
    assert exposure.relative_rate([3, 0], [0.5, 1]).tolist() == pytest.approx([4 / 1.5, 0.5])


def test_a_rate_over_few_units_is_not_told() -> None:
    assert np.isnan(exposure.rate_per_100([1], [19])).all()
    assert exposure.rate_per_100([1], [20]).tolist() == [5.0]


def test_shrunken_counts_come_true_where_raw_ones_overstate_twofold() -> None:
    rng = np.random.default_rng(6)
    rates = rng.gamma(0.5, 2.0, 20_000)  # mean 1, variance 2
    expected = np.full(20_000, 0.6)
    before, after = (rng.poisson(rates * expected) for _ in range(2))
    top = np.argsort(-before)[:200]
    likely = expected * exposure.shrunken_rate(before, expected)
    assert before[top].sum() > 1.7 * after[top].sum()
    assert likely[top].sum() == pytest.approx(after[top].sum(), rel=0.1)


def test_on_pure_chance_counts_are_shrunk_to_what_exposure_explains() -> None:
    counts = np.random.default_rng(7).poisson(0.6, 20_000)
    assert exposure.shrunken_rate(counts, np.full(20_000, counts.mean())).max() < 1.6
    assert exposure.shrunken_rate([1, 1], [1, 1]).tolist() == [1, 1]
    assert exposure.shrunken_rate([3, 0], [0, 0]).tolist() == [1, 1]


def test_premises_count_by_rooms_up_to_ten() -> None:
    assert exposure.units([3, np.nan, 0, 300]).tolist() == [3, 1, 1, 10]


def test_three_density_classes_hold_a_third_of_the_exposure_each() -> None:
    squares = np.array([(500_500.0 + 1_000 * n, 500.0) for n in range(9)])
    held = np.array([1, 1, 1, 1, 1, 1, 3, 3, 6.0])
    assert exposure.density_class(squares, squares, held).tolist() == [0] * 6 + [1, 1, 2]
    assert exposure.density_class([(900_000.0, 0.0)], squares, held).tolist() == [0]
    assert exposure.density_class(squares[:2], np.empty((0, 2)), []).tolist() == [0, 0]
