"""Travel times by hand on small networks, and against another library's shortest paths on a random one."""

from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
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
