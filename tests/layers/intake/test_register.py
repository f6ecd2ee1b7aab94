"""Whole files, from bytes to a checked frame."""

import gzip
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis.errors import IntakeError, Refused
from gis.frames import check_frame
from layers.catalog import LAYERS, layer_named
from layers.intake.options import ReadOptions
from layers.intake.register import Register, read_register, understand
from layers.profile import CityProfile, load_profile
from tests.layers.intake.builders import CITY, EAST, areas, features, grid, no_areas
from tests.real.test_cities import GUANGZHOU, PORTLAND

NANPING = load_profile(Path(__file__).parents[3] / "profiles" / "nanping.toml")


def test_a_text_file_becomes_a_checked_frame(tmp_path: Path) -> None:
    path = tmp_path / "线索.csv"
    path.write_text(
        "线索编号,接报时间,社区,地址,内容,经度,纬度\nX1,2024-01-01 08:00,松测社区,1号,聚集,118.11,26.61\n", "utf-8"
    )
    register = read_register(path, layer_named("tips"), profile=CITY, codes=areas())
    assert check_frame(register.frame, layer_named("tips").spec()) is register.frame
    assert register.frame["received_at"].tolist() == [pd.Timestamp("2024-01-01", tz="UTC")]
    assert register.frame["community_code"].tolist() == [EAST]
    assert register.frame.geometry.tolist() == [shapely.Point(118.11, 26.61)]


def test_a_geoparquet_file_keeps_its_types(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"tip_no": ["X1", "X2"], "received_at": pd.to_datetime(["2024-01-01"] * 2, utc=True), "verified": [True, None]},
        geometry=[shapely.Point(118.11, 26.61), None],
        crs="EPSG:4326",
    ).assign(address="某处")
    frame.to_parquet(tmp_path / "tips.parquet")
    register = read_register(tmp_path / "tips.parquet", layer_named("tips"), profile=CITY, codes=areas())
    assert register.refused == ()
    assert register.frame["identity"].tolist() == ["no:X1", "no:X2"]
    assert register.frame.geometry.isna().tolist() == [False, True]


@pytest.mark.parametrize("key", [key for key in LAYERS if key not in ("agencies", "posts")])  # words alone
def test_a_layer_without_rows_left_is_an_empty_checked_frame(key: str) -> None:
    rows = {
        "areas": ["代码", "名称", "WKT"],
        "communities": ["代码", "名称", "WKT"],
        "counts": ["社区", "月份", "数量"],
        "roads": ["名称", "等级", "WKT"],
        "tips": ["时间", "地址"],
        "raids": ["日期", "社区"],
        "rivers": ["河流名称", "WKT"],
        "jurisdictions": ["辖区名称", "网络", "WKT"],
        "stations": ["驻地名称", "单位", "经度", "纬度"],
        "teams": ["队伍名称", "单位", "人数"],
        "decisions": ["文号", "种类", "决定机关", "决定日期"],
    }.get(key, ["名称", "社区", "地址"])
    raw = grid([rows, ["#REF!", "#REF!", *["#REF!"] * (len(rows) - 2)]])
    register = understand([raw], layer_named(key), profile=CITY, codes=areas())
    assert len(register.frame) == 0
    assert (register.records, register.skipped) == (1, 0)


def test_a_file_of_headings_alone_is_empty() -> None:
    with pytest.raises(IntakeError) as caught:
        understand([grid([["编号", "时间", "地址"]])], layer_named("tips"), profile=CITY, codes=areas())
    assert caught.value.kind == "empty"


def test_a_file_without_headings_is_named_as_that() -> None:
    with pytest.raises(IntakeError, match="找不到“举报线索”的列名"):
        understand([grid([["a", "b"], ["1", "2"]])], layer_named("tips"), profile=CITY, codes=areas())


def test_lines_of_prose_are_no_table(tmp_path: Path) -> None:
    (tmp_path / "记录.xlsx").write_text("今天走访三户\n没有发现异常\n", "utf-8")
    with pytest.raises(IntakeError, match="只看出一列文字,若是表格"):
        read_register(tmp_path / "记录.xlsx", layer_named("tips"), profile=CITY, codes=areas())


def test_options_that_name_nothing_are_named() -> None:
    raw = grid([["编号", "时间", "地址"], ["X1", "2024-01-01", "1号"]])
    with pytest.raises(Refused, match="没有字段 tip_nr"):
        understand(
            [raw], layer_named("tips"), profile=CITY, codes=areas(), options=ReadOptions(mapping={"tip_nr": "编号"})
        )
    with pytest.raises(IntakeError, match="没有叫“电话”的列;有:编号、时间、地址"):
        understand([raw], layer_named("tips"), profile=CITY, codes=areas(), options=ReadOptions(drop=("电话",)))


@pytest.mark.parametrize(
    "text",
    [
        "社区代码地址编号登记日期".encode().decode("gb18030", "replace"),
        "社区代码地址编号".encode("gbk").decode("latin-1"),
        "地址\ufffd\ufffd",
    ],
)
def test_mojibake_stops_the_import(text: str) -> None:
    raw = grid([["编号", "时间", "地址", "内容"], ["X1", "2024-01-01", "1号", text]])
    with pytest.raises(IntakeError, match="乱码") as caught:
        understand([raw], layer_named("tips"), profile=CITY, codes=areas())
    assert caught.value.kind == "not_readable"


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@example([["²", None, None, None, None, None]], "rental_units")
@given(
    st.lists(st.lists(st.none() | st.text(max_size=12), min_size=6, max_size=6), min_size=1, max_size=6),
    st.sampled_from(list(LAYERS)),
)
def test_no_cells_break_the_reader(rows: list[list[str | None]], key: str) -> None:
    heads: list[str | None] = ["编号", "名称", "社区", "时间", "坐标", "数量"]
    try:
        register = understand([grid([heads, *rows])], layer_named(key), profile=CITY, codes=areas())
    except IntakeError:
        return
    rows_out = {(fault.sheet, fault.row) for fault in register.refused}
    assert len(register.frame) + register.skipped + len(rows_out) == register.records


def test_many_typed_rows_all_come_through() -> None:
    count = 20_000
    raw = features(
        {
            "tip_no": [f"X{n}" for n in range(count)],
            "received_at": ["2024-01-01"] * count,
            "text": [f"聚集{n}" for n in range(count)],
        },
        list(shapely.points(np.linspace(118.0, 118.3, count), np.full(count, 26.6))),
    )
    register = understand([raw], layer_named("tips"), profile=CITY, codes=areas())
    assert len(register.frame) == count


def _real(
    path: Path, key: str, profile: CityProfile, codes: gpd.GeoDataFrame | None = None, **options: object
) -> Register:
    known = no_areas() if codes is None else codes
    return read_register(path, layer_named(key), profile=profile, codes=known, options=ReadOptions(**options))  # type: ignore[arg-type]


def _kinds_but_columns(register: Register) -> list[str]:
    return [fault.kind for fault in register.warnings if fault.kind not in ("column_unused", "heading_guessed")]


def test_only_areas_whose_border_nobody_knows_are_told_of() -> None:
    raw = grid([["区划代码", "名称"], [EAST, "松测社区"], ["990102101201", "同名村"]])
    register = understand([raw], layer_named("areas"), profile=CITY, codes=areas())
    assert [(fault.row, fault.kind) for fault in register.warnings] == [(3, "no_location")]


@pytest.mark.real
def test_nanping_counties_are_gcj02_and_its_lists_have_no_borders(shared_data: Path) -> None:
    folder = shared_data / "nanping"
    counties = _real(folder / "nanping_counties_datav_GCJ02.geojson", "areas", NANPING, datum="gcj02")
    assert (len(counties.frame), counties.refused) == (10, ())
    assert counties.frame["level"].unique().tolist() == ["county"]
    assert counties.frame["parent_code"].unique().tolist() == ["350700000000"]
    for name, level, length in (("streets", "township", 142), ("villages", "community", 1943)):
        listed = _real(folder / f"nanping_{name}_2023.csv", "areas", NANPING)
        assert (len(listed.frame), listed.refused) == (length, ())
        assert listed.frame["level"].unique().tolist() == [level]
        assert _kinds_but_columns(listed) == ["no_location"]


@pytest.mark.real
def test_guangzhou_rentals_have_406_duplicates(shared_data: Path) -> None:
    path = shared_data / "poi" / "guangzhou_lianjia_rentals_2020.csv"
    register = _real(path, "rental_units", GUANGZHOU, mapping={"coordinates": "Geometry"}, order="latlon")
    assert (len(register.frame), len(register.refused)) == (10_722, 406)
    assert {fault.kind for fault in register.refused} == {"duplicate"}
    assert _kinds_but_columns(register) == ["unknown_code", "datum_assumed"]
    assert register.frame["area_m2"].max() == 5000


@pytest.mark.slow
@pytest.mark.real
def test_portland_keeps_all_calls_but_the_one_at_the_pole(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "incidents"
    mapping = {"community_code": "DISTRICT", "name": "DISTRICT"}
    districts = _real(folder / "portland_police_districts.gpkg", "communities", PORTLAND, mapping=mapping)
    assert (len(districts.frame), districts.refused) == (60, ())
    assert [fault.row for fault in districts.warnings if fault.kind == "geometry_repaired"] == [27, 35]
    calls = tmp_path / "calls.csv"
    calls.write_bytes(gzip.decompress((folder / "portland_cfs_2016_08.csv.gz").read_bytes()))
    register = _real(calls, "tips", PORTLAND, districts.frame, mapping={"received_at": "occ_date"})
    assert len(register.frame) == 19_375
    assert {fault.row for fault in register.refused} == {19_377}
    assert register.frame["identity"].is_unique
    assert len(_kinds_but_columns(register)) == 2
    assert register.frame["received_at"].min() == pd.Timestamp("2016-08-01", tz="America/Los_Angeles")
