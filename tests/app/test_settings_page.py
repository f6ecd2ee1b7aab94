"""设置: the registers and their rows, filled in and changed by a form that refuses what an import would."""

import flask
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient

from app.cli import main
from app.core.open_city import database_name
from layers.actor import LOCAL
from layers.catalog import CATALOG
from layers.database import transaction
from layers.host import embedded
from layers.profile import CityProfile
from tests.app.conftest import signed_in
from tests.conftest import NewDatabase

STATION = {"name": "城关所", "agency": "公安", "address": "东街1号", "lon": "118.1", "lat": "26.7"}

DECISION = {"number": "1号", "kind": "公示", "authority": "公安局", "decided_on": "2026-01-01"}


@pytest.fixture
def client(own_app: flask.Flask) -> FlaskClient:
    return signed_in(own_app)


def _post(client: FlaskClient, to: str, **values: str) -> tuple[int, str]:
    token = client.get("/api/session").get_json()["csrf_token"]
    answer = client.post(to, data={"csrf_token": token, **values})
    return answer.status_code, answer.text


def _rows(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with transaction(engine, LOCAL) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_the_page_lists_every_register_with_its_rows_and_links(client: FlaskClient) -> None:
    page = client.get("/settings").text
    for layer in CATALOG.values():
        if layer.importable:
            assert f'href="/import?layer={layer.key}"' in page
            assert f'href="/templates/{layer.key}.xlsx"' in page
        if layer.by_hand:
            assert f'href="/settings/{layer.key}"' in page
    assert "沿用城市配置:公安、市场监管、政法委" in page
    assert "没有底图" in page


def test_a_row_is_added_changed_and_taken_off(client: FlaskClient, own_engine: sa.Engine) -> None:
    assert _post(client, "/settings/stations", **STATION)[0] == 303
    assert _post(client, "/settings/teams", name="一队", agency="公安", size="4", station="城关所")[0] == 303
    assert "城关所" in client.get("/settings/teams").text
    row_id = _rows(own_engine, "SELECT team_id FROM teams")[0][0]
    assert 'value="一队"' in client.get(f"/settings/teams/{row_id}").text
    changed = {"name": "一分队", "agency": "公安", "size": "5", "station": "城关所", "shift_from": "08:00"}
    assert _post(client, f"/settings/teams/{row_id}", **changed)[0] == 303
    assert _rows(own_engine, "SELECT team_id, name, size, shift_from FROM teams") == [(row_id, "一分队", 5, "08:00")]
    status, page = _post(
        client, f"/settings/stations/{_rows(own_engine, 'SELECT station_id FROM stations')[0][0]}/remove"
    )
    assert (status, "队伍 1 行还写着“城关所”" in page) == (409, True)
    assert _post(client, f"/settings/teams/{row_id}/remove")[0] == 303
    assert "一分队" not in client.get("/settings/teams").text
    assert client.get(f"/settings/teams/{row_id}").status_code == 404
    noted = "SELECT action, detail ->> 'row' FROM audit WHERE layer = 'teams' ORDER BY audit_id"
    assert _rows(own_engine, noted) == [
        ("register_row_added", "一队"), ("register_row_changed", "一分队"), ("register_row_removed", "一分队"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "values", "status", "told"),
    [
        ("teams", {"name": "一队", "agency": "公安", "station": "城北所"}, 400, "没有叫“城北所”的驻地"),
        ("teams", {"name": "一队", "agency": "城管"}, 400, "没有“城管”这个成员单位"),
        ("teams", {"name": "一队", "agency": "公安", "size": "1"}, 400, "应是不小于 2 的整数"),
        ("teams", {"name": "", "agency": "公安"}, 400, "缺少队伍名称"),
        ("stations", {**STATION, "name": "城北所", "lon": "0"}, 400, "不在本市范围内"),
        ("stations", STATION, 409, "驻地里已经有“城关所”"),
        ("decisions", DECISION, 400, "缺少地址"),
    ],
    ids=["no station", "no agency", "one officer", "no name", "elsewhere", "twice", "no address"],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_beside_what_was_filled_in(
    client: FlaskClient, own_engine: sa.Engine, layer: str, values: dict[str, str], status: int, told: str
) -> None:
    assert _post(client, "/settings/stations", **STATION)[0] == 303
    answered, page = _post(client, f"/settings/{layer}", **values)
    assert (answered, told in page) == (status, True), page
    assert all(f'value="{value}"' in page for value in values.values() if value)
    assert _rows(own_engine, "SELECT count(*) FROM teams") == [(0,)]


def test_a_team_that_stands_somewhere_is_not_added_elsewhere(client: FlaskClient) -> None:
    _post(client, "/settings/stations", **STATION)
    _post(client, "/settings/teams", name="一队", agency="公安", station="城关所")
    status, page = _post(client, "/settings/teams", name="一队", agency="公安")
    assert (status, "已经有“一队”,在驻地“城关所”;一支队伍只能在一处" in page) == (409, True)


def test_a_register_of_shapes_is_shown_and_its_rows_are_taken_off(client: FlaskClient, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        line = "SRID=4490;MULTILINESTRING((118 27, 118.1 27))"
        added = sa.text("INSERT INTO rivers (name, geom, identity) VALUES ('青溪', :line, gen_random_uuid())")
        connection.execute(added, {"line": line})
    page = client.get("/settings/rivers").text
    assert ("青溪" in page, "用文件导入" in page, 'id="name"' in page) == (True, True, False)
    assert _post(client, "/settings/rivers", name="白溪")[0] == 404
    row_id = _rows(own_engine, "SELECT river_id FROM rivers")[0][0]
    assert _post(client, f"/settings/rivers/{row_id}/remove")[0] == 303
    assert "青溪" not in client.get("/settings/rivers").text
    assert client.get("/settings/jurisdictions").status_code == 200


def test_large_registers_are_not_filled_row_by_row(client: FlaskClient) -> None:
    assert client.get("/settings/tips").status_code == 404
    assert _post(client, "/settings/rental_units", address="东街")[0] == 404


def test_an_agency_that_is_added_to_none_keeps_those_of_the_profile(client: FlaskClient) -> None:
    assert _post(client, "/settings/agencies", name="消防")[0] == 303
    page = client.get("/actions/new").text
    assert all(agency in page for agency in ("公安", "市场监管", "政法委", "消防"))


def test_the_same_by_command(
    cluster: embedded.Cluster, new_database: NewDatabase, demo_profile: CityProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WUCHUAN_DATA", str(cluster.data))
    with new_database(database_name(demo_profile)):
        run = CliRunner().invoke
        assert run(main, ["register", "add", "agencies", "name=消防", "duty=疏散"]).output == "已登记\n"
        assert run(main, ["register", "list", "agencies", "--text", "消"]).output == "消防 · 疏散\n"
        assert (
            run(main, ["register", "remove", "agencies", "消防"]).output == "已移去“消防”;以前的行动和记录里仍有它。\n"
        )
        refused = run(main, ["register", "add", "teams", "name=一队", "agency=城管"])
        assert (refused.exit_code, "没有“城管”这个成员单位" in refused.output) == (1, True)
        unknown = run(main, ["register", "add", "teams", "colour=红"])
        assert (unknown.exit_code, "没有字段 colour" in unknown.output) == (1, True)
