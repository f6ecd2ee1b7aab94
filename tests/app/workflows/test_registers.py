"""The small registers by file: what contracts name is taken, and what cannot be true is refused in one sentence."""

import dataclasses
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from app.core.workbooks import template
from app.desks.exports.desk import export_layer
from app.desks.imports.desk import import_file
from gis.errors import Conflict, Refused
from layers import actions, posts, read, registers, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.intake.options import ReadOptions
from layers.intake.report import Report
from layers.profile import CityProfile
from tests.app import town
from tests.builders import CODES, communities

#: By register the columns of its file, named as scripts name them, and rows that are all taken.
FILES = {
    "agencies": "name,network,duty\n公安,police,打击骨干\n市场监管,market_supervision,\n",
    "posts": "title,area_code,agency,kind,name,work_phone\n"
    "指挥岗,,公安,指挥,张三丰,0599-1234567\n青山联络岗,990101001001,,联络,,13800138000\n",
    "stations": "name,agency,address,lon,lat\n城关所,公安,东街1号,0.5,0.5\n城北所,市场监管,,1.5,0.5\n",
    "teams": "name,agency,size,skills,vehicles,station,shift_from,shift_until\n"
    "一队,公安,4,取证,1,城关所,8:00,17时30分\n二队,市场监管,,,,城北所,,\n",
    "decisions": "premises,address,kind,authority,number,decided_on,expires_on\n"
    "V1,,查封,市场监管局,市监〔2026〕1号,2026-01-05,2026-07-05\n,西街2号,公示,公安局,公〔2026〕2号,2026-02-01,\n",
    "jurisdictions": "name,network,geometry\n"
    '城关派出所,police,"POLYGON((117.1 26.3,117.2 26.3,117.2 26.4,117.1 26.3))"\n',
    "rivers": 'name,geometry\n清水河,"LINESTRING(117.1 26.3,117.2 26.4)"\n',
}
STATED = ReadOptions(datum="cgcs2000")


@pytest.fixture
def city(own_engine: sa.Engine, demo_profile: CityProfile) -> tuple[sa.Engine, CityProfile]:
    """Two communities of a degree each, and the venue V1 in the first."""
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["areas"], communities())
        connection.execute(
            sa.text(
                "INSERT INTO venues (venue_no, name, identity, geom)"
                " VALUES ('V1', '悦来旅馆', gen_random_uuid(), 'SRID=4490;POINT(0.25 0.5)')"
            )
        )
    return own_engine, dataclasses.replace(demo_profile, bounds=(-1.0, -1.0, 119.3, 28.4))


def _import(city: tuple[sa.Engine, CityProfile], folder: Path, key: str, text: str) -> Report:
    path = folder / f"{key}.csv"
    path.write_text(text, "utf-8")
    return import_file(city[0], LOCAL, city[1], layer=key, path=path, options=STATED)


def _filled(city: tuple[sa.Engine, CityProfile], folder: Path) -> None:
    for key, text in FILES.items():
        report = _import(city, folder, key, text)
        assert (key, report.file, report.refused) == (key, None, ())
        assert report.accepted == text.count("\n") - 1


def _rows(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with transaction(engine, LOCAL) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_each_register_is_taken_and_a_second_time_nothing_changes(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path
) -> None:
    _filled(city, tmp_path)
    for key, text in FILES.items():
        again = _import(city, tmp_path, key, text)
        assert (key, again.accepted, again.updated, again.unchanged) == (key, 0, 0, text.count("\n") - 1)
    assert _rows(city[0], "SELECT name, size, station, shift_from, shift_until FROM teams ORDER BY team_id") == [
        ("一队", 4, "城关所", "08:00", "17:30"),
        ("二队", None, "城北所", None, None),
    ]
    placed = "SELECT number, community_code, ST_X(geom) FROM decisions ORDER BY decision_id"
    assert _rows(city[0], placed) == [("市监〔2026〕1号", CODES[0], 0.25), ("公〔2026〕2号", None, None)]


@pytest.mark.parametrize("key", FILES)
def test_an_exported_workbook_and_its_template_have_the_same_headings_and_import_again(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path, key: str
) -> None:
    _filled(city, tmp_path)
    out, blank = tmp_path / "out.xlsx", tmp_path / "blank.xlsx"
    assert export_layer(city[0], LOCAL, city[1], key, out) == FILES[key].count("\n") - 1
    template(blank, LAYERS[key], code_prefix="99")
    heads = [[cell.value for cell in openpyxl.load_workbook(path).worksheets[0][1]] for path in (out, blank)]
    assert set(heads[1]) <= set(heads[0])
    report = import_file(city[0], LOCAL, city[1], layer=key, path=out, options=ReadOptions())
    assert (report.file, report.refused, report.accepted, report.updated) == (None, (), 0, 0)


@pytest.mark.parametrize(
    ("key", "rows", "field", "told"),
    [
        ("teams", "甲队,公安,城关所\n甲队,公安,城北所\n", "name", "“甲队”写了不止一个驻地,只能在一处"),
        ("teams", "甲队,公安,城关所\n甲队,公安,城关所\n", "name", "“甲队”前面已有一行"),
        ("teams", "甲队,公安,城关所、城北所\n", "station", "没有叫“城关所、城北所”的驻地"),
        ("posts", "公众网页,,\n", "title", "是系统自己用的"),
        ("posts", "甲岗,990101001009,\n", "area_code", "没有代码为“990101001009”的区划"),
        ("teams", "甲队,城管,城关所\n", "agency", "没有“城管”这个成员单位"),
        ("decisions", "A1,,2026-03-01,\n", "address", "缺少地址"),
        ("decisions", "A1,东街1号,2026-03-01,2026-03-01\n", "expires_on", "要晚于前面的日期"),
    ],
    ids=[
        "two stations",
        "twice",
        "two in a cell",
        "our own post",
        "unknown area",
        "unknown agency",
        "no place",
        "ends before it begins",
    ],
)
def test_what_cannot_be_true_is_refused_in_one_sentence(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path, key: str, rows: str, field: str, told: str
) -> None:
    _filled(city, tmp_path)
    heads = {
        "teams": "name,agency,station\n",
        "posts": "title,area_code,kind\n",
        "decisions": "number,address,decided_on,expires_on\n",
    }
    if key == "decisions":
        heads[key] = heads[key].replace("\n", ",kind,authority\n")
        rows = rows.replace("\n", ",公示,公安局\n")
    report = _import(city, tmp_path, key, heads[key] + rows)
    assert report.refused
    assert {(fault.field, told in fault.sentence) for fault in report.refused} == {(field, True)}
    kept = {"two stations": 0, "twice": 1}
    assert report.accepted == (kept["twice"] if "前面已有" in told else 0)


@pytest.mark.parametrize(("told", "kind"), [("1", "bad_number"), ("2", None)])
def test_a_team_is_two_at_least(city: tuple[sa.Engine, CityProfile], tmp_path: Path, told: str, kind: str) -> None:
    report = _import(city, tmp_path, "teams", f"name,agency,size\n甲队,公安,{told}\n")
    assert [fault.kind for fault in report.refused] == ([kind] if kind else [])


@pytest.mark.parametrize(("told", "stored"), [("8点半", "08:30"), ("08:30:00", "08:30"), ("24:10", None), ("早", None)])
def test_a_moment_of_the_day_is_read_as_people_write_it(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path, told: str, stored: str | None
) -> None:
    report = _import(city, tmp_path, "teams", f"name,agency,shift_from\n甲队,公安,{told}\n")
    assert [fault.kind for fault in report.refused] == ([] if stored else ["bad_date"])
    assert _rows(city[0], "SELECT shift_from FROM teams") == ([(stored,)] if stored else [])


def test_a_post_may_name_the_official_on_duty_and_nobody_else(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path
) -> None:
    _filled(city, tmp_path)
    rows = "SELECT title, area_code, name, work_phone, post FROM posts ORDER BY post_id"
    assert _rows(city[0], rows) == [
        ("指挥岗", "990000000000", "张三丰", "0599-1234567", "指挥岗"),
        ("青山联络岗", CODES[0], None, "13800138000", "青山联络岗"),
    ]
    told = "职务,姓名,电话\n甲岗,李四 身份证35070119800101001X,\n乙岗,,350701198001010013\n丙岗,王五,0599 7654321\n"
    report = _import(city, tmp_path, "posts", told)
    assert (report.file, report.accepted) == (None, 1)
    assert [(fault.row, fault.field, fault.kind) for fault in report.refused] == [
        (2, "name", "personal_data"), (3, "work_phone", "personal_data"),
    ]  # fmt: skip
    persons = _import(city, tmp_path, "posts", "职务,姓名,身份证号\n丁岗,赵六,35070119800101001X\n")
    assert persons.file is not None
    assert persons.file.kind == "personal_data_columns"


def test_a_post_that_goes_off_duty_keeps_its_past(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path, own_owner: sa.Engine
) -> None:
    _filled(city, tmp_path)
    assert _import(city, tmp_path, "posts", "title,name\n指挥岗,李四\n").updated == 1
    with transaction(city[0], LOCAL) as connection:
        post_id = posts.titled(connection, "指挥岗")
        assert post_id is not None
        with pytest.raises(Refused, match="岗位在“岗位”页撤销"):
            registers.take_off(connection, "posts", post_id)
        posts.remove(connection, post_id)
    with transaction(own_owner, LOCAL) as connection:
        former = (
            "SELECT former ->> 'title', former ->> 'name' FROM former_rows WHERE layer = 'posts' ORDER BY former_row_id"
        )
        kept = [tuple(row) for row in connection.execute(sa.text(former))]
    assert kept == [("指挥岗", "张三丰"), ("指挥岗", "李四")]


def test_a_renamed_row_is_called_by_its_new_name(city: tuple[sa.Engine, CityProfile], tmp_path: Path) -> None:
    _filled(city, tmp_path)
    with transaction(city[0], LOCAL) as connection:
        connection.execute(sa.text("UPDATE stations SET name = '新城所' WHERE name = '城关所'"))
    assert _rows(city[0], "SELECT station FROM teams WHERE name = '一队'") == [("新城所",)]
    report = _import(city, tmp_path, "stations", "name,agency\n新城所,公安\n")
    assert (report.accepted, report.unchanged) == (0, 1)


def test_what_is_taken_off_a_register_stays_in_plans_and_comes_back_by_a_file(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path
) -> None:
    _filled(city, tmp_path)
    with transaction(city[0], LOCAL) as connection:
        row_id = connection.execute(sa.text("SELECT team_id FROM teams WHERE name = '一队'")).scalar_one()
        assert registers.take_off(connection, "teams", row_id) == "一队"
        assert read.layer(connection, "teams")["name"].tolist() == ["二队"]
        assert len(actions.teams(connection, ["公安"])) == 0
    assert _import(city, tmp_path, "teams", FILES["teams"]).updated == 1
    assert _rows(city[0], "SELECT team_id FROM teams WHERE deleted_at IS NULL AND name = '一队'") == [(row_id,)]


def test_a_station_with_teams_is_not_taken_off(city: tuple[sa.Engine, CityProfile], tmp_path: Path) -> None:
    _filled(city, tmp_path)
    with transaction(city[0], LOCAL) as connection:
        row_id = connection.execute(sa.text("SELECT station_id FROM stations WHERE name = '城关所'")).scalar_one()
        with pytest.raises(Conflict, match="队伍 1 行还写着“城关所”"):
            registers.take_off(connection, "stations", row_id)


def test_a_team_of_unknown_size_goes_as_two_and_is_ready_in_ten_minutes(own_engine: sa.Engine) -> None:
    town.fill(own_engine)
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE teams SET size = NULL, ready_minutes = NULL WHERE name = '公安1队'"))
        team = actions.teams(connection, ["公安"]).set_index("team").loc["公安1队"]
        assert (team["officers"], team["ready_minutes"]) == (2, 10.0)
        connection.execute(sa.text("UPDATE stations SET geom = NULL WHERE agency = '公安'"))
        assert len(actions.teams(connection, ["公安"])) == 0


def test_the_agencies_are_those_registered_else_those_of_the_profile(
    city: tuple[sa.Engine, CityProfile], tmp_path: Path
) -> None:
    with transaction(city[0], LOCAL) as connection:
        assert registers.agencies(connection, city[1]) == city[1].agencies
    _import(city, tmp_path, "agencies", "name\n公安\n消防\n")
    with transaction(city[0], LOCAL) as connection:
        assert registers.agencies(connection, city[1]) == ("公安", "消防")
