"""Frames as GeoJSON text."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from app.core.geojson import feature_collection, json_text, records

ZONE = ZoneInfo("Asia/Shanghai")
SHAPES = [
    shapely.Point(118.123456789, 27.1),
    shapely.Point(),
    None,
    shapely.LineString([(118, 27), (118.5, 27.5)]),
    shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 0)], [[(0.5, 0.2), (0.6, 0.2), (0.6, 0.3), (0.5, 0.2)]]),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
]


def frame(**columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=SHAPES[: len(next(iter(columns.values())))], crs="EPSG:4490")  # type: ignore[arg-type]


def parsed(rows: pd.DataFrame, matched: int = 0) -> dict[str, object]:
    told: dict[str, object] = json.loads(feature_collection(rows, matched=matched, zone=ZONE))
    return told


def test_every_kind_of_geometry_comes_through_with_five_decimals() -> None:
    features = parsed(frame(n=list(range(6))))["features"]
    assert isinstance(features, list)
    for feature, geometry in zip(features, SHAPES, strict=True):
        if geometry is None:
            assert feature["geometry"] is None
        else:
            assert shape(feature["geometry"]).equals_exact(geometry, 0.000005)
    assert features[0]["geometry"]["coordinates"] == [118.12346, 27.1]


def test_values_of_every_kind_are_plain_and_missing_ones_left_out() -> None:
    rows = frame(
        text=pd.array(["甲", None], dtype="str"),
        whole=pd.array([1, None], dtype="Int64"),
        number=pd.array([1.5, None], dtype="Float64"),
        plain=[2.5, float("nan")],
        day=pd.to_datetime(["2026-01-02", None]).astype("datetime64[s]"),
        moment=pd.to_datetime(["2026-01-01T16:00Z", None], utc=True),
        flag=pd.array([True, None], dtype="boolean"),
        date=[dt.date(2026, 1, 2), None],
        reasons=[["一", "二"], None],
    )
    first, second = (f["properties"] for f in parsed(rows)["features"])  # type: ignore[attr-defined]
    assert first == {
        "text": "甲", "whole": 1, "number": 1.5, "plain": 2.5, "day": "2026-01-02",
        "moment": "2026-01-02T00:00:00+08:00", "flag": True, "date": "2026-01-02", "reasons": ["一", "二"],
    }  # fmt: skip
    assert second == {}


def test_an_empty_frame_is_an_empty_collection() -> None:
    told = parsed(frame(n=[1]).iloc[:0], matched=7)
    assert told == {"type": "FeatureCollection", "numberMatched": 7, "numberReturned": 0, "features": []}


def test_a_frame_without_geometry_has_features_without_place() -> None:
    (feature,) = parsed(pd.DataFrame({"count": [3]}))["features"]  # type: ignore[misc]
    assert feature == {"type": "Feature", "geometry": None, "properties": {"count": 3}}


def test_rows_keep_their_order() -> None:
    rows = frame(n=[5, 1, 3])
    assert [f["properties"]["n"] for f in parsed(rows)["features"]] == [5, 1, 3]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["</script>", "<!--", "a & b", "\u2028\u2029", '"\\', "`${1}", "\x00\x1f"])
def test_text_means_the_same_and_cannot_end_a_script(text: str) -> None:
    body = json_text({"name": text})
    assert not set("<>&\u2028\u2029") & set(body.decode())
    assert json.loads(body) == {"name": text}


def test_records_hold_every_column() -> None:
    table = pd.DataFrame({"code": ["1"], "tips": pd.array([None], dtype="Int64")})
    assert records(table, zone=ZONE) == [{"code": "1", "tips": None}]


def test_what_has_no_json_form_is_a_fault() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        json_text({"a": {1}})
