import datetime as dt

import numpy as np
import pandas as pd
import pytest

from gis.arrays import day_numbers, numbers, places, positive, same_length
from gis.errors import FrameError


@pytest.mark.parametrize(
    "degrees",
    [
        [[118.178918, 26.636079], [118.12267, 27.332067]],  # Nanping
        [[118.178918, 26.636079]],  # a single place
        [[118.178918, 26.636079]] * 3,  # all at one place
        [[-122.6139245, 45.4929616], [-122.5725685, 45.5173953]],  # Portland
        [[-0.1276, 51.5072], [0.1218, 51.5]],  # on both sides of Greenwich
    ],
)
def test_degrees_of_a_city_are_refused(degrees):
    with pytest.raises(FrameError, match="looks like degrees"):
        places(degrees)


def test_degrees_of_a_whole_country_are_refused_by_the_length_in_metres():
    country = [[73.5, 39.5], [134.75, 48.25], [109.5, 18.2]]
    assert places(country).shape == (3, 2)
    with pytest.raises(FrameError, match="looks like degrees"):
        places(country, length_m=500)


@pytest.mark.parametrize(
    "metres",
    [
        [[0, 0], [3, 4]],  # a hand-made example
        [[0.5, 0.5]],  # near the origin
        [[50.0, 60.0]],  # whole numbers
        [[0.0, -0.3], [0.9, -0.9]],  # a unit square
        [[0.5, 0.5], [120.5, 60.5]],  # wider than any city in degrees
        [[440123.25, 3032456.5]],  # EPSG:4548
    ],
)
def test_metres_and_hand_made_examples_are_not_taken_for_degrees(metres):
    assert places(metres).tolist() == metres


def test_places_of_nothing_are_no_rows_of_two_columns():
    assert places([]).shape == (0, 2)


@pytest.mark.parametrize("wrong", [[1.0, 2.0], [[1.0, 2.0, 3.0]], [[1.0, np.nan]], [[np.inf, 1.0]], [["a", "b"]]])
def test_places_that_are_not_finite_pairs_are_refused(wrong):
    with pytest.raises(FrameError):
        places(wrong)


def test_the_first_missing_value_is_named_with_its_position():
    with pytest.raises(FrameError, match=r"weights: nan at \(1,\)"):
        numbers([1.0, np.nan, np.nan], name="weights")
    with pytest.raises(FrameError, match=r"values: nan at \(1,\)"):
        numbers(pd.array([1, None], dtype="Float64"))
    with pytest.raises(FrameError, match="not numbers"):
        numbers(["many"])


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_a_length_is_above_zero(value):
    with pytest.raises(FrameError, match="radius_m is"):
        positive(value, name="radius_m")


@pytest.mark.parametrize(
    "days",
    [
        [dt.date(1970, 1, 2), dt.date(1970, 1, 11)],
        np.array(["1970-01-02", "1970-01-11"], dtype="datetime64[D]"),
        pd.Series(pd.to_datetime(["1970-01-02 23:59", "1970-01-11 00:00"])),
        [1, 10],
    ],
)
def test_days_are_counted_from_1970(days):
    assert day_numbers(days).tolist() == [1.0, 10.0]


@pytest.mark.parametrize(
    "wrong", [[pd.NaT], [None], [np.nan], ["x"], [object()], pd.to_datetime(["1970-01-02T20:00Z"])]
)
def test_missing_days_and_moments_with_a_zone_are_refused(wrong):
    with pytest.raises(FrameError):
        day_numbers(wrong)


def test_unequal_lengths_are_named():
    with pytest.raises(FrameError, match="xy and days: 1 and 2 rows"):
        same_length(np.zeros(1), np.zeros(2), names="xy and days")
