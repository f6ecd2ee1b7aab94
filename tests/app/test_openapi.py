"""The description of the interface says what the routes do."""

import re

import flask
from flask.testing import FlaskClient

from app.web.openapi import TAKEN

from .test_access import FILLED


def test_every_route_is_described_and_nothing_else(app: flask.Flask, visitor: FlaskClient) -> None:
    paths = visitor.get("/openapi.json").get_json()["paths"]
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", r.rule) for r in app.url_map.iter_rules() if r.endpoint != "static"}
    assert set(paths) == routes
    for operations in paths.values():
        for operation in operations.values():
            assert operation["summary"].endswith((".", "。"))


def test_the_parameters_named_are_those_that_are_read(app: flask.Flask, visitor: FlaskClient) -> None:
    good = {
        "since": "2026-01-01", "until": "2026-02-01", "bbox": "118,27,119,28", "limit": "5", "level": "county",
        "area": "990101000000", "bandwidth_m": "1500", "peak_per_km2": "1", "q": "青山路1号", "placed": "no",
    }  # fmt: skip
    for endpoint, names in TAKEN.items():
        filled = FILLED | {"layer": "areas"}
        arguments = next(r.arguments for r in app.url_map.iter_rules() if r.endpoint == endpoint)
        with app.test_request_context():
            path = flask.url_for(endpoint, **{name: filled[name] for name in arguments})
        for name, value in good.items():
            expected = 200 if name in names else 400
            answer = visitor.get(path, query_string={name: value})
            assert answer.status_code == expected, (path, name, answer.data[:200])
