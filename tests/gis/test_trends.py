import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import FrameError
from gis.trends import emerging_hot_spots, knox, mann_kendall

ALWAYS = np.ones(10, dtype=bool)


def plain_mann_kendall(series):
    """The textbook's sums, pair by pair and tie by tie."""
    n, score = len(series), 0
    for i, j in itertools.combinations(range(n), 2):
        score += np.sign(series[j] - series[i])
    ties = [series.count(value) for value in set(series)]
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    return 0.0 if score == 0 else (score - np.sign(score)) / variance**0.5


@pytest.mark.parametrize(
    ("series", "z"),  # pymannkendall 1.4.3, original_test
    [
        ([2, 4, 6, 9, 13], 2.2045407685048604),
        ([6, 0, 7, 0, 1, 1, 0, 0, 14, 3], 0.09311562828663013),
        ([3, 4, 1, 3, 2], -0.5052911526399114),
        ([367, 5, 817, 1, 1, 0, 915, 1, 1, 3], -0.7417164326584956),
        ([400, 6, 0, 9, 114], 0.0),
    ],
)
def test_pymannkendall_gives_the_same_z(series, z):
    assert mann_kendall(series) == pytest.approx(z, abs=1e-15)
    assert mann_kendall([series, series[::-1]]) == pytest.approx([z, -z], abs=1e-15)


@settings(max_examples=60)
@given(series=st.lists(st.integers(0, 5), min_size=1, max_size=15), factor=st.integers(1, 9))
def test_mann_kendall_is_the_textbook_sum_and_knows_no_unit(series, factor):
    assert mann_kendall(series) == pytest.approx(plain_mann_kendall(series), abs=1e-12)
    assert mann_kendall(np.array(series) * factor - 7) == mann_kendall(series)


def test_no_places_no_periods_and_equal_values_have_no_trend():
    assert mann_kendall(np.empty((0, 5))).tolist() == []
    assert mann_kendall(np.empty((2, 0))).tolist() == [0.0, 0.0]
    assert mann_kendall([[3], [4]]).tolist() == [0.0, 0.0]
    assert mann_kendall([[2, 2, 2, 2]]).tolist() == [0.0]


def test_a_missing_period_is_refused():
    for wrong in ([[1, np.nan, 2]], np.zeros((2, 2, 2))):
        with pytest.raises(FrameError):
            mann_kendall(wrong)


def named(marks, trend=0.0):
    """The pattern of ten or twenty periods written as h (hot), c (cold) and . (neither)."""
    signs = np.array([{"h": 1.0, "c": -1.0, ".": 1.0}[mark] for mark in marks])
    wobble = np.tile([0.1, -0.1], len(marks))[: len(marks)]  # no trend of its own
    z = signs * (5 + wobble) + trend * np.arange(len(marks))
    return emerging_hot_spots(z, [mark != "." for mark in marks])[0]


@pytest.mark.parametrize(
    ("marks", "trend", "pattern"),
    [
        (".........h", 0, "new"),
        ("c........h", 0, "new"),
        ("h", 0, "new"),
        ("........hh", 0, "consecutive"),
        ("..hhhhhhhh", 0, "consecutive"),
        ("hhhhhhhhhh", 0, "persistent"),
        (".hhhhhhhhh", 0, "persistent"),
        ("hhhhhhhhhh", 0.2, "intensifying"),
        ("hhhhhhhhhh", -0.2, "diminishing"),
        ("hhhhhhhhh.", 0, "historical"),
        ("h.h.h....h", 0, "sporadic"),
        ("h.......hh", 0, "sporadic"),
        ("c.h......h", 0, "oscillating"),
        ("c.......hh", 0, "consecutive"),
        ("hhhhhhhh..", 0, None),
        ("..hh......", 0, None),
        ("..........", 0, None),
        ("..hhhhhhhhhhhhhhhhhh", 0, "persistent"),  # 18 of 20 are 90 %
    ],
)
def test_every_pattern_of_arcgis_is_named_and_its_cold_mirror(marks, trend, pattern):
    assert named(marks, trend) == (f"{pattern}_hot_spot" if pattern else "no_pattern")
    mirror = marks.translate(str.maketrans("hc", "ch"))
    assert named(mirror, -trend) == (f"{pattern}_cold_spot" if pattern else "no_pattern")


def test_each_place_is_named_by_itself_whatever_the_order():
    marks = [".........h", "hhhhhhhhhh", "cccccccccc", "c.h......h"]
    z = np.array([[{"h": 3.0, "c": -3.0, ".": 0.5}[mark] for mark in row] for row in marks])
    flags = np.abs(z) > 1
    names = emerging_hot_spots(z, flags)
    assert names.tolist() == ["new_hot_spot", "persistent_hot_spot", "persistent_cold_spot", "oscillating_hot_spot"]
    assert emerging_hot_spots(z[::-1], flags[::-1]).tolist() == names[::-1].tolist()


def test_no_places_have_no_names_and_tables_must_fit():
    assert emerging_hot_spots(np.empty((0, 5)), np.empty((0, 5), dtype=bool)).tolist() == []
    assert emerging_hot_spots(np.empty((2, 0)), np.empty((2, 0), dtype=bool)).tolist() == ["no_pattern"] * 2
    for z, flags in (([[1, 2]], [[True]]), ([[1, np.nan]], [[True, True]])):
        with pytest.raises(FrameError):
            emerging_hot_spots(z, flags)


def test_knox_counts_the_pairs_near_in_space_and_time():
    xy, days = [[0, 0], [30, 40], [0, 0], [900, 900]], [1, 8, 20, 1]
    observed, expected, p = knox(xy, days, radius_m=50, window_days=7, permutations=99, rng=np.random.default_rng(1))
    assert observed == 1  # places 0 and 1, 50 m and 7 days apart
    assert expected == pytest.approx(3 * 3 / 6)  # three near pairs and three close in time, of six
    assert 0.01 <= p <= 1


def test_knox_p_is_the_share_of_all_orders_of_the_days():
    rng = np.random.default_rng(2)
    xy, days = rng.uniform(0, 100, (6, 2)), np.array([1, 2, 3, 10, 11, 30])
    near = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) <= 50

    def pairs(order):
        return sum(near[i, j] and abs(order[i] - order[j]) <= 2 for i, j in itertools.combinations(range(6), 2))

    every = [pairs(order) for order in itertools.permutations(days.tolist())]
    observed, expected, p = knox(xy, days, radius_m=50, window_days=2, permutations=3_000, rng=rng)
    assert observed == pairs(days)
    assert expected == pytest.approx(np.mean(every))
    assert p == pytest.approx(np.mean([count >= observed for count in every]), abs=0.03)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), east=st.integers(-100_000, 100_000), later=st.integers(-500, 500))
def test_knox_does_not_mind_order_place_or_year(seed, east, later):
    rng = np.random.default_rng(seed)
    xy, days = rng.integers(0, 30, (25, 2)).astype(float), rng.integers(0, 60, 25)
    order = rng.permutation(25)
    arguments = {"radius_m": 6, "window_days": 5, "permutations": 1, "rng": rng}
    before = knox(xy, days, **arguments)[:2]
    assert knox((xy + np.array([east, 0]))[order], (days + later)[order], **arguments)[:2] == before


def test_a_planted_chain_is_found_and_the_same_seed_gives_the_same_p():
    rng = np.random.default_rng(3)
    xy, days = rng.uniform(0, 20_000, (300, 2)), rng.integers(0, 365, 300)
    xy[150:], days[150:] = xy[:150] + 30, days[:150] + 2  # every second event follows one nearby
    results = [
        knox(xy, days, radius_m=100, window_days=7, permutations=199, rng=np.random.default_rng(4)) for _ in range(2)
    ]
    assert results[0] == results[1]
    assert results[0][2] == 1 / 200
    assert results[0][0] > 10 * results[0][1]


def test_knox_of_none_one_and_coincident_events():
    arguments = {"radius_m": 50, "window_days": 7, "permutations": 9, "rng": np.random.default_rng(5)}
    assert knox([], [], **arguments) == (0, 0.0, 1.0)
    assert knox([[1, 1]], [3], **arguments) == (0, 0.0, 1.0)
    assert knox([[1, 1]] * 4, [3] * 4, **arguments) == (6, 6.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"xy": [[1.0, np.nan]]},
        {"xy": [[118.1, 26.6]]},
        {"days": [None]},
        {"days": [1, 2]},
        {"radius_m": 0},
        {"window_days": -1},
        {"permutations": 0},
        {"xy": np.full((10_000, 2), 7.0), "days": np.zeros(10_000)},  # 50 million pairs
    ],
)
def test_knox_refuses_degrees_missing_values_and_a_radius_that_takes_in_everything(wrong):
    arguments = {"radius_m": 50, "window_days": 7, "permutations": 9, "rng": np.random.default_rng(6)} | wrong
    with pytest.raises(FrameError):
        knox(arguments.pop("xy", [[1.0, 1.0]]), arguments.pop("days", [1]), **arguments)
