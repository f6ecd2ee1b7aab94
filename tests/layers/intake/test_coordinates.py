"""Places from every kind of column, and what is wrong with them."""

from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from gis import crs
from gis.errors import IntakeError, Refused
from layers.catalog import layer_named
from layers.intake import survey
from layers.intake.coordinates import Places, contradictions, places
from layers.intake.datums import meant
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable
from layers.intake.understood import cells_of
from tests.layers.intake.builders import CITY, EAST, areas, features, grid

LON, LAT = 118.11, 26.61  # in 松测社区
TIPS = layer_named("tips")


def _places(raw: RawTable, **options: Any) -> Places:
    stated = ReadOptions(**options)
    return places(cells_of([raw], TIPS, stated), profile=CITY, options=stated)


def _tips(heads: list[str], *rows: list[str | None]) -> RawTable:
    numbered = [[f"X{n}", "2024-01-01", "某处", *row] for n, row in enumerate(rows)]
    return grid([["线索编号", "接报时间", "地址", *heads], *numbered], csv=True)


def _kinds(found: Places, *, warnings: bool = False) -> list[tuple[str, list[int]]]:
    return [(p.kind, p.rows.tolist()) for p in found.problems if p.warning == warnings]


def test_degrees_in_two_columns() -> None:
    found = _places(
        _tips(["经度", "纬度"], ["118.11", "26.61"], ["E118.11", "N26.61"], ["118°6′36″", "26°36′36″"], [None, None])
    )
    assert found.lon[:3] == pytest.approx([LON] * 3)
    assert found.lat[:3] == pytest.approx([LAT] * 3)
    assert np.isnan(found.lon[3])
    assert _kinds(found) == []
    assert _kinds(found, warnings=True) == [("datum_assumed", []), ("no_location", [3])]


@pytest.mark.parametrize(
    ("lon", "lat", "kind"),
    [
        ("26.61", "118.11", "bad_coordinate"),
        ("0", "0", "bad_coordinate"),
        ("118.11", None, "bad_coordinate"),
        (None, "26.61", "bad_coordinate"),
        ("118.11,26.61", None, "bad_coordinate"),
        ("NaN", "26.61", "bad_coordinate"),
        ("1e300", "26.61", "bad_coordinate"),
        ("118.11", "-1e300", "bad_coordinate"),
        ("118.11", "90.0001", "bad_coordinate"),
        ("N26.61", "E118.11", "bad_coordinate"),
        ("-118.11", "26.61", "outside_area"),
        ("121.47", "31.23", "outside_area"),
        ("118.11", "-89.9999", "outside_area"),
    ],
)
def test_places_that_cannot_be_right(lon: str | None, lat: str | None, kind: str) -> None:
    found = _places(_tips(["经度", "纬度", "坐标系"], [lon, lat, "WGS84"]))
    assert _kinds(found) == [(kind, [0])]
    assert np.isnan(found.lon[0])


def test_one_text_holds_both_in_the_stated_order() -> None:
    rows = (["118.11,26.61"], ["118.11 26.61"], ["北纬26.61,东经118.11"])
    assert _places(_tips(["坐标"], *rows)).lon == pytest.approx([LON] * 3)
    assert _places(_tips(["经纬度"], ["26.61,118.11"]), order="latlon").lat == pytest.approx([LAT])


def test_each_rows_datum_is_converted() -> None:
    written = crs.wgs84_to_gcj02(LON, LAT)
    baidu = crs.gcj02_to_bd09(*written)
    rows = [
        [f"{x:.8f}", f"{y:.8f}", name]
        for (x, y), name in zip([written, baidu, (LON, LAT)], ["高德", "bd09ll", "CGCS2000"], strict=True)
    ]
    found = _places(_tips(["经度", "纬度", "坐标系"], *rows))
    assert found.lon == pytest.approx([LON] * 3, abs=1e-6)
    assert found.lat == pytest.approx([LAT] * 3, abs=1e-6)
    assert found.problems == []


def test_the_user_the_title_or_the_heading_state_the_datum_of_all_rows() -> None:
    x, y = (f"{value:.8f}" for value in crs.wgs84_to_gcj02(LON, LAT))
    for raw, options in (
        (_tips(["经度", "纬度"], [x, y]), {"datum": "gcj02"}),
        (_tips(["经度(GCJ-02)", "纬度(GCJ-02)"], [x, y]), {}),
        (
            grid(
                [["坐标系:高德"], ["线索编号", "接报时间", "地址", "经度", "纬度"], ["X1", "2024-01-01", "某处", x, y]]
            ),
            {},
        ),
    ):
        found = _places(raw, **options)
        assert found.lon == pytest.approx([LON], abs=1e-6)
        assert found.problems == []


def test_a_datum_without_a_rule_is_refused_and_an_empty_one_assumed() -> None:
    rows = (
        ["118.11", "26.61", "北京54"],
        ["118.11", "26.61", None],
        ["118.11", "26.61", "未知"],
        [None, None, "西安80"],
    )
    found = _places(_tips(["经度", "纬度", "坐标系"], *rows))
    assert _kinds(found) == [("wrong_datum_warning", [0])]
    assert _kinds(found, warnings=True) == [("datum_assumed", [1, 2]), ("no_location", [3])]


@pytest.mark.parametrize(
    ("word", "datum"),
    [
        ("WGS-84", "wgs84"),
        ("wgs84坐标系", "wgs84"),
        ("国家2000大地坐标系", "cgcs2000"),
        ("2000国家大地坐标系", "cgcs2000"),
        ("高德(GCJ-02)", "gcj02"),
        ("火星坐标", "gcj02"),
        ("百度经纬度", "bd09"),
        ("西安80", None),
        ("北京54坐标系", None),
        ("地方坐标系", None),
        ("bd09mc", None),
    ],
)
def test_words_for_a_datum(word: str, datum: str | None) -> None:
    assert meant(word) == datum


def test_survey_coordinates_are_x_north_and_y_east_with_the_zone_before() -> None:
    found = _places(
        _tips(
            ["X", "Y"],
            ["2944650.5", "39610750.3"],
            ["39610750.3", "2944650.5"],
            ["2944650.5", "610750.3"],
            ["118.11", "26.61"],
        )
    )
    assert found.lon[[0, 1]] == pytest.approx([118.1126, 118.1126], abs=1e-3)
    assert found.lat[[0, 1]] == pytest.approx([26.6078, 26.6078], abs=1e-3)
    assert _kinds(found) == [("bad_coordinate", [2])]
    assert (found.lon[3], found.lat[3]) == (LON, LAT)


def test_a_stated_crs_makes_up_for_the_zone() -> None:
    zoned = _places(_tips(["X", "Y"], ["2944650.5", "39610750.3"]))
    stated = _places(_tips(["X", "Y"], ["2944650.5", "610750.3"]), crs="EPSG:4548")
    assert stated.lon == pytest.approx(zoned.lon, abs=1e-9)
    assert stated.problems == []
    with pytest.raises(Refused, match="不认识坐标系"):
        _places(_tips(["X", "Y"], ["1", "2"]), crs="EPSG:nix")


def test_points_of_a_vector_file_are_in_its_own_crs() -> None:
    columns = {"tip_no": ["X1", "X2"], "received_at": ["2024-01-01"] * 2, "address": ["某处"] * 2}
    found = _places(features(columns, [shapely.Point(LON, LAT), None]))
    assert (found.lon[0], found.lat[0]) == (LON, LAT)
    assert _kinds(found, warnings=True) == [("no_location", [1])]
    projected = features(columns, [shapely.Point(610750.3, 2944650.5)] * 2, crs="EPSG:4548")
    assert _places(projected).lat == pytest.approx([26.6078] * 2, abs=1e-3)


def test_geometry_that_is_no_point_is_refused() -> None:
    columns = {"tip_no": ["X1"], "received_at": ["2024-01-01"], "address": ["某处"]}
    assert _kinds(_places(features(columns, [shapely.box(118.1, 26.6, 118.2, 26.7)]))) == [("bad_coordinate", [0])]


def test_geometry_without_a_crs_needs_one_stated() -> None:
    columns = {"tip_no": ["X1"], "received_at": ["2024-01-01"], "address": ["某处"]}
    raw = features(columns, [shapely.Point(LON, LAT)], crs=None)
    with pytest.raises(IntakeError) as caught:
        _places(raw)
    assert caught.value.kind == "missing_crs"
    assert _places(raw, crs="EPSG:4326").lon == pytest.approx([LON])


def test_a_crs_on_an_old_datum_is_warned_about() -> None:
    columns = {"tip_no": ["X1"], "received_at": ["2024-01-01"], "address": ["某处"]}
    found = _places(features(columns, [shapely.Point(39610750.3, 2944650.5)], crs="EPSG:2363"))
    assert _kinds(found, warnings=True) == [("wrong_datum_warning", [])]
    assert found.lon == pytest.approx([118.1126], abs=5e-3)


def test_a_place_that_fits_its_community_only_in_another_datum_is_warned_about() -> None:
    inside = crs.wgs84_to_gcj02(118.1199, LAT)  # near the eastern edge: taken for WGS-84 it lies beyond
    x, y = (f"{value:.8f}" for value in inside)
    found = _places(_tips(["经度", "纬度"], [x, y], ["118.11", "26.61"], ["118.09", "26.61"]))
    warned = contradictions(found, pd.Series([EAST] * 3, dtype="str"), areas())
    assert [(p.kind, p.rows.tolist()) for p in warned] == [("wrong_datum_warning", [0])]


@pytest.mark.parametrize("crs", ["+init=/etc/hosts:x", "+proj=longlat", "/etc/hosts", '{"a":' * 40_000, "EPSG:abc", ""])
def test_a_crs_that_points_to_a_file_or_is_none_is_refused(crs: str) -> None:
    with pytest.raises(Refused, match="不认识坐标系"):
        survey.parsed_crs(crs)


@pytest.mark.parametrize("form", ["WKT2_2019", "WKT1_ESRI", "json"])
@pytest.mark.parametrize("code", [4490, 4548, 2913])
def test_a_crs_is_known_by_its_definition(code: int, form: str) -> None:
    known = pyproj.CRS(code)
    assert survey.parsed_crs(known.to_json() if form == "json" else known.to_wkt(form)).to_epsg() == code
