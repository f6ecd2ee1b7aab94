"""Export, edit, import: what was not edited is unchanged, what was is the difference, and text is never a formula."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.workbooks import PLACE, ROW_ID
from app.desks.exports.desk import export_layer
from app.desks.imports.desk import import_file
from gis.frames import DTYPES
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS, Layer
from layers.database import transaction
from layers.demo import city
from layers.intake.options import AS_IT_IS
from layers.intake.report import Report
from layers.profile import CityProfile
from tests.builders import CODES, slow
from tests.conftest import NewDatabase

KEYS = ("areas", "communities", "rental_units", "venues", "tips", "raids", "counts", "roads")
SOME = ["tips", *slow("areas", "communities", "rental_units", "venues", "raids", "counts", "roads")]
STARTS = ("", "=", "'=", "@", "+", "-1", "''-", "＝", "\t=", "\r@")
VALUES: dict[str, tuple[Any, Any]] = {
    "text": ("=1+1", "'-2"),
    "whole": (3, None),
    "number": (0.1 + 0.2, None),
    "day": (pd.Timestamp("2026-03-01"), None),
    "moment": (pd.Timestamp("2026-03-01 01:02:03", tz="UTC"), pd.Timestamp("2026-03-01 01:02:03.25", tz="UTC")),
    "flag": (True, False),
}
#: letters that no wrong decoding makes: what looks garbled is refused as a whole
_LETTERS = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("aZ09=+-@'\"_x005F\t\r\n,;＝＠")
TEXTS = st.text(_LETTERS).flatmap(lambda text: st.sampled_from([f"{start}路{text}号" for start in STARTS]))
#: a field of each layer to edit, the heading it has, and another value
EDITS = {
    "areas": ("原名称", "老名字"),
    "communities": ("原名称", "老名字"),
    "rental_units": ("房间数", 9),
    "venues": ("类别", "网吧"),
    "tips": ("状态", "已移送"),
    "raids": ("地点", "+别处"),
    "counts": ("数量*", 99),
    "roads": ("道路名称", "@新路"),
}


def _frame(layer: Layer) -> pd.DataFrame:
    """Two rows with odd values in every field, without a number and a community in the second where that may be."""
    columns = {}
    for field in layer.fields:
        told = VALUES[field.kind] if not field.choices else (list(field.choices)[1], list(field.choices)[-1])
        columns[field.name] = told if not field.required or told[1] is not None else (told[0], told[0])
    columns |= {"community_code": (CODES[0], CODES[0] if layer.key == "counts" else None)}
    columns |= {layer.number: ("编号-1", None)} if layer.number else {}
    kinds = {field.name: DTYPES[field.kind] for field in layer.fields if field.name in columns}
    frame = pd.DataFrame(columns)[list(kinds)].astype(kinds)
    if "place_error_m" in frame:
        frame["place_error_m"] = pd.array([12.0, None], dtype="Float64")
    frame["identity"] = ["no:编号-1" if layer.number else "as:1", "as:2"]
    if layer.geometry:
        line = shapely.LineString([(118.1, 26.6), (118.2, 26.7)])
        shapes = [line, line.reverse()] if layer.key == "roads" else [shapely.Point(118 + 1 / 3, 26.5), None]
        return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")
    return frame


@pytest.fixture(scope="module")
def filled(new_database: NewDatabase, worker_name: str) -> str:
    """The name of a database with three areas and two odd rows of every layer, to copy."""
    areas = {
        "code": ["990101000000", *CODES],
        "name": ["西县", "青山社区", "绿水村"],
        "identity": ["990101000000", *CODES],
    }
    areas |= {
        "level": ["county", "community", "community"],
        "parent_code": ["990000000000", "990101001000", "990101001000"],
    }
    boxes = [shapely.box(118, 26.4, 119, 27), shapely.box(118, 26.4, 118.5, 27), shapely.box(118.5, 26.4, 119, 27)]
    with new_database(f"odd_{worker_name}") as engine, transaction(engine, LOCAL) as connection:
        frame = pd.DataFrame(areas).astype("str")
        write.load(connection, LAYERS["areas"], gpd.GeoDataFrame(frame, geometry=boxes, crs="EPSG:4490"))
        for key in KEYS[2:]:
            write.load(connection, LAYERS[key], _frame(LAYERS[key]))
    return str(engine.url.database)


@pytest.fixture
def stored(new_database: NewDatabase, own_name: str, filled: str) -> Iterator[sa.Engine]:
    with new_database(own_name, like=filled) as engine:
        yield engine


def _again(engine: sa.Engine, profile: CityProfile, key: str, path: Path) -> Report:
    return import_file(engine, LOCAL, profile, layer=key, path=path, options=AS_IT_IS)


def _counts(report: Report) -> tuple[int, int, int, int]:
    assert report.file is None
    return report.accepted, report.unchanged, report.updated, len(report.refused)


def _dump(engine: sa.Engine, table: str) -> list[tuple[Any, ...]]:
    with transaction(engine, LOCAL) as connection:
        return [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1"))]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
@pytest.mark.parametrize("key", SOME)
def test_what_is_exported_is_imported_as_unchanged(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, key: str, name: str
) -> None:
    before = _dump(stored, LAYERS[key].table)
    rows = export_layer(stored, LOCAL, demo_profile, key, tmp_path / name)
    report = _again(stored, demo_profile, key, tmp_path / name)
    assert (_counts(report), report.refused) == ((0, rows, 0, 0), ())
    assert _dump(stored, LAYERS[key].table) == before


@pytest.mark.parametrize("name", ["a.kml", "a.shp.zip"])
@pytest.mark.parametrize("key", ["tips", *slow("rental_units", "venues", "raids", "areas", "communities")])
def test_a_map_file_brings_every_field_back(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, key: str, name: str
) -> None:
    """But the last digits of a number, which these kinds of files do not hold, the turn of a ring, and the batch."""
    told = ", ".join(field.name for field in LAYERS[key].fields if field.kind not in ("number", "geometry"))
    query = sa.text(f"SELECT {told} FROM {LAYERS[key].table} ORDER BY 1")
    with transaction(stored, LOCAL) as connection:
        before = connection.execute(query).all()
    rows = export_layer(stored, LOCAL, demo_profile, key, tmp_path / name)
    report = _again(stored, demo_profile, key, tmp_path / name)
    assert (report.file, report.refused, report.unchanged + report.updated) == (None, (), rows)
    with transaction(stored, LOCAL) as connection:
        assert connection.execute(query).all() == before


@pytest.mark.slow
@pytest.mark.parametrize("key", SOME)
def test_one_edited_cell_is_one_updated_row(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, key: str
) -> None:
    path = tmp_path / "a.xlsx"
    rows = export_layer(stored, LOCAL, demo_profile, key, path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heading, value = EDITS[key]
    column = next(cell.column for cell in sheet[1] if cell.value == heading)
    cell = sheet.cell(row=3, column=column)
    cell.value = value
    cell.data_type = "s" if isinstance(value, str) else "n"
    book.save(path)
    assert _counts(_again(stored, demo_profile, key, path)) == (0, rows - 1, 1, 0)
    assert _counts(_again(stored, demo_profile, key, path)) == (0, rows, 0, 0)


@pytest.mark.parametrize("key", SOME)
def test_a_row_added_below_is_one_new_row(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, key: str
) -> None:
    path = tmp_path / "a.xlsx"
    rows = export_layer(stored, LOCAL, demo_profile, key, path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    new = {cell.value: below.value for cell, below in zip(sheet[1], sheet[2], strict=True)} | {ROW_ID: None}
    new |= {"区划代码*": "990101001009", "名称*": "新村", "级别": "社区(村)", "上级代码": None}
    new |= {title: "新-2" for title in ("出租屋编号", "场所编号", "线索编号", "行动编号", "楼栋") if title in new}
    new |= {"道路名称": "另一条路", PLACE["wkt"]: "LINESTRING (118.3 26.5, 118.4 26.6)"} if key == "roads" else {}
    new |= {PLACE["wkt"]: "POLYGON ((118 26.5, 118.1 26.5, 118.1 26.6, 118 26.5))"} if key == "communities" else {}
    sheet.append([new[cell.value] for cell in sheet[1]])
    for cell in sheet[sheet.max_row]:
        cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(path)
    report = _again(stored, demo_profile, key, path)
    assert (_counts(report), report.refused) == ((1, rows, 0, 0), ())


def test_private_text_is_left_out_and_not_wiped(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert "内容" not in [cell.value for cell in sheet[1]]
    _again(stored, demo_profile, "tips", tmp_path / "a.xlsx")
    with transaction(stored, LOCAL) as connection:
        texts = connection.execute(sa.text("SELECT text FROM tips ORDER BY tip_id")).scalars().all()
    assert texts == ["=1+1", "'-2"]


def test_a_workbook_has_typed_cells_drop_downs_a_frozen_heading_and_instructions(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.xlsx")
    sheet, told, base = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    cells = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["接报时间*"].value == dt.datetime(2026, 3, 1, 9, 2, 3)  # noqa: DTZ001
    assert (cells["社区代码"].data_type, cells["经度(CGCS2000)"].data_type) == ("s", "n")
    assert (cells["地址"].value, cells["地址"].data_type, cells["地址"].number_format) == ("=1+1", "s", "@")
    assert (cells["是否核实"].value, cells["状态"].value) == ("是", "已受理")
    lists = {str(rule.sqref).split(":")[0][0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert '"待受理,已受理,重复,已移送,不予受理"' in lists.values()
    assert '"是,否"' in lists.values()
    assert sheet.freeze_panes == "A2"
    assert told.title == "填写说明"
    assert (base.title, base.sheet_state) == ("导出时的原值", "hidden")
    assert [[cell.value for cell in row] for row in base] == [[cell.value for cell in row] for row in sheet]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_a_spoilt_name_of_a_row_is_refused_and_says_what_to_do(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    export_layer(stored, LOCAL, demo_profile, "roads", tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text("utf-8-sig")
    first = text.splitlines()[1].split('"')
    (tmp_path / "a.csv").write_text(text.replace(next(one for one in first if one.count("-") == 4), "改了"), "utf-8")
    report = _again(stored, demo_profile, "roads", tmp_path / "a.csv")
    assert [fault.field for fault in report.refused] == ["row_id"]
    assert "清空即作为新的一行" in report.refused[0].sentence


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=60))
def test_any_text_comes_back_as_it_was_stored(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, texts: list[str]
) -> None:
    frame = pd.DataFrame({"unit_code": [f"N{n}" for n in range(len(texts))], "address": texts})
    frame = frame.assign(community_code=CODES[0], registered_on=pd.Timestamp("2026-01-01").as_unit("s"))
    source, again = tmp_path / "a.geojson", tmp_path / "b"
    points = gpd.points_from_xy([118.2] * len(frame), [26.6] * len(frame), crs="EPSG:4490")
    gpd.GeoDataFrame(frame, geometry=points).to_file(source, driver="GeoJSON")
    assert _again(stored, demo_profile, "rental_units", source).file is None
    before = _dump(stored, "rental_units")
    for name in (".xlsx", ".csv"):
        rows = export_layer(stored, LOCAL, demo_profile, "rental_units", again.with_suffix(name))
        assert _counts(_again(stored, demo_profile, "rental_units", again.with_suffix(name))) == (0, rows, 0, 0)
    assert _dump(stored, "rental_units") == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_the_whole_demo_city_comes_back_unchanged(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, name: str
) -> None:
    demo = city()
    with transaction(own_engine, LOCAL) as connection:
        for key in ("areas", *KEYS[2:]):
            write.load(connection, LAYERS[key], getattr(demo, key))
    for key in KEYS:
        rows = export_layer(own_engine, LOCAL, demo_profile, key, tmp_path / name)
        assert (key, *_counts(_again(own_engine, demo_profile, key, tmp_path / name))) == (key, 0, rows, 0, 0)
