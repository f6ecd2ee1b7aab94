"""Layouts, headings and tricks of registers as they come, each read as a person would or refused by name."""

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.options import AS_IT_IS, ReadOptions
from layers.intake.raw import RawTable
from layers.intake.register import Register, read_register, understand

from .builders import CITY, EAST, WEST, areas, features, grid


def read(tables: RawTable | Sequence[RawTable], layer: str, options: ReadOptions = AS_IT_IS) -> Register:
    tables = [tables] if isinstance(tables, RawTable) else tables
    return understand(tables, layer_named(layer), profile=CITY, codes=areas(), options=options)


def read_file(path: Path, layer: str) -> Register:
    return read_register(path, layer_named(layer), profile=CITY, codes=areas())


def test_rows_that_say_how_to_fill_the_table_in_are_no_records() -> None:
    rows = [
        ["编号", "社区代码", "地址", "面积", "登记日期"],
        [None, "(12位)", "(详细到门牌)", "平方米", "年-月-日"],
        ["1", "2", "3", "4", "5"],
        ["填写说明:社区代码不得为空", None, None, None, None],
        ["示例", EAST, "样板路1号", "80", "2026-01-01"],
        ["H1", EAST, "一路1号", "80", "2026-09-01"],
    ]
    register = read(grid(rows), "rental_units")
    assert register.frame["unit_code"].tolist() == ["H1"]
    assert (register.skipped, register.records, register.refused) == (4, 5, ())


@pytest.mark.parametrize(
    "total", ["以上合计", "全镇合计", "合计12户", "小 计", "总  计", "平均", "Total", "累计:", "各村小计"]
)
def test_totals_in_the_middle_are_passed_over(total: str) -> None:
    rows = [["编号", "社区", "地址", "面积"], ["H1", "松测社区", "一路1号", "8"], [total, None, None, "8"],
            ["H2", "松测社区", "一路2号", "8"]]  # fmt: skip
    register = read(grid(rows), "rental_units")
    assert (register.frame["unit_code"].tolist(), register.skipped) == (["H1", "H2"], 1)


def test_a_second_table_below_has_its_own_columns() -> None:
    rows = [
        ["松测社区出租屋"],
        ["编号", "地址", "面积", "社区"],
        ["F1", "一路1号", "80", "松测社区"],
        [None],
        ["竹样社区出租屋"],
        ["编号", "地址", "月租金", "社区"],
        ["F2", "二路1号", "900", "竹样社区"],
    ]
    frame = read(grid(rows), "rental_units").frame
    assert frame["area_m2"].fillna(0).tolist() == [80, 0]
    assert frame["rent_yuan"].fillna(0).tolist() == [0, 900]


def test_a_second_table_beside_is_read_too() -> None:
    heading = ["编号", "地址", "社区"]
    rows = [[*heading, None, *heading], ["F1", "一路1号", "松测社区", None, "F2", "二路1号", "竹样社区"]]
    frame = read(grid(rows), "rental_units").frame
    assert frame["unit_code"].tolist() == ["F1", "F2"]
    assert frame["community_code"].tolist() == [EAST, WEST]


def test_a_page_that_repeats_its_title_and_headings_is_passed_over() -> None:
    heading = ["编号", "地址", "社区"]
    rows = [heading, ["F1", "一路1号", "松测社区"], ["出租屋登记表(续)"], heading, ["F2", "二路1号", "竹样社区"]]
    register = read(grid(rows), "rental_units")
    assert (register.frame["unit_code"].tolist(), register.refused) == (["F1", "F2"], ())


def test_a_sheet_of_counts_may_tell_its_community_in_its_name_or_title() -> None:
    named = grid([["2026年8月"], ["组别", "流动人口"], ["一组", "10"]], sheet="松测社区")
    titled = grid([["竹样社区2026年8月外出人口"], ["组别", "人数"], ["一组", "4"]], sheet="Sheet2")
    both = grid([["松测社区、竹样社区2026年8月外出人口"], ["组别", "人数"], ["一组", "4"]], sheet="Sheet3")
    register = read([named, titled, both], "counts")
    told = register.frame[["community_code", "register", "count"]].to_numpy().tolist()
    assert told == [[EAST, "floating", 10], [WEST, "outgoing", 4]]
    assert [fault.kind for fault in register.refused] == ["missing_required"]


PLACED = [118.11, 26.61]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("GPS_X", "GPS_Y"), ("lng_wgs84", "lat_wgs84"), ("中心点经度", "中心点纬度"), ("经度值", "纬度值"), ("E", "N"),
     ("经", "纬"), ("WGS84_LON", "WGS84_LAT"), ("X坐标(经度)", "Y坐标(纬度)"), ("定位经度", "定位纬度")],
)  # fmt: skip
def test_coordinates_are_known_under_any_heading(lon: str, lat: str) -> None:
    rows = [["编号", "名称", "地址", lon, lat], ["V1", "甲", "一路1号", *map(str, PLACED)]]
    (point,) = read(grid(rows), "venues").frame.geometry
    assert (point.x, point.y) == tuple(PLACED)


@pytest.mark.parametrize(("heading", "east_m"), [("经纬度(百度)", 1150), ("高德坐标", 510), ("位置(经度,纬度)", 0)])
def test_one_column_of_coordinates_tells_its_datum(heading: str, east_m: float) -> None:
    rows = [["编号", "名称", "地址", heading], ["V1", "甲", "一路1号", "118.11,26.61"]]
    (point,) = read(grid(rows), "venues").frame.geometry
    assert (PLACED[0] - point.x) * 99_500 == pytest.approx(east_m, abs=30)


def test_of_two_sources_the_datum_of_the_columns_taken_counts() -> None:
    rows = [["编号", "名称", "地址", "经度(百度)", "纬度(百度)", "经度(高德)", "纬度(高德)"],
            ["V1", "甲", "一路1号", "118.11", "26.61", "118.10", "26.60"]]  # fmt: skip
    register = read(grid(rows), "venues")
    assert (PLACED[0] - register.frame.geometry[0].x) * 99_500 == pytest.approx(1150, abs=30)
    assert "datum_assumed" not in {fault.kind for fault in register.warnings}


def test_a_code_whose_last_digits_a_spreadsheet_lost_is_told_with_the_cure() -> None:
    rows = [["编号", "社区代码", "地址"], ["H1", "9.90102E+11", "一路1号"], ["H2", "990102000000", "一路2号"]]
    register = read(grid(rows), "rental_units")
    assert [fault.kind for fault in register.refused] == ["unknown_code"] * 2
    assert all("设为文本格式" in fault.sentence for fault in register.refused)


@pytest.mark.parametrize(
    "day", ["115年9月1日", "民国115年9月1日", "农历八月初五", "9月1日", "2026-09-01~09-03", "2026年9月31日"]
)
def test_a_day_of_another_calendar_or_without_a_year_is_refused(day: str) -> None:
    rows = [["编号", "社区代码", "地址", "登记日期"], ["H1", EAST, "一路1号", day]]
    assert [fault.kind for fault in read(grid(rows), "rental_units").refused] == ["bad_date"]


@pytest.mark.parametrize(
    "day", ["2026年9月1日", "46266", "2026.9.1", "２０２６－９－１", "二〇二六年九月一日", "26.9.1", "20260901"]
)
def test_a_day_is_read_in_the_ways_people_write_it(day: str) -> None:
    rows = [["编号", "社区代码", "地址", "登记日期"], ["H1", EAST, "一路1号", day]]
    assert f"{read(grid(rows), 'rental_units').frame['registered_on'][0]:%Y-%m-%d}" == "2026-09-01"


@pytest.mark.parametrize("separator", ["\t", ";", "，", "|"])
def test_text_files_in_gb18030_with_any_separator_are_read(separator: str, tmp_path: Path) -> None:
    lines = [["线索编号", "接报时间", "内容", "地址"], ["A1", "2026-3-1 9:05", '"多行\r\n第二行"', "一路1号"]]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(separator.join(line) for line in lines).encode("gb18030"))
    frame = read_file(path, "tips").frame
    assert frame[["tip_no", "text", "address"]].to_numpy().tolist() == [["A1", "多行\n第二行", "一路1号"]]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + "编号,时间,内容\nA1,2026-3-1,很多人聚集听课\n".encode("gb18030"),
     "编号,时间,内容\nA1,2026-3-1,很多人聚集听课\n".encode("gbk") + "A2,2026-3-2,还有人听课\n".encode(),
     "編號,時間,內容\nA1,2026-3-1,很多人聚集在這裡聽課說話\n".encode("big5")],
    ids=["mark of another encoding", "two encodings", "big5"],
)  # fmt: skip
def test_a_text_of_mixed_or_unknown_encoding_is_named_and_not_guessed(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(IntakeError, match="编码"):
        read_file(tmp_path / "a.csv", "tips")


def test_formulas_never_calculated_or_in_error_refuse_their_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["编号", "名称", "地址", "社区", "客房数"], ["V1", "甲", "一路1号", "松测社区", "=A1+1"]):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    book.save(tmp_path / "a.xlsx")
    register = read_file(tmp_path / "a.xlsx", "venues")
    assert [(fault.field, fault.value) for fault in register.refused] == [("rooms", "#N/A")]


def test_layers_of_something_else_in_a_geopackage_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    venues = gpd.GeoDataFrame(
        {"编号": ["V1"], "名称": ["甲"], "地址": ["a"]}, geometry=[shapely.Point(*PLACED)], crs=4490
    )
    venues.to_file(path, layer="场所", driver="GPKG")
    venues.assign(编号="V2").to_crs(4548).to_file(path, layer="新增场所", driver="GPKG")
    frame = gpd.GeoDataFrame({"scale": [1]}, geometry=[shapely.box(118, 26, 119, 27)], crs=4490)
    frame.to_file(path, layer="图框", driver="GPKG")
    register = read_file(path, "venues")
    assert (register.frame["venue_no"].tolist(), register.records) == (["V1", "V2"], 2)


def test_a_column_of_numbers_and_texts_in_geojson_is_kept_and_a_lone_multipoint_is_a_point(tmp_path: Path) -> None:
    shapes = [{"type": "Point", "coordinates": PLACED}, {"type": "MultiPoint", "coordinates": [PLACED]}]
    found = [
        {"type": "Feature", "properties": {"编号": number, "名称": "甲", "地址": "a"}, "geometry": shape}
        for number, shape in zip(("V1", 2), shapes, strict=True)
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": found}))
    frame = read_file(tmp_path / "a.geojson", "venues").frame
    assert frame["venue_no"].tolist() == ["V1", "2"]
    assert [point.coords[0] for point in frame.geometry] == [tuple(PLACED)] * 2


def test_a_shape_that_is_no_point_is_told_as_that() -> None:
    table = features({"编号": ["V1"], "名称": ["甲"], "地址": ["a"]}, [shapely.box(118.1, 26.6, 118.11, 26.61)])
    assert "图形不是一个点" in read(table, "venues").refused[0].sentence


def test_a_register_without_a_column_that_every_row_needs_is_refused_by_that_name() -> None:
    rows = [["编号", "社区", "地址"], ["V1", "松测社区", "一路1号"]]
    with pytest.raises(IntakeError, match="找不到“名称”这一列") as refused:
        read(grid(rows), "venues")
    assert refused.value.kind == "missing_required"


def test_a_sheet_of_blanks_is_no_register() -> None:
    with pytest.raises(IntakeError):
        read(grid([[" ", "\t"], ["　", None]]), "venues")


def test_a_telephone_number_that_slipped_into_an_amount_is_not_kept() -> None:
    rows = [
        ["编号", "社区", "地址", "月租金"],
        ["H1", "松测社区", "一路1号", "13800138000"],
        ["H2", "松测社区", "一路2号", "900"],
    ]
    register = read(grid(rows), "rental_units")
    assert [(fault.field, fault.kind) for fault in register.refused] == [("rent_yuan", "personal_data")]
    assert "13800138000" not in str((register.refused, register.rejects.to_numpy().tolist()))


def test_a_citizens_number_is_no_code_of_an_area() -> None:
    rows = [["区划代码", "名称", "原代码"], ["990102001009", "新社区", "990100199001011234"]]
    rows += [[f"99010200101{n}", f"新社区{n}", f"99010200191{n}"] for n in range(2)]
    register = read(grid(rows), "areas")
    assert [(fault.field, fault.kind, fault.value) for fault in register.refused] == [
        ("former_code", "personal_data", "[已隐去]")
    ]


def test_a_venue_keeps_its_row_whatever_landline_or_mail_stands_at_its_address() -> None:
    rows = [
        ["编号", "类型", "名称", "地址", "社区"],
        ["V1", "宾馆", "青山宾馆", "一路1号 总台0599-8812345", "松测社区"],
        ["V2", "宾馆", "绿水宾馆", "一路2号 info@example.com", "松测社区"],
        ["V3", "宾馆", "白云宾馆", "一路3号 13800000014", "松测社区"],
    ]
    register = read(grid(rows), "venues")
    assert register.frame["address"].tolist() == ["一路1号 总台[已隐去]", "一路2号 [已隐去]"]
    assert [(fault.row, fault.kind) for fault in register.refused] == [(4, "personal_data")]
    assert [(fault.row, fault.kind) for fault in register.warnings if fault.kind == "personal_data"] == [
        (2, "personal_data"), (3, "personal_data"),
    ]  # fmt: skip


def test_a_column_of_landlines_is_no_column_of_persons() -> None:
    rows = [["编号", "类型", "名称", "地址", "社区", "电话"]]
    rows += [[f"V{n}", "宾馆", f"宾馆{n}", f"一路{n}号", "松测社区", f"0599-881234{n}"] for n in range(1, 7)]
    assert len(read(grid(rows), "venues").frame) == 6
