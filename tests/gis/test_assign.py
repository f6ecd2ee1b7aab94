"""Which incidents are one source, and where they belong."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import assign
from gis.errors import FrameError
from tests.builders import incidents

DAY = dt.date(2026, 5, 1)


def _sources(frame: gpd.GeoDataFrame) -> list[int]:
    return assign.sources(frame, xy=shapely.get_coordinates(frame.geometry.to_numpy())).tolist()


def test_the_same_words_from_one_place_and_day_count_once() -> None:
    frame = incidents([(500_000.0, 0.0)] * 3, [DAY] * 3, story=["甲", "甲", "乙"])
    assert _sources(frame) == [0, 0, 1]


def test_another_day_channel_or_place_is_another_source() -> None:
    places = [(500_000.0, 0.0), (500_000.0, 0.0), (500_000.0, 0.0), (500_009.0, 0.0)]
    days = [DAY, DAY + dt.timedelta(days=1), DAY, DAY]
    frame = incidents(places, days, channel=["电话", "电话", "信箱", "电话"], story="甲")
    assert _sources(frame) == [0, 1, 2, 3]


def test_missing_words_are_equal_to_each_other() -> None:
    assert _sources(incidents([(500_000.0, 0.0)] * 2, [DAY] * 2)) == [0, 0]


def test_one_source_number_is_one_source_wherever_it_speaks_of() -> None:
    frame = incidents([(500_000.0, 0.0), (509_000.0, 0.0)], [DAY] * 2, source_no=["12315-1", "12315-1"])
    assert _sources(frame) == [0, 0]


def test_a_tip_and_a_finding_are_never_one_source() -> None:
    frame = incidents([(500_000.0, 0.0)] * 2, [DAY] * 2, kind=["tip", "finding"])
    assert _sources(frame) == [0, 1]


def test_no_incidents_have_no_sources() -> None:
    assert _sources(incidents([], [])) == []


def test_the_nearest_premises_counts_only_within_reach() -> None:
    known = np.array([(500_000.0, 0.0), (500_100.0, 0.0)])
    places = [(500_050.0, 0.0), (500_090.0, 0.0), (500_200.0, 0.0)]
    assert assign.premises(places, known, within_m=50).tolist() == [0, 1, -1]
    assert assign.premises([], known, within_m=50).tolist() == []


def test_degrees_are_no_places() -> None:
    with pytest.raises(FrameError):
        assign.premises([(118.17, 26.64), (118.18, 26.61)], [(118.17, 26.63)], within_m=50)


def test_a_day_of_ten_thousand_calls_from_one_box_about_one_place_is_three_sources() -> None:
    calls = incidents(
        [(500_000.0, 0.0)] * 10_000, [DAY] * 10_000, channel="电话亭", story=[f"话{n}" for n in range(10_000)]
    )
    other = incidents([(500_000.0, 0.0)] * 2, [DAY + dt.timedelta(days=1)] * 2, channel="电话亭", story=["甲", "乙"])
    assert _sources(pd.concat([calls, other], ignore_index=True)) == [0, 1, *[2] * 9_998, 3, 4]


def test_a_vague_place_is_spread_evenly_over_its_disc_and_an_exact_one_stays() -> None:
    at, spread, share = assign.possible_places([(500_000.0, 0.0), (500_900.0, 0.0)], [0, 100])
    assert (at == 0).sum() == 1
    assert np.bincount(at, share).tolist() == [1, 1]
    away = np.hypot(*(spread[at == 1] - (500_900.0, 0.0)).T)
    assert away.max() < 100
    assert (away < 100 / 2**0.5).mean() == pytest.approx(0.5, abs=0.04)
    assert spread[at == 1].mean(axis=0) == pytest.approx((500_900.0, 0.0), abs=3)


@pytest.mark.parametrize("wrong", [[-1], [np.nan]])
def test_a_place_error_is_a_number_from_zero_on(wrong: list[float]) -> None:
    with pytest.raises(FrameError):
        assign.possible_places([(500_000.0, 0.0)], wrong)
