"""Travel times by hand on small networks, and against another library's shortest paths on a random one."""

import itertools
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import bellman_ford

from gis.errors import FrameError
from gis.roads import RoadNetwork, routes, travel_minutes

LINE = shapely.LineString
#: A kilometre east, then a kilometre north, at 60 km/h: a minute each.
CORNER = [LINE([(0, 0), (1000, 0)]), LINE([(1000, 0), (1000, 1000)])]


def grid(size: int, *, seed: int = 1) -> RoadNetwork:
    """A city of size × size crossings 100 m apart, each street with a speed of its own."""
    rng = np.random.default_rng(seed)
    at = [(x * 100.0, y * 100.0) for x in range(size) for y in range(size)]
    lines = [LINE([(x, y), (x + 100, y)]) for x, y in at if x < (size - 1) * 100]
    lines += [LINE([(x, y), (x, y + 100)]) for x, y in at if y < (size - 1) * 100]
    return RoadNetwork.from_lines(
        lines, speed_kmh=rng.integers(10, 90, len(lines)), oneway=rng.random(len(lines)) < 0.2
    )


def test_a_minute_a_kilometre_at_sixty() -> None:
    network = RoadNetwork.from_lines(CORNER, speed_kmh=60)
    assert travel_minutes(network, [(0, 0)], [(1000, 1000), (1000, 0)]) == pytest.approx(np.array([[2, 1]]))


def test_only_the_part_of_the_road_beyond_the_place_is_travelled() -> None:
    network = RoadNetwork.from_lines(CORNER, speed_kmh=60)
    assert travel_minutes(network, [(250, 40)], [(960, 500)]) == pytest.approx(np.array([[0.75 + 0.5]]))
    assert travel_minutes(network, [(250, 0)], [(750, 0), (250, 0)])[0] == pytest.approx([0.5, 0], abs=1e-6)
    assert travel_minutes(network, [(750, 0)], [(250, 0)])[0] == pytest.approx([0.5])


def test_a_oneway_road_is_open_as_it_is_drawn() -> None:
    network = RoadNetwork.from_lines(CORNER, speed_kmh=60, oneway=[True, False])
    there, back = travel_minutes(network, [(250, 0)], [(750, 0)]), travel_minutes(network, [(750, 0)], [(250, 0)])
    assert there == pytest.approx(np.array([[0.5]]))
    assert back == np.inf


def test_of_parallel_roads_the_quicker_is_taken() -> None:
    lines = [LINE([(0, 0), (1000, 0)]), LINE([(0, 0), (500, 0), (1000, 0)])]
    network = RoadNetwork.from_lines(lines, speed_kmh=[60, 120])
    assert travel_minutes(network, [(0, 0)], [(1000, 0)]) == pytest.approx(np.array([[0.5]]))


def test_farther_than_five_hundred_metres_from_any_road_there_is_no_way() -> None:
    network = RoadNetwork.from_lines(CORNER, speed_kmh=60)
    found = travel_minutes(network, [(0, 499), (0, -501)], [(1000, 0)])
    assert np.isfinite(found[0, 0])
    assert found[1, 0] == np.inf


def test_networks_that_do_not_touch_are_not_joined() -> None:
    far = [*CORNER, LINE([(9000, 0), (9900, 0)])]
    assert travel_minutes(RoadNetwork.from_lines(far, speed_kmh=60), [(0, 0)], [(9500, 0)]) == np.inf


def test_no_place_gives_an_empty_matrix() -> None:
    network = RoadNetwork.from_lines(CORNER, speed_kmh=60)
    none = np.empty((0, 2))
    assert travel_minutes(network, none, [(0, 0)]).shape == (0, 1)
    assert travel_minutes(network, [(0, 0)], none).shape == (1, 0)


def test_the_way_is_drawn_from_road_to_road() -> None:
    network = RoadNetwork.from_lines(CORNER, speed_kmh=60)
    way, none, standing = routes(network, [(250, 40), (0, 5000), (250, 0)], [(960, 500), (0, 0), (250, 0)])
    assert shapely.get_coordinates(way).tolist() == [[250, 0], [1000, 0], [1000, 500]]
    assert none is None
    assert standing.length == pytest.approx(0)


def test_many_part_lines_and_their_shuffled_order_give_the_same_times() -> None:
    one = RoadNetwork.from_lines([shapely.MultiLineString(CORNER)], speed_kmh=60)
    other = RoadNetwork.from_lines(CORNER[::-1], speed_kmh=60)
    asked = ([(10, 0), (1000, 900)], [(1000, 300), (400, 0)])
    assert travel_minutes(one, *asked) == pytest.approx(travel_minutes(other, *asked))


def test_equals_bellman_ford_on_the_plain_graph_from_crossing_to_crossing() -> None:
    network = grid(12)
    rng = np.random.default_rng(2)
    start, end = (network.nodes[rng.choice(len(network.nodes), n, replace=False)] for n in (9, 5))
    size = len(network.nodes)
    dense = np.full((size, size), np.inf)
    for (a, b), there, back in zip(network.ends, network.there_minutes, network.back_minutes, strict=True):
        dense[a, b], dense[b, a] = min(dense[a, b], there), min(dense[b, a], back)
    number = {tuple(xy): n for n, xy in enumerate(network.nodes)}
    rows, columns = ([number[tuple(xy)] for xy in side] for side in (start, end))
    plain = bellman_ford(csr_array(np.where(np.isfinite(dense), dense, 0)))[np.ix_(rows, columns)]
    assert travel_minutes(network, start, end) == pytest.approx(plain, abs=1e-6)
    assert travel_minutes(network, end, start).shape == (5, 9)
    lengths = [way is not None for way in routes(network, start[:5], end)]
    assert all(lengths)


DEGREES = [LINE([(118.1, 26.2), (118.2, 26.3)])]


@pytest.mark.parametrize(
    ("lines", "speed"), [([], 60), ([shapely.Point(0, 0)], 60), (CORNER, 0), (CORNER, np.nan), (DEGREES, 60)]
)
def test_what_is_no_road_is_an_error(lines: list[shapely.Geometry], speed: float) -> None:
    with pytest.raises(FrameError):
        RoadNetwork.from_lines(lines, speed_kmh=speed)


def test_a_place_at_a_crossing_leaves_by_each_of_its_streets() -> None:
    lines = [LINE([(1000, 0), (0, 0)]), LINE([(0, 0), (0, 1000)]), LINE([(0, 0), (-1000, 0)])]
    network = RoadNetwork.from_lines(lines, speed_kmh=60, oneway=[True, False, True])
    assert travel_minutes(network, [(0, 0)], [(0, 1000), (-1000, 0)])[0] == pytest.approx([1, 1])


def test_degrees_are_an_error() -> None:
    with pytest.raises(FrameError):
        travel_minutes(RoadNetwork.from_lines(CORNER, speed_kmh=60), [(118.1, 26.2)], [(118.2, 26.3)])


def test_roads_of_a_mountain_country_from_openstreetmap(shared_data: Path) -> None:
    network = RoadNetwork.from_pbf(str(shared_data / "roads" / "andorra.osm.pbf"))
    to_metres = pyproj.Transformer.from_crs(4326, network.crs, always_xy=True).transform
    # Andorra la Vella and Soldeu, 19 km by road; nobody drives that in less than 15 or more than 40 minutes
    town, village = np.column_stack(to_metres([1.5218, 1.6682], [42.5075, 42.5767]))
    there, back = travel_minutes(network, [town], [village])[0, 0], travel_minutes(network, [village], [town])[0, 0]
    assert 15 < there < 40
    assert 15 < back < 40
    assert routes(network, [town], [village])[0].length == pytest.approx(19_000, rel=0.1)


#: A main road of 3 km at 60 km/h, and north of it a lane of 40 m that joins nothing.
MAIN, LANE = LINE([(0, 0), (1500, 0), (3000, 0)]), LINE([(1480, 60), (1520, 60)])


def test_beside_a_lane_that_joins_nothing_the_road_behind_it_is_taken_both_ways() -> None:
    network = RoadNetwork.from_lines([MAIN, LANE], speed_kmh=60)
    beside, far = [(1500, 70)], [(3000, 0), (0, 0)]
    assert travel_minutes(network, far, beside) == pytest.approx(np.array([[1.5], [1.5]]))
    assert travel_minutes(network, beside, far) == pytest.approx(np.array([[1.5, 1.5]]))
    way = routes(network, beside, far[:1])[0]
    assert shapely.equals(way, LINE([(1500, 0), (3000, 0)]))


def test_a_trip_along_the_lane_itself_stays_on_it() -> None:
    network = RoadNetwork.from_lines([MAIN, LANE], speed_kmh=6)
    assert travel_minutes(network, [(1480, 70)], [(1520, 70)]) == pytest.approx(np.array([[0.4]]))
    assert routes(network, [(1480, 70)], [(1520, 70)])[0].centroid.y == 60


def test_beside_two_lanes_each_end_is_moved_as_little_as_joins_them() -> None:
    """A large island of its own lies nearer to both than the main road, and the lane of one ends there."""
    island = LINE([(1000, 200), (2000, 200)])
    lanes = [LINE([(1000, 230), (1010, 230)]), LINE([(2000, 230), (2010, 230)])]
    network = RoadNetwork.from_lines([MAIN, island, *lanes], speed_kmh=60)
    assert travel_minutes(network, [(1000, 240)], [(2000, 240)]) == pytest.approx(np.array([[1.0]]))
    assert routes(network, [(1000, 240)], [(2000, 240)])[0].centroid.y == 200
    assert travel_minutes(network, [(1000, 240)], [(0, 0)]) == pytest.approx(np.array([[1.0]]))


@pytest.mark.parametrize("turned", [False, True])
def test_a_oneway_road_that_only_leads_away_or_only_leads_up_serves_one_direction(turned: bool) -> None:
    slip = LINE([(1500, 0), (1500, 100), (1900, 100)])
    network = RoadNetwork.from_lines([MAIN, slip.reverse() if turned else slip], speed_kmh=60, oneway=[False, True])
    beside, end = [(1900, 110)], [(0, 0)]
    by_slip, by_main = pytest.approx(np.array([[2.0]])), pytest.approx(np.array([[1.9]]))
    assert travel_minutes(network, end, beside) == (by_main if turned else by_slip)
    assert travel_minutes(network, beside, end) == (by_slip if turned else by_main)


def test_the_other_road_too_lies_within_five_hundred_metres() -> None:
    network = RoadNetwork.from_lines([MAIN, shapely.affinity.translate(LANE, 0, 400)], speed_kmh=60)
    found = travel_minutes(network, [(0, 0)], [(1500, 499), (1500, 501)])
    assert found == pytest.approx(np.array([[1.5, np.inf]]))


def test_of_many_lanes_nearer_than_the_road_none_is_in_its_way() -> None:
    lanes = [LINE([(1490, 20 + 2 * n), (1510, 20 + 2 * n)]) for n in range(60)]
    network = RoadNetwork.from_lines([MAIN, *lanes], speed_kmh=60)
    assert travel_minutes(network, [(1500, 150), (1500, 150)], [(0, 0), (3000, 0)]) == pytest.approx(
        np.full((2, 2), 1.5)
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_each_pair_takes_the_nearest_two_roads_that_any_way_joins(seed: int) -> None:
    """Against all pairs of segments tried one by one, on small networks of stubs, islands and oneway streets."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 4, (9, 2, 2)) * 100.0
    lines = [LINE(ends) for ends in corner if (ends[0] != ends[1]).any()]
    if not lines:
        return
    network = RoadNetwork.from_lines(lines, speed_kmh=60, oneway=rng.random(len(lines)) < 0.5)
    start, end = rng.uniform(0, 400, (3, 2)), rng.uniform(0, 400, (3, 2))
    found = np.isfinite(travel_minutes(network, start, end))
    assert (found == _joins_any(network, start, end)).all()
    ways = routes(network, start, end)
    assert [way is not None for way in ways] == np.diag(found).tolist()


def _joins_any(network: RoadNetwork, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    size = len(network.nodes)
    reached = np.eye(size, dtype=bool)
    reached[tuple(network.graph.nonzero())] = True
    for _ in range(size):
        reached = reached | (reached.astype(int) @ reached.astype(int) > 0)
    segments = shapely.linestrings(network.nodes[network.ends])
    joins = np.zeros((len(start), len(end)), dtype=bool)
    for (i, a), (j, b) in itertools.product(enumerate(start), enumerate(end)):
        for s, t in itertools.product(range(len(segments)), repeat=2):
            near = all(shapely.distance(segments[n], shapely.Point(at)) <= 500 for n, at in ((s, a), (t, b)))
            along = [shapely.line_locate_point(segments[n], shapely.Point(at)) for n, at in ((s, a), (t, b))]
            two_way = np.isfinite(network.back_minutes[[s, t]])
            leaves = [network.ends[s, 1], *([network.ends[s, 0]] if two_way[0] else [])]
            enters = [network.ends[t, 0], *([network.ends[t, 1]] if two_way[1] else [])]
            ahead = s == t and (two_way[0] or along[0] <= along[1])
            joins[i, j] |= near and (ahead or reached[np.ix_(leaves, enters)].any())
    return joins
