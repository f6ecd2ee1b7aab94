import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from gis.errors import FrameError
from gis.neighbours import nearest, touching, within

PLACES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30)


def distances(xy):
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


def test_places_500_m_apart_are_neighbours_at_500_m_and_not_at_499():
    xy = [[0, 0], [300, 400], [3000, 0]]
    assert within(xy, radius_m=500).toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert within(xy, radius_m=499).nnz == 0


@settings(max_examples=30, deadline=None)
@given(xy=PLACES, seed=st.integers(0, 99))
def test_within_is_the_distance_table_cut_at_the_radius_whatever_the_order(xy, seed):
    places = np.array(xy, dtype=float).reshape(-1, 2)
    wanted = (distances(places) <= 5) & ~np.eye(len(places), dtype=bool)
    assert within(places, radius_m=5).toarray().tolist() == wanted.tolist()
    order = np.random.default_rng(seed).permutation(len(places))
    assert within(places[order], radius_m=5).toarray().tolist() == wanted[np.ix_(order, order)].tolist()


@settings(max_examples=30, deadline=None)
@given(xy=PLACES, k=st.integers(1, 8))
def test_nearest_marks_k_others_and_nobody_unmarked_is_closer(xy, k):
    places = np.array(xy, dtype=float).reshape(-1, 2)
    chosen = nearest(places, k=k).toarray().astype(bool)
    assert chosen.sum(axis=1).tolist() == [min(k, len(places) - 1)] * len(places)
    assert not chosen.diagonal().any()
    for row, marked in zip(distances(places), chosen, strict=True):
        assert sorted(row[marked]) == sorted(row)[1 : marked.sum() + 1]


def test_nothing_and_one_place_have_no_neighbours():
    for matrix in (within([], radius_m=5), nearest([], k=2), touching([])):
        assert (matrix.shape, matrix.nnz) == ((0, 0), 0)
        assert isinstance(matrix, csr_array)
    for matrix in (within([[1, 1]], radius_m=5), nearest([[1, 1]], k=2), touching([shapely.box(0, 0, 1, 1)])):
        assert (matrix.shape, matrix.nnz) == ((1, 1), 0)


def test_coincident_places_are_neighbours_of_each_other_and_never_of_themselves():
    assert within([[7, 7]] * 3, radius_m=1).toarray().tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    few = nearest([[7, 7]] * 6, k=2).toarray()
    assert few.sum(axis=1).tolist() == [2] * 6
    assert few.diagonal().sum() == 0


def test_polygons_meeting_at_a_corner_touch_and_an_empty_one_touches_nothing():
    squares = [shapely.box(x, y, x + 1, y + 1) for x, y in [(0, 0), (1, 1), (1, 0), (5, 5)]]
    shapes = [*squares, shapely.Polygon(), None]
    wanted = np.zeros((6, 6))
    wanted[:3, :3] = 1 - np.eye(3)
    assert touching(shapes).toarray().tolist() == wanted.tolist()
    named = gpd.GeoSeries(shapes, index=list("abcdef"), crs=4490)
    assert touching(named).toarray().tolist() == wanted.tolist()


def test_overlapping_and_equal_polygons_are_neighbours():
    shapes = [shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3), shapely.box(0, 0, 2, 2)]
    assert touching(shapes).toarray().tolist() == (1 - np.eye(3)).tolist()


def test_what_is_no_polygon_touches_nothing_and_is_refused():
    with pytest.raises(FrameError, match="Point at 1"):
        touching([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)])


@pytest.mark.parametrize("wrong", [[[1.0, np.nan]], [[118.1, 26.6], [118.2, 26.7]], [[1, 2, 3]]])
def test_degrees_and_missing_coordinates_are_refused(wrong):
    with pytest.raises(FrameError):
        within(wrong, radius_m=500)
    with pytest.raises(FrameError):
        nearest(wrong, k=1)


def test_a_radius_and_a_count_are_above_zero():
    with pytest.raises(FrameError, match="radius_m"):
        within([[1, 1]], radius_m=0)
    with pytest.raises(FrameError, match="k is 0"):
        nearest([[1, 1]], k=0)
