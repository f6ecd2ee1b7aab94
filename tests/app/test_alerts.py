"""The page of alerts: what it says, and closing one over HTTP."""

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.alerts.desk import interval, sentence
from app.desks.alerts.watch import watch_counties
from layers import alerts, jobs
from layers.actor import LOCAL
from layers.database import transaction
from layers.profile import CityProfile
from tests.app import watched
from tests.app.conftest import POST, signed_in

TOKEN = {"X-CSRF-Token": "the-token"}
JSON = TOKEN | {"Accept": "application/json"}


@pytest.fixture
def desk(own_app: flask.Flask, own_engine: sa.Engine, demo_profile: CityProfile) -> FlaskClient:
    """The desk of the watched county with its one alert."""
    watched.fill(own_engine)
    watch_counties(own_engine, LOCAL, demo_profile, until=watched.UNTIL, watch=watched.ALONE)
    return signed_in(own_app)


def page(client: FlaskClient) -> str:
    answer = client.get("/alerts")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def close(client: FlaskClient, alert_id: int = 1, **told: str) -> tuple[int, str]:
    form = {"result": "confirmed", "note": "", "post": "", "version": "1"} | told
    answer = client.post(f"/alerts/{alert_id}/close", data=form, headers=JSON)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_page_says_what_was_told_where_and_who_is_to_look(desk: FlaskClient, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        (alert,) = alerts.listed(connection, is_open=True)
    shown = page(desk)
    told = (sentence(alert), "四湾村", "四湾村联络员", "2026-07-24", "预警只用于安排核查走访,不是入户执法的依据。")
    assert [part for part in told if part not in shown] == []
    assert 'href="/#alert=1"' in shown
    assert "东山县" in shown  # cannot be watched, and says so
    assert "没有监测:社区都还没有边界" in shown


def test_the_alert_is_on_the_map_until_it_is_closed(desk: FlaskClient) -> None:
    (feature,) = desk.get("/api/layers/alerts").get_json()["features"]
    assert feature["properties"]["area_code"] == watched.DEN
    assert "note" not in feature["properties"]
    assert close(desk)[0] == 303
    # asked otherwise: an answer may be half a second old
    assert desk.get("/api/layers/alerts?limit=9").get_json()["features"] == []


def test_closing_keeps_the_result_and_a_second_time_is_a_conflict(desk: FlaskClient) -> None:
    assert close(desk, note="电话13800138000,已走访", post="西山县打传办")[0] == 303
    shown = page(desk)
    assert "查实" in shown
    assert "西山县打传办" in shown
    assert "已走访" in shown
    assert "13800138000" not in shown
    assert desk.get("/api/session").json["post"] == POST  # who closed one does not act in that name elsewhere
    assert close(desk)[0] == 412  # its version is another one now
    assert close(desk, version="2")[0] == 409


def test_a_watch_that_waits_already_is_no_fault_of_the_button(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    for client_id in ("id-of-a-page", "id-of-the-next-page"):
        answer = signed_in(own_app).post("/alerts", data={"client_id": client_id}, headers=TOKEN)
        assert (answer.status_code, answer.location) == (303, "/alerts")
    with transaction(own_engine, LOCAL) as connection:
        assert [job["task"] for job in jobs.newest(connection)] == ["watch"]


def reopen(client: FlaskClient, **told: str) -> tuple[int, str]:
    form = {"reason": "又有三条线索", "post": "", "version": "2"} | told
    answer = client.post("/alerts/1/reopen", data=form, headers=JSON)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_closed_alert_is_opened_again_with_a_reason_and_what_was_found_stays_known(
    desk: FlaskClient, own_engine: sa.Engine
) -> None:
    assert reopen(desk, version="1")[0] == 409  # it is open
    assert close(desk, result="nothing", note="两次上门无人", post="西山县打传办")[0] == 303
    assert [reopen(desk, **wrong)[0] for wrong in ({"reason": " "}, {"version": "1"}, {"post": "没有的岗位"})] == [
        400,
        412,
        403,
    ]
    assert reopen(desk, reason="房东13800138000又来电")[0] == 303
    shown = page(desk)
    assert "西山县打传办办结:未发现,两次上门无人" in shown
    assert "重新打开:房东[已隐去]又来电" in shown
    with transaction(own_engine, LOCAL) as connection:
        alert = alerts.one(connection, 1)
        days = connection.execute(sa.text("SELECT due_on - current_date FROM alerts")).scalar_one()
        steps = [each["step"] for each in alerts.steps(connection, 1)]
    assert (alert["result"], alert["closed_at"], alert["note"], alert["overdue"]) == (None, None, "", False)
    assert 5 <= days <= 20  # five working days, and a long holiday among them at most
    assert steps == ["raised", "closed", "updated"]
    assert close(desk, version="3")[0] == 303


def test_a_reason_that_is_refused_stays_in_its_field(desk: FlaskClient) -> None:
    close(desk)
    answer = desk.post("/alerts/1/reopen", data={"reason": "写了很久", "post": "", "version": "9"}, headers=TOKEN)
    assert answer.status_code == 412
    assert "写了很久</textarea>" in answer.text


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"result": "solved"}, 400),
        ({"version": ""}, 428),
        ({"version": "2"}, 412),
        ({"post": "没有的岗位"}, 403),
        ({"note": "长" * 501}, 400),
        ({"more": "x"}, 400),
        ({"alert_id": 77}, 404),
    ],
)
def test_a_closing_that_cannot_be_is_told_and_changes_nothing(
    desk: FlaskClient, told: dict[str, str], status: int
) -> None:
    assert close(desk, **told)[0] == status  # type: ignore[arg-type]
    assert "四湾村联络员" in page(desk)
    assert "已办结</h2>" not in page(desk)


def test_what_was_filled_in_stays_when_it_is_refused(desk: FlaskClient) -> None:
    form = {"result": "nothing", "note": "写了很久的<说明>", "post": "", "version": "9"}
    answer = desk.post("/alerts/1/close", data=form, headers=TOKEN)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 412
    assert "刚有变动" in shown
    assert "写了很久的&lt;说明&gt;" in shown
    assert '<option value="nothing" selected>' in shown


def test_a_house_that_never_watched_says_so_and_is_told_to(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    assert "还没有监测过" in page(client)
    for _ in range(2):  # asked twice, queued once
        assert client.post("/alerts", headers=TOKEN).status_code == 303
    assert [job["task"] for job in client.get("/api/jobs?limit=5").get_json()] == ["watch"]


def test_rarity_is_said_in_months_years_or_as_never_seen() -> None:
    assert interval(91, most=7_000) == "这样的巧合约每3个月一次"
    assert interval(1_096, most=7_000) == "这样的巧合约每3年一次"
    assert interval(694, most=7_000) == "这样的巧合约每1.9年一次"
    assert interval(6_940, most=6_940) == "这样的巧合在19年的随机模拟里至多一次"
