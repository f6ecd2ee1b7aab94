"""The metric grid, by hand."""

import numpy as np
import pandas as pd
import pytest
import shapely

from gis import grid
from gis.errors import FrameError


def test_a_place_on_an_edge_belongs_to_the_north_or_east() -> None:
    cells = grid.cell_of([[500_000.0, 3_000_099.9], [500_100.0, 3_000_100.0]], cell_m=100)
    assert cells.to_list() == [(5000, 30000), (5001, 30001)]


def test_counted_cells_are_ordered_and_sum_to_the_places() -> None:
    cells = grid.cell_of([[500_150.0, 50.0], [500_050.0, 50.0], [500_150.0, 60.0]], cell_m=100)
    assert grid.counted(cells).to_dict() == {(5000, 0): 1.0, (5001, 0): 2.0}


def test_no_places_are_no_cells() -> None:
    assert len(grid.counted(grid.cell_of([], cell_m=100))) == 0


def test_degrees_are_refused() -> None:
    with pytest.raises(FrameError):
        grid.cell_of([[118.17, 26.64], [118.18, 26.65]], cell_m=100)


def test_cells_inside_an_area_have_their_centre_in_it() -> None:
    area = shapely.box(500_040, 3_000_000, 500_260, 3_000_100)
    assert grid.inside(area, cell_m=100).to_list() == [(5000, 30000), (5001, 30000), (5002, 30000)]
    assert grid.inside(shapely.Polygon(), cell_m=100).to_list() == []


def test_neighbours_touch_at_edges_and_corners_both_ways() -> None:
    cells = pd.MultiIndex.from_tuples([(0, 0), (1, 1), (3, 3), (0, 1)], names=grid.NAMES)
    near = grid.neighbours(cells).toarray()
    assert near.tolist() == [[0, 1, 0, 1], [1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]]


def test_squares_have_the_cells_area_and_corner() -> None:
    square = grid.squares(pd.MultiIndex.from_tuples([(5, 7)], names=grid.NAMES), cell_m=100)[0]
    assert np.array(square.bounds).tolist() == [500, 700, 600, 800]
