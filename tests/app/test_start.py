"""The way from an empty city to its first plan, and out of the demo city into one's own."""

import dataclasses
import re
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import own_city
from app.core.acting import digest
from app.core.open_city import database_name
from app.desks.settings.steps import steps
from app.settings import OWN_PROFILE, Settings, load_settings
from gis.errors import Conflict, Refused
from layers import registers, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import make_engine, transaction
from layers.host import embedded
from layers.profile import CityProfile, load_profile
from tests.app import town
from tests.app.conftest import signed_in
from tests.builders import communities

NOTHING = {
    "areas": 0, "bordered": 0, "posts": 0, "premises": 0, "stations": 0, "placed_stations": 0, "teams": 0, "roads": 0,
    "incidents": 0, "analyses": 0, "zones": 0, "unreviewed": None, "reviewed": None, "planned": 0,
}  # fmt: skip
CITY = {
    "name": "青川市", "code_prefix": "3598", "west": "117", "south": "26.2", "east": "119.3", "north": "28.4",
    "issuing_unit": "",
}  # fmt: skip


@pytest.fixture
def client(own_app: flask.Flask) -> FlaskClient:
    return signed_in(own_app)


def test_the_map_of_a_city_without_anything_leads_to_its_start(client: FlaskClient, own_engine: sa.Engine) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/start")
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["areas"], communities())
    assert client.get("/").status_code == 200


def test_each_step_says_what_is_missing_what_works_without_it_and_where_to_go(client: FlaskClient) -> None:
    page = client.get("/start").text
    assert page.count('<li class="card') == page.count('class="mark"') == 10
    assert page.count("没有它:") == 9  # a post is on duty
    assert 'href="/import?layer=areas"' in page
    assert "先要有线索或执法记录" in page
    assert "已经做好 1 步,共 10 步" in page


def test_a_step_is_done_once_there_is_what_the_next_ones_need(demo_profile: CityProfile) -> None:
    own = dataclasses.replace(demo_profile, name="青川市")
    assert [step.is_done for step in steps(demo_profile, NOTHING)] == [False] * 10
    assert [step.is_done for step in steps(own, NOTHING)] == [True] + [False] * 9
    teams = {step.title: step for step in steps(own, NOTHING | {"stations": 2, "placed_stations": 0, "teams": 3})}[
        "驻地和队伍"
    ]
    assert (teams.is_done, "没有坐标" in teams.state, teams.address) == (False, True, "/import?layer=stations")
    plan = steps(own, NOTHING | {"reviewed": "Z1"})[-1]
    assert (plan.address, bool(plan.waits)) == ("/actions/new?zone=Z1", True)


def test_what_a_town_has_is_counted(own_engine: sa.Engine) -> None:
    town.fill(own_engine)
    with transaction(own_engine, LOCAL) as connection:
        found = registers.set_up(connection)
        assert not registers.is_bare(connection)
    expected = {
        "areas": 2,
        "bordered": 1,
        "posts": 2,
        "premises": 5,
        "stations": 2,
        "placed_stations": 2,
        "teams": 4,
        "roads": 3,
    }
    assert found == NOTHING | expected


@pytest.fixture
def installed(cluster: embedded.Cluster, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The demo city's settings on the private cluster of the tests."""
    monkeypatch.delenv("WUCHUAN_PROFILE", raising=False)
    (cluster.data / OWN_PROFILE).unlink(missing_ok=True)
    return load_settings(data=cluster.data)


def test_a_city_of_its_own_has_a_profile_a_database_and_a_link(installed: Settings, cluster: embedded.Cluster) -> None:
    try:
        token = own_city.make_ready(installed, CITY)
        profile = load_profile(installed.data / OWN_PROFILE)
        assert (profile.name, profile.city_code, profile.metric_crs) == ("青川市", "359800000000", "EPSG:4548")
        assert profile.bounds == (117.0, 26.2, 119.3, 28.4)
        assert re.fullmatch(profile.code_pattern, "359801001001")
        assert profile.calendar == installed.data / "holidays.toml"
        assert load_settings(data=installed.data).profile == profile  # in force from the next start on
        engine = make_engine(cluster.url("app", database_name(profile)))
        with transaction(engine, LOCAL) as connection:
            assert registers.is_bare(connection)
            assert write.spend_entry_token(connection, digest(token))
        engine.dispose()
        assert "现在已经是青川市" in own_city.why_not(load_settings(data=installed.data))
    finally:
        for name in (OWN_PROFILE, "holidays.toml"):
            (installed.data / name).unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": ""}, "请写城市名称"),
        ({"name": "演示市二"}, "不能以“演示市”开头"),
        ({"code_prefix": "三五"}, "2、4 或 6 位数字"),
        ({"west": "119.4"}, "西小于东"),
        ({"north": "nan"}, "四至要是度数"),
        ({"east": "181"}, "超出了经纬度的范围"),
        ({"issuing_unit": "长" * 41}, "issuing_unit"),
    ],
)
def test_a_city_that_cannot_be_is_refused_and_nothing_is_written(
    installed: Settings, change: dict[str, str], told: str
) -> None:
    before = set(installed.data.iterdir())
    with pytest.raises(Refused, match=told):
        own_city.make_ready(installed, CITY | change)
    assert set(installed.data.iterdir()) == before


def test_a_city_that_a_setting_names_is_changed_there(
    installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WUCHUAN_PROFILE", str(installed.profile_file))
    with pytest.raises(Conflict, match="由 WUCHUAN_PROFILE"):
        own_city.make_ready(load_settings(data=tmp_path), CITY)
    assert "WUCHUAN_DATABASE_URL" in own_city.why_not(dataclasses.replace(installed, database_url="postgresql://a/b"))


def test_the_question_is_asked_and_a_service_that_cannot_begin_anew_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.serving.can_begin_anew", lambda: False)  # a service that ran in this process could
    page = client.get("/start/city").text
    assert "离开演示市,换成本市?" in page
    assert "演示市的数据原样留在本机" in page
    token = client.get("/api/session").get_json()["csrf_token"]
    answer = client.post("/start/city", data=CITY | {"csrf_token": token})
    assert (answer.status_code, "服务不是由 make run 或 wuchuan up 启动的" in answer.text) == (409, True)
    assert 'value="青川市"' in answer.text


@pytest.mark.parametrize(("longitude", "grid"), [(118.15, "EPSG:4548"), (120.2, "EPSG:4549"), (70.0, "EPSG:4534")])
def test_the_plane_is_that_of_the_nearest_meridian(longitude: float, grid: str) -> None:
    text = own_city._toml(CITY | {"west": str(longitude - 1), "east": str(longitude + 1)})
    assert f'metric_crs = "{grid}"' in text
