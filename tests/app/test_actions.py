"""The pages and the API of joint actions, on a town of one road."""

import datetime as dt
import io
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
import shapely
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import create_app
from app.core import uploads
from app.core.apart import Lingering
from app.desks.actions import views
from app.desks.actions.apart import order_of
from app.desks.actions.jobs import draw_order
from app.settings import Settings
from layers import actions as kept
from layers.actor import LOCAL
from layers.database import transaction
from layers.host import embedded
from layers.schema.tables import actions as tables
from layers.schema.tables import records
from layers.schema.tables.results import risk_zones
from tests.app import town
from tests.app.conftest import HOSTILE, application, signed_in

DOCUMENTS = {"evidence": "证", "legal_basis": "《禁止传销条例》第十四条", "authority": "关", "document_no": "一号"}
TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()  # noqa: TID251 - the views ask the clock


@pytest.fixture(scope="module")
def built(cluster: embedded.Cluster, worker_name: str) -> Iterator[sa.Engine]:
    """The town with two posts on duty, 乙岗 of which acts."""
    with town.database(cluster, f"actions_{worker_name}") as engine:
        yield engine


@pytest.fixture
def desk(settings: Settings, cluster: embedded.Cluster, built: sa.Engine) -> FlaskClient:
    """Somebody signed in, before anything is planned."""
    town.forget_actions(cluster, built)
    return signed_in(application("actions", settings, built), post="乙岗")


def send(desk: FlaskClient, method: str, address: str, body: object = None, version: int | None = None) -> Any:
    with desk.session_transaction() as session:
        token = session["csrf"]
    headers = {"X-CSRF-Token": token} | ({"If-Match": f'"{version}"'} if version else {})
    return desk.open(address, method=method, json=body, headers=headers)


def act_as(desk: FlaskClient, post: str) -> None:
    assert desk.post("/tips/post", data={"post": post, "csrf_token": "the-token"}).status_code == 200


def colleague(desk: FlaskClient, post: str) -> FlaskClient:
    """Somebody else, who signed in by an account and acts as that post."""
    return signed_in(desk.application, account=f"{post}的账户", role="planner", post=post)


def asked(*places: str, **told: object) -> dict[str, object]:
    targets = [{"place": place, **DOCUMENTS} for place in places]
    return {"name": "秋季行动", "date": TOMORROW, "since": "10:00", "until": "12:00", "agencies": list(town.AGENCIES),
            "targets": targets} | told  # fmt: skip


def plan(desk: FlaskClient, *places: str, **told: object) -> str:
    """The API address of a new action."""
    answer = send(desk, "POST", "/api/actions", asked(*places, **told))
    assert answer.status_code == 201, answer.json
    return f"/api/actions/{answer.json['action_id']}"


def stored(engine: sa.Engine) -> int:
    with transaction(engine, LOCAL) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.actions)).scalar_one())


def test_a_new_action_is_planned_at_once_and_tells_who_goes_where(desk: FlaskClient) -> None:
    answer = desk.get(plan(desk, "V1", "V2"))
    told = answer.json
    assert answer.headers["ETag"] == f'"{told["action"]["version"]}"'
    assert told["action"]["h_hour"] == f"{TOMORROW}T10:00:00+08:00"
    assert [f["properties"]["address"] for f in told["targets"]["features"]] == ["甲旅馆 路1号", "乙酒店 路2号"]
    legs = [f["properties"] for f in told["legs"]["features"]]
    assert [(leg["number"], leg["agency"]) for leg in legs] == [(n, a) for n in (1, 2) for a in town.AGENCIES]
    assert {leg["arrive_at"][11:16] for leg in legs} == {"09:50"}
    assert legs[0]["km"] == pytest.approx(4.96, abs=0.05)


@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [
        ({"targets": []}, 400, "no_targets"),
        ({"date": "明天"}, 400, "bad_date"),
        ({"since": "25:00"}, 400, "bad_time"),
        ({"date": "2020-01-01"}, 400, "window_past"),
        ({"since": "12:00", "until": "11:00"}, 400, "bad_window"),
        ({"buffer_minutes": None}, 400, "bad_buffer"),
        ({"name": "行" * 61}, 400, "bad_name"),
        ({"name": "行\x00动"}, 400, "bad_name"),
        ({"agencies": "公安"}, 400, "bad_agencies"),
        ({"targets": [{"place": "V9"}]}, 400, "no_road"),
        ({"targets": [{"place": p} for p in ("V1", "V2", "V3")]}, 400, "too_few_teams"),
        ({"targets": [{"place": town.UNDRAWN}]}, 400, "no_boundary"),
        ({"targets": [{"lon": float("1e308"), "lat": 27, "address": "x"}]}, 400, "outside"),
        ({"targets": [{"lon": "x", "lat": 27, "address": "x"}]}, 400, "no_place"),
        ({"targets": [{"lon": 10**400, "lat": 27, "address": "x"}]}, 400, "no_place"),
        ({"targets": [{"place": "没有"}]}, 404, "unknown_place"),
        ({"date": "9999-12-31", "since": "23:00", "until": ""}, 400, "bad_date"),
        ({"agencies": ["\ud800"]}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence_and_leaves_nothing(
    desk: FlaskClient, built: sa.Engine, told: dict[str, object], status: int, kind: str
) -> None:
    answer = send(desk, "POST", "/api/actions", asked("V1") | told)
    assert (answer.status_code, answer.json["error"]) == (status, kind)
    assert stored(built) == 0


def test_a_day_that_there_is_not_is_named(desk: FlaskClient) -> None:
    for date, sentence in (
        ("2026-02-30", "行动日期“2026-02-30”不对,要写成 2026-05-03 这样的日期"),
        ("", "请填写行动日期"),
    ):
        answer = send(desk, "POST", "/api/actions", asked("V1") | {"date": date})
        assert (answer.status_code, answer.json["sentence"]) == (400, sentence)


def test_a_window_over_midnight_ends_the_next_day(desk: FlaskClient) -> None:
    action = desk.get(plan(desk, "V1", since="23:00", until="01:00")).json["action"]
    assert action["window_until"] > action["window_since"]


def test_an_edit_without_the_version_is_428_and_one_from_an_older_version_412(desk: FlaskClient) -> None:
    address = plan(desk, "V1")
    version = desk.get(address).json["action"]["version"]
    target = f"{address}/targets/1"
    assert send(desk, "PUT", target, {"evidence": "新"}).status_code == 428
    assert send(desk, "PUT", target, {"evidence": "新"}, version).status_code == 200
    stale = send(desk, "PUT", target, {"evidence": "旧"}, version)
    assert (stale.status_code, stale.json["error"]) == (412, "stale")
    assert desk.get(address).json["targets"]["features"][0]["properties"]["evidence"] == "新"


@pytest.mark.parametrize("tag", ["9" * 9, "9" * 30, "9" * 5000, "x", "-1", "*"])
def test_a_version_that_no_action_can_have_is_another_one(desk: FlaskClient, tag: str) -> None:
    headers = {"X-CSRF-Token": "the-token", "If-Match": tag if tag == "*" else f'"{tag}"'}
    assert desk.post(f"{plan(desk, 'V1')}/plan", headers=headers).status_code == 412


def test_an_action_keeps_nobodys_number(desk: FlaskClient) -> None:
    """A mobile and a citizen number of nobody: the area code 110105 with the sample number of the standard."""
    mobile, citizen = "13812345678", "11010519491231002X"
    target = {"lon": 118.0, "lat": 27.0, "address": f"某处{mobile}"}
    told = asked("V1", name=f"行动{mobile}")
    told["targets"] = [{"place": "V1", **DOCUMENTS, "evidence": f"举报人{mobile} {citizen}"}]
    address = plan(desk, **told)
    version = desk.get(address).json["action"]["version"]
    assert send(desk, "PUT", f"{address}/targets/1", {"authority": mobile}, version).status_code == 200
    kept = desk.get(address).text
    assert (mobile in kept, citizen in kept, "举报人[已隐去]" in kept) == (False, False, True)
    assert mobile not in send(desk, "POST", "/api/actions", told | {"targets": [target]}).text


def test_of_two_who_plan_under_one_name_at_once_one_is_told(desk: FlaskClient, built: sa.Engine) -> None:
    names = {"name": "秋季行动"}
    with ThreadPoolExecutor(3) as pool:
        clients = [signed_in(desk.application, post="乙岗") for _ in range(3)]
        answers = pool.map(lambda one: send(one, "POST", "/api/actions", asked("V1", **names)).status_code, clients)
        assert sorted(answers) == [201, 409, 409]
    assert stored(built) == 1


@pytest.mark.slow
def test_of_several_who_plan_an_action_anew_at_once_one_is_heard(desk: FlaskClient) -> None:
    address = plan(desk, "V1", "V2")
    version = desk.get(address).json["action"]["version"]
    with ThreadPoolExecutor(3) as pool:
        clients = [signed_in(desk.application, post="乙岗") for _ in range(3)]
        answers = pool.map(lambda one: send(one, "POST", f"{address}/plan", version=version).status_code, clients)
        assert sorted(answers) == [200, 412, 412]


def test_a_pending_target_keeps_the_action_from_being_approved(desk: FlaskClient) -> None:
    address = plan(desk, "U1")
    version = desk.get(address).json["action"]["version"]
    refused = send(desk, "POST", f"{address}/approve", version=version)
    assert (refused.status_code, refused.json["error"]) == (400, "pending")
    told = send(desk, "PUT", f"{address}/targets/1", {"police_document_no": "公一号"}, version).json
    assert told["targets"]["features"][0]["properties"]["pending"] is False
    approved = send(colleague(desk, "甲岗"), "POST", f"{address}/approve", version=told["action"]["version"])
    assert approved.json["action"]["status"] == "approved"
    again = send(desk, "POST", f"{address}/plan", version=approved.json["action"]["version"])
    assert again.json["action"]["status"] == "planned"  # another plan wants another approval


def test_a_team_that_another_action_of_the_day_sends_out_is_told(desk: FlaskClient) -> None:
    address = plan(desk, "V1", name="早晨行动")
    assert desk.get(address).json["shared"] == []
    plan(desk, "V2", name="傍晚行动", since="16:00", until="18:00")
    shared = desk.get(address).json["shared"]
    assert [(each["action"], each["status"]) for each in shared] == [("傍晚行动", "planned")] * len(town.AGENCIES)


def test_another_account_in_another_post_approves_than_the_one_that_planned(desk: FlaskClient) -> None:
    address = plan(desk, "V1")
    version = desk.get(address).json["action"]["version"]
    for post in ("乙岗", "甲岗"):
        act_as(desk, post)
        refused = send(desk, "POST", f"{address}/approve", version=version)
        assert (refused.status_code, refused.json["error"]) == (400, "same_account"), post
    successor = send(colleague(desk, "乙岗"), "POST", f"{address}/approve", version=version)
    assert (successor.status_code, successor.json["error"]) == (400, "same_post")
    other = colleague(desk, "甲岗")
    action = send(other, "POST", f"{address}/approve", version=version).json["action"]
    assert (action["planned_by"], action["approved_by"]) == ("乙岗", "甲岗")
    first = pypdf.PdfReader(io.BytesIO(desk.get(address.removeprefix("/api") + "/order.pdf").data)).pages[0]
    told = first.extract_text().replace("\n", "")
    assert "排定:乙岗" in told
    assert "批准:甲岗" in told
    assert "未批准" not in told
    written = send(other, "PUT", f"{address}/targets/1", {"evidence": "另写"}, version=action["version"])
    assert written.json["action"]["status"] == "planned"  # other grounds want another approval
    own = send(other, "POST", f"{address}/approve", version=written.json["action"]["version"])
    assert (own.status_code, own.json["error"]) == (400, "same_account")
    steps = desk.get(address).json["steps"]
    assert [(each["post"], each["sentence"]) for each in steps] == [
        ("乙岗", "新建"), ("乙岗", "排定"), ("甲岗", "批准"), ("甲岗", "改第 1 个目标的证据依据"),
    ]  # fmt: skip
    assert steps[0]["at"].endswith("+08:00")
    assert "sign_in" not in steps[0]


@pytest.mark.parametrize("body", [None, {}, {"evidence": 3}, {"other": "x"}, {"dwelling": "yes"}])
def test_papers_that_are_none_are_refused(desk: FlaskClient, body: object) -> None:
    assert send(desk, "PUT", f"{plan(desk, 'V1')}/targets/1", body, 2).status_code == 400


ZONE = {"zone_id": "z", "area_code": town.COMMUNITY, "grade": "red", "score": 1, "own_raid_share": 0, "tips": 1,
        "sources": 1, "findings": 0, "radius_m": 1, "expected": 1, "since": "2026-01-01", "until": "2026-02-01",
        "expires_on": "2099-03-01", "reasons": [], "evidence": [], "method": "m",
        "geom": f"SRID=4490;{shapely.MultiPolygon([shapely.box(118.09, 26.9, 118.13, 27.1)]).wkt}"}  # fmt: skip


def test_premises_of_a_zone_come_with_what_points_at_them_first_and_say_how_many_there_are(
    desk: FlaskClient, built: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def incident(lon: float, when: str, **told: object) -> dict[str, object]:
        return {"identity": uuid.uuid4(), "geom": f"SRID=4490;POINT({lon} 27.0)", **told} | (
            {"date": when} if "outcome" in told else {"received_at": when}
        )

    numbers = iter(("T1", "T2", "T3", "T4", "T5", "T6"))
    others = (("2026-01", "路5号"), ("2026-01", "青山社区路5号8楼"), ("2026-01", "路15号"), ("2025-12", "路2号"))
    near_v1, at_v2 = 118.1003, 118.12  # thirty metres from V1
    with transaction(built, LOCAL) as connection:
        connection.execute(risk_zones.insert(), [ZONE | {"reviewed_on": "2026-02-01"}])
        near, far = incident(near_v1, "2026-01-09", address="大路边"), incident(118.115, "2026-01-09", address="")
        rows = [near, far, *(incident(at_v2, f"{day}-09", address=at) for day, at in others)]
        connection.execute(records.tips.insert(), [row | {"tip_no": next(numbers)} for row in rows])
        raid = incident(near_v1, "2026-01-10", outcome="found", action_no="R1")
        connection.execute(records.raids.insert(), [raid])
    try:
        expired = sa.text("UPDATE risk_zones SET expires_on = :day")
        for day, status in ((dt.date(2026, 3, 1), 409), (dt.date(2099, 3, 1), 200)):
            with transaction(built, LOCAL) as connection:
                connection.execute(expired, {"day": day})
            assert desk.get("/api/premises?zone=z").status_code == status
        told = desk.get("/api/premises?zone=z").json
        listed = [(p["number"], p["tips"], p["findings"]) for p in (each["properties"] for each in told["features"])]
        assert listed[:2] == [("V1", 1, 1), ("U1", 2, 0)]  # 路5号 is the house of the flat 路5号101, 路15号 is not
        assert {row[1:] for row in listed[2:]} == {(0, 0)}
        each = {feature["properties"]["number"]: feature["properties"] for feature in told["features"]}
        named = {number: [p.get("tip_numbers"), p.get("finding_numbers")] for number, p in each.items()}
        assert (named["V1"], named["U1"]) == ([["T1"], ["R1"]], [["T3", "T4"], None])
        assert told["numberMatched"] == 4
        monkeypatch.setattr(kept, "FOUND_AT_MOST", 3)
        for query in ("zone=z", "bbox=118.09,26.9,118.13,27.1", "text=路"):
            told = desk.get(f"/api/premises?{query}").json
            assert (told["numberReturned"], told["numberMatched"]) == (3, 4)
    finally:
        with transaction(built, LOCAL) as connection:
            connection.execute(risk_zones.delete())


def test_premises_are_found_by_text_box_and_reviewed_zone_only(desk: FlaskClient, built: sa.Engine) -> None:
    def places(query: str) -> list[str]:
        features = desk.get(f"/api/premises?{query}").json["features"]
        return [feature["properties"]["number"] for feature in features]

    assert set(places("text=同名店")) == {"V3", "V9"}
    assert places("text=%25") == []
    assert places("bbox=118.09,26.99,118.115,27.01") == ["V1", "U1"]
    with transaction(built, LOCAL) as connection:
        connection.execute(risk_zones.insert(), [ZONE])
    try:
        assert desk.get("/actions/new?zone=z").status_code == 400  # nobody has reviewed it
        with transaction(built, LOCAL) as connection:
            connection.execute(risk_zones.update().values(reviewed_on="2026-02-01"))
        assert set(places("zone=z")) == {"V1", "V2", "V9", "U1"}
        assert desk.get("/actions/new?zone=z").status_code == 200
    finally:
        with transaction(built, LOCAL) as connection:
            connection.execute(risk_zones.delete())
    assert [desk.get(f"/api/premises?{q}").status_code for q in ("", "zone=z", "text=a&zone=z")] == [400, 404, 400]


def test_the_pages_show_what_was_typed_as_text(desk: FlaskClient) -> None:
    address = plan(desk, "V1", name=HOSTILE)
    for page in ("/actions", address.removeprefix("/api")):
        html = desk.get(page).get_data(as_text=True)
        assert HOSTILE not in html
        assert "&lt;script&gt;alert(1)" in html


def test_the_order_is_handed_out_as_a_pdf(desk: FlaskClient) -> None:
    order = desk.get(plan(desk, "V1").removeprefix("/api") + "/order.pdf")
    assert (order.status_code, order.mimetype, order.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_a_short_order_is_drawn_in_the_child_that_draws(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(Lingering, "__call__", lambda _, work, *given: drawn.append((work, given[-1])) or b"%PDF-here")
    address = plan(desk, "V1").removeprefix("/api")
    assert desk.get(f"{address}/order.pdf").data == b"%PDF-here"
    assert drawn == [(order_of, int(address.rpartition("/")[2]))]


def test_a_long_order_is_drawn_by_the_worker(
    desk: FlaskClient, built: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "FEW_PAGES", 1)
    address = plan(desk, "V1")  # two pages
    order = address.removeprefix("/api") + "/order.pdf"
    assert send(desk, "POST", f"{address}/order").json == {"job_id": None, "order": order}  # nobody would draw it
    monkeypatch.setattr("layers.jobs.worker_alive", lambda _: True)
    refused = desk.get(order, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json["error"]) == (400, "many_pages")
    queued = send(desk, "POST", f"{address}/order")
    assert queued.status_code == 202
    assert desk.get(queued.json["order"]).status_code == 404  # not yet
    context = SimpleNamespace(
        job=SimpleNamespace(id=queued.json["job_id"]), should_abort=lambda: False,
        additional_context={"settings": settings, "engine": built},
    )  # fmt: skip
    upload = queued.json["order"].rpartition("/")[2].removesuffix(".pdf")
    draw_order.func(context, action_id=int(address.rpartition("/")[2]), upload=upload)
    assert desk.get(queued.json["order"].replace(address.rpartition("/")[2], "424242", 1)).status_code == 404
    drawn = desk.get(queued.json["order"])
    assert (drawn.status_code, drawn.mimetype) == (200, "application/pdf")
    assert desk.get(queued.json["order"]).data == drawn.data  # the first download may have broken
    monkeypatch.setattr(uploads, "SOON_SECONDS", -1)
    desk.get(queued.json["order"])
    uploads.sweep(settings.data)
    assert desk.get(queued.json["order"]).status_code == 404  # it makes room for the next
    assert len(pypdf.PdfReader(io.BytesIO(drawn.data)).pages) == 2
    assert desk.get(f"/api/jobs/{queued.json['job_id']}").json["note"] == "已完成"


def test_an_order_that_is_asked_for_again_is_drawn_once(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = plan(desk, "V1")
    monkeypatch.setattr("layers.jobs.worker_alive", lambda _: True)
    asked_for = [send(desk, "POST", f"{address}/order") for _ in range(60)]
    assert {answer.status_code for answer in asked_for} == {202}
    assert len({answer.json["order"] for answer in asked_for}) == 1
    assert len({answer.json["job_id"] for answer in asked_for}) == 1
    version = desk.get(address).json["action"]["version"]
    assert send(desk, "PUT", f"{address}/targets/1", {"evidence": "另写"}, version).status_code == 200
    assert send(desk, "POST", f"{address}/order").json["job_id"] != asked_for[0].json["job_id"]


def test_an_order_that_two_ask_for_at_once_is_drawn_once(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address, together = plan(desk, "V1"), threading.Barrier(4)
    monkeypatch.setattr("layers.jobs.worker_alive", lambda _: True)
    clients = [signed_in(desk.application, post="乙岗") for _ in range(4)]

    def ask(client: FlaskClient) -> str:
        together.wait()
        return str(send(client, "POST", f"{address}/order").json["order"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, clients))) == 1


def test_an_order_that_an_earlier_release_was_drawing_is_drawn_anew(
    desk: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = plan(desk, "V1")
    action_id = int(address.rpartition("/")[2])
    former = uploads.begin_sheet(settings.data, action_id=action_id)
    uploads.write_note(settings.data, former, uploads.PRINTED, {"action_id": action_id})
    monkeypatch.setattr("layers.jobs.worker_alive", lambda _: True)
    queued = send(desk, "POST", f"{address}/order")
    assert (queued.status_code, former in queued.json["order"]) == (202, False)


def test_an_action_that_is_not_there_is_404(desk: FlaskClient) -> None:
    assert [desk.get(a).status_code for a in ("/actions/99999", "/api/actions/99999")] == [404, 404]


def test_strangers_are_sent_to_the_door(settings: Settings, built: sa.Engine) -> None:
    stranger = create_app(settings, built).test_client()
    assert stranger.get("/actions").status_code == 302
    assert stranger.get("/api/premises?text=a").status_code == 401
    assert signed_in(create_app(settings, built)).post("/api/actions", json=asked("V1")).status_code == 403
