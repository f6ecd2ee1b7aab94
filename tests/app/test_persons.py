"""Before a text with a person's name is stored, a page warns of it; it may be corrected, or stored as it is."""

import re

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from layers.actor import LOCAL
from layers.database import transaction
from tests.app.conftest import signed_in

NAMED = "房东张三说每天有二十多人来上课"
ASK = {"X-Names": "ask", "X-CSRF-Token": "the-token", "Accept": "application/json"}


def count(app: flask.Flask) -> int:
    with transaction(app.extensions["wuchuan"].engine, LOCAL) as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM tips")).scalar_one())


def test_a_page_that_asks_hears_of_a_name_and_goes_on_without_asking(own_app: flask.Flask) -> None:
    drawing = {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [118.1, 26.9]},
        "properties": {"name": "疑点", "family": "note", "note": NAMED},
    }  # fmt: skip
    client = signed_in(own_app)
    warned = client.post("/api/drawn-zones", json=drawing, headers=ASK)
    assert (warned.status_code, warned.get_json()["error"]) == (409, "person_names")
    assert "“张三”" in warned.get_json()["sentence"]
    assert client.get("/api/drawn-zones").get_json()["numberMatched"] == 0
    unnamed = drawing | {"properties": {"name": "疑点", "family": "note", "note": "每天有二十多人来上课"}}
    assert client.post("/api/drawn-zones", json=unnamed, headers=ASK).status_code == 201
    without = {name: value for name, value in ASK.items() if name != "X-Names"}
    assert client.post("/api/drawn-zones", json=drawing, headers=without).status_code == 201


def test_the_public_form_shows_the_warning_with_all_that_was_typed_and_a_way_to_go_on(own_app: flask.Flask) -> None:
    client = own_app.test_client()
    key = re.search('name="key" value="([^"]+)"', client.get("/tips/new").text)
    assert key is not None
    form = {"key": key[1], "text": NAMED + "</textarea><b>", "address": "大路1号", "category": "其他"}
    warned = client.post("/tips/new", data=form | {"names": "ask"})
    assert (warned.status_code, count(own_app)) == (409, 0)
    assert "“张三”" in warned.text
    assert "&lt;/textarea&gt;" in warned.text
    assert "别处的认不出来" in warned.text
    assert 'name="names"' not in warned.text
    assert client.post("/tips/new", data=form).status_code == 200
    assert count(own_app) == 1


def test_whoever_may_not_send_it_hears_nothing_of_names(own_app: flask.Flask) -> None:
    refused = signed_in(own_app).post("/tips", json={"text": NAMED}, headers={"X-Names": "ask"})
    assert refused.status_code == 403


@pytest.mark.parametrize("page", ["/tips", "/tips/new"])
def test_the_forms_say_which_names_are_found(visitor: FlaskClient, page: str) -> None:
    assert "别处的" in visitor.get(page).text
