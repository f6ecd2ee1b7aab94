import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import density
from gis.density import cell_counts, grid_shape, kernel_density
from gis.errors import FrameError
from tests.builders import slow

SQUARE = (0.0, 0.0, 1000.0, 800.0)


def exact(xy, bounds, cell_m, bandwidth_m, weights=1.0):
    """The sum over places at every cell centre, written the plain way."""
    rows, cols = grid_shape(bounds, cell_m)
    x = bounds[0] + (np.arange(cols) + 0.5) * cell_m
    y = bounds[1] + (np.arange(rows) + 0.5) * cell_m
    by_row = np.exp(-((xy[:, 1:] - y) ** 2) / (2 * bandwidth_m**2)) * np.reshape(weights, (-1, 1))
    by_col = np.exp(-((xy[:, :1] - x) ** 2) / (2 * bandwidth_m**2))
    return by_row.T @ by_col * 1e6 / (2 * np.pi * bandwidth_m**2)


def test_one_event_has_the_height_of_a_gaussian_at_its_cell_and_one_cell_on():
    found = kernel_density([[150.0, 50.0]], bounds=(0, 0, 400, 300), cell_m=100, bandwidth_m=100)
    peak = 1e6 / (2 * np.pi * 100**2)  # events per km²
    assert found.shape == (3, 4)
    assert found[0, 1] == pytest.approx(peak)
    assert found[0, 2] == found[0, 0] == pytest.approx(peak * np.exp(-0.5))
    assert found[2, 3] == pytest.approx(peak * np.exp(-0.5 * (2**2 + 2**2)))


def test_row_0_is_the_south():
    found = kernel_density([[500.0, 10.0]], bounds=SQUARE, cell_m=100, bandwidth_m=100)
    assert found[0].max() > found[-1].max()


@pytest.mark.parametrize("bandwidth_m", [40, 200, 1000, *slow(100, 194, 196, 340, 360, 4900, 5100, 30_000)])
def test_every_bandwidth_meets_the_exact_sum_to_1e_7_of_the_peak(bandwidth_m):
    rng = np.random.default_rng(2)
    bounds = (500_000.0, 3_000_000.0, 511_050.0, 3_009_000.0)
    xy = rng.uniform((498_000, 2_998_000), (513_000, 3_011_000), (3_000, 2))  # some outside
    weights = rng.uniform(0, 3, len(xy))
    wanted = exact(xy, bounds, 100, bandwidth_m, weights)
    found = kernel_density(xy, bounds=bounds, cell_m=100, bandwidth_m=bandwidth_m, weights=weights)
    assert np.abs(found - wanted).max() <= 1e-7 * wanted.max()
    assert found.min() >= 0


@pytest.mark.parametrize("cost", [{"_TAP_NS": 1e9, "_TRANSFORM_NS": 1e9}, {"_TAP_NS": 0.0}, {"_TRANSFORM_NS": 0.0}])
def test_each_way_of_summing_meets_the_exact_sum_of_a_ring_just_beyond_its_reach(monkeypatch, cost):
    angle = np.arange(4_000) * (2 * np.pi / 4_000)
    xy = 4_050 + 6.35 * 300 * np.column_stack([np.cos(angle), np.sin(angle)])
    wanted = exact(xy, (0, 0, 8_000, 8_000), 100, 300)
    for name, value in cost.items():
        monkeypatch.setattr(density, name, value)
    found = kernel_density(xy, bounds=(0, 0, 8_000, 8_000), cell_m=100, bandwidth_m=300)
    assert np.abs(found - wanted).max() <= 1e-7 * wanted.max()


@pytest.mark.parametrize("bandwidth_m", [151, 175.1, 251, 351])
def test_three_thousand_events_at_one_place_meet_the_exact_sum(bandwidth_m):
    for place in np.random.default_rng(3).uniform(2000, 2100, (5, 2)):
        xy = np.tile(place, (3000, 1))
        wanted = exact(xy, (0, 0, 4000, 4000), 100, bandwidth_m)
        found = kernel_density(xy, bounds=(0, 0, 4000, 4000), cell_m=100, bandwidth_m=bandwidth_m)
        assert np.abs(found - wanted).max() <= 5e-8 * wanted.max()
        assert found.min() >= 0


@pytest.mark.parametrize("count", [10, 5_000])
def test_events_far_outside_leave_no_trace_inside(count):
    far = np.random.default_rng(20).uniform(10_000, 60_000, (count, 2)) * [1, -1]
    assert kernel_density(far, bounds=SQUARE, cell_m=100, bandwidth_m=300).max() == 0


@pytest.mark.real
def test_spatstat_agrees_on_the_redwood_seedlings(shared_data):
    with (shared_data / "reference" / "redwood" / "redwood_kde_s0.1_points.csv").open() as file:
        rows = np.array([[float(value) for value in row.values()] for row in csv.DictReader(file)])
    at_each = [
        kernel_density(rows[:, :2], bounds=(x - 0.5, y - 0.5, x + 0.5, y + 0.5), cell_m=1, bandwidth_m=0.1)[0, 0]
        for x, y in rows[:, :2]
    ]
    assert np.array(at_each) / 1e6 == pytest.approx(rows[:, 2], rel=1e-9)


def test_the_whole_plane_holds_every_event_once():
    rng = np.random.default_rng(4)
    xy = rng.uniform(4000, 6000, (2_500, 2))
    found = kernel_density(xy, bounds=(0, 0, 10_000, 10_000), cell_m=100, bandwidth_m=300)
    assert found.sum() * 0.1**2 == pytest.approx(2_500, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    xy=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 800)), min_size=1, max_size=20),
    east=st.integers(-500_000, 500_000),
    seed=st.integers(0, 100),
)
def test_shuffling_and_moving_everything_changes_nothing(xy, east, seed):
    places = np.array(xy, dtype=float)
    before = kernel_density(places, bounds=SQUARE, cell_m=50, bandwidth_m=120)
    moved = np.random.default_rng(seed).permutation(places) + np.array([east, 0])
    bounds = (east, 0.0, east + 1000.0, 800.0)
    assert kernel_density(moved, bounds=bounds, cell_m=50, bandwidth_m=120) == pytest.approx(before, rel=1e-9)


def test_no_events_give_zeros_and_coincident_ones_add_up():
    arguments = {"bounds": SQUARE, "cell_m": 100, "bandwidth_m": 100}
    assert kernel_density([], **arguments).tolist() == np.zeros((8, 10)).tolist()
    one = kernel_density([[500, 400]], **arguments)
    assert kernel_density([[500, 400]] * 3, **arguments) == pytest.approx(3 * one)
    assert kernel_density([[500, 400]], weights=[3], **arguments) == pytest.approx(3 * one)


def test_rows_and_columns_are_rounded_up_but_not_by_a_rounding_error():
    assert grid_shape((0, 0, 1000, 800), 250) == (4, 4)
    assert grid_shape((0.2, 0, 1.1, 0.3), 0.3) == (1, 3)  # 0.9000000000000001 / 0.3
    assert grid_shape((0, 0, 1, 1), 250) == (1, 1)


def test_cells_are_half_open():
    counts = cell_counts(
        [[0, 0], [100, 0], [99, 99], [200, 50], [-1, 0]], bounds=(0, 0, 200, 100), cell_m=100, weights=[1, 2, 4, 8, 16]
    )
    assert counts.tolist() == [[5, 2]]


def test_counting_nothing_gives_zeros():
    assert cell_counts([], bounds=SQUARE, cell_m=400).tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"xy": [[1.0, np.nan]]},
        {"xy": [[118.1, 26.6], [118.2, 26.7]]},
        {"bounds": (117.0, 26.2, 119.3, 28.4), "xy": []},
        {"bounds": (0, 0, 0, 800)},
        {"bounds": (0, 0, np.inf, 800)},
        {"bounds": (0, 0, 1e9, 1e9), "cell_m": 1},
        {"cell_m": 0},
        {"bandwidth_m": -1},
        {"weights": [1, 1]},
        {"weights": [-1]},
        {"weights": [np.nan]},
    ],
)
def test_degrees_missing_values_and_impossible_sizes_are_refused(wrong):
    arguments = {"xy": [[500.0, 400.0]], "bounds": SQUARE, "cell_m": 100, "bandwidth_m": 100} | wrong
    with pytest.raises(FrameError):
        kernel_density(arguments.pop("xy"), **arguments)
