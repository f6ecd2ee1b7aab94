"""OpenStreetMap files in the locked-down child."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pytest
import shapely
from osmium.osm.mutable import Node
from osmium.osm.mutable import Way as MutableWay

from gis import osm
from gis.errors import DomainError, IntakeError
from gis.roads import RoadNetwork, travel_minutes
from layers.intake.sandbox import open_file


@pytest.mark.parametrize("name", ["krems", "andorra"])
def test_the_child_reads_the_same_roads_as_the_plain_reader(shared_data: Path, name: str) -> None:
    path = shared_data / "roads" / f"{name}.osm.pbf"
    (table,) = open_file(path)
    plain = osm.roads(str(path))
    assert table.table.num_rows == len(plain) > 100
    assert table.crs == "OGC:CRS84"
    assert table.table.column_names == ["class", "name", "speed_kmh", "oneway"]
    assert table.wkb is not None
    for column in ("class", "speed_kmh", "oneway"):
        assert table.table[column].to_pylist() == plain[column].tolist()
    assert shapely.equals(shapely.from_wkb(table.wkb.to_numpy(zero_copy_only=False)), plain.geometry.to_numpy()).all()


def test_a_damaged_file_is_refused_whole(shared_data: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "half.osm.pbf"
    damaged.write_bytes((shared_data / "roads" / "krems.osm.pbf").read_bytes()[:100_000])
    with pytest.raises(IntakeError) as refused:
        list(open_file(damaged))
    assert refused.value.kind == "not_readable"


#: Nodes of a street along a parallel, 0.001° (about 99 m) apart.
STREET = [(118.0 + n / 1000, 27.0) for n in range(6)]


def street(file: Path, *, numbers: list[int] | None = None, missing: tuple[int, ...] = (), nodes_first: bool = True,
           tags: dict[str, str] | None = None, **barriers: dict[str, str]) -> Path:  # fmt: skip
    """A file of one residential street over STREET; ``n2={"barrier": ...}`` tags its node of index 2."""
    numbers = numbers or [n + 1 for n in range(len(STREET))]
    way = MutableWay(id=7, nodes=numbers, tags={"highway": "residential", "name": "东街"} | (tags or {}))
    nodes = [
        Node(id=number, location=at, tags=barriers.get(f"n{n}", {}))
        for n, (number, at) in enumerate(zip(numbers, STREET, strict=True))
        if n not in missing
    ]
    with osmium.SimpleWriter(str(file)) as writer:
        for each in [*nodes, way] if nodes_first else [way, *nodes]:
            writer.add(each)
    return file


def by_child(path: Path) -> list[list[tuple[float, float]]]:
    (table,) = open_file(path)
    assert table.wkb is not None
    lines = shapely.from_wkb(table.wkb.to_numpy(zero_copy_only=False))
    return [[(round(x, 7), round(y, 7)) for x, y in line.coords] for line in lines]


def plainly(path: Path) -> list[list[tuple[float, float]]]:
    return [[(round(x, 7), round(y, 7)) for x, y in line.coords] for line in osm.roads(str(path)).geometry]


READERS = pytest.mark.parametrize("read", [by_child, plainly])
Read = Callable[[Path], list[list[tuple[float, float]]]]


@READERS
@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "bollard"}, {"barrier": "block"}, {"barrier": "jersey_barrier"}, {"barrier": "chain"},
        {"barrier": "swing_gate"}, {"barrier": "bollard", "bicycle": "yes"}, {"barrier": "gate", "access": "private"},
        {"barrier": "lift_gate", "motor_vehicle": "no"}, {"barrier": "gate", "access": "yes", "vehicle": "no"},
    ],
)  # fmt: skip
def test_a_barrier_that_keeps_cars_out_ends_the_road_a_metre_before_it(
    tmp_path: Path, read: Read, tags: dict[str, str]
) -> None:
    west, east = read(street(tmp_path / "a.osm.pbf", n2=tags))
    assert (west[:-1], east[1:]) == (STREET[:2], STREET[3:])
    assert (west[-1], east[0]) == ((118.0019899, 27.0), (118.0020101, 27.0))


@READERS
@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "toll_booth"}, {"barrier": "cattle_grid"}, {"barrier": "border_control"}, {"barrier": "kerb"},
        {"barrier": "gate"}, {"barrier": "lift_gate"}, {"barrier": "bollard", "motor_vehicle": "yes"},
        {"barrier": "block", "access": "no", "motorcar": "permissive"}, {"barrier": "bollard", "bollard": "rising"},
        {"highway": "crossing"},
    ],
)  # fmt: skip
def test_what_lets_cars_pass_leaves_the_road_whole(tmp_path: Path, read: Read, tags: dict[str, str]) -> None:
    assert read(street(tmp_path / "a.osm.pbf", n2=tags)) == [STREET]


@READERS
def test_neighbouring_barriers_and_barriers_at_the_ends_leave_the_pieces_between(tmp_path: Path, read: Read) -> None:
    shut = {"barrier": "bollard"}
    pieces = read(street(tmp_path / "a.osm.pbf", n0=shut, n2=shut, n3=shut, n5=shut))
    ends = [(118.0000101, 118.0019899), (118.0020101, 118.0029899), (118.0030101, 118.0049899)]
    assert [(piece[0][0], piece[-1][0]) for piece in pieces] == ends


@READERS
@pytest.mark.parametrize(("missing", "pieces"), [((2,), [(0, 2), (3, 6)]), ((0, 1, 4), [(2, 4)]), ((1, 3), [(4, 6)])])
def test_no_line_is_drawn_over_nodes_that_the_file_lacks(
    tmp_path: Path, read: Read, missing: tuple[int, ...], pieces: list[tuple[int, int]]
) -> None:
    path = street(tmp_path / "a.osm.pbf", missing=missing)
    assert read(path) == [STREET[since:until] for since, until in pieces]


@READERS
@pytest.mark.parametrize("numbers", [[-1, -2, -3, -4, -5, -6], [-1, 2, 30, -4, 5, 6], [60, 50, 40, 30, 20, 10]])
@pytest.mark.parametrize("nodes_first", [True, False])
def test_negative_numbers_and_any_order_are_read(
    tmp_path: Path, read: Read, numbers: list[int], nodes_first: bool
) -> None:
    path = street(tmp_path / "a.osm.pbf", numbers=numbers, nodes_first=nodes_first, n2={"barrier": "bollard"})
    west, east = read(path)
    assert (west[:-1], east[1:]) == (STREET[:2], STREET[3:])


@READERS
def test_a_file_of_roads_without_their_nodes_is_refused_by_name(tmp_path: Path, read: Read) -> None:
    with pytest.raises(DomainError, match="没有道路上的点"):
        read(street(tmp_path / "a.osm.pbf", missing=(0, 1, 2, 3, 4, 5)))


def test_too_many_nodes_behind_their_roads_are_refused_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osm, "MOST_LATE", 5)
    with pytest.raises(IntakeError, match="osmium sort"):
        osm.roads(str(street(tmp_path / "a.osm.pbf", nodes_first=False)))


@pytest.mark.parametrize(
    ("tags", "roads"),
    [
        ({"oneway": "reversible"}, []), ({"oneway": "alternating"}, [False]), ({"oneway": "yes"}, [True]),
        ({"oneway:conditional": "yes @ (07:00-09:00)"}, [False]),
        ({"access:conditional": "no @ (22:00-06:00)"}, [False]),
        ({"access": "no", "access:conditional": "yes @ (06:00-08:00)"}, []), ({"motor_vehicle": "forestry"}, []),
    ],
)  # fmt: skip
def test_hours_are_not_weighed_and_a_reversible_road_is_left_out(
    tmp_path: Path, tags: dict[str, str], roads: list[bool]
) -> None:
    read = osm.roads(str(street(tmp_path / "a.osm.pbf", tags=tags)))
    assert read["oneway"].tolist() == roads


def test_a_limit_of_some_hours_is_not_the_speed(tmp_path: Path) -> None:
    tags = {"maxspeed": "60", "maxspeed:conditional": "20 @ (07:00-09:00)"}
    assert osm.roads(str(street(tmp_path / "a.osm.pbf", tags=tags)))["speed_kmh"].tolist() == [60]


def test_a_bollard_where_two_streets_cross_parts_them_and_the_way_round_is_taken(tmp_path: Path) -> None:
    """Two streets meet in a bollard; a road round it, 200 m north, joins their far ends."""
    places = {1: (118.0, 27.0), 2: (118.002, 27.0), 3: (118.004, 27.0), 4: (118.0, 27.0018), 5: (118.004, 27.0018)}
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for number, at in places.items():
            writer.add(Node(id=number, location=at, tags={"barrier": "bollard"} if number == 2 else {}))
        for number, nodes in enumerate([[1, 2], [2, 3], [1, 4, 5, 3]]):
            writer.add(MutableWay(id=number + 1, nodes=nodes, tags={"highway": "residential"}))
    network = RoadNetwork.from_pbf(str(tmp_path / "a.osm.pbf"))
    start, end = gpd.GeoSeries.from_xy(*zip(places[1], places[3], strict=True), crs=4326).to_crs(network.crs)
    ends: list[Any] = [[(at.x, at.y)] for at in (start, end)]
    # 199 m north, 397 m east and 199 m south at 25 km/h
    assert travel_minutes(network, *ends)[0, 0] == pytest.approx(0.795 * 60 / 25, rel=0.01)
