import numpy as np
import pytest
import shapely

from gis.repair import repair

EMPTY = [
    shapely.from_wkt(f"{kind} EMPTY")
    for kind in (
        "POINT",
        "LINESTRING",
        "POLYGON",
        "MULTIPOINT",
        "MULTILINESTRING",
        "MULTIPOLYGON",
        "GEOMETRYCOLLECTION",
    )
] + [shapely.LinearRing()]
SQUARE = shapely.box(0, 0, 10, 10)


def kinds(changes):
    return [change.kind for change in changes]


@pytest.mark.parametrize("empty", EMPTY, ids=lambda shape: shape.geom_type)
def test_every_empty_kind_becomes_none_and_is_listed(empty):
    shapes, changes = repair([SQUARE, empty])
    assert shapes.tolist() == [SQUARE, None]
    assert [(change.row, change.kind, change.detail) for change in changes] == [
        (1, "emptied", f"{empty.geom_type} without area")
    ]


def test_nothing_and_none_stay_without_a_change():
    assert repair([])[0].shape == (0,)
    shapes, changes = repair([None])
    assert (shapes.tolist(), changes) == ([None], [])


def test_what_is_right_is_handed_back_untouched():
    lake = SQUARE.difference(shapely.box(4, 4, 6, 6))
    two = shapely.MultiPolygon([SQUARE, shapely.box(20, 0, 30, 10)])
    shapes, changes = repair([SQUARE, lake, two])
    assert changes == []
    assert shapes[0] is SQUARE
    assert shapes[1] is lake
    assert shapes[2] is two


def test_a_bow_tie_keeps_both_its_wings():
    shapes, changes = repair([shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")])
    assert shapes[0].is_valid
    assert shapes[0].area == 2
    assert kinds(changes) == ["made_valid"]
    assert changes[0].detail == "Self-intersection[1 1]"


def test_overlapping_parts_are_united():
    overlapping = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    assert repair([overlapping])[0][0].area == 7


def test_lines_and_points_in_nested_collections_are_dropped():
    inner = shapely.GeometryCollection([SQUARE, shapely.Point(1, 1)])
    nested = shapely.GeometryCollection([shapely.GeometryCollection([inner]), shapely.LineString([(0, 0), (1, 1)])])
    shapes, changes = repair([nested])
    assert shapes[0].equals(SQUARE)
    assert [(change.kind, change.detail) for change in changes] == [("lines_dropped", "2 points or lines")]


def test_slivers_go_and_a_small_round_island_stays():
    sliver, island = shapely.box(20, 0, 20.001, 10), shapely.Point(30, 0).buffer(0.01)
    shapes, changes = repair([shapely.MultiPolygon([SQUARE, sliver, island])])
    assert shapes[0].equals(shapely.MultiPolygon([SQUARE, island]))
    assert [(change.kind, change.detail) for change in changes] == [("slivers_dropped", "1 slivers")]


def test_a_long_thin_community_is_no_sliver():
    road = shapely.box(0, 0, 10_000, 10)
    assert repair([road])[0][0] is road
    both = shapely.MultiPolygon([road, shapely.box(0, 100, 10_000, 110)])
    assert repair([both]) == ([both], [])


@pytest.mark.parametrize(
    "hopeless",
    ["POINT (1 1)", "LINESTRING (0 0, 1 1)", "POLYGON ((0 0, 1 1, 2 2, 0 0))", "POLYGON ((0 0, 0 0, 0 0, 0 0))"],
)
def test_what_has_no_area_becomes_none(hopeless):
    shapes, changes = repair([shapely.from_wkt(hopeless)])
    assert shapes.tolist() == [None]
    assert kinds(changes)[-1] == "emptied"


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_ring_that_is_not_finite_becomes_none(number):
    with np.errstate(invalid="ignore"):
        broken = shapely.polygons([[0, 0], [number, 1], [1, 1], [0, 0]])
    assert repair([broken])[0].tolist() == [None]


def test_everything_that_comes_back_is_valid_and_areal_and_a_second_time_changes_nothing():
    rng = np.random.default_rng(19)
    scribbles = shapely.polygons(rng.uniform(0, 100, (60, 9, 2)))
    shapes, changes = repair(scribbles)
    assert kinds(changes).count("made_valid") > 40
    assert shapely.is_valid(shapes).all()
    assert {shape.geom_type for shape in shapes} <= {"Polygon", "MultiPolygon"}
    assert repair(shapes)[1] == []
