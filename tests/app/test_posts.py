"""In whose name a session acts, and the page of posts."""

import re

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.posts import desk as post_desk
from gis.errors import Conflict
from layers import posts
from layers.actor import LOCAL
from layers.database import transaction
from layers.schema.tables import house

from .conftest import POST, signed_in, token_for

TOKEN = {"X-CSRF-Token": "the-token"}
JSON = TOKEN | {"Accept": "application/json"}


def newcomer(app: flask.Flask) -> FlaskClient:
    """Somebody signed in who has not been asked yet."""
    return signed_in(app, post="")


def tell(client: FlaskClient) -> tuple[int, dict[str, object]]:
    answer = client.post("/tips", json={"text": "三楼每天有人听课"}, headers=JSON)
    return answer.status_code, answer.json


def signed(engine: sa.Engine) -> list[str]:
    with transaction(engine, LOCAL) as connection:
        return list(connection.execute(sa.text("SELECT post FROM tip_steps ORDER BY tip_step_id")).scalars())


def noted(engine: sa.Engine) -> list[tuple[str, dict[str, str]]]:
    with transaction(engine, LOCAL) as connection:
        rows = connection.execute(
            sa.select(house.audit.c.action, house.audit.c.detail).order_by(house.audit.c.audit_id)
        )
        return [(row.action, row.detail) for row in rows if row.action not in {"done", "refused"}]


def test_who_signed_in_is_asked_and_nothing_is_signed_before_that(
    own_app: flask.Flask, own_engine: sa.Engine, own_owner: sa.Engine
) -> None:
    client = own_app.test_client()
    asked = client.post("/enter", data={"token": token_for(own_owner)}, follow_redirects=True)
    assert "您以哪个岗位办理" in asked.text
    session = client.get("/api/session").json
    assert session["post"] is None
    token = {"X-CSRF-Token": session["csrf_token"], "Accept": "application/json"}
    refused = client.post("/tips", json={"text": "三楼每天有人听课"}, headers=token)
    assert (refused.status_code, refused.json["error"]) == (403, "choose_post")
    assert "还没有选岗位" in refused.json["sentence"]
    assert signed(own_engine) == []
    form = {"post": POST, "next": "/tips", "csrf_token": session["csrf_token"]}
    assert client.post("/post", data=form).headers["Location"] == "/tips"
    assert client.get("/api/session").json["post"] == POST
    assert client.post("/tips", json={"text": "三楼每天有人听课"}, headers=token).status_code == 201
    assert signed(own_engine) == [POST]


#: Every request by which somebody signs something, as a form or as JSON.
ACTS = {
    "a tip": ("POST", "/tips", {"json": {"text": "听课"}}),
    "a step": ("POST", "/tips/1/steps", {"json": {"step": "accepted", "version": 0}}),
    "an action": ("POST", "/api/actions", {"json": {
        "name": "行动", "date": "2099-01-01", "since": "10:00", "agencies": [], "targets": []}}),
    "a plan": ("POST", "/api/actions/1/plan", {"headers": {"If-Match": '"1"'}}),
    "an approval": ("POST", "/api/actions/1/approve", {"headers": {"If-Match": '"1"'}}),
    "papers": ("PUT", "/api/actions/1/targets/1", {"json": {"evidence": "证"}, "headers": {"If-Match": '"1"'}}),
    "a review": ("PUT", "/api/zones/z/review", {"data": {
        "decision": "confirmed", "grade": "red", "expires_on": "2026-05-01", "reason": "走访", "version": "1-0"}}),
    "a closing": ("POST", "/alerts/1/close", {"data": {"result": "nothing", "version": "1"}}),
    "an opening": ("POST", "/alerts/1/reopen", {"data": {"reason": "又有", "version": "2"}}),
    "one more post": ("POST", "/posts", {"data": {"post": "丁岗"}}),
    "one post less": ("POST", "/posts/1/retire", {}),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_whoever_acts_without_a_post_is_asked(app: flask.Flask, act: str) -> None:
    method, address, sent = ACTS[act]
    headers = JSON | sent.get("headers", {})
    answer = newcomer(app).open(address, method=method, **(sent | {"headers": headers}))
    assert (answer.status_code, answer.json["error"]) == (403, "choose_post"), answer.text


def test_adding_a_post_changes_in_whose_name_nobody_signs(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    first, second = signed_in(own_app), newcomer(own_app)
    answer = first.post("/posts", data={"post": "副指挥长岗"}, headers=TOKEN)  # sorts before the one there is
    assert answer.status_code == 303
    assert tell(first)[0] == 201
    assert tell(second)[0] == 403
    assert signed(own_engine) == [POST]
    assert noted(own_engine)[-1] == ("post_added", {"post": "副指挥长岗", "by": POST})


def test_who_acts_as_a_post_that_is_retired_is_asked_again(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        posts.add(connection, "甲岗", area_code="99")
        (row,) = [each for each in posts.listed(connection)[0] if each["post"] == "甲岗"]
    client, other = signed_in(own_app, post="甲岗"), signed_in(own_app)
    assert tell(client)[0] == 201
    assert other.post(f"/posts/{row['post_id']}/retire", headers=TOKEN).status_code == 303
    status, told = tell(client)
    assert (status, told["error"], told["sentence"]) == (
        403, "choose_post", "没有岗位“甲岗”,或者它已经撤销、不再是您的:请先在页面上方另选一个岗位,再做一次",
    )  # fmt: skip
    assert "请选岗位" in client.get("/posts").text
    assert signed(own_engine) == ["甲岗"]
    assert other.post(f"/posts/{row['post_id']}/retire", headers=JSON).status_code == 404


def test_the_bar_of_every_page_says_who_acts(app: flask.Flask) -> None:
    pages = ("/", "/tips", "/alerts", "/actions", "/actions/new", "/import", "/backtest", "/posts", "/story")
    for client, shown in ((signed_in(app), POST), (newcomer(app), "请选岗位")):
        for page in pages:
            assert re.search(rf'<b id="acting">{shown}</b>', client.get(page).text), page


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "javascript:1", "/\r\nX: y"]
)
def test_the_question_leads_to_no_other_host(app: flask.Flask, there: str) -> None:
    chosen = signed_in(app).post("/post", data={"post": POST, "next": there}, headers=TOKEN)
    assert chosen.headers["Location"] == "/"
    assert signed_in(app).get("/post", query_string={"next": there}).status_code == 400


def test_the_first_post_of_a_city_needs_no_other(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        post_desk.remove_post(connection, LOCAL, POST)
    client = newcomer(own_app)
    assert "本市还没有登记岗位" in client.get("/post").text
    assert client.post("/posts", data={"post": "甲岗", "work_phone": "0599-1234567"}, headers=TOKEN).status_code == 303
    assert "0599-1234567" in client.get("/posts").text
    assert client.get("/api/session").json["post"] is None  # adding is not choosing


@pytest.mark.parametrize(
    ("told", "status", "sentence"),
    [
        ({"post": ""}, 400, "职务名称"),
        ({"post": POST}, 409, "已经有岗位"),
        ({"post": "甲岗", "area": "没有的县"}, 404, "没有叫“没有的县”的区划"),
        ({"post": "甲岗", "area": "西\0县"}, 400, "不能保存的字符"),
        ({"post": "甲岗", "work_phone": "打给张三"}, 400, "办公电话只写数字"),
    ],
)
def test_a_post_that_cannot_be_is_refused_and_what_was_filled_in_stays(
    app: flask.Flask, told: dict[str, str], status: int, sentence: str
) -> None:
    answer = signed_in(app).post("/posts", data=told, headers=TOKEN)
    assert (answer.status_code, sentence in answer.text) == (status, True)
    if "\0" not in "".join(told.values()):
        assert all(f'value="{value}"' in answer.text for value in told.values())


def test_an_area_is_named_by_name_or_code_and_posts_are_found_by_both(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        connection.execute(
            sa.text("INSERT INTO areas (code, name, level, identity) VALUES ('990101000000', '西县', 'county',"
                    " gen_random_uuid())")
        )  # fmt: skip
    for post, area in (("甲岗", "西县"), ("乙岗", "990101000000")):
        assert client.post("/posts", data={"post": post, "area": area}, headers=TOKEN).status_code == 303
    found = client.get("/api/posts?text=西县").json
    assert [(each["post"], each["area"]) for each in found["posts"]] == [("乙岗", "西县"), ("甲岗", "西县")]
    assert (found["numberMatched"], found["acting"]) == (2, POST)


def test_a_title_is_given_once_and_only_the_post_that_is_meant_is_retired(
    own_app: flask.Flask, own_engine: sa.Engine
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        posts.add(connection, "甲岗", area_code="99")
        posts.add(connection, "甲岗(2)", area_code="99")
        keys = {row["post"]: row["post_id"] for row in posts.listed(connection)[0]}
    with pytest.raises(Conflict, match="已经有岗位“甲岗”"), transaction(own_engine, LOCAL) as connection:
        posts.add(connection, "甲岗", area_code="990101000000")
    with pytest.raises(sa.exc.IntegrityError), transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("INSERT INTO posts (title, area_code) VALUES ('甲岗', '99')"))
    assert signed_in(own_app).post(f"/posts/{keys['甲岗(2)']}/retire", headers=TOKEN).status_code == 303
    with transaction(own_engine, LOCAL) as connection:
        assert sorted(posts.titles(connection)) == sorted(["甲岗", POST])
