import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import FrameError
from gis.evaluation import (
    hit_rate,
    prediction_accuracy_index,
    prediction_efficiency_index,
    recapture_rate_index,
)


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
