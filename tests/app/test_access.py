"""Who gets in, and which requests are meant."""

import datetime as dt
import threading
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import create_app
from app.core import access
from app.core.permissions import PERMISSIONS
from app.factory import session_key
from app.settings import Settings
from gis.errors import Unavailable
from layers.sign_ins import LOCAL_ACCOUNT

from .conftest import signed_in, token_for

PUBLIC = {
    "static", "health.show", "session.ask", "session.local", "session.invitation", "tips_public.ask",
    "tips_public.ask_receipt", "names.index",
}  # fmt: skip
#: What they are sent with is a secret of its own.
OWN_SECRET = {"session.spend", "session.accept", "tips_public.show_receipt"}
FILLED = {
    "layer": "tips", "zoom": "1", "column": "0", "row": "0", "name": "zones", "job_id": "1",
    "filename": "shared/city.js",
    "upload": "0" * 32, "action_id": "1", "row_id": "1", "number": "1", "tip_id": "1", "alert_id": "1", "zone_id": "1",
    "drawn_id": "00000000-0000-4000-8000-000000000000", "code": "990101001001", "kind": "pdf",
    "post_id": "1", "version": "1", "account_id": "1",
}  # fmt: skip


def addresses(app: flask.Flask, methods: set[str]) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every route that takes one of those methods."""
    with app.test_request_context():
        return [
            (rule.endpoint, method, flask.url_for(rule.endpoint, **{name: FILLED[name] for name in rule.arguments}))
            for rule in app.url_map.iter_rules()
            for method in sorted(methods & (rule.methods or set()))
        ]


def test_nothing_is_read_without_signing_in_but_what_is_public(app: flask.Flask, stranger: FlaskClient) -> None:
    closed = [(path, end) for end, _, path in addresses(app, {"GET"}) if end not in PUBLIC]
    assert len(closed) > 12
    answers = {path: stranger.get(path) for path, _ in closed}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code not in {302, 401}} == {}
    assert answers["/"].headers["Location"] == "/sign-in"
    assert answers["/api/layers"].get_json()["error"] == "not_signed_in"


def test_every_view_names_a_permission_that_exists_or_is_public(app: flask.Flask) -> None:
    used = {getattr(view, "permission", "public") for name, view in app.view_functions.items() if name != "static"}
    assert used - {"public"} == set(PERMISSIONS)
    bare = flask.Flask("bare")
    bare.add_url_rule("/x", "x", lambda: "")
    with pytest.raises(LookupError, match="the view x names no known permission"):
        access.check_marks(bare)


def test_what_an_actor_may_not_do_is_refused_by_its_title(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "allows", lambda _, permission, **_kw: permission != "tips.read")
    answer = signed_in(app).get("/tips/inbox", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["sentence"]) == (403, "您没有“查看线索内容”的权限")
    assert signed_in(app).get("/api/layers").status_code == 200


def test_head_and_options_are_closed_as_well(stranger: FlaskClient) -> None:
    for method in ("HEAD", "OPTIONS"):
        assert stranger.open("/api/layers/tips", method=method).status_code == 401, method


def test_health_and_the_entry_page_are_open(stranger: FlaskClient) -> None:
    assert stranger.get("/healthz").status_code in {200, 503}
    assert stranger.get("/enter").status_code == 200


def test_every_unsafe_request_needs_the_token_of_its_session(app: flask.Flask) -> None:
    unsafe = [a for a in addresses(app, {"POST", "PUT", "PATCH", "DELETE"}) if a[0] not in OWN_SECRET]
    assert unsafe
    for _, method, path in unsafe:
        client = signed_in(app)
        assert client.open(path, method=method).status_code == 403, path
        assert client.open(path, method=method, headers={"X-CSRF-Token": "another"}).status_code == 403, path
        assert client.open(path, method=method, data={"csrf_token": "ünbekannt"}).status_code == 403, path


def test_an_unsafe_request_without_a_session_is_turned_away_whatever_it_carries(stranger: FlaskClient) -> None:
    assert stranger.post("/api/analyses", headers={"X-CSRF-Token": ""}).status_code == 401


def test_leaving_ends_the_session(app: flask.Flask) -> None:
    client = signed_in(app)
    assert client.post("/leave", headers={"X-CSRF-Token": "the-token"}).status_code == 303
    assert client.get("/api/session").status_code == 401


def test_a_link_signs_in_and_gives_the_session_a_token_of_its_own(own_app: flask.Flask, own_owner: sa.Engine) -> None:
    client = own_app.test_client()
    answer = client.post("/enter", data={"token": token_for(own_owner)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/post?next=/")
    session = client.get("/api/session").get_json()
    assert session["account"] == LOCAL_ACCOUNT
    assert len(session["csrf_token"]) >= 32


def test_looking_at_a_link_spends_nothing_and_it_works_once(own_app: flask.Flask, own_owner: sa.Engine) -> None:
    token = token_for(own_owner)
    preview = own_app.test_client()
    page = preview.get(f"/enter?token={token}")
    assert token in page.get_data(as_text=True)
    assert own_app.test_client().post("/enter", data={"token": token}).status_code == 303
    again = own_app.test_client().post("/enter", data={"token": token})
    assert again.status_code == 403
    assert "wuchuan link" in again.get_data(as_text=True)


def test_two_at_once_cannot_both_spend_a_link(own_app: flask.Flask, own_owner: sa.Engine) -> None:
    token = token_for(own_owner)
    start = threading.Barrier(2)
    answers: list[int] = []

    def spend() -> None:
        client = own_app.test_client()
        start.wait()
        answers.append(client.post("/enter", data={"token": token}).status_code)

    threads = [threading.Thread(target=spend) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 403]


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "\x00", "令牌"])
def test_a_token_that_is_not_known_does_not_sign_in(stranger: FlaskClient, token: str) -> None:
    assert stranger.post("/enter", data={"token": token}).status_code == 403
    assert stranger.get("/api/session").status_code == 401


def test_an_expired_link_does_not_sign_in(own_app: flask.Flask, own_owner: sa.Engine) -> None:
    token = token_for(own_owner, life=dt.timedelta(seconds=-1))
    assert own_app.test_client().post("/enter", data={"token": token}).status_code == 403


def test_a_link_made_by_a_clock_that_was_ahead_does_not_sign_in(own_app: flask.Flask, own_owner: sa.Engine) -> None:
    token = token_for(own_owner, life=dt.timedelta(days=91))
    with own_owner.begin() as connection:
        connection.execute(sa.text("UPDATE entry_tokens SET created_at = now() + interval '90 days 12 hours'"))
    assert own_app.test_client().post("/enter", data={"token": token}).status_code == 403


def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_secure_where_the_page_is(
    own_app: flask.Flask, own_owner: sa.Engine
) -> None:
    plain = own_app.test_client().post("/enter", data={"token": token_for(own_owner)}).headers["Set-Cookie"]
    assert plain.startswith("wuchuan_5050=")
    assert "HttpOnly" in plain
    assert "SameSite=Strict" in plain
    assert "Secure" not in plain
    token = token_for(own_owner, life=dt.timedelta(hours=2))
    answer = own_app.test_client().post("/enter", data={"token": token}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_forged_cookie_is_no_session(stranger: FlaskClient) -> None:
    stranger.set_cookie("wuchuan_5050", "eyJhY2NvdW50IjoibG9jYWwifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert stranger.get("/api/session").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:5050", "169.254.169.254"])
def test_a_foreign_host_name_is_refused(visitor: FlaskClient, host: str) -> None:
    answer = visitor.get("/api/session", headers={"Host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:5050", "localhost:5050", "localhost"])
def test_the_loopback_names_are_ours(stranger: FlaskClient, host: str) -> None:
    assert stranger.get("/enter", headers={"Host": host}).status_code == 200


OWN = "http://localhost:5050"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:5051"},
        {"Origin": "http://localhost"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_no_other_sites_page_changes_anything_even_with_the_right_token(
    app: flask.Flask, stranger: FlaskClient, headers: dict[str, str]
) -> None:
    told = headers | {"X-CSRF-Token": "the-token", "Accept": "application/json"}
    for client, path in ((signed_in(app), "/leave"), (stranger, "/enter"), (stranger, "/tips/new")):
        answer = client.post(path, headers=told, base_url=OWN)
        assert (answer.status_code, answer.get_json()["error"]) == (403, "foreign_origin"), path
    assert signed_in(app).get("/api/session", headers=told, base_url=OWN).status_code == 200  # it may link here


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        {"Origin": OWN.upper()},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_pages_and_browsers_that_do_not_say_are_heard(app: flask.Flask, headers: dict[str, str]) -> None:
    told = {"X-CSRF-Token": "the-token"} | headers
    assert signed_in(app).post("/leave", headers=told, base_url=OWN).status_code == 303


def test_a_redirect_has_no_body(app: flask.Flask, stranger: FlaskClient) -> None:
    left = signed_in(app).post("/leave", headers={"X-CSRF-Token": "the-token"})
    for answer, status in ((left, 303), (stranger.get("/"), 302), (stranger.get("/actions/"), 308)):
        assert (answer.status_code in {status, 404}, answer.data if answer.location else b"") == (True, b"")
    assert left.location == "/sign-in"


def test_the_session_key_is_made_once_and_for_its_owner_alone(settings: Settings, city_engine: sa.Engine) -> None:
    first = create_app(settings, city_engine).secret_key
    path = settings.data / "secrets" / "session.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert create_app(settings, city_engine).secret_key == first
    assert [file.name for file in path.parent.iterdir()] == ["session.key"]


def test_starters_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: keys.append(session_key(tmp_path / "secrets" / "session.key")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_bytes(b"short")
    with pytest.raises(Unavailable, match=r"session\.key 已损坏"):
        session_key(tmp_path / "session.key")
