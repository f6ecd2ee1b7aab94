"""Accounts: signed in by password and code, invited, disabled, handed over; and what ends a sign-in."""

import dataclasses
import datetime as dt
import re
import threading
import time

import flask
import pyotp
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import passwords
from app.core.sign_ins import SlowDown
from gis.errors import Refused, TooMany
from layers import accounts, posts
from layers.actor import LOCAL
from layers.database import transaction
from layers.schema.tables import house
from layers.sign_ins import IDLE_MINUTES, LONGEST_HOURS

from .conftest import POST, signed_in

TOKEN = {"X-CSRF-Token": "the-token"}
JSON = TOKEN | {"Accept": "application/json"}
PASSWORD = "山前有三棵很老的樟树"  # noqa: S105
LINK = re.compile(r"http://localhost/invited\?token=[\w-]+")


@pytest.fixture
def boss(own_app: flask.Flask) -> FlaskClient:
    return signed_in(own_app, account="主任", role="administrator")


def number(engine: sa.Engine, account: str) -> int:
    with transaction(engine, LOCAL) as connection:
        return accounts.by_name(connection, account).account_id


def added(boss: FlaskClient, engine: sa.Engine, account: str, role: str = "tip_desk", **told: str) -> int:
    answer = boss.post("/accounts", data={"account": account, "role": role, **told}, headers=TOKEN)
    assert answer.status_code == 303, answer.text
    return number(engine, account)


def invited(boss: FlaskClient, account_id: int, **told: str) -> str:
    page = boss.post(f"/accounts/{account_id}/slip", data=told, headers=TOKEN).text
    return LINK.findall(page)[0].partition("token=")[2]


def with_password(
    boss: FlaskClient, engine: sa.Engine, account: str, role: str = "tip_desk", **told: str
) -> FlaskClient:
    """Add, invite and let in an account; the client is signed in."""
    token = invited(boss, added(boss, engine, account, role, **told))
    client = boss.application.test_client()
    answer = client.post("/invited", data={"token": token, "password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/me"), answer.text
    return client


def enter(app: flask.Flask, account: str, password: str = PASSWORD, **told: str) -> tuple[FlaskClient, int, str]:
    """Whoever fills in the form: the client, the status, the page."""
    client = app.test_client()
    (token,) = re.findall(r'name="csrf_token" value="([\w-]+)"', client.get("/sign-in").text)
    form = {"account": account, "password": password, "csrf_token": token} | told
    answer = client.post("/sign-in", data=form)
    return client, answer.status_code, answer.text


def notes(engine: sa.Engine) -> list[tuple[str, object]]:
    """What the audit keeps, by whom; each at the moment it was, not by the day as of the public."""
    with transaction(engine, LOCAL) as connection:
        kept = house.audit.c
        recent = sa.func.now() - kept.at < sa.text("interval '10 minutes'")
        rows = connection.execute(sa.select(kept.action, kept.account, recent).order_by(kept.audit_id)).all()
    assert all(row[2] for row in rows)
    return [(row[0], row[1]) for row in rows]


def test_an_invited_account_sets_its_password_once_and_signs_in_by_it(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient
) -> None:
    account_id = added(boss, own_engine, "受理一", area="", post=POST)
    token = invited(boss, account_id)
    stranger = own_app.test_client()
    assert "为账户“受理一”设置口令" in stranger.get(f"/invited?token={token}").text
    short = stranger.post("/invited", data={"token": token, "password": "短", "again": "短"})
    assert (short.status_code, "10 到 128 个字符" in short.text) == (400, True)
    set_ = {"token": token, "password": PASSWORD, "again": PASSWORD}
    assert stranger.post("/invited", data=set_).status_code == 303
    assert stranger.get("/api/session").json["account"] == "受理一"
    again = own_app.test_client().post("/invited", data=set_)
    assert (again.status_code, "已经用过" in again.text) == (403, True)
    client, status, _ = enter(own_app, "受理一")
    assert (status, client.get("/api/session").json["post"]) == (303, POST)  # the one it holds
    assert ("signed_in", "受理一") in notes(own_engine)


@pytest.mark.parametrize(
    ("account", "password"), [("受理一", "不是这个口令"), ("没有这个人", PASSWORD), ("受\0理", "")]
)
def test_a_wrong_password_and_an_unknown_account_are_refused_alike(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient, account: str, password: str
) -> None:
    with_password(boss, own_engine, "受理一")
    client, status, page = enter(own_app, account, password)
    assert (status, "账户、口令或动态码不对" in page) == (403, True)
    assert client.get("/api/session").status_code == 401
    assert notes(own_engine)[-1] == ("sign_in_refused", "受理一" if account == "受理一" else "登录")


def test_the_form_needs_the_token_of_its_page(own_app: flask.Flask) -> None:
    answer = own_app.test_client().post("/sign-in", data={"account": "主任", "password": PASSWORD})
    assert answer.status_code == 403


def test_nothing_of_a_password_or_a_token_is_stored_as_it_is(own_engine: sa.Engine, boss: FlaskClient) -> None:
    with_password(boss, own_engine, "受理一")
    with transaction(own_engine, LOCAL) as connection:
        kept = accounts.by_name(connection, "受理一").password_hash
        everything = connection.execute(sa.text("SELECT table_to_xml('submissions', true, false, '')")).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in str(everything)
    assert "invited?token" not in str(everything)


@pytest.mark.parametrize("change", ["ended", "disabled", "left", "idle", "old", "removed by its holder"])
def test_a_sign_in_that_is_over_is_refused_at_once_cached_answers_too(
    own_app: flask.Flask, own_engine: sa.Engine, own_owner: sa.Engine, boss: FlaskClient, change: str
) -> None:
    client = with_password(boss, own_engine, "受理一")
    account_id = number(own_engine, "受理一")
    assert client.get("/api/layers").status_code == 200
    token = client.get("/api/session").json["csrf_token"]
    if change == "ended":
        reset = boss.post(f"/accounts/{account_id}/slip", data={"reset": "yes"}, headers=TOKEN)
        assert reset.status_code == 200
    elif change == "disabled":
        assert boss.post(f"/accounts/{account_id}/disable", headers=TOKEN).status_code == 303
    elif change == "left":
        assert client.post("/leave", headers={"X-CSRF-Token": token}).status_code == 303
    elif change == "removed by its holder":
        other, _, page = enter(own_app, "受理一")
        page = other.get("/me").text
        csrf = other.get("/api/session").json["csrf_token"]
        for sign_in in reversed(re.findall(r'name="sign_in" value="(\w+)"', page)):
            other.post("/me/revoke", data={"sign_in": sign_in, "csrf_token": csrf})
    else:
        moved = {"idle": f"seen_at = now() - interval '{IDLE_MINUTES} minutes 1 second'",
                 "old": f"began_at = now() - interval '{LONGEST_HOURS} hours 1 second'"}[change]  # fmt: skip
        with own_owner.begin() as connection:
            connection.execute(sa.text(f"UPDATE sign_ins SET {moved} WHERE account_id = {account_id}"))
        time.sleep(0.6)  # what was looked up before is good for half a second
    assert client.get("/api/layers").status_code == 401


def test_another_role_holds_from_the_next_request_on(own_engine: sa.Engine, boss: FlaskClient) -> None:
    client = with_password(boss, own_engine, "受理一")
    assert client.get("/tips/inbox").status_code == 200
    role = f"/accounts/{number(own_engine, '受理一')}/role"
    assert boss.post(role, data={"role": "viewer"}, headers=TOKEN).status_code == 303
    assert client.get("/tips/inbox").status_code == 403
    assert client.get("/api/layers").status_code == 200


def test_an_account_acts_only_as_the_posts_it_holds(own_engine: sa.Engine, boss: FlaskClient) -> None:
    with transaction(own_engine, LOCAL) as connection:
        posts.add(connection, "甲岗", area_code="99")
    client = with_password(boss, own_engine, "受理一", post="甲岗")
    token = {"X-CSRF-Token": client.get("/api/session").json["csrf_token"], "Accept": "application/json"}
    assert [each["post"] for each in client.get("/api/posts").json["posts"]] == ["甲岗"]
    refused = client.post("/post", data={"post": POST}, headers=token)
    assert (refused.status_code, refused.json["error"]) == (400, "foreign_post")
    assert client.post("/tips", json={"text": "三楼每天有人听课"}, headers=token).status_code == 201
    taken = {"post": "甲岗", "back": "yes"}
    assert boss.post(f"/accounts/{number(own_engine, '受理一')}/posts", data=taken, headers=TOKEN).status_code == 303
    later = client.post("/tips", json={"text": "四楼每天有人听课"}, headers=token)
    assert (later.status_code, later.json["error"]) == (403, "choose_post")


def test_a_post_is_handed_over_with_its_open_work_in_one_act(own_engine: sa.Engine, boss: FlaskClient) -> None:
    with transaction(own_engine, LOCAL) as connection:
        posts.add(connection, "甲岗", area_code="99")
    former = with_password(boss, own_engine, "受理一", post="甲岗")
    with_password(boss, own_engine, "受理二")
    token = {"X-CSRF-Token": former.get("/api/session").json["csrf_token"], "Accept": "application/json"}
    for text in ("三楼每天有人听课", "五楼每天有人听课"):
        assert former.post("/tips", json={"text": text}, headers=token).status_code == 201
    answer = boss.post("/accounts/handover", data={"post": "甲岗", "to": "受理二"}, headers=JSON)
    assert (answer.status_code, answer.json) == (200, {"tips": 2, "actions": 0})
    assert former.post("/tips", json={"text": "六楼每天有人听课"}, headers=token).status_code == 403
    with transaction(own_engine, LOCAL) as connection:
        held = {row["account"]: [each["post"] for each in row["posts"]] for row in accounts.listed(connection)}
    assert (held["受理一"], held["受理二"]) == ([], ["甲岗"])


def test_two_administrators_who_remove_each_other_leave_one(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    pair = {name: signed_in(own_app, account=name) for name in ("主任", "副主任")}
    numbers = {name: number(own_engine, name) for name in pair}
    start, statuses = threading.Barrier(2), []

    def remove(by: str, other: str) -> None:
        start.wait()
        answer = pair[by].post(f"/accounts/{numbers[other]}/disable", headers=JSON)
        statuses.append((answer.status_code, answer.json["error"] if answer.status_code >= 400 else ""))

    threads = [threading.Thread(target=remove, args=two) for two in (("主任", "副主任"), ("副主任", "主任"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(own_engine, LOCAL) as connection:
        left = [row["account"] for row in accounts.listed(connection) if not row["is_disabled"]]
    assert len(left) == 1
    assert (303, "") in statuses
    # the slower one meets the last administrator, or has been signed out meanwhile
    assert {status for status, _ in statuses} <= {303, 401, 409}


def test_the_last_administrator_stays_one(own_engine: sa.Engine, boss: FlaskClient) -> None:
    account_id = number(own_engine, "主任")
    for path, sent in (("disable", {}), ("role", {"role": "viewer"}), ("slip", {"reset": "yes"})):
        answer = boss.post(f"/accounts/{account_id}/{path}", data=sent, headers=JSON)
        assert (answer.status_code, answer.json["error"]) == (409, "last_administrator"), path
    assert boss.get("/accounts").status_code == 200


@pytest.mark.parametrize(
    ("told", "status", "sentence"),
    [
        ({"account": "甲", "role": "viewer"}, 400, "2 到 40 个字"),
        ({"account": "13800138000", "role": "viewer"}, 400, "不带号码"),
        ({"account": "主任", "role": "viewer"}, 409, "已经有账户“主任”"),
        ({"account": "受理一", "role": "king"}, 400, "没有角色“king”"),
        ({"account": "受理一", "role": "viewer", "area": "没有的县"}, 404, "没有叫“没有的县”的区划"),
        ({"account": "受理一", "role": "viewer", "agency": "没有的局"}, 400, "没有参加单位“没有的局”"),
        ({"account": "受理一", "role": "viewer", "post": "没有的岗"}, 400, "没有这个岗位"),
        ({"account": "本机管理员", "role": "viewer"}, 400, "请换一个"),
        ({"account": "公众", "role": "tip_desk"}, 400, "请换一个"),  # of whom the day alone is kept
        ({"account": "服务", "role": "viewer"}, 400, "请换一个"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_nothing_is_added(
    own_engine: sa.Engine, boss: FlaskClient, told: dict[str, str], status: int, sentence: str
) -> None:
    answer = boss.post("/accounts", data=told, headers=TOKEN)
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    with transaction(own_engine, LOCAL) as connection:
        assert [row["account"] for row in accounts.listed(connection)] == ["主任"]


def test_an_account_of_a_county_acts_within_it(own_engine: sa.Engine, boss: FlaskClient) -> None:
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(
            sa.text("INSERT INTO areas (code, name, level, identity) VALUES ('990101000000', '西县', 'county',"
                    " gen_random_uuid())")
        )  # fmt: skip
    added(boss, own_engine, "西县受理", area="西县")
    with transaction(own_engine, LOCAL) as connection:
        account = accounts.by_name(connection, "西县受理")
    assert (account.area_code, account.scope) == ("990101000000", "990101")


def test_a_second_factor_is_asked_for_once_it_is_on_and_each_code_works_once(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient
) -> None:
    client = with_password(boss, own_engine, "受理一")
    (secret,) = re.findall(r'<p class="secret">([A-Z2-7]{32})</p>', client.get("/me").text)
    csrf = client.get("/api/session").json["csrf_token"]
    totp, now = pyotp.TOTP(secret), time.time()
    wrong = client.post("/me/factor", data={"code": "000000", "csrf_token": csrf})
    assert wrong.status_code == 400
    assert client.post("/me/factor", data={"code": totp.at(now - 30), "csrf_token": csrf}).status_code == 303
    assert enter(own_app, "受理一")[1] == 403
    assert enter(own_app, "受理一", code="123")[1] == 403
    code = totp.now()
    assert enter(own_app, "受理一", code=code)[1] == 303
    again = enter(own_app, "受理一", code=code)
    assert (again[1], "已经用过" in again[2]) == (403, True)


@pytest.mark.parametrize(
    ("seconds", "sentence"), [(120, "差了约 2 分钟"), (-150, "差了约 2 分钟"), (900, "动态码不对")]
)
def test_a_clock_some_minutes_off_is_said(seconds: int, sentence: str) -> None:
    secret, now = pyotp.random_base32(), 1_800_000_015.0
    with pytest.raises(Refused, match=sentence):
        passwords.step_of(pyotp.TOTP(secret).at(now + seconds), secret, now=now)
    assert passwords.step_of(pyotp.TOTP(secret).at(now), secret, now=now) == int(now) // 30


def test_where_the_city_asks_for_a_second_factor_nothing_else_is_open_before(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = with_password(boss, own_engine, "受理一")
    house_ = own_app.extensions["wuchuan"]
    profile = dataclasses.replace(house_.settings.profile, require_totp=True)
    settings = dataclasses.replace(house_.settings, profile=profile)
    monkeypatch.setitem(own_app.extensions, "wuchuan", dataclasses.replace(house_, settings=settings))
    refused = client.get("/api/layers")
    assert (refused.status_code, refused.json["error"]) == (403, "no_second_factor")
    assert client.get("/tips", headers={"Accept": "text/html"}).location == "/me"
    assert "开启之前只能看这一页" in client.get("/me").text


def test_tries_are_slowed_down_for_one_address_and_not_for_another(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient
) -> None:
    with_password(boss, own_engine, "受理一")
    statuses = [enter(own_app, "受理一", "不是这个口令")[1] for _ in range(5)]
    assert statuses[:3] == [403] * 3
    assert 429 in statuses
    client = own_app.test_client()
    (token,) = re.findall(r'name="csrf_token" value="([\w-]+)"', client.get("/sign-in").text)
    form = {"account": "受理一", "password": PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 303


def test_the_wait_doubles_and_ends_with_a_success() -> None:
    slow = SlowDown()
    for _ in range(6):
        slow.failed("甲", "a")
    with pytest.raises(TooMany, match="请过 8 秒"):
        slow.check("甲", "a")
    slow.check("甲", "b")
    slow.check("乙", "a")
    slow.passed("甲", "a")
    slow.check("甲", "a")


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("山前有三棵老樟树", "山前有三棵老樟", "两次填的口令不一样"),
        ("九个字符的口令不够", "九个字符的口令不够", "10 到 128"),
        ("x" * 129, "x" * 129, "10 到 128"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "太好猜"),
        ("受理一的口令真好记啊", "受理一的口令真好记啊", "太好猜"),
        ("wuchuan-2026-09", "wuchuan-2026-09", "太好猜"),
    ],
)
def test_a_password_that_may_not_be_taken(password: str, again: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        passwords.check(password, again, account="受理一")


def test_a_changed_password_ends_the_other_sign_ins(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient
) -> None:
    client = with_password(boss, own_engine, "受理一")
    other, status, _ = enter(own_app, "受理一")
    assert status == 303
    csrf = client.get("/api/session").json["csrf_token"]
    new = {"old": PASSWORD, "password": "山后有五棵老樟树呀", "again": "山后有五棵老樟树呀", "csrf_token": csrf}
    assert client.post("/me/password", data=new | {"old": "不对的口令"}).status_code == 400
    new = new | {"password": "山后有五棵很老的樟树", "again": "山后有五棵很老的樟树"}
    assert client.post("/me/password", data=new).status_code == 303
    assert client.get("/api/session").status_code == 200
    assert other.get("/api/session").status_code == 401
    assert enter(own_app, "受理一", "山后有五棵很老的樟树")[1] == 303


def test_another_accounts_sign_in_is_not_ended(own_engine: sa.Engine, boss: FlaskClient) -> None:
    client, victim = with_password(boss, own_engine, "受理一"), with_password(boss, own_engine, "受理二")
    (sign_in,) = re.findall(r'name="sign_in" value="(\w+)"', victim.get("/me").text)
    csrf = client.get("/api/session").json["csrf_token"]
    sent = {"sign_in": sign_in, "csrf_token": csrf}
    assert client.post("/me/revoke", data=sent, headers={"Accept": "application/json"}).status_code == 404
    assert victim.get("/api/session").status_code == 200


def test_a_link_for_an_account_does_not_open_the_machine_nor_the_other_way(
    own_app: flask.Flask, own_engine: sa.Engine, boss: FlaskClient
) -> None:
    token = invited(boss, added(boss, own_engine, "受理一"))
    assert own_app.test_client().post("/enter", data={"token": token}).status_code == 403
    assert "设置口令" in own_app.test_client().get(f"/invited?token={token}").text


def test_an_invitation_ends_with_a_newer_one_with_a_week_and_with_its_account(
    own_app: flask.Flask, own_engine: sa.Engine, own_owner: sa.Engine, boss: FlaskClient
) -> None:
    account_id = added(boss, own_engine, "受理一")
    first, second = invited(boss, account_id), invited(boss, account_id)
    spent = [own_app.test_client().get(f"/invited?token={token}").text for token in (first, second)]
    assert ["不能用了" in page for page in spent] == [True, False]
    with own_owner.begin() as connection:
        week = connection.execute(sa.text("SELECT max(expires_at - created_at) FROM entry_tokens")).scalar_one()
        assert week == dt.timedelta(days=7)
    assert boss.post(f"/accounts/{account_id}/disable", headers=TOKEN).status_code == 303
    assert "不能用了" in own_app.test_client().get(f"/invited?token={second}").text
    refused = boss.post(f"/accounts/{account_id}/slip", headers=JSON)
    assert (refused.status_code, refused.json["error"]) == (400, "disabled")


def test_the_plain_role_invites_accounts_in_use_only(connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="no account in use"):
        connection.execute(sa.text("SELECT add_invitation('x', '主任', 0)"))


def test_the_bar_shows_what_is_open_to_the_role(own_engine: sa.Engine, boss: FlaskClient) -> None:
    def bar(client: FlaskClient) -> list[str]:
        (nav,) = re.findall(r'<nav class="rooms".*?</nav>', client.get("/posts").text, re.DOTALL)
        return re.findall(r">([^<>\s]+)</a>", nav)

    assert {"账户", "导入"} <= set(bar(boss))
    assert "线索" not in bar(boss)
    assert {"账户", "行动", "导入"}.isdisjoint(bar(with_password(boss, own_engine, "看图的", "viewer")))
    assert "线索" in bar(with_password(boss, own_engine, "受理一"))
