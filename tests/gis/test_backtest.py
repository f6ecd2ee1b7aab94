"""The rolling back-test by hand: four cells of a street, and what each method flags and catches there."""

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.backtest import Trial, gain, judged, origins, run, study_area, taken
from gis.errors import FrameError

DAY = np.datetime64("2026-03-01")
STREET = shapely.box(0, 0, 4000, 1000)  # four cells of a kilometre


def trial(before: list[int], after: list[int], *, share: float = 0.25, origin: np.datetime64 = DAY) -> Trial:
    """So many events in each of the four cells, before and after the day."""
    counts = [*before, *after]
    x = np.repeat(np.tile(np.arange(4) * 1000 + 500.0, 2), counts)
    days = np.repeat([DAY - 10] * 4 + [DAY + 3] * 4, counts)
    xy = np.column_stack([x, np.full(len(x), 500.0)])
    return Trial(xy=xy, days=days, area=STREET, cell_m=1000, origin=origin, horizon_days=28, shares=(share,))


def row(found: pd.DataFrame, method: str) -> pd.Series:
    return found.set_index("method").loc[method]


def test_the_fullest_cell_is_flagged_and_its_events_are_caught() -> None:
    outcome = run(trial([1, 5, 0, 2], [0, 6, 1, 3]))
    told = row(outcome.table, "prior_counts")
    assert (told["hits"], told["events"], told["best"], told["flagged"], told["cells"]) == (6, 10, 6, 1, 4)
    assert (told["past_hits"], told["past_events"]) == (5, 8)
    assert outcome.caught[0.25, "prior_counts"].tolist() == [1] * 6 + [0] * 4


def test_cells_tied_at_the_threshold_count_by_their_share() -> None:
    outcome = run(trial([3, 3, 0, 0], [4, 0, 0, 2]))
    assert row(outcome.table, "prior_counts")["hits"] == 2  # one flag for two equal cells: half of 4
    assert outcome.caught[0.25, "prior_counts"].tolist() == [0.5] * 4 + [0] * 2
    assert taken(np.array([1.0, 1, 1, 5]), 2).tolist() == [1 / 3, 1 / 3, 1 / 3, 1]
    assert taken(np.array([1.0, 2]), 0).tolist() == [0, 0]


def test_what_came_before_and_after_the_horizon_and_outside_the_area_is_no_hit() -> None:
    asked = trial([1, 5, 0, 2], [0, 6, 1, 3])
    late = Trial(**{**vars(asked), "days": np.where(asked.days > DAY, DAY + 28, asked.days)})
    assert row(run(late).table, "forecast")["events"] == 0
    away = Trial(**{**vars(asked), "xy": np.where(asked.days[:, None] > DAY, asked.xy + 90_000, asked.xy)})
    told = row(run(away).table, "prior_counts")
    assert (told["events"], told["hits"]) == (10, 0)


def test_no_event_from_the_origin_on_changes_what_is_flagged() -> None:
    one, other = run(trial([1, 5, 0, 2], [0, 1, 0, 0])), run(trial([1, 5, 0, 2], [50, 1, 0, 0]))
    assert row(one.table, "forecast")["hits"] == row(other.table, "forecast")["hits"] == 1


def test_last_year_counts_see_the_same_days_of_the_year_before_alone() -> None:
    asked = trial([1, 5, 0, 2], [0, 0, 4, 0])
    then = np.append(asked.days, DAY - 365 + 3)
    xy = np.vstack([asked.xy, [2500, 500]])
    told = row(run(Trial(**{**vars(asked), "days": then, "xy": xy})).table, "last_year_counts")
    assert told["hits"] == 4


def test_sums_over_origins_give_the_figures_of_a_textbook() -> None:
    table = pd.concat([run(trial([1, 5, 0, 2], [0, 6, 1, 3])).table, run(trial([1, 5, 0, 2], [5, 5, 0, 0])).table])
    told = row(judged(table, ["top_share", "method"]), "prior_counts")
    assert told["hit_rate"] == pytest.approx(11 / 20)
    assert told["pai"] == pytest.approx((11 / 20) / (1 / 4))
    assert told["pei"] == pytest.approx(11 / 11)
    assert told["rri"] == pytest.approx((11 / 20) / (10 / 16))


def test_origins_end_where_the_last_horizon_ends_at_the_day() -> None:
    assert origins(np.datetime64("2026-03-29"), horizon_days=28, count=2).tolist() == [
        np.datetime64("2026-02-01").item(),
        np.datetime64("2026-03-01").item(),
    ]


def test_the_interval_of_equal_origins_is_a_point_and_that_of_unequal_ones_holds_the_gain() -> None:
    rng = np.random.default_rng(1)
    assert gain(np.array([6.0, 6]), np.array([5.0, 5]), rng=rng) == pytest.approx((0.2, 0.2, 0.2))
    whole, low, high = gain(np.array([9.0, 5, 7, 6]), np.array([5.0, 6, 5, 6]), rng=rng)
    assert low < whole < high
    assert whole == pytest.approx(27 / 22 - 1)
    assert all(np.isnan(gain(np.zeros(3), np.zeros(3), rng=rng)))


def test_a_baseline_that_hits_in_one_origin_of_six_sets_no_upper_bound() -> None:
    # a third of the draws lack that origin, and any hits over none are beyond all bounds
    whole, low, high = gain(np.full(6, 3.0), np.array([1.0, 0, 0, 0, 0, 0]), rng=np.random.default_rng(0))
    assert (whole, 3 <= low < 17) == (17, True)
    assert np.isnan(high)


def test_the_area_is_the_hull_of_what_came_before_the_first_origin() -> None:
    xy, days = np.array([[0.0, 0], [4000, 0], [0, 3000], [90_000, 90_000]]), np.array([DAY, DAY, DAY, DAY + 9])
    area = study_area(xy, days, first=DAY + 1)
    assert area.bounds == pytest.approx((-1000, -1000, 5000, 4000), abs=1)
    with pytest.raises(FrameError, match="no event before"):
        study_area(xy, days, first=DAY)


def test_an_area_between_the_centres_of_cells_is_an_error() -> None:
    with pytest.raises(FrameError, match="no cell"):
        run(Trial(**{**vars(trial([1, 0, 0, 0], [0] * 4)), "area": shapely.box(10, 10, 20, 20)}))
