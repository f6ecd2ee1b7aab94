import datetime as dt
from collections import Counter
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.cluster import DBSCAN
from sklearn.neighbors import radius_neighbors_graph

from gis.clusters import dbscan, hdbscan, optics, space_time_dbscan
from gis.errors import FrameError


def by_hand(near, min_points):
    """Labels by the definition: components of core places, borders to the lowest label that reaches them."""
    core = near.sum(axis=1) >= min_points
    labels = np.full(len(near), -1)
    for start in np.flatnonzero(core):
        if labels[start] != -1:
            continue
        label, queue = labels.max() + 1, [start]
        labels[start] = label
        while queue:
            for other in np.flatnonzero(near[queue.pop()] & (labels == -1)):
                labels[other] = label
                queue += [other] if core[other] else []
    return labels


def pairs_near(xy, radius_m):
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) <= radius_m


def test_three_places_within_reach_are_a_cluster_and_the_fourth_is_noise():
    xy = [[0, 0], [300, 400], [600, 800], [5000, 0]]  # 500 m steps: at the radius counts
    assert dbscan(xy, radius_m=500, min_points=3).tolist() == [0, 0, 0, -1]
    assert dbscan(xy, radius_m=499, min_points=2).tolist() == [-1, -1, -1, -1]


def test_nothing_gives_nothing_and_one_place_is_noise_unless_one_is_enough():
    assert dbscan([], radius_m=500, min_points=3).tolist() == []
    assert dbscan([[1, 1]], radius_m=500, min_points=2).tolist() == [-1]
    assert dbscan([[1, 1]], radius_m=500, min_points=1).tolist() == [0]


def test_coincident_places_count_one_by_one():
    assert dbscan([[7, 7]] * 3 + [[9000, 0]], radius_m=1, min_points=3).tolist() == [0, 0, 0, -1]


def test_a_hundred_thousand_calls_from_one_phone_box_need_no_pairs():
    labels = dbscan(np.full((100_000, 2), 7.0), radius_m=500, min_points=10)
    assert Counter(labels.tolist()) == {0: 100_000}


@pytest.mark.parametrize(("radius_m", "min_points"), [(100, 3), (200, 5), (400, 12), (50, 1)])
def test_scikit_learn_gives_the_same_labels_with_coincident_places(radius_m, min_points):
    rng = np.random.default_rng(5)
    xy = rng.integers(0, 100, (1_500, 2)) * 50.0 + 500_000
    wanted = DBSCAN(eps=radius_m, min_samples=min_points).fit(xy).labels_
    assert dbscan(xy, radius_m=radius_m, min_points=min_points).tolist() == wanted.tolist()


@pytest.mark.parametrize(("radius_m", "window", "min_points"), [(100, 7, 3), (200, 0, 4), (400, 30, 8), (300, 400, 6)])
def test_scikit_learn_gives_the_same_labels_in_time_from_the_graph_of_neighbours(radius_m, window, min_points):
    rng = np.random.default_rng(7)
    xy, day = rng.integers(0, 60, (2_000, 2)) * 50.0 + 500_000, rng.integers(0, 365, 2_000)
    graph = radius_neighbors_graph(xy, radius_m, include_self=True).tocoo()
    near = np.abs(day[graph.row] - day[graph.col]) <= window
    edges = csr_array((np.full(near.sum(), 0.5), (graph.row[near], graph.col[near])), shape=(2_000, 2_000))
    wanted = DBSCAN(eps=1, min_samples=min_points, metric="precomputed").fit(edges).labels_
    found = space_time_dbscan(xy, day, radius_m=radius_m, window_days=window, min_points=min_points)
    assert found.tolist() == wanted.tolist()


def test_two_crowds_are_parted_by_a_metre_and_by_a_day_and_joined_without():
    xy = np.repeat([[0.0, 0.0], [501.0, 0.0]], 50_000, axis=0)
    days = np.tile([0, 1], 50_000)
    for radius_m, window, clusters in ((500, 1, 2), (501, 1, 1), (501, 0, 2), (500, 0, 4)):
        found = space_time_dbscan(xy, days, radius_m=radius_m, window_days=window, min_points=10)
        assert np.bincount(found).tolist() == [100_000 // clusters] * clusters


@settings(max_examples=30, deadline=None)
@given(
    xy=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40),
    min_points=st.integers(1, 6),
    east=st.integers(-1_000_000, 1_000_000),
)
def test_the_definition_holds_and_moving_everything_changes_no_label(xy, min_points, east):
    places = np.array(xy, dtype=float).reshape(-1, 2)
    wanted = by_hand(pairs_near(places, 2.0), min_points).tolist()
    assert dbscan(places, radius_m=2, min_points=min_points).tolist() == wanted
    assert dbscan(places + np.array([east, 0]), radius_m=2, min_points=min_points).tolist() == wanted


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 30)), max_size=40),
    min_points=st.integers(1, 5),
    window=st.integers(0, 9),
    unit=st.sampled_from([1.0, 0.1, 1e-3]),
)
def test_in_time_too_the_definition_holds(rows, min_points, window, unit):
    table, window = np.array(rows, dtype=float).reshape(-1, 3) * [1, 1, unit], window * unit
    near = pairs_near(table[:, :2], 3.0) & (np.abs(table[:, None, 2] - table[None, :, 2]) <= window)
    found = space_time_dbscan(table[:, :2], table[:, 2], radius_m=3, window_days=window, min_points=min_points)
    assert found.tolist() == by_hand(near, min_points).tolist()


def test_shuffled_rows_give_the_same_clusters_under_other_numbers():
    rng = np.random.default_rng(6)
    xy = rng.normal(0, 50, (40, 2)) + np.repeat([[0, 0], [5000, 0]], 20, axis=0)
    order = rng.permutation(40)
    one, other = dbscan(xy, radius_m=200, min_points=3)[order], dbscan(xy[order], radius_m=200, min_points=3)
    assert len(set(zip(one.tolist(), other.tolist(), strict=True))) == len(set(one.tolist())) == 2


def test_the_same_street_in_another_month_is_another_cluster():
    xy = [[0, 0], [10, 0], [20, 0]] * 2
    days = [dt.date(2024, 1, day) for day in (1, 2, 3)] + [dt.date(2024, 6, day) for day in (1, 2, 3)]
    found = space_time_dbscan(xy, days, radius_m=50, window_days=7, min_points=3)
    assert found.tolist() == [0, 0, 0, 1, 1, 1]
    assert space_time_dbscan([], [], radius_m=50, window_days=7, min_points=3).tolist() == []
    assert space_time_dbscan(xy[:1], days[:1], radius_m=50, window_days=7, min_points=2).tolist() == [-1]


def test_ten_thousand_tips_on_one_day_from_one_phone_box_are_one_cluster():
    found = space_time_dbscan(np.full((10_000, 2), 7.0), np.full(10_000, 3), radius_m=5, window_days=1, min_points=5)
    assert set(found.tolist()) == {0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"xy": [[1.0, np.nan]]},
        {"xy": [[118.1, 26.6]]},
        {"radius_m": 0},
        {"xy": [[0.0, 0.0], [1e300, 0.0]], "days": [1, 1]},
        {"xy": [[0.0, 0.0], [1e6, 1e6]], "radius_m": 1e-6, "days": [1, 1]},
        {"min_points": 0},
        {"days": [None]},
        {"days": [1, 2]},
        {"window_days": -1},
        {"window_days": np.nan},
    ],
)
def test_degrees_missing_values_and_impossible_parameters_are_refused(wrong):
    arguments = {"xy": [[1.0, 1.0]], "days": [1], "radius_m": 500, "window_days": 7, "min_points": 3} | wrong
    xy, days = arguments.pop("xy"), arguments.pop("days")
    with pytest.raises(FrameError):
        space_time_dbscan(xy, days, **arguments)
    if not wrong.keys() & {"days", "window_days"}:
        with pytest.raises(FrameError):
            dbscan(xy, radius_m=arguments["radius_m"], min_points=arguments["min_points"])


def _two_dens(rng):
    """Thirty sources within a stairwell, thirty over a thin village three kilometres away, and a lone one."""
    dense, thin = rng.normal(0, 10, (30, 2)), rng.normal((3000, 0), 120, (30, 2))
    return np.vstack([dense, thin, [[1500.0, 9000.0]]])


def test_hdbscan_finds_a_stairwell_and_a_thin_village_that_one_radius_does_not():
    rng = np.random.default_rng(5)
    xy = _two_dens(rng)
    labels = hdbscan(xy, min_points=4, min_cluster=12)
    assert set(labels[:30]) <= {0, -1}
    assert set(labels[30:60]) <= {1, -1}
    assert (labels[:30] == 0).sum() > 20
    assert (labels[30:60] == 1).sum() > 20
    assert labels[60] == -1
    near = dbscan(xy, radius_m=15, min_points=4)
    assert (near[30:] == -1).all()  # a stairwell's radius sees nothing in the village


@pytest.mark.parametrize(
    "find", [partial(hdbscan, min_points=3, min_cluster=3), partial(optics, radius_m=60, min_points=3)]
)
def test_ties_coincident_places_and_the_order_of_rows(find):
    """A grid of equal steps with every place three times: whoever looks at it in whichever order sees the same."""
    step = np.arange(6) * 50.0
    grid = np.stack(np.meshgrid(step, step), -1).reshape(-1, 2)
    xy = np.repeat(grid, 3, axis=0)
    labels = find(xy)
    assert (labels.reshape(-1, 3) == labels.reshape(-1, 3)[:, :1]).all()
    order = np.random.default_rng(3).permutation(len(xy))
    mixed = find(xy[order])
    pairs = set(zip(labels[order].tolist(), mixed.tolist(), strict=True))
    assert len(pairs) == len(set(labels.tolist())) == len(set(mixed.tolist()))
    assert mixed[mixed >= 0][0] == 0  # counted in the order of the rows


@pytest.mark.parametrize(
    "find", [partial(hdbscan, min_points=3, min_cluster=3), partial(optics, radius_m=60, min_points=3)]
)
def test_few_places_are_noise_and_one_hot_place_is_one_cluster(find):
    assert find(np.empty((0, 2))).tolist() == []
    assert find([[0, 0], [1, 1]]).tolist() == [-1, -1]
    assert find(np.tile([1000.0, 2000.0], (7, 1))).tolist() == [0] * 7
    with pytest.raises(FrameError, match=r"xy: nan at \(1, 1\)"):
        find([[0, 0], [1, np.nan], [2, 2]])


def test_optics_has_the_cores_of_dbscan_at_its_radius():
    rng = np.random.default_rng(6)
    xy = np.vstack([rng.normal(0, 30, (80, 2)), rng.normal((600, 0), 30, (80, 2)), rng.uniform(-900, 1500, (60, 2))])
    ours, theirs = dbscan(xy, radius_m=60, min_points=6), optics(xy, radius_m=60, min_points=6)
    near = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) <= 60
    core = near.sum(1) >= 6
    assert core.sum() > 60
    assert len(set(zip(ours[core].tolist(), theirs[core].tolist(), strict=True))) == len(set(ours[core].tolist()))
    assert (theirs[core] >= 0).all()
    assert (theirs[ours == -1] == -1).all()
