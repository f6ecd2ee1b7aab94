"""The look-up of places: candidates best first, strict parameters, and no request that makes a gazetteer."""

import time
from concurrent.futures import ThreadPoolExecutor

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.answers import FRESH_SECONDS
from app.core.places import NONE_YET
from layers import gazetteer, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.builders import communities

from .conftest import WEST, signed_in


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What asks the database for the places of the whole city, from now on."""
    seen: list[str] = []
    gather = gazetteer.gathered

    def noted(connection: sa.Connection, crs: str) -> dict[str, object]:
        seen.append(crs)
        return dict(gather(connection, crs))

    monkeypatch.setattr(gazetteer, "gathered", noted)
    return seen


def _names(client: FlaskClient, text: str) -> list[str]:
    return [one["name"] for one in client.get("/api/places", query_string={"q": text}).get_json()["places"]]


def test_a_name_gives_candidates_with_a_radius(visitor: FlaskClient) -> None:
    found = visitor.get("/api/places", query_string={"q": "青山社区", "limit": "3"}).get_json()["places"]
    assert [(one["name"], one["kind"], one["community_code"]) for one in found] == [("青山社区", "community", WEST)]
    assert 118.0 < found[0]["lon"] < 118.1
    assert 27.0 < found[0]["lat"] < 27.1
    assert found[0]["radius_m"] > 5000


def test_nothing_asked_is_nothing_found(visitor: FlaskClient) -> None:
    assert visitor.get("/api/places").get_json() == {"places": [], "sure": False, "meant": 0}


def test_too_long_a_text_and_an_unknown_parameter_are_refused(visitor: FlaskClient) -> None:
    for asked in ({"q": "青" * 201}, {"q": "青山", "limit": "0"}, {"name": "青山"}):
        assert visitor.get("/api/places", query_string=asked).status_code == 400


def test_before_the_first_gazetteer_the_answer_says_so(own_app: flask.Flask, builds: list[str]) -> None:
    told = signed_in(own_app).get("/api/places", query_string={"q": "青山社区"})
    assert (told.status_code, told.get_json()) == (200, {"places": [], "sure": False, "meant": 0, "sentence": NONE_YET})
    assert builds == []


def test_the_former_gazetteer_answers_until_the_next_is_stored_and_no_request_makes_one(
    own_app: flask.Flask, own_engine: sa.Engine, demo_profile: CityProfile, builds: list[str]
) -> None:
    client = signed_in(own_app)
    areas = communities()
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], areas.iloc[:1])
    gazetteer.renew(own_engine, LOCAL, demo_profile)
    assert _names(client, areas["name"][0]) == [areas["name"][0]]
    builds.clear()
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["communities"], areas)
    time.sleep(FRESH_SECONDS * 1.2)  # so old may the versions of the layers be
    with ThreadPoolExecutor(4) as four:
        found = list(four.map(lambda _: _names(signed_in(own_app), areas["name"][0]), range(8)))
    assert found == [[areas["name"][0]]] * 8
    assert builds == []
    gazetteer.renew(own_engine, LOCAL, demo_profile)
    until = time.monotonic() + 10
    while areas["name"][1] not in _names(client, areas["name"][1]):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert len(builds) == 1
