"""JSON in all the forms of maps and interfaces: features, lines, sequences, Esri, TopoJSON, wrapped answers."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import shapely

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.raw import RawTable
from layers.intake.readers import geojson
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, areas, read_with

RING = [[118.15, 26.65], [118.15, 26.66], [118.16, 26.66], [118.16, 26.65], [118.15, 26.65]]
HOLE = [[118.152, 26.652], [118.154, 26.652], [118.154, 26.654], [118.152, 26.654], [118.152, 26.652]]
NAMES = {"code": "990102001003", "name": "新测社区"}, {"code": "990102001004", "name": "次测社区"}
SHAPE = {"type": "Polygon", "coordinates": [RING, HOLE]}
BOX = shapely.Polygon(RING, [HOLE])
FEATURES = [{"type": "Feature", "properties": names, "geometry": SHAPE} for names in NAMES]
COLLECTION = {"type": "FeatureCollection", "features": FEATURES}
ESRI = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 104, "latestWkid": 4490},
    "features": [{"attributes": names, "geometry": {"rings": [RING, HOLE]}} for names in NAMES],
}


def quoted(value: Any) -> Any:
    """The same with every number as a text."""
    return [quoted(one) for one in value] if isinstance(value, list) else str(value)


def topology(*, quantised: bool) -> dict[str, Any]:
    """Both areas share their one arc; quantised to steps of a thousandth of a degree where wanted."""
    arcs: list[Any] = [RING, HOLE]
    if quantised:
        whole = [[[round((x - 118.15) * 1000), round((y - 26.65) * 1000)] for x, y in arc] for arc in arcs]
        arcs = [[arc[0], *([b[0] - a[0], b[1] - a[1]] for a, b in pairwise(arc))] for arc in whole]
    shapes = [{"type": "Polygon", "arcs": [[0], [1]], "properties": names} for names in NAMES]
    transform = {"transform": {"scale": [0.001, 0.001], "translate": [118.15, 26.65]}} if quantised else {}
    return {
        "type": "Topology",
        "arcs": arcs,
        "objects": {"社区": {"type": "GeometryCollection", "geometries": shapes}},
    } | transform


FORMS: dict[str, Callable[[], str]] = {
    "collection": lambda: json.dumps(COLLECTION),
    "type last": lambda: json.dumps({"features": FEATURES, "type": "FeatureCollection"}),
    "lines": lambda: "\n".join(map(json.dumps, FEATURES)) + "\n",
    "lines with blanks": lambda: "\r\n\r\n".join(map(json.dumps, FEATURES)),
    "sequence": lambda: "".join(f"\x1e{json.dumps(feature)}\n" for feature in FEATURES),
    "sequence over lines": lambda: "".join(f"\x1e{json.dumps(feature, indent=1)}\n" for feature in FEATURES),
    "list": lambda: json.dumps(FEATURES),
    "answer": lambda: json.dumps({"code": 0, "message": "ok", "data": COLLECTION}),
    "deeper answer": lambda: json.dumps({"status": {"ok": True}, "result": {"page": 1, "rows": FEATURES}}),
    "answer in a text": lambda: json.dumps({"code": 0, "data": json.dumps(COLLECTION)}),
    "numbers in quotes": lambda: json.dumps(
        COLLECTION | {"features": [f | {"geometry": SHAPE | {"coordinates": quoted([RING, HOLE])}} for f in FEATURES]}
    ),
    "esri": lambda: json.dumps(ESRI),
    "wrapped esri": lambda: json.dumps({"results": [ESRI]}),
    "topology": lambda: json.dumps(topology(quantised=False)),
    "quantised topology": lambda: json.dumps(topology(quantised=True)),
}


def read(text: str | bytes, layer: str = "areas") -> Register:
    return understand(tables(text), layer_named(layer), profile=CITY, codes=areas())


def tables(text: str | bytes) -> list[RawTable]:
    return read_with(geojson.read, text)


@pytest.mark.parametrize("form", FORMS)
def test_features_are_read_in_every_form(form: str) -> None:
    register = read(FORMS[form]())
    assert register.frame["name"].tolist() == ["新测社区", "次测社区"]
    assert all(shapely.equals_exact(shape.geoms[0], BOX, 1e-9, normalize=True) for shape in register.frame.geometry)
    assert register.refused == ()


def test_one_feature_and_one_geometry_are_tables_of_one_row() -> None:
    assert read(json.dumps(FEATURES[0])).frame["name"].tolist() == ["新测社区"]
    (table,) = tables(json.dumps({"type": "Point", "coordinates": [118.1, 26.6]}))
    assert shapely.from_wkb(table.wkb.to_pylist())[0] == shapely.Point(118.1, 26.6)


def test_records_of_an_answer_are_rows_without_a_place_of_their_own() -> None:
    rows = [{"编号": f"H{n}", "地址": f"一路{n}号", "社区": "松测社区", "经度": 118.11, "纬度": 26.61} for n in (1, 2)]
    register = read(json.dumps({"code": 200, "data": {"total": 2, "list": rows}}), "rental_units")
    assert register.frame["unit_code"].tolist() == ["H1", "H2"]
    assert [(point.x, point.y) for point in register.frame.geometry] == [(118.11, 26.61)] * 2


@pytest.mark.parametrize(
    ("said", "crs"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}, "EPSG:4548"),
        ({"type": "name", "properties": {"name": "EPSG:4490"}}, "EPSG:4490"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "EPSG:4326"),
    ],
)
def test_a_crs_within_a_geometry_counts(said: dict[str, Any], crs: str) -> None:
    point = {"type": "Point", "crs": said, "coordinates": [1, 2]}
    text = json.dumps(
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": point}]}
    )
    assert [table.crs for table in tables(text)] == [crs]


def test_an_esri_answer_without_a_reference_states_no_crs() -> None:
    assert [table.crs for table in tables(json.dumps(ESRI | {"spatialReference": None}))] == [None]
    assert [table.crs for table in tables(json.dumps(ESRI | {"spatialReference": {"wkid": 102100}}))] == ["EPSG:3857"]


def test_coordinates_that_are_no_numbers_refuse_their_row_for_that() -> None:
    bad = FEATURES[1] | {"geometry": SHAPE | {"coordinates": [[*quoted(RING[:-1]), ["东经", "26.65"]]]}}
    register = read(json.dumps(COLLECTION | {"features": [FEATURES[0], bad]}))
    assert register.frame["name"].tolist() == ["新测社区"]
    assert [(fault.row, fault.kind) for fault in register.refused] == [(2, "bad_coordinate")]
    assert "不是数字" in register.refused[0].sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"type": "FeatureCollection", "features": [', "不完整"),
        ('{"code": 0, "data": null}', "没有地图要素"),
        ("[1, 2, 3]", "没有地图要素"),
        (json.dumps(FEATURES[0]) + "\n" + json.dumps(FEATURES[1])[:-9], "第 2 行"),
        (json.dumps({"features": [{"attributes": {}, "geometry": {"curveRings": []}}]}), "曲线"),
    ],
)
def test_json_without_features_is_refused_with_its_reason(text: str, sentence: str) -> None:
    if text.startswith('{"type": "FeatureCollection"'):
        text = text.replace('"type": "FeatureCollection", ', "") + "]"
    with pytest.raises(IntakeError, match=sentence):
        tables(text)
