"""Borders: read, repaired, refused, and compared with their neighbours."""

from typing import Any

import numpy as np
import pytest
import shapely

from gis import crs
from layers.catalog import layer_named
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, EAST, WEST, areas, features, grid, no_areas

COMMUNITIES, ROADS = layer_named("communities"), layer_named("roads")
BOX = shapely.box(118.10, 26.60, 118.12, 26.62)


def _with_east_edge_at(lon: float) -> Any:
    with np.errstate(invalid="ignore"):
        return shapely.polygons([[118.10, 26.60], [lon, 26.60], [lon, 26.62], [118.10, 26.60]])


def _read(raw: RawTable, known: Any = None, layer: Any = COMMUNITIES, **options: Any) -> Register:
    return understand(
        [raw], layer, profile=CITY, codes=no_areas() if known is None else known, options=ReadOptions(**options)
    )


def _borders(*shapes: Any, **options: Any) -> Register:
    codes = [f"99010200100{n}" for n in range(1, len(shapes) + 1)]
    return _read(
        features({"社区代码": codes, "名称": [f"甲{n}村" for n in range(len(shapes))]}, list(shapes)), **options
    )


def _kinds(faults: Any) -> list[tuple[str, int | None]]:
    return [(fault.kind, fault.row) for fault in faults]


def test_polygons_come_back_as_multipolygons_in_stored_degrees() -> None:
    register = _borders(BOX)
    assert register.frame.geometry.geom_type.tolist() == ["MultiPolygon"]
    assert register.frame.crs == "EPSG:4490"
    assert shapely.equals(register.frame.geometry[0], BOX)


def test_a_bow_tie_is_repaired_with_a_warning() -> None:
    register = _borders(shapely.Polygon([(118.10, 26.60), (118.12, 26.62), (118.12, 26.60), (118.10, 26.62)]))
    assert register.frame.geometry.is_valid.all()
    assert _kinds(register.warnings) == [("geometry_repaired", 1)]


def test_a_closed_line_is_a_polygon_with_a_warning_and_a_point_is_refused() -> None:
    register = _borders(
        shapely.LineString(BOX.exterior.coords),
        shapely.Point(118.11, 26.61),
        shapely.LineString([(118.1, 26.6), (118.2, 26.7)]),
    )
    assert register.frame["code"].tolist() == [EAST]
    assert _kinds(register.refused) == [("bad_coordinate", 2), ("bad_coordinate", 3)]
    assert _kinds(register.warnings) == [("geometry_repaired", 1)]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (shapely.box(26.60, 118.10, 26.62, 118.12), "bad_coordinate"),
        (shapely.box(121.0, 31.0, 121.2, 31.2), "outside_area"),
        (_with_east_edge_at(np.nan), "bad_coordinate"),
        (_with_east_edge_at(1e300), "bad_coordinate"),
        (shapely.Polygon(), "bad_coordinate"),
        (shapely.Polygon([(118.1, 26.6), (118.12, 26.6), (118.1, 26.6)]), "bad_coordinate"),
        (None, "missing_required"),
    ],
)
def test_borders_that_cannot_be_right(shape: Any, kind: str) -> None:
    register = _borders(shape)
    assert register.frame.empty
    assert kind in {fault.kind for fault in register.refused}


def test_an_overlap_and_a_gap_are_told_at_both_neighbours() -> None:
    metre = 1e-5
    overlapping = shapely.box(118.12 - 30 * metre, 26.60, 118.14, 26.62)
    apart = shapely.box(118.14 + 40 * metre, 26.60, 118.16, 26.62)
    register = _borders(BOX, overlapping, apart)
    assert _kinds(register.warnings) == [("overlap", 1), ("overlap", 2), ("gap", 2), ("gap", 3)]
    assert WEST in register.warnings[0].sentence


def test_neighbours_that_only_touch_are_fine() -> None:
    assert _borders(BOX, shapely.box(118.12, 26.60, 118.14, 26.62)).warnings == ()


def _beside_the_stored(code: str, shape: Any, known: Any = None, **columns: str) -> list[tuple[str, str]]:
    raw = features({"社区代码": [code], "名称": ["新村"]} | {name: [value] for name, value in columns.items()}, [shape])
    register = _read(raw, areas() if known is None else known)
    assert register.refused == ()
    return [(fault.kind, fault.sentence) for fault in register.warnings if fault.kind in ("overlap", "gap")]


NEW = "990102001009"
#: 300 m of a degree, east of the stored east community and on it
ON_THE_EDGE = shapely.box(118.117, 26.60, 118.13, 26.62)


def test_an_overlap_with_a_stored_border_names_the_neighbour_and_its_square_metres() -> None:
    ((kind, sentence),) = _beside_the_stored(NEW, ON_THE_EDGE)
    assert (kind, sentence.split(" 重叠 ")[0]) == ("overlap", f"与 已存的松测社区({EAST})")
    # 0.003 degrees of a parallel at 26.61 north are 298.5 m, 0.02 of a meridian 2,216 m
    assert float(sentence.split()[-2]) == pytest.approx(298.5 * 2216, rel=0.01)


def test_a_gap_to_a_stored_border_is_warned_about_and_touching_or_a_sliver_is_not() -> None:
    edges = {"gap": 118.1204, "": 118.12, "sliver": 118.12 - 4e-6}
    kinds = {
        name: [kind for kind, _ in _beside_the_stored(NEW, shapely.box(west, 26.60, 118.13, 26.62))]
        for name, west in edges.items()
    }
    assert kinds == {"gap": ["gap"], "": [], "sliver": []}


def test_a_border_is_not_compared_with_the_one_it_replaces_or_with_areas_that_are_no_more() -> None:
    assert [kind for kind, _ in _beside_the_stored(EAST, BOX.buffer(0.0005, join_style="mitre"))] == ["overlap"]  # WEST
    assert _beside_the_stored(EAST, BOX) == []
    assert _beside_the_stored(NEW, BOX, 原代码=EAST) == []
    assert _beside_the_stored("990102001901", BOX) == []  # what the stored one was called before
    gone = areas().assign(valid_to=None)
    gone.loc[gone["code"] == EAST, "valid_to"] = "2020-01-01"
    assert _beside_the_stored(NEW, ON_THE_EDGE, gone) == []
    assert _beside_the_stored(NEW, ON_THE_EDGE, 停用日期="2020-01-01") == []
    township = areas().assign(level="township")
    assert _beside_the_stored(NEW, ON_THE_EDGE, township) == []


def test_borders_in_gcj02_are_converted_when_stated_and_warned_about_when_not() -> None:
    shifted = shapely.transform(BOX, lambda xy: np.column_stack(crs.wgs84_to_gcj02(xy[:, 0], xy[:, 1])))
    raw = features({"社区代码": [EAST], "名称": ["松测社区"]}, [shifted])
    stated = _read(raw, areas(), datum="gcj02")
    assert shapely.hausdorff_distance(stated.frame.geometry[0], BOX) < 1e-6
    assert stated.warnings == ()
    assert _kinds(_read(raw, areas()).warnings) == [("wrong_datum_warning", 1)]


def test_wkt_in_a_text_file_is_read_and_a_deep_one_refused() -> None:
    deep = "GEOMETRYCOLLECTION(" * 200 + "POINT(1 1)" + ")" * 200
    register = _read(grid([["社区代码", "名称", "WKT"], [EAST, "甲", deep], [WEST, "乙", BOX.wkt]], csv=True))
    assert register.frame["code"].tolist() == [WEST]
    assert _kinds(register.refused) == [("too_deep", 2)]


def test_roads_are_lines_known_by_all_they_say() -> None:
    line = shapely.LineString([(118.1, 26.6), (118.12, 26.62)])
    raw = features({"name": ["甲路", "甲路", None], "oneway": ["yes", "yes", "no"]}, [line, line, BOX])
    register = _read(raw, layer=ROADS)
    assert register.frame["name"].tolist() == ["甲路"]
    assert register.frame["oneway"].tolist() == [True]
    assert _kinds(register.refused) == [("duplicate", 2), ("bad_coordinate", 3)]
