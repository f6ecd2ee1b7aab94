"""What is submitted twice under one id is taken once, and answered alike."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask
import pytest
import sqlalchemy as sa

from app.core.acting import SAFE_METHODS
from app.core.once import FREE
from layers.actor import LOCAL
from layers.database import transaction

from .conftest import signed_in

JSON = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
AT_ONCE = 8
FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [118.15, 27.05]},
    "properties": {"name": "路口", "family": "note", "note": "", "radius_m": None},
}


def rows(engine: sa.Engine, table: str) -> int:
    with transaction(engine, LOCAL) as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def send(app: flask.Flask, address: str, client_id: str, **sent: Any) -> tuple[int, Any]:
    answer = signed_in(app).post(address, headers=JSON | {"Idempotency-Key": client_id}, **sent)
    return answer.status_code, answer.json if answer.is_json else answer.headers.get("Location")


#: What stores something new: where it is sent, what, and the table that it stands in.
NEW = {
    "a tip": ("/tips", {"json": {"text": "三楼每天有人听课"}}, "tips"),
    "a drawing": ("/api/drawn-zones", {"json": FEATURE}, "drawn_zones"),
    "a post": ("/posts", {"data": {"post": "甲岗"}}, "posts WHERE post = '甲岗'"),
    "a back-test": ("/backtest", {}, "procrastinate_jobs"),
}


@pytest.mark.parametrize("kind", NEW)
def test_eight_at_once_under_one_id_are_one(own_app: flask.Flask, own_engine: sa.Engine, kind: str) -> None:
    (address, sent, table), client_id, start = NEW[kind], uuid.uuid4().hex, threading.Barrier(AT_ONCE)

    def again(_: int) -> tuple[int, Any]:
        start.wait()
        return send(own_app, address, client_id, **sent)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(again, range(AT_ONCE)))
    assert answers[0][0] in {201, 303}
    assert answers == answers[:1] * AT_ONCE
    assert rows(own_engine, table) == 1
    assert send(own_app, address, client_id, **sent) == answers[0]  # a minute later, after a lost answer


def test_another_id_and_none_at_all_are_others(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    address, sent, table = NEW["a tip"]
    for _ in range(2):
        assert send(own_app, address, uuid.uuid4().hex, **sent)[0] == 201
        assert send(own_app, address, "", **sent)[0] == 201
    assert rows(own_engine, table) == 4


def test_the_same_id_with_other_words_is_told_and_stores_nothing(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    assert send(own_app, "/tips", "id-of-a-form", json={"text": "甲"})[0] == 201
    status, told = send(own_app, "/tips", "id-of-a-form", json={"text": "乙"})
    assert (status, told["error"]) == (409, "other_submission")
    assert send(own_app, "/api/drawn-zones", "id-of-a-form", json=FEATURE)[0] == 409
    assert (rows(own_engine, "tips"), rows(own_engine, "drawn_zones")) == (1, 0)


def test_what_was_refused_may_be_corrected_under_its_id(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    assert send(own_app, "/tips", "id-of-a-form", json={"text": " "})[0] == 400
    assert rows(own_engine, "submissions") == 0
    assert send(own_app, "/tips", "id-of-a-form", json={"text": "听课"})[0] == 201


def test_a_page_that_refuses_keeps_nothing_either(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    client = signed_in(own_app)
    form = {"post": "甲岗13812345678", "client_id": "id-of-a-form", "csrf_token": "the-token"}
    assert client.post("/posts", data=form).status_code == 400  # the page with the fault, not an error
    assert rows(own_engine, "submissions") == 0
    assert client.post("/posts", data=form | {"post": "甲岗"}).status_code == 303
    assert rows(own_engine, "posts WHERE post = '甲岗'") == 1


def test_the_id_may_stand_in_the_form_or_the_body(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    client = signed_in(own_app)
    bodies = [client.post("/tips", json={"text": "听课", "client_id": "id-of-a-form"}, headers=JSON) for _ in range(2)]
    assert bodies[0].json == bodies[1].json
    form = {"post": "甲岗", "client_id": "another-form"}
    assert [client.post("/posts", data=form, headers=JSON).status_code for _ in range(2)] == [303, 303]
    assert (rows(own_engine, "tips"), rows(own_engine, "posts")) == (1, 2)


@pytest.mark.parametrize(("address", "form"), [("/api/uploads", {"size": "1"}), ("/api/analyses", {})])
def test_every_form_may_hold_its_id_the_token_and_what_it_asks(
    own_app: flask.Flask, own_engine: sa.Engine, address: str, form: dict[str, str]
) -> None:
    of_any = {"client_id": "id-of-a-form", "csrf_token": "the-token", "names": "ask"}
    answers = [signed_in(own_app).post(address, data=form | of_any, headers=JSON) for _ in range(2)]
    assert answers[0].status_code in {201, 202}
    assert answers[0].json == answers[1].json
    assert rows(own_engine, "submissions") == 1


def test_a_version_that_was_looked_up_again_is_no_other_submission(own_app: flask.Flask) -> None:
    tip_id = send(own_app, "/tips", "id-of-a-tip", json={"text": "听课"})[1]["tip_id"]
    address, step = f"/tips/{tip_id}/steps", {"step": "accepted"}
    first = send(own_app, address, "id-of-a-step", json=step | {"version": 1})
    assert first[0] == 200
    assert send(own_app, address, "id-of-a-step", json=step | {"version": 2}) == first


def test_the_public_form_gives_a_second_submission_the_first_receipt(
    own_app: flask.Flask, own_engine: sa.Engine
) -> None:
    anyone = own_app.test_client()
    key = anyone.get("/tips/new").text.partition('name="key" value="')[2].partition('"')[0]
    answers = [anyone.post("/tips/new", data={"key": key, "text": "有人听课"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    numbers = [answer.text.partition('id="receipt">')[2].partition("<")[0] for answer in answers]
    assert (len(numbers[0]), numbers[0]) == (19, numbers[1])
    assert rows(own_engine, "tips") == 1
    assert rows(own_engine, "submissions") == 0  # its answer holds the receipt


def test_a_step_that_comes_again_is_not_told_that_somebody_was_quicker(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    tip_id = client.post("/tips", json={"text": "听课"}, headers=JSON).json["tip_id"]
    step = {"step": "accepted", "version": 1, "client_id": "id-of-a-step"}
    answers = [client.post(f"/tips/{tip_id}/steps", json=step, headers=JSON) for _ in range(2)]
    assert [(each.status_code, each.json["version"]) for each in answers] == [(200, 2), (200, 2)]


@pytest.mark.parametrize("client_id", ["short", "x" * 65, "有汉字的编号啊啊", "a b c d e f g"])
def test_what_is_no_id_is_refused(app: flask.Flask, client_id: str) -> None:
    body = {"text": "听课", "client_id": client_id}
    answer = signed_in(app).post("/tips", json=body, headers=JSON)
    assert (answer.status_code, answer.json["error"]) == (400, "bad_client_id")


def test_no_word_of_what_was_sent_is_kept_with_the_id(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    send(own_app, "/tips", "id-of-a-form", json={"text": "私密内容"})
    with transaction(own_engine, LOCAL) as connection:
        (kept,) = connection.execute(sa.text("SELECT submissions::text, body FROM submissions")).all()
    assert "私密内容" not in kept[0] + bytes(kept[1]).decode()


def test_every_route_that_stores_something_takes_an_id(app: flask.Flask) -> None:
    unsafe = {
        rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - SAFE_METHODS
    }  # fmt: skip
    assert unsafe - {end for end in unsafe if hasattr(app.view_functions[end], "__wrapped__")} == FREE
