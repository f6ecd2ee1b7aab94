"""The look-up of places: candidates best first, strict parameters, one answer until the city changes."""

from flask.testing import FlaskClient

from .conftest import WEST


def test_a_name_gives_candidates_with_a_radius(visitor: FlaskClient) -> None:
    found = visitor.get("/api/places", query_string={"q": "青山社区", "limit": "3"}).get_json()["places"]
    assert [(one["name"], one["kind"], one["community_code"]) for one in found] == [("青山社区", "community", WEST)]
    assert 118.0 < found[0]["lon"] < 118.1
    assert 27.0 < found[0]["lat"] < 27.1
    assert found[0]["radius_m"] > 5000


def test_nothing_asked_is_nothing_found(visitor: FlaskClient) -> None:
    assert visitor.get("/api/places").get_json() == {"places": []}


def test_too_long_a_text_and_an_unknown_parameter_are_refused(visitor: FlaskClient) -> None:
    for asked in ({"q": "青" * 201}, {"q": "青山", "limit": "0"}, {"name": "青山"}):
        assert visitor.get("/api/places", query_string=asked).status_code == 400
