import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.density import kernel_density
from gis.errors import FrameError
from gis.evaluation import (
    forecast,
    hit_rate,
    prediction_accuracy_index,
    prediction_efficiency_index,
    prior_counts,
    recapture_rate_index,
    weighted_displacement,
)

CITY = {"bounds": (0.0, 0.0, 10_000.0, 8_000.0), "cell_m": 250.0, "horizon_days": 28}
TODAY = np.datetime64("2024-03-01")


def events(count, seed=1, clusters=0):
    """Events of the year before TODAY over a city of 10 by 8 km, the last ones at a few addresses."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform((0, 0), (10_000, 8_000), (count, 2))
    if clusters:
        xy[count // 2 :] = xy[rng.integers(0, clusters, count - count // 2)]
    return xy, TODAY - rng.integers(1, 366, count)


def predicted(method, xy, days, today=TODAY, **changes):
    return method(xy, days, today=today, rng=np.random.default_rng(0), **(CITY | changes))


def test_thirty_of_a_hundred_events_on_two_percent_of_the_area():
    assert hit_rate(30, 100) == pytest.approx(0.3)
    assert prediction_accuracy_index(30, 100, 2e6, 100e6) == pytest.approx(15)
    assert prediction_efficiency_index(15, 20) == pytest.approx(0.75)


def test_recapture_compares_the_share_caught_now_with_the_share_caught_before():
    assert recapture_rate_index(30, 20, 100, 50) == pytest.approx(0.75)  # 30 % now, 40 % before
    assert recapture_rate_index(20, 10, 100, 50) == pytest.approx(1)


@given(events=st.integers(1, 1000), share=st.floats(0.001, 1))
def test_flagging_everything_is_worth_one(events, share):
    assert prediction_accuracy_index(events, events, 5.0, 5.0) == 1
    assert prediction_accuracy_index(events, events, share, 1.0) == pytest.approx(1 / share)


def test_a_table_of_months_is_taken_at_once_and_an_empty_month_spoils_no_other():
    rates = hit_rate([3, 0, 0], [10, 0, 5])
    assert rates[[0, 2]].tolist() == [0.3, 0.0]
    assert np.isnan(rates[1])
    assert hit_rate([], []).tolist() == []


def test_a_ratio_without_meaning_is_nan():
    assert np.isnan(hit_rate(0, 0))
    assert np.isnan(prediction_accuracy_index(0, 10, 0, 100))
    assert np.isnan(prediction_efficiency_index(0, 0))
    assert np.isnan(prediction_efficiency_index(prediction_accuracy_index(0, 0, 1, 100), 20))
    assert np.isnan(prediction_efficiency_index(15, np.nan))
    assert np.isnan(recapture_rate_index(3, 0, 10, 10))


@pytest.mark.parametrize(
    ("figure", "wrong"),
    [
        (hit_rate, (11, 10)),
        (hit_rate, (-1, 10)),
        (hit_rate, (np.nan, 10)),
        (prediction_accuracy_index, (1, 10, 200, 100)),
        (prediction_efficiency_index, (-1, 10)),
        (recapture_rate_index, (1, 11, 10, 10)),
    ],
)
def test_more_hits_than_events_and_missing_numbers_are_refused(figure, wrong):
    with pytest.raises(FrameError):
        figure(*wrong)


def test_prior_counts_hold_every_event_before_today_once():
    xy, days = events(500)
    grid = predicted(prior_counts, xy, days)
    assert grid.shape == (32, 40)
    assert grid.sum() == 500
    assert grid[0, 0] == ((xy < 250).all(axis=1)).sum()
    assert predicted(prior_counts, xy, days, today=TODAY - 100).sum() == (days < TODAY - 100).sum()


@pytest.mark.parametrize("method", [forecast, prior_counts])
def test_events_of_today_and_later_change_nothing(method):
    xy, days = events(300, clusters=5)
    later = np.append(days, [TODAY, TODAY + 5])
    with_later = predicted(method, np.vstack([xy, [[5, 5], [5, 5]]]), later)
    assert with_later.tolist() == predicted(method, xy, days).tolist()


@pytest.mark.parametrize("today", [dt.date(2024, 3, 1), TODAY, pd.Timestamp(2024, 3, 1)])
def test_today_is_a_date_in_any_of_its_usual_forms(today):
    xy, days = events(50)
    assert predicted(forecast, xy, days, today=today).tolist() == predicted(forecast, xy, days).tolist()


def test_no_history_forecasts_nothing():
    assert predicted(forecast, [], []).max() == 0
    assert predicted(forecast, [[5.0, 5.0]], [TODAY]).max() == 0


def test_one_event_makes_its_surroundings_the_likeliest_place():
    grid = predicted(forecast, [[5_130.0, 4_120.0]], [TODAY - 10])
    assert np.unravel_index(grid.argmax(), grid.shape) == (16, 20)
    assert np.isfinite(grid).all()


def test_the_forecast_of_a_month_is_about_a_twelfth_of_the_year():
    xy, days = events(6_000, clusters=40)
    days[0] = TODAY - 364
    inner = predicted(forecast, xy, days)
    assert inner.sum() == pytest.approx(6_000 * 28 / 364, rel=0.1)
    assert predicted(forecast, xy, days, horizon_days=56) == pytest.approx(2 * inner)


def test_on_pure_chance_the_counts_are_shrunk_to_their_surroundings_and_with_clusters_they_are_believed():
    for clusters, least, most in ((0, 0.0, 0.35), (40, 0.6, 1.1)):
        xy, days = events(4_000, clusters=clusters)
        counts = predicted(prior_counts, xy, days)
        rates = predicted(forecast, xy, days) * 366 / 28
        top = counts >= np.sort(counts, axis=None)[-12]
        believed = (rates[top].mean() - counts.mean()) / (counts[top].mean() - counts.mean())
        assert least <= believed <= most


def test_the_variation_between_cells_is_recovered_from_a_city_that_has_it():
    # 60 by 60 cells with gamma rates of mean 2 and squared coefficient of variation 1
    rng = np.random.default_rng(3)
    counts = rng.poisson(rng.gamma(1.0, 2.0, 3_600))
    centres = (np.stack(np.divmod(np.arange(3_600), 60)[::-1], axis=1) + 0.5) * 500
    xy = np.repeat(centres, counts, axis=0)
    changes = {"bounds": (0.0, 0.0, 30_000.0, 30_000.0), "cell_m": 500.0, "horizon_days": 1}
    rates = predicted(forecast, xy, np.full(len(xy), TODAY - 1), **changes).ravel()
    surface = kernel_density(xy, bounds=changes["bounds"], cell_m=500, bandwidth_m=500).ravel() * 0.25
    solved = (rates - surface) / surface / (counts - rates)
    clear = np.abs(counts - rates) > 0.5
    assert solved[clear] == pytest.approx(solved[clear][0])  # one v for the whole city
    assert solved[clear][0] == pytest.approx(1.0, abs=0.15)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), cells=st.integers(-2_000, 2_000))
def test_order_and_place_of_the_events_do_not_matter(seed, cells):
    xy, days = events(60, seed=seed, clusters=3)
    xy = np.floor(xy)
    order = np.random.default_rng(seed).permutation(60)
    east = cells * 250.0
    moved = predicted(
        forecast, (xy + np.array([east, 0]))[order], days[order], bounds=(east, 0.0, east + 10_000, 8_000.0)
    )
    assert moved == pytest.approx(predicted(forecast, xy, days), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("method", [forecast, prior_counts])
@pytest.mark.parametrize(
    "wrong", [{"xy": [[1.0, np.nan]]}, {"xy": [[118.1, 26.6]]}, {"days": [None]}, {"today": None}, {"cell_m": 0}]
)
def test_a_forecast_refuses_degrees_missing_values_and_no_today(method, wrong):
    arguments = {"xy": [[1.0, 1.0]], "days": [TODAY - 1]} | wrong
    with pytest.raises(FrameError):
        predicted(method, arguments.pop("xy"), arguments.pop("days"), **arguments)


def test_a_raid_that_halves_its_target_while_the_control_stays():
    # target 60 → 30, ring 40 → 45, control 50 → 50: −30 + 5 − 0 = −25 of 275 events
    wdd, standard_error, z = weighted_displacement(60, 30, 40, 45, 50, 50)
    assert (wdd, standard_error) == (-25.0, pytest.approx(275**0.5))
    assert z == pytest.approx(-25 / 275**0.5)


def test_a_fall_that_the_control_shares_is_no_effect_and_nothing_anywhere_is_no_evidence():
    assert weighted_displacement(60, 30, 40, 40, 60, 30)[2] == 0
    assert weighted_displacement(0, 0, 0, 0, 0, 0) == (0.0, 0.0, 0.0)


def test_weighted_displacement_is_standard_normal_where_a_raid_changes_nothing():
    counts = np.random.default_rng(2).poisson([30, 30, 20, 20, 25, 25], (4_000, 6))
    z = np.array([weighted_displacement(*row)[2] for row in counts])
    assert abs(z.mean()) < 0.05
    assert z.std() == pytest.approx(1, abs=0.05)


def test_negative_counts_are_refused():
    with pytest.raises(FrameError):
        weighted_displacement(-1, 0, 0, 0, 0, 0)
