"""Shortest paths against scipy's own, and by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from scipy.sparse.csgraph import dijkstra

from gis.paths import shortest

ALL = np.arange(4)


def test_the_way_round_is_taken_when_it_is_shorter_and_inf_where_there_is_none() -> None:
    graph = csr_array(np.array([[0, 9.0, 2, 0], [0, 0, 0, 0], [0, 3, 0, 0], [1, 0, 0, 0]]))
    found = shortest(graph, ALL, ALL)
    assert found.tolist() == [[0, 5, 2, np.inf], [np.inf, 0, np.inf, np.inf], [np.inf, 3, 0, np.inf], [1, 6, 3, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_equals_scipy_on_random_graphs(seed: int) -> None:
    graph = csr_array(random_array((300, 300), density=0.01, rng=np.random.default_rng(seed)))
    sources, targets = np.arange(0, 300, 7), np.arange(0, 300, 3)
    assert shortest(graph, sources, targets) == pytest.approx(dijkstra(graph, indices=sources)[:, targets])


def test_nowhere_to_go_and_nobody_to_go() -> None:
    graph = csr_array(np.eye(4))
    assert shortest(graph, ALL, ALL[:0]).shape == (4, 0)
    assert shortest(graph, ALL[:0], ALL).shape == (0, 4)
