"""Two people edit one export: what each changed is taken, what both changed is a conflict, nothing is taken back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from app.desks.exports.desk import export_layer
from app.desks.imports.desk import import_file, rehearse_import
from gis.frames import DTYPES
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.intake.options import AS_IT_IS, ReadOptions
from layers.intake.report import Report
from layers.profile import CityProfile
from tests.builders import CODES
from tests.conftest import NewDatabase

VENUES = {
    "venue_no": ["CS-1", "CS-2", "CS-3"],
    "kind": ["hotel", "school", "hotel"],
    "name": ["东楼", "南楼", "西楼"],
    "address": ["甲路1号", "甲路2号", "甲路3号"],
    "community_code": [CODES[0]] * 3,
    "rooms": [10, 20, 30],
    "beds": [None, 40, 60],
    "opened_on": [pd.Timestamp("2020-05-01"), None, pd.Timestamp("2021-06-01")],
}
Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def filled(new_database: NewDatabase, worker_name: str) -> str:
    """The name of a database of one community with three venues and two counts, to copy."""
    with new_database(f"merged_{worker_name}") as engine, transaction(engine, LOCAL) as connection:
        area = pd.DataFrame({"code": [CODES[0]], "name": ["青山社区"], "level": "community", "identity": [CODES[0]]})
        box = [shapely.box(118, 26.4, 119, 27)]
        write.load(connection, LAYERS["areas"], gpd.GeoDataFrame(area, geometry=box, crs="EPSG:4490"))
        kinds = {field.name: DTYPES[field.kind] for field in LAYERS["venues"].fields if field.name in VENUES}
        venues = pd.DataFrame(VENUES).astype(kinds).assign(identity="no:" + pd.Series(VENUES["venue_no"]))
        points = gpd.points_from_xy([118.1, 118.2, 118.3], [26.5] * 3, crs="EPSG:4490")
        write.load(connection, LAYERS["venues"], gpd.GeoDataFrame(venues, geometry=points))
        counts = pd.DataFrame({"community_code": CODES[0], "month": pd.Timestamp("2026-03-01"), "count": [100, 7]})
        counts = counts.assign(register="floating", group=[None, "1组"]).astype({"count": "Int32", "group": "str"})
        counts["month"] = counts["month"].astype("datetime64[s]")
        counts["identity"] = [f"of:{CODES[0]}:2026-03:floating{rest}" for rest in ("", ":group=1组")]
        write.load(connection, LAYERS["counts"], counts)
    return str(engine.url.database)


@pytest.fixture
def stored(new_database: NewDatabase, own_name: str, filled: str) -> Iterator[sa.Engine]:
    with new_database(own_name, like=filled) as engine:
        yield engine


def put(sheet: Any, heading: str, row: int, value: Any) -> None:
    column = next(cell.column for cell in sheet[1] if cell.value == heading)
    sheet.cell(row=row, column=column).value = value


def edited(source: Path, target: Path, *cells: tuple[str, int, Any], then: Edit | None = None) -> Path:
    """A copy of the workbook in which those cells (heading, row, value) are other ones."""
    book = openpyxl.load_workbook(source)
    for heading, row, value in cells:
        put(book.worksheets[0], heading, row, value)
    if then:
        then(book)
    book.save(target)
    return target


def venues(engine: sa.Engine, *columns: str) -> list[tuple[Any, ...]]:
    with transaction(engine, LOCAL) as connection:
        rows = connection.execute(sa.text(f"SELECT {', '.join(columns)} FROM venues ORDER BY venue_no"))
        return [tuple(row) for row in rows]


@pytest.fixture
def take(stored: sa.Engine, demo_profile: CityProfile) -> Callable[..., Report]:
    def _take(path: Path, layer: str = "venues", options: ReadOptions = AS_IT_IS) -> Report:
        return import_file(stored, LOCAL, demo_profile, layer=layer, path=path, options=options)

    return _take


def tally(report: Report) -> tuple[int, int, int, int]:
    assert report.file is None, report.file
    return report.accepted, report.updated, report.unchanged, len(report.refused)


@pytest.fixture
def export(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> Path:
    export_layer(stored, LOCAL, demo_profile, "venues", tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_edits_of_different_cells_of_one_row_are_both_taken(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    first = edited(export, tmp_path / "b.xlsx", ("房间数", 2, 11), ("床位数", 3, 41))
    second = edited(export, tmp_path / "c.xlsx", ("床位数", 2, 15), ("名称*", 4, "西新楼"))
    assert tally(take(first)) == (0, 2, 1, 0)
    assert tally(take(second)) == (0, 2, 1, 0)
    assert venues(stored, "rooms", "beds", "name") == [(11, 15, "东楼"), (20, 41, "南楼"), (30, 60, "西新楼")]
    assert tally(take(second)) == (0, 0, 3, 0)


@pytest.mark.slow
def test_a_cell_that_both_changed_is_a_conflict_and_its_row_stays_as_it_is(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    first = edited(export, tmp_path / "b.xlsx", ("房间数", 2, 77), ("类别", 3, "网吧"))
    second = edited(export, tmp_path / "c.xlsx", ("房间数", 2, 99), ("名称*", 2, "东新楼"), ("床位数", 3, None))
    take(first)
    report = take(second)
    assert tally(report) == (0, 1, 1, 1)
    (conflict,) = report.refused
    assert (conflict.kind, conflict.sheet, conflict.row, conflict.field) == ("conflict", "场所", 2, "rooms")
    assert (conflict.base, conflict.stored, conflict.value) == ("10", "77", "99")
    assert "房间数导出时是“10”,库里已改成“77”,表里又改成“99”" in conflict.sentence
    assert venues(stored, "rooms", "name", "kind", "beds") == [
        (77, "东楼", "hotel", None), (20, "南楼", "internet_cafe", None), (30, "西楼", "hotel", 60),
    ]  # fmt: skip
    refused = openpyxl.load_workbook(tmp_path / "c.refused.xlsx").active
    rows = list(refused.iter_rows(values_only=True))
    assert [(row[1], row[rows[0].index("房间数")]) for row in rows[1:]] == [("2", "99")]


@pytest.mark.slow
def test_both_changing_a_cell_to_the_same_is_no_conflict(
    take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    take(edited(export, tmp_path / "b.xlsx", ("房间数", 2, 77)))
    assert tally(take(edited(export, tmp_path / "c.xlsx", ("房间数", 2, 77)))) == (0, 0, 3, 0)


def test_emptied_cells_days_choices_and_places_clash_as_numbers_do(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    lon = "经度(CGCS2000)"
    cells = [("开业日期", 2, "2019-01-01"), ("类别", 3, "市场"), (lon, 4, 118.35)]
    others = [("开业日期", 2, None), ("类别", 3, "学校"), (lon, 4, 118.36)]
    take(edited(export, tmp_path / "b.xlsx", *cells))
    report = take(edited(export, tmp_path / "c.xlsx", *others))
    assert [(one.field, one.base, one.stored, one.value) for one in report.refused] == [
        ("opened_on", "2020-05-01", "2019-01-01", ""),
        ("geometry", "118.300000, 26.500000", "118.350000, 26.500000", "118.360000, 26.500000"),
    ]
    assert venues(stored, "kind", "ST_X(geom)")[1:] == [("market", 118.2), ("hotel", 118.35)]


@pytest.mark.slow
def test_rows_that_both_added_clash_where_they_differ(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    def add(rooms: int | None, beds: int) -> Edit:
        new = {"场所编号": "CS-4", "类别": "市场", "名称*": "北楼", "地址": "甲路9号", "社区代码": CODES[0]}

        def _add(book: Any) -> None:
            sheet = book.worksheets[0]
            sheet.append([(new | {"房间数": rooms, "床位数": beds}).get(cell.value) for cell in sheet[1]])

        return _add

    assert tally(take(edited(export, tmp_path / "b.xlsx", then=add(5, 8))))[0] == 1
    report = take(edited(export, tmp_path / "c.xlsx", then=add(None, 9)))
    assert [(one.field, one.base, one.stored, one.value) for one in report.refused] == [("beds", "", "8", "9")]
    assert tally(take(edited(export, tmp_path / "d.xlsx", then=add(None, 8)))) == (0, 0, 4, 0)
    assert venues(stored, "rooms", "beds")[3] == (5, 8)


def test_deleted_and_moved_rows_change_nothing(take: Callable[..., Report], export: Path, tmp_path: Path) -> None:
    assert tally(take(edited(export, tmp_path / "b.xlsx", then=lambda book: book.worksheets[0].delete_rows(2)))) == (
        0, 0, 2, 0,
    )  # fmt: skip

    def turn(book: Any) -> None:
        sheet = book.worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        for at, row in enumerate(reversed(rows), start=2):
            for column, value in enumerate(row, start=1):
                sheet.cell(row=at, column=column).value = value

    assert tally(take(edited(export, tmp_path / "c.xlsx", then=turn))) == (0, 0, 3, 0)


def test_without_what_was_exported_the_workbook_counts_and_a_warning_says_so(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    path = edited(export, tmp_path / "b.xlsx", ("房间数", 2, 77), then=lambda book: book.remove(book["导出时的原值"]))
    report = take(path)
    assert tally(report) == (0, 1, 2, 0)
    assert [warning.kind for warning in report.warnings] == ["no_base"]
    assert venues(stored, "rooms")[0] == (77,)
    assert [warning.kind for warning in take(path).warnings] == []


@pytest.mark.slow
def test_a_forged_page_overwrites_no_more_than_the_sheet_itself_may(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    def forge(book: Any) -> None:
        put(book["导出时的原值"], "房间数", 2, 77)
        put(book["导出时的原值"], "房间数", 3, "=1+1")
        put(book["导出时的原值"], "名称*", 4, None)

    take(edited(export, tmp_path / "b.xlsx", ("房间数", 2, 77)))
    report = take(edited(export, tmp_path / "c.xlsx", ("房间数", 2, 99), then=forge))
    assert (report.updated, report.accepted) == (1, 0)
    assert venues(stored, "rooms", "name") == [(99, "东楼"), (20, "南楼"), (30, "西楼")]


@pytest.mark.slow
def test_the_sheet_may_be_named_and_columns_may_be_left_out(
    stored: sa.Engine, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    def shorten(book: Any) -> None:
        book.worksheets[0].delete_cols(8)  # 床位数 behind 房间数

    take(edited(export, tmp_path / "b.xlsx", ("房间数", 2, 77), ("床位数", 3, 41)))
    second = edited(export, tmp_path / "c.xlsx", ("房间数", 2, 99), ("名称*", 3, "南新楼"), then=shorten)
    report = take(second, options=ReadOptions(sheet="场所"))
    assert [one.field for one in report.refused] == ["rooms"]
    assert venues(stored, "rooms", "beds", "name")[:2] == [(77, None, "东楼"), (20, 41, "南新楼")]


@pytest.mark.slow
def test_counts_by_community_and_group_are_merged_as_well(
    stored: sa.Engine, demo_profile: CityProfile, take: Callable[..., Report], tmp_path: Path
) -> None:
    export_layer(stored, LOCAL, demo_profile, "counts", tmp_path / "a.xlsx")
    assert tally(take(tmp_path / "a.xlsx", "counts")) == (0, 0, 2, 0)
    take(edited(tmp_path / "a.xlsx", tmp_path / "b.xlsx", ("数量*", 2, 130), ("数量*", 3, 8)), "counts")
    report = take(edited(tmp_path / "a.xlsx", tmp_path / "c.xlsx", ("数量*", 3, 9)), "counts")
    assert tally(report) == (0, 0, 1, 1)
    with transaction(stored, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT count FROM counts ORDER BY 1")).scalars().all() == [8, 130]


@pytest.mark.slow
def test_a_rehearsal_reports_the_same_and_stores_nothing(
    stored: sa.Engine, demo_profile: CityProfile, take: Callable[..., Report], export: Path, tmp_path: Path
) -> None:
    take(edited(export, tmp_path / "b.xlsx", ("房间数", 2, 77)))
    path = edited(export, tmp_path / "c.xlsx", ("房间数", 2, 99), ("床位数", 3, 41))
    before = venues(stored, "*")
    report = rehearse_import(stored, LOCAL, demo_profile, layer="venues", path=path, options=AS_IT_IS)
    assert venues(stored, "*") == before
    assert tally(report) == (0, 1, 1, 1)
    assert take(path) == report
