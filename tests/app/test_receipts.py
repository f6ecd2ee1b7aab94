"""The tip-giver's receipt: what is shown by it, what is never told, and the words that are added."""

import datetime as dt
import re

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.tips import receipts as desk
from app.desks.tips.gate import MOST_LOOKS_FOR_ONE
from layers import receipts
from layers.actor import LOCAL
from layers.database import transaction
from layers.host.embedded import Cluster
from layers.sql import statement
from tests.builders import as_owner

from .conftest import EAST, WEST, signed_in, statements

HEADERS = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
TEXT = "三楼出租屋每天早上有二十多人听课"
PHONE = "13800138000"
ADDRESS, BROWSER, REQUEST = "203.0.113.77", "Mozilla/5.0 (rare browser 4711)", "request-of-a-phone-0001"
STATES = {"已登记", "已受理", "已办结"}
#: Words that say what became of a tip, or that others told of the place.
BETWEEN = re.compile("核查|移送|查实|不予受理|重复|走访|日期|期限|X20|其他人|热点|行动")


@pytest.fixture
def anyone(own_app: flask.Flask) -> FlaskClient:
    """A stranger's client, whom nobody before has used up the pace of."""
    for name in ("wuchuan_gate", "wuchuan_looks"):
        own_app.extensions.pop(name, None)
    return own_app.test_client()


def submit(client: FlaskClient, text: str = TEXT, **more: str) -> str:
    """The receipt that the public form answers with."""
    form = {"key": key_of(client), "text": text, **more}
    answer = client.post("/tips/new", data=form, headers={"User-Agent": BROWSER, "Idempotency-Key": REQUEST})
    assert answer.status_code == 200, answer.text
    found = re.search(r'id="receipt">((?:\d{4} ){3}\d{4})<', answer.text)
    assert found
    return found[1]


def key_of(client: FlaskClient) -> str:
    found = re.search('name="key" value="([^"]+)"', client.get("/tips/new").text)
    assert found
    return found[1]


def state(client: FlaskClient, number: str) -> str:
    answer = client.post("/tips/receipt", data={"number": number})
    assert answer.status_code == 200, answer.text
    found = re.search('id="state">([^<]+)<', answer.text)
    assert found
    assert found[1] in STATES
    assert not BETWEEN.search(answer.text)
    return found[1]


def sql(app: flask.Flask, text: str, **values: object) -> list[sa.Row[tuple[object, ...]]]:
    with transaction(app.extensions["wuchuan"].engine, LOCAL) as connection:
        answer = connection.execute(sa.text(text), values)
        return list(answer) if answer.returns_rows else []


def step(app: flask.Flask, **told: object) -> None:
    """Take a step with the newest tip."""
    (tip_id, version) = sql(app, "SELECT max(tip_id), (SELECT count(*) FROM tip_steps) FROM tips")[0]
    body = {"version": version, "reason": "经查", **told}
    answer = signed_in(app).post(f"/tips/{tip_id}/steps", json=body, headers=HEADERS)
    assert answer.status_code == 200, answer.text


def long_ago(app: flask.Flask, cluster: Cluster, days: int) -> None:
    """Let every step have been taken so many days earlier, and every waiting time be thirty days."""
    with as_owner(cluster, app.extensions["wuchuan"].database) as connection:
        connection.execute(sa.text("UPDATE tip_steps SET at = at - make_interval(days => :days)"), {"days": days})
        connection.execute(sa.text("UPDATE receipts SET wait_days = 30"))


def test_a_receipt_of_sixteen_digits_shows_the_tip_as_registered_and_then_accepted(
    own_app: flask.Flask, anyone: FlaskClient
) -> None:
    number = submit(anyone)
    assert len(number.replace(" ", "")) == 16
    assert state(anyone, number) == "已登记"
    step(own_app, step="accepted")
    for typed in (number, number.replace(" ", ""), number.replace(" ", "-"), f" {number} ", wide(number)):
        assert state(anyone, typed) == "已受理"


def wide(number: str) -> str:
    """As an input method for Chinese may type it."""
    return "".join(chr(ord(digit) + 0xFEE0) if digit.isdigit() else digit for digit in number)


@pytest.mark.parametrize("decision", ["accepted", "duplicate", "transferred", "rejected"])
def test_what_became_of_it_shows_in_no_state_and_not_in_the_day_of_closing(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster, decision: str
) -> None:
    submit(anyone, "早先的一条")
    number = submit(anyone)
    original = sql(own_app, "SELECT min(tip_id) FROM tips")[0][0]
    more = {"duplicate": {"original": original}, "transferred": {"transferred_to": "东区公安分局"}}
    (tip_id,) = sql(own_app, "SELECT max(tip_id) FROM tips")[0]
    body = {"version": 1, "reason": "经查", "step": decision, **more.get(decision, {})}
    assert signed_in(own_app).post(f"/tips/{tip_id}/steps", json=body, headers=HEADERS).status_code == 200
    assert state(anyone, number) == "已受理"
    long_ago(own_app, cluster, 29)
    assert state(anyone, number) == "已受理"
    long_ago(own_app, cluster, 1)
    assert state(anyone, number) == "已办结"


#: What may be open at the place of a tip in the community WEST, and what of it lies elsewhere.
OPEN = {
    "an action to come": "INSERT INTO actions (name, date, window_since, window_until, agencies)"
    " VALUES ('甲', current_date + 3, now(), now() + interval '1 hour', '{公安}')",
    "an action of last week": "INSERT INTO actions (name, date, window_since, window_until, agencies)"
    " VALUES ('甲', current_date - 7, now(), now() + interval '1 hour', '{公安}')",
    "an alert": "INSERT INTO alerts (county_code, area_code, communities, since, until, observed, expected, llr, level,"
    " recurrence_days, chance_days, raised_on, loud_on, method, seed, post, due_on, geom) VALUES"
    " ('990101000000', :code, ARRAY[:code], '2026-01-01', '2026-02-01', 9, 1, 9, 5, 99, 999, '2026-02-01',"
    " '2026-02-01', 'scan', 1, '值班岗', '2026-02-15', ST_Multi(ST_MakeEnvelope(110, 20, 110.1, 20.1, 4490)))",
    "a standing zone": "INSERT INTO risk_zones (zone_id, area_code, grade, score, own_raid_share, tips, sources,"
    " findings, radius_m, expected, since, until, expires_on, reasons, evidence, method, geom) VALUES"
    " ('Z1', :code, 'red', 5, 0, 3, 3, 0, 300, 1, current_date - 90, current_date, current_date + 30, '{}', '[]', 'm',"
    " ST_Multi(ST_MakeEnvelope(110, 20, 110.1, 20.1, 4490)))",
}
CLOSED = {
    "an action to come": "UPDATE actions SET h_hour = NULL",  # only time ends it: see below
    "an action of last week": "UPDATE actions SET h_hour = NULL",
    "an alert": "UPDATE alerts SET result = 'nothing', closed_by = '值班岗', closed_at = now()",
    "a standing zone": "UPDATE risk_zones SET expires_on = current_date",
}


@pytest.mark.parametrize("kind", OPEN)
def test_it_is_closed_only_when_nothing_is_open_there_and_never_reopened(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster, kind: str
) -> None:
    number = submit(anyone)
    sql(own_app, "UPDATE tips SET community_code = :code", code=WEST)
    step(own_app, step="accepted")
    long_ago(own_app, cluster, 40)
    open_there(own_app, kind, WEST)
    assert state(anyone, number) == "已受理"
    with as_owner(cluster, own_app.extensions["wuchuan"].database) as connection:
        connection.execute(sa.text(CLOSED[kind]))
        connection.execute(sa.text("UPDATE actions SET date = current_date - 31"))
    assert state(anyone, number) == "已办结"
    with as_owner(cluster, own_app.extensions["wuchuan"].database) as connection:
        connection.execute(sa.text("UPDATE actions SET date = current_date + 3"))
    assert state(anyone, number) == "已办结"  # or whoever asks each day learns that something was planned


@pytest.mark.parametrize("kind", OPEN)
def test_what_is_open_elsewhere_holds_up_only_a_tip_without_a_place(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster, kind: str
) -> None:
    nowhere, here = submit(anyone, "地点不明"), submit(anyone)
    (first,) = sql(own_app, "SELECT min(tip_id) FROM tips")[0]
    sql(own_app, "UPDATE tips SET status = 'accepted', community_code = CASE WHEN tip_id > :first THEN :code END",
        first=first, code=WEST)  # fmt: skip
    long_ago(own_app, cluster, 40)
    with as_owner(cluster, own_app.extensions["wuchuan"].database) as connection:
        connection.execute(sa.text("UPDATE tips SET received_at = now() - interval '60 days'"))
    open_there(own_app, kind, EAST)
    assert (state(anyone, here), state(anyone, nowhere)) == ("已办结", "已受理")


def open_there(app: flask.Flask, kind: str, code: str) -> None:
    sql(app, OPEN[kind], **({"code": code} if ":code" in OPEN[kind] else {}))
    target = (
        "INSERT INTO targets (action_id, number, address, area_code, dwelling, geom)"
        " SELECT action_id, 1, '三楼', :code, true, 'SRID=4490;POINT(110 20)' FROM actions"
    )
    sql(app, target, code=code)


def test_an_action_five_hundred_metres_away_is_there_and_one_of_six_hundred_is_not(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster
) -> None:
    number = submit(anyone)
    sql(own_app, "UPDATE tips SET geom = 'SRID=4490;POINT(118.02 27.02)'")
    step(own_app, step="accepted")
    long_ago(own_app, cluster, 40)
    open_there(own_app, "an action to come", EAST)
    north = "UPDATE targets SET geom = ST_SetSRID(ST_MakePoint(118.02, 27.02 + :metres / 111195.0), 4490)"
    for metres, told in ((490, "已受理"), (600, "已办结")):
        with as_owner(cluster, own_app.extensions["wuchuan"].database) as connection:
            connection.execute(sa.text(north), {"metres": metres})
        assert state(anyone, number) == told


def test_the_waiting_time_tells_nobody_how_long_is_left() -> None:
    """Thirty days, then memoryless: of those who waited a month more, as many wait yet another as of all."""
    days = [desk._waiting_days() - desk._LEAST_DAYS for _ in range(20_000)]
    assert min(days) == 0
    first = sum(day >= 30 for day in days) / len(days)
    second = sum(day >= 60 for day in days) / sum(day >= 30 for day in days)
    assert first == pytest.approx(0.37, abs=0.03)
    assert second == pytest.approx(first, abs=0.03)


def test_a_wrong_number_and_an_unknown_one_are_answered_alike_with_the_same_work(
    anyone: FlaskClient, own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(anyone)
    hashed: list[int] = []
    scrypt = receipts.hashlib.scrypt
    monkeypatch.setattr(
        receipts.hashlib, "scrypt", lambda typed, **how: hashed.append(how["n"]) or scrypt(typed, **how)
    )
    answers, seen = [], []
    for number in ("1234 5678 9012 3456", "12", "", "abc", "x" * 5000, "1" * 400, "\0", "１２"):
        with statements(own_engine) as each:
            answer = anyone.post("/tips/receipt", data={"number": number, "words": ""})
        answers.append((answer.status_code, answer.get_data(), sorted(answer.headers.keys())))
        seen.append(list(each))
    assert len({(status, without_nonce(body), tuple(names)) for status, body, names in answers}) == 1
    assert answers[0][0] == 404
    assert seen == seen[:1] * len(seen)
    assert hashed == [2**14] * len(answers)
    words = [anyone.post("/tips/receipt", data={"number": number, "words": "补充"}) for number in ("9" * 16, "9")]
    assert {(each.status_code, without_nonce(each.get_data())) for each in words} == {
        (404, without_nonce(answers[0][1]))
    }


def without_nonce(body: bytes) -> bytes:
    return re.sub(rb'nonce="[^"]+"', b"", body)


def test_the_page_of_receipts_answers_before_any_number_without_reading_anything(
    anyone: FlaskClient, own_engine: sa.Engine
) -> None:
    with statements(own_engine) as seen:
        page = anyone.get("/tips/receipt")
    assert (page.status_code, seen) == (200, [])
    assert "<title>查询</title>" in page.text
    assert "无传一张图" not in page.text
    assert not BETWEEN.search(page.text)


def test_nothing_is_left_on_the_phone(anyone: FlaskClient) -> None:
    number = submit(anyone)
    pages = [
        anyone.get("/tips/new"),
        anyone.get("/tips/receipt"),
        anyone.post("/tips/receipt", data={"number": number}),
    ]
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
        assert "Location" not in page.headers
        assert page.text.count("<form") == page.text.count('autocomplete="off">\n<')
    scripts = "".join(anyone.get(f"/static/desks/tips/{name}.js").text for name in ("receipt", "public"))
    assert not re.search("localStorage|sessionStorage|indexedDB|document.cookie|pushState|replaceState", scripts)


def test_words_are_added_masked_and_stand_in_the_card_of_the_desk(own_app: flask.Flask, anyone: FlaskClient) -> None:
    number = submit(anyone)
    answer = anyone.post("/tips/receipt", data={"number": number, "words": f"四楼也有,电话{PHONE}"})
    assert answer.status_code == 200
    assert "补充的内容已收到" in answer.text
    (tip_id,) = sql(own_app, "SELECT tip_id FROM tips")[0]
    shown = signed_in(own_app).get(f"/tips/{tip_id}").json
    assert [(each["step"], each["post"]) for each in shown["steps"]] == [
        ("added", "公众网页"), ("supplemented", "公众网页")
    ]  # fmt: skip
    assert shown["steps"][1]["reason"] == "四楼也有,电话[已隐去]"
    assert shown["status"] == "new"
    assert [row["is_supplemented"] for row in signed_in(own_app).get("/tips/inbox").json["tips"]] == [True]
    # who looked at the card before the words came is told before he decides
    stale = signed_in(own_app).post(f"/tips/{tip_id}/steps", json={"version": 1, "step": "accepted"}, headers=HEADERS)
    assert (stale.status_code, "补充" in stale.json["sentence"]) == (412, True)


def test_so_many_words_a_day_and_no_more_and_a_second_press_is_none(own_app: flask.Flask, anyone: FlaskClient) -> None:
    number = submit(anyone)
    said = [anyone.post("/tips/receipt", data={"number": number, "words": f"第{n // 2}次"}) for n in range(12)]
    assert [each.status_code for each in said] == [200] * 10 + [409] * 2
    assert "一天最多补充 5 次" in said[-1].text
    assert "第5次" in said[-1].text  # what was typed is still there
    assert sql(own_app, "SELECT count(*) FROM tip_steps WHERE step = 'supplemented'")[0][0] == 5
    long = anyone.post("/tips/receipt", data={"number": number, "words": "长" * 1001})
    assert (long.status_code, "最多 1000 字" in long.text) == (400, True)


def test_added_words_say_nothing_of_what_became_of_a_tip(own_app: flask.Flask, anyone: FlaskClient) -> None:
    number = submit(anyone)
    known = {"since": dt.date(2020, 1, 1), "until": dt.date(2100, 1, 1)}
    for decision, expected in (("accepted", 1), ("rejected", 0)):
        step(own_app, step=decision)
        assert anyone.post("/tips/receipt", data={"number": number, "words": decision}).status_code == 200
        with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
            assert len(connection.execute(statement("tips_known"), known).all()) == expected
    assert sql(own_app, "SELECT status_before FROM tip_steps ORDER BY tip_step_id DESC LIMIT 1")[0][0] == "rejected"


def test_nobody_tries_more_than_twenty_numbers_an_hour(anyone: FlaskClient) -> None:
    number = submit(anyone)
    tried = [anyone.post("/tips/receipt", data={"number": str(n)}).status_code for n in range(MOST_LOOKS_FOR_ONE)]
    assert tried == [404] * MOST_LOOKS_FOR_ONE
    late = [anyone.post("/tips/receipt", data={"number": each}) for each in (number, "1")]
    assert [each.status_code for each in late] == [429, 429]
    assert without_nonce(late[0].get_data()) == without_nonce(late[1].get_data())
    other = anyone.post("/tips/receipt", data={"number": number}, environ_base={"REMOTE_ADDR": ADDRESS})
    assert other.status_code == 200
