"""What is changed from a version: none named is 428 and a stale one 412, on every route that has versions."""

import datetime as dt
from typing import Any

import flask
import pandas as pd
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.desks.alerts.watch import watch_counties
from layers import write
from layers.actor import LOCAL
from layers.database import transaction
from layers.profile import CityProfile
from tests.app import town, watched
from tests.app.conftest import signed_in
from tests.browser.city import _zones

TOKEN = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [118.05, 27.005]},
    "properties": {"name": "路口", "family": "note", "note": "", "radius_m": None},
}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
ACTION = {
    "name": "秋季行动", "since": "10:00", "until": "12:00", "agencies": list(town.AGENCIES),
    "targets": [{"place": "V1"}],
}  # fmt: skip
#: Routes that take a version: how each is asked, and where its version stands in an older client's body.
ROUTES: dict[str, tuple[str, str, dict[str, Any], str | None]] = {
    "drawings.change": ("PUT", "/api/drawn-zones/{drawn_id}", {"json": FEATURE}, None),
    "drawings.remove": ("DELETE", "/api/drawn-zones/{drawn_id}", {}, None),
    "drawings.restore": ("POST", "/api/drawn-zones/{drawn_id}/versions/1/restore", {}, None),
    "actions.complete": ("PUT", "/api/actions/{action_id}/targets/1", {"json": {"evidence": "证"}}, None),
    "actions.plan": ("POST", "/api/actions/{action_id}/plan", {}, None),
    "actions.agree": ("POST", "/api/actions/{action_id}/approve", {}, None),
    "reviews.put": ("PUT", "/api/zones/2026-02-red-001/review", {"data": {
        "decision": "confirmed", "grade": "red", "reason": "走访", "expires_on": "{soon}"}}, "data"),
    "tips.step": ("POST", "/tips/{tip_id}/steps", {"json": {"step": "accepted"}}, "json"),
    "tips.put": ("POST", "/tips/{tip_id}/place", {"json": {"lon": 118.05, "lat": 27.005, "place_error_m": 30}}, "json"),
    "analyses.exchange": ("POST", "/analyses/exchange", {"data": {"analysis": "1"}}, "data"),
    "analyses.confirm": ("POST", "/analyses/confirm", {"data": {"analysis": "1"}}, "data"),
    "alerts.close": ("POST", "/alerts/1/close", {"data": {"result": "nothing", "note": ""}}, "data"),
    "alerts.reopen": ("POST", "/alerts/1/reopen", {"data": {"reason": "又有"}}, "data"),
}  # fmt: skip


@pytest.fixture
def desk(own_app: flask.Flask, own_engine: sa.Engine, demo_profile: CityProfile) -> tuple[FlaskClient, dict[str, str]]:
    """A city with one of everything that has versions, and the keys of each."""
    watched.fill(own_engine)
    watch_counties(own_engine, LOCAL, demo_profile, until=watched.UNTIL, watch=watched.ALONE)
    town.fill(own_engine)
    run = {"method": "t", "seed": 1, "until": dt.date(2026, 2, 1), "parameters": {}, "incidents": 0}
    with transaction(own_engine, LOCAL) as connection:
        zones = _zones().assign(reviewed_on=None, expires_on=dt.date(2099, 1, 1))
        write.store_analysis(connection, run=run, hotspots=pd.DataFrame({"geometry": []}), zones=zones)
        today = connection.execute(sa.text("SELECT current_date")).scalar_one()
    client = signed_in(own_app)
    day = (today + dt.timedelta(days=2)).isoformat()
    keys = {
        "drawn_id": client.post("/api/drawn-zones", json=FEATURE, headers=TOKEN).json["id"],
        "action_id": client.post("/api/actions", json=ACTION | {"date": day}, headers=TOKEN).json["action_id"],
        "tip_id": client.post("/tips", json={"text": "听课"}, headers=TOKEN).json["tip_id"],
        "soon": day,
    }
    return client, {name: str(value) for name, value in keys.items()}


def test_every_route_with_a_version_refuses_none_and_a_stale_one(
    desk: tuple[FlaskClient, dict[str, str]], own_engine: sa.Engine
) -> None:
    client, keys = desk
    before = everything(own_engine)
    for name, (method, address, sent, _) in ROUTES.items():
        body = filled(sent, keys)
        path = address.format(**keys)
        missing = client.open(path, method=method, headers=TOKEN, **body)
        assert (missing.status_code, missing.json["error"]) == (428, "no_version"), name
        for tag in ('"77"', '"0-99"', "x", '"' + "9" * 40 + '"'):
            stale = client.open(path, method=method, headers=TOKEN | {"If-Match": tag}, **body)
            assert (stale.status_code, stale.json["error"]) == (412, "stale"), (name, tag)
    assert everything(own_engine) == before


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route[3]])
def test_a_version_in_the_body_is_heard_as_before(desk: tuple[FlaskClient, dict[str, str]], name: str) -> None:
    client, keys = desk
    method, address, sent, part = ROUTES[name]
    body = filled(sent, keys)
    body[str(part)]["version"] = "99" if part == "data" else 99
    answer = client.open(address.format(**keys), method=method, headers=TOKEN, **body)
    assert (answer.status_code, answer.json["error"]) == (412, "stale")


def test_the_etag_that_is_shown_is_the_one_that_is_taken(desk: tuple[FlaskClient, dict[str, str]]) -> None:
    client, keys = desk
    shown = {
        "drawings.change": f"/api/drawn-zones/{keys['drawn_id']}",
        "actions.complete": f"/api/actions/{keys['action_id']}",
        "reviews.put": "/api/zones/2026-02-red-001/review",
        "tips.step": f"/tips/{keys['tip_id']}",
    }
    for name, there in shown.items():
        method, address, sent, _ = ROUTES[name]
        tag = client.get(there, headers=TOKEN).headers["ETag"]
        answer = client.open(
            address.format(**keys), method=method, headers=TOKEN | {"If-Match": tag}, **filled(sent, keys)
        )
        assert answer.status_code == 200, (name, answer.text)


def test_no_route_that_reads_a_version_is_left_out(own_app: flask.Flask) -> None:
    """Whoever asks for a version without naming one is answered 428, and by no other route."""
    client = signed_in(own_app)
    found = set()
    with own_app.test_request_context():
        unsafe = [
            (rule.endpoint, method, path_of(rule))
            for rule in own_app.url_map.iter_rules()
            for method in (rule.methods or set()) & CHANGING
        ]
    for endpoint, method, path in unsafe:
        bodies: list[dict[str, Any]] = [{"json": {}}, {"data": {"x": "1"}}, {"json": FEATURE}]
        if any(client.open(path, method=method, headers=TOKEN, **body).status_code == 428 for body in bodies):
            found.add(endpoint)
        client = signed_in(own_app)
    assert found == set(ROUTES)


def test_an_action_says_that_it_is_stale_before_it_looks_for_roads(
    desk: tuple[FlaskClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, keys = desk

    def roads(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("layers.actions.roads", roads)
    answer = client.post(f"/api/actions/{keys['action_id']}/plan", headers=TOKEN | {"If-Match": '"77"'})
    assert answer.status_code == 412


def path_of(rule: Rule) -> str:
    keys = {"drawn_id": "00000000-0000-4000-8000-000000000000", "upload": "0" * 32, "zone_id": "z"}
    return flask.url_for(rule.endpoint, **{name: keys.get(name, 1) for name in rule.arguments})


def filled(sent: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    def put(value: object) -> object:
        return keys["soon"] if value == "{soon}" else value

    return {kind: {name: put(value) for name, value in body.items()} for kind, body in sent.items()}


def everything(engine: sa.Engine) -> list[tuple[object, ...]]:
    tables = ("drawn_zone_versions", "action_steps", "zone_reviews", "tip_steps", "alert_steps")
    with transaction(engine, LOCAL) as connection:
        return [tuple(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).one()) for table in tables]
