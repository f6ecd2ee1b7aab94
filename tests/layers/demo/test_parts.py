import numpy as np
import pytest
import shapely

from layers.demo import reports
from layers.demo.borders import polygons, union_by
from layers.demo.rivers import smooth
from layers.demo.terrain import degrees, graph, nearest_source, spread, spread_exactly, voronoi_mesh

SQUARE = np.array([[x, y] for x in range(0, 5000, 1000) for y in range(0, 5000, 1000)], dtype=float)


def test_spread_keeps_its_distance_and_its_order() -> None:
    xy = np.array([[0.0, 0], [3, 0], [4, 0], [9, 0]])
    assert spread(xy, np.array([1, 0, 2, 3]), np.full(4, 3.5)).tolist() == [1, 3]
    assert spread(xy, np.array([1, 0, 2, 3]), np.full(4, 3.5), np.array([3])).tolist() == [1]


def test_spread_exactly_shrinks_until_there_are_enough() -> None:
    assert len(spread_exactly(7, SQUARE, np.arange(25), np.full(25, 9000.0))) == 7


def test_the_nearest_source_goes_over_neighbours_only() -> None:
    mesh = voronoi_mesh(SQUARE)
    cost, towards, source = nearest_source(graph(mesh, mesh.length_m), np.array([6]))
    assert cost[8] == pytest.approx(2000)
    assert (towards[7], source[8]) == (6, 6)


def test_a_smooth_line_goes_through_all_its_points() -> None:
    xy = np.array([[0.0, 0], [100, 50], [200, -50]])
    line = smooth(xy)
    assert shapely.distance(line, shapely.points(xy)).max() == 0


def test_degrees_are_rounded_and_lie_round_the_middle() -> None:
    at = degrees(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    assert at[0].tolist() == pytest.approx([118.15, 27.3], abs=1e-6)
    assert np.array_equal(at, np.round(at, 6))


def test_two_labels_make_two_polygons_that_share_their_border() -> None:
    rng = np.random.default_rng(1)
    xy = rng.uniform(-9_000, 9_000, (400, 2))
    label = np.where(np.hypot(*xy.T) > 6_000, -1, (xy[:, 0] > 0).astype(int))
    shapes = polygons(voronoi_mesh(xy), label)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.get_coordinates(shapely.centroid(shapes))[0, 0] < shapely.get_coordinates(shapes[1]).mean(axis=0)[0]
    assert union_by(shapes, np.array([0, 0]))[0].area == pytest.approx(shapely.area(shapes).sum())


def test_a_copy_whose_original_goes_stands_alone() -> None:
    told = reports.Reports(
        day=np.arange(3),
        xy=np.zeros((3, 2)),
        building=np.zeros(3, dtype=np.int64),
        den=np.zeros(3, dtype=np.int64),
        copy_of=np.array([-1, 0, 0]),
    )
    assert reports.selected(told, np.array([True, False, True])).copy_of.tolist() == [-1, 0]
    assert reports.selected(told, np.array([False, True, True])).copy_of.tolist() == [-1, -1]
    assert reports.joined(told, told).copy_of.tolist() == [-1, 0, 0, -1, 3, 3]
