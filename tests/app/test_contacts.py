"""A tip-giver's contact: sealed as it comes in, opened by the desk's private key alone, and each time recorded."""

import base64
import logging
import re
from collections.abc import Callable
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from nacl import bindings
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox

from app.desks.contacts import desk
from app.service import examine
from gis.errors import Forbidden
from layers import posts
from layers.actor import LOCAL, PUBLIC, SERVICE, Actor
from layers.database import transaction
from layers.host.embedded import Cluster

from .conftest import COUNTY, EAST, POST, WEST, signed_in
from .test_receipt_traces import dumped
from .test_receipts import TEXT, key_of, sql

HEADERS = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
CONTACT = "王小明 手机13800138000 晚上七点后"
OTHER = "副班岗"
Opens = Callable[[FlaskClient, int], str]


@pytest.fixture
def anyone(own_app: flask.Flask) -> FlaskClient:
    own_app.extensions.pop("wuchuan_gate", None)
    return own_app.test_client()


@pytest.fixture
def private(own_app: flask.Flask) -> PrivateKey:
    """The desk's private key, which its browsers alone have; a second post is on duty to hold it."""
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        posts.add(connection, OTHER, area_code="99")
    key = PrivateKey.generate()
    answer = at_desk(own_app).post("/contacts/keys", json=new_key(bytes(key.public_key)), headers=HEADERS)
    assert answer.status_code == 201, answer.text
    return key


def at_desk(app: flask.Flask) -> FlaskClient:
    return signed_in(app, account="线索岗", role="tip_desk")


def new_key(public: bytes, *, holders: tuple[int, ...] = (1, 2), titles: tuple[str, ...] = (POST, OTHER)) -> Any:
    copies = [
        {"holder": holder, "post": post, "salt": packed(b"s" * 16), "wrapped": packed(bytes([holder]) * 72)}
        for holder, post in zip(holders, titles, strict=True)
    ]
    return {"public_key": packed(public), "copies": copies}


def packed(value: bytes) -> str:
    return base64.b64encode(value).decode()


def submit(client: FlaskClient, **sent: str) -> int:
    answer = client.post("/tips/new", data={"key": key_of(client), "text": TEXT, **sent})
    assert answer.status_code == 200, answer.text
    assert CONTACT not in answer.text
    return int(str(sql(client.application, "SELECT max(tip_id) FROM tips")[0][0]))


def read(told: dict[str, str], private: PrivateKey) -> str:
    """What a browser does with what the service hands over, by another library."""
    own = SealedBox(private).decrypt(base64.b64decode(told["sealed_key"]))
    padded = SecretBox(own).decrypt(base64.b64decode(told["sealed"]))
    return bindings.sodium_unpad(padded, 768).decode()


def opened(app: flask.Flask, tip_id: int) -> Any:
    return at_desk(app).post(f"/contacts/{tip_id}/open", headers=HEADERS)


def test_a_contact_in_plain_is_sealed_on_arrival_and_stands_nowhere_in_plain(
    own_app: flask.Flask, anyone: FlaskClient, private: PrivateKey, cluster: Cluster, own_engine: sa.Engine,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    tip_id = submit(anyone, contact=CONTACT, names="ask")  # and nobody is asked whether that is a name
    answer = opened(own_app, tip_id)
    assert read(answer.json, private) == CONTACT
    dump = dumped(cluster, own_engine)
    assert TEXT in dump
    for planted in ("王小明", "13800138000", "七点", CONTACT.encode().hex(), "王小明".encode().hex()):
        assert planted not in dump
        assert planted not in caplog.text
    assert not any(private_key in dump for private_key in (bytes(private).hex(), packed(bytes(private))))


def test_a_contact_sealed_in_a_browser_is_stored_as_it_came(
    own_app: flask.Flask, anyone: FlaskClient, private: PrivateKey
) -> None:
    by_form = submit(anyone, **{f"contact_{name}": value for name, value in sealed(private).items()})
    tip = {"text": "电话里说三楼有人听课", "contact": sealed(private)}
    by_phone = at_desk(own_app).post("/tips", json=tip, headers=HEADERS).json["tip_id"]
    for tip_id in (by_form, by_phone):
        assert read(opened(own_app, tip_id).json, private) == CONTACT
        assert at_desk(own_app).get(f"/tips/{tip_id}").json["has_contact"]
    lengths = sql(
        own_app, "SELECT DISTINCT length(sealed), length(sealed_key) FROM contacts JOIN contact_keys USING (contact_id)"
    )
    assert [tuple(row) for row in lengths] == [(808, 80)]


def sealed(private: PrivateKey, *, desk_key: str = "1") -> dict[str, str]:
    own = b"k" * 32
    body = SecretBox(own).encrypt(bindings.sodium_pad(CONTACT.encode(), 768))
    key = SealedBox(private.public_key).encrypt(own)
    return {"desk_key": desk_key, "sealed": packed(bytes(body)), "sealed_key": packed(key)}


@pytest.mark.usefixtures("private")
def test_each_opening_is_recorded_with_account_and_post_and_nobody_else_opens(
    own_app: flask.Flask, anyone: FlaskClient
) -> None:
    tip_id = submit(anyone, contact=CONTACT)
    for role in ("viewer", "editor", "planner", "auditor", "administrator"):
        client = signed_in(own_app, account=f"甲{role}", role=role)
        for path in (f"/contacts/{tip_id}/open", "/contacts/keys", "/contacts/holders", f"/contacts/{tip_id}/reward"):
            assert client.post(path, json={}, headers=HEADERS).status_code == 403, (role, path)
        assert client.get("/contacts/list").status_code == 403
    assert anyone.post(f"/contacts/{tip_id}/open").status_code in {302, 401, 403}
    assert sql(own_app, "SELECT count(*) FROM contact_steps WHERE step = 'opened'")[0][0] == 0
    assert opened(own_app, tip_id).status_code == 200
    steps = sql(own_app, "SELECT step, account, post, noun FROM history WHERE noun = 'contact' ORDER BY at, step DESC")
    assert [tuple(row)[:3] for row in steps] == [("sealed", "公众", "公众网页"), ("opened", "线索岗", POST)]


@pytest.mark.usefixtures("private")
def test_a_desk_opens_the_contacts_of_its_own_ground_alone(own_app: flask.Flask, anyone: FlaskClient) -> None:
    here, there = submit(anyone, contact=CONTACT), submit(anyone, contact=CONTACT)
    for tip_id, code in ((here, WEST), (there, EAST)):
        sql(own_app, "UPDATE tips SET community_code = :code WHERE tip_id = :it", code=code, it=tip_id)
    client = signed_in(own_app, account="西县线索岗", role="tip_desk", area=COUNTY)
    asked = {tip_id: client.post(f"/contacts/{tip_id}/open", headers=HEADERS) for tip_id in (here, there)}
    assert [(answer.status_code, answer.json.get("error")) for answer in asked.values()] == [
        (200, None), (404, "no_contact")
    ]  # fmt: skip
    assert client.post(f"/contacts/{there}/reward", json={"reward": "paid"}, headers=HEADERS).status_code == 404
    assert [row["tip_id"] for row in client.get("/contacts/list").json["contacts"]] == [here]
    assert len(at_desk(own_app).get("/contacts/list").json["contacts"]) == 2


@pytest.mark.parametrize("actor", [LOCAL, PUBLIC, SERVICE, LOCAL.at(POST)])
def test_no_command_and_no_job_opens_a_contact(own_engine: sa.Engine, actor: Actor) -> None:
    with transaction(own_engine, actor) as connection:
        with pytest.raises(Forbidden, match="只能由线索岗位在网页上办理"):
            desk.open_contact(connection, actor, 1)
        with pytest.raises(Forbidden):
            desk.make_key(connection, actor, desk.NewKey(public_key="", copies=[]))


@pytest.mark.usefixtures("private")
def test_what_has_ended_stays_so(own_app: flask.Flask, anyone: FlaskClient) -> None:
    tip_id = submit(anyone, contact=CONTACT)

    def moved(reward: str) -> tuple[int, str]:
        answer = at_desk(own_app).post(f"/contacts/{tip_id}/reward", json={"reward": reward}, headers=HEADERS)
        return answer.status_code, answer.json.get("error", "")

    assert moved("none") == (400, "bad_reward")
    assert [moved(each)[0] for each in ("promised", "promised", "paid")] == [200, 409, 200]
    assert [moved(each) for each in ("lapsed", "promised", "paid")] == [(409, "reward_stands")] * 3
    listed = at_desk(own_app).get("/contacts/list").json["contacts"]
    assert [(row["tip_id"], row["reward"], row["is_kept"], row["opened"]) for row in listed] == [
        (tip_id, "paid", True, 0)
    ]
    assert "sealed" not in at_desk(own_app).get("/contacts/list").text.replace("public_key", "")


def test_without_a_key_the_form_asks_for_no_contact_and_takes_none(own_app: flask.Flask, anyone: FlaskClient) -> None:
    assert 'name="contact"' not in anyone.get("/tips/new").text
    answer = anyone.post("/tips/new", data={"key": key_of(anyone), "text": TEXT, "contact": CONTACT})
    assert answer.status_code == 400
    assert "还没有设置密钥" in answer.text
    assert CONTACT not in answer.text
    assert sql(own_app, "SELECT count(*) FROM tips")[0][0] == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"contact": "长" * 201},
        {"contact": "😀" * 200},
        {"contact": "甲\0乙"},
        {"contact_sealed": "不是", "contact_sealed_key": "", "contact_desk_key": "1"},
        {"contact_sealed": packed(b"x" * 807), "contact_sealed_key": packed(b"x" * 80), "contact_desk_key": "1"},
        {"contact_sealed": packed(b"x" * 808), "contact_sealed_key": packed(b"x" * 79), "contact_desk_key": "1"},
        {"contact_sealed": packed(b"x" * 808), "contact_sealed_key": packed(b"x" * 80), "contact_desk_key": "7"},
        {"contact_sealed": packed(b"x" * 808), "contact_sealed_key": packed(b"x" * 80), "contact_desk_key": "٣"},
    ],
)
@pytest.mark.usefixtures("private")
def test_a_bad_contact_is_refused_in_one_sentence_with_the_tip_it_came_with(
    own_app: flask.Flask, anyone: FlaskClient, sent: dict[str, str]
) -> None:
    answer = anyone.post("/tips/new", data={"key": key_of(anyone), "text": TEXT, **sent})
    assert answer.status_code in {400, 404}
    fault = re.search('role="alert">([^<]+)<', answer.text)
    assert fault
    assert fault[1].endswith(";联系方式请再填一次")
    assert sql(own_app, "SELECT (SELECT count(*) FROM tips) + (SELECT count(*) FROM contacts)")[0][0] == 0


def test_a_key_has_two_holders_and_one_of_them_is_replaced(
    own_app: flask.Flask, anyone: FlaskClient, private: PrivateKey
) -> None:
    public = b"p" * 32
    for bad in (
        new_key(public, holders=(1,), titles=(POST,)),
        new_key(public, holders=(1, 1)),
        new_key(public, titles=(POST, POST)),
        new_key(public, titles=(POST, "没有这个岗")),
        new_key(b"short"),
        {"public_key": packed(public)},
        {"public_key": packed(public), "copies": 7},
        {"public_key": packed(public), "copies": [{"holder": True, "post": POST, "salt": "", "wrapped": ""}] * 2},
        {"public_key": 7, "copies": new_key(public)["copies"]},
        [],
    ):
        answer = at_desk(own_app).post("/contacts/keys", json=bad, headers=HEADERS)
        assert (answer.status_code, "sentence" in answer.json) == (400, True), bad
    copy = new_key(public, holders=(2,), titles=("第三岗",))["copies"][0] | {"wrapped": packed(b"w" * 72)}
    assert hold(own_app, copy) == (400, "no_post")
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        posts.add(connection, "第三岗", area_code="99")
    assert hold(own_app, copy | {"post": POST}) == (400, "bad_holders")
    for bad in (copy | {"holder": 1.0}, copy | {"holder": None}, copy | {"salt": None}, copy | {"more": 1}, {}):
        assert hold(own_app, bad) == (400, "bad_key"), bad
    for number, status in ((7, 404), (2**63, 400), (-1, 400), ("1", 400)):
        assert hold(own_app, copy, desk_key=number)[0] == status, number
    same = at_desk(own_app).post("/contacts/keys", json=new_key(bytes(private.public_key)), headers=HEADERS)
    assert (same.status_code, same.json["error"]) == (409, "key_taken")
    assert hold(own_app, copy) == (201, "")
    tip_id = submit(anyone, contact=CONTACT)
    copies = opened(own_app, tip_id).json["copies"]
    assert [(each["post"], base64.b64decode(each["wrapped"])[:1]) for each in copies] == [
        (POST, b"\1"),
        ("第三岗", b"w"),
    ]


def hold(app: flask.Flask, copy: dict[str, Any], *, desk_key: object = 1) -> tuple[int, str]:
    answer = at_desk(app).post("/contacts/holders", json={"desk_key": desk_key, "copy": copy}, headers=HEADERS)
    return answer.status_code, answer.json.get("error", "")


def test_after_another_key_former_contacts_open_by_theirs(
    own_app: flask.Flask, anyone: FlaskClient, private: PrivateKey
) -> None:
    before = submit(anyone, contact=CONTACT)
    another = PrivateKey.generate()
    made = at_desk(own_app).post("/contacts/keys", json=new_key(bytes(another.public_key)), headers=HEADERS)
    assert made.status_code == 201
    after = submit(anyone, contact=CONTACT)
    assert read(opened(own_app, before).json, private) == CONTACT
    assert read(opened(own_app, after).json, another) == CONTACT


def test_the_plain_role_changes_no_contact_and_removes_no_key(own_engine: sa.Engine) -> None:
    for statement in (
        "DELETE FROM contact_keys", "UPDATE contact_keys SET sealed_key = ''", "DELETE FROM contacts",
        "UPDATE contacts SET sealed = ''", "UPDATE desk_keys SET public_key = ''", "DELETE FROM desk_key_copies",
        "UPDATE desk_key_copies SET wrapped = ''", "UPDATE contact_steps SET post = ''", "TRUNCATE contact_keys",
    ):  # fmt: skip
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), own_engine.begin() as connection:
            connection.execute(sa.text(statement))


@pytest.mark.usefixtures("private")
def test_the_doctor_names_a_holder_who_is_gone(own_app: flask.Flask) -> None:
    def seen() -> tuple[bool, str]:
        with transaction(own_app.extensions["wuchuan"].engine, SERVICE) as connection:
            finding = examine._holders(connection)
        return finding.well, finding.sentence

    assert seen() == (True, f"密钥由“{POST}、{OTHER}”持有,到期的都已销毁")
    sql(own_app, "DELETE FROM posts WHERE post = :post", post=OTHER)
    assert seen() == (False, f"持有密钥的岗位“{OTHER}”已经撤销,请在“联系方式”页更换")
