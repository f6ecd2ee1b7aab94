"""The description of the interface says what the routes do: it is valid, whole, and answered as it says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import jsonschema
import pytest
from flask.testing import FlaskClient

from app.core.operations import QUERY, Operation
from app.desks.service.openapi import _PROBLEMS
from app.desks.tips.gate import MOST_NAMES_FOR_ONE

from .conftest import signed_in
from .test_access import FILLED

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "openapi-3.1.json").read_text("utf-8"))
Found = tuple[str, str, dict[str, Any]]


@pytest.fixture
def document(visitor: FlaskClient) -> dict[str, Any]:
    told: dict[str, Any] = visitor.get("/openapi.json").get_json()
    return told


def operations(document: dict[str, Any]) -> Iterator[Found]:
    for path, told in document["paths"].items():
        for method, operation in told.items():
            yield path, method.upper(), operation


def value(schema: dict[str, Any]) -> Any:
    """Something of that schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: value(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [value(schema["items"])]
    plain = {"string": "x", "integer": max(1, schema.get("minimum", 1)), "number": 1.5, "boolean": True}
    return "2026-01-05" if schema.get("format") == "date" else plain[kind]


def filled(path: str, operation: dict[str, Any]) -> str:
    """The path with every place filled by something of its schema."""
    for told in operation["parameters"]:
        if told["in"] == "path":
            path = path.replace(f"{{{told['name']}}}", str(value(told["schema"])))
    return path


@pytest.mark.slow
def test_the_document_is_an_openapi_one(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    for path, method, operation in operations(document):
        named = [told["name"] for told in operation["parameters"] if told["in"] == "path"]
        assert [f"{{{name}}}" in path for name in named] == [True] * len(named), path
        assert path.count("{") == len(named) == len(set(named)), path
        assert "<" not in path
        assert operation["summary"].endswith((".", "。")), (method, path)
        for told in operation["parameters"]:
            jsonschema.Draft202012Validator.check_schema(told["schema"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            jsonschema.Draft202012Validator.check_schema(content["schema"])


@pytest.mark.slow
def test_a_document_with_a_fault_is_none(document: dict[str, Any]) -> None:
    for spoil in (
        lambda told: told["paths"]["/api/layers"]["get"]["responses"].update({"fine": {"description": "x"}}),
        lambda told: told["paths"]["/api/jobs/{job_id}"]["get"]["parameters"][0].pop("required"),
        lambda told: told["paths"].update({"no-slash": {}}),
    ):
        spoiled = json.loads(json.dumps(document))
        spoil(spoiled)
        assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(spoiled))


def test_every_route_is_described_and_nothing_else(app: flask.Flask, document: dict[str, Any]) -> None:
    """Each described path, filled in, is asked of the map of routes itself: what answers there is what there is."""
    routes = app.url_map.bind("localhost")
    reached = {
        (routes.match(filled(path, operation), method)[0], method, path.count("/"))
        for path, method, operation in operations(document)
    }
    there = {
        (rule.endpoint, method, rule.rule.count("/"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    assert reached == there


def test_the_public_names_are_refused_as_described_once_they_are_asked_for_too_often(
    own_app: flask.Flask, document: dict[str, Any]
) -> None:
    asked = [own_app.test_client().get("/tips/names?q=学").status_code for _ in range(MOST_NAMES_FOR_ONE + 1)]
    described = {
        int(status) for path, _, told in operations(document) if path == "/tips/names" for status in told["responses"]
    }
    assert 429 in asked
    assert set(asked) <= described


def test_every_described_path_is_answered_with_a_described_status(own_app: flask.Flask) -> None:
    """Called twice: with something of every schema, and with nothing."""
    document = signed_in(own_app).get("/openapi.json").get_json()
    for path, method, operation in operations(document):
        described = set(operation["responses"])
        for sent in (bodies(operation), {}):
            query = {told["name"]: value(told["schema"]) for told in operation["parameters"] if told["in"] == "query"}
            headers = {"X-CSRF-Token": "the-token", "Accept": "application/json", "If-Match": '"1"'}
            asked = {"query_string": query if sent else {}, "headers": headers}
            answer = signed_in(own_app).open(filled(path, operation), method=method, buffered=True, **sent, **asked)
            assert str(answer.status_code) in described, (method, path, answer.status_code, answer.text[:200])
            if answer.status_code >= 400 and answer.status_code != 503:
                assert answer.status_code in _PROBLEMS


#: What is taken: the described status must be that of success.
TAKEN = {
    "/tips": {"json": {"text": "三楼每天有人听课"}},
    "/api/drawn-zones": {"json": {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [118.05, 27.05]},
        "properties": {"name": "路口", "family": "note"}}},
    "/api/uploads": {"data": {"size": "3"}},
    "/api/analyses": {"data": {}},
    "/posts": {"data": {"post": "甲岗"}},
    "/accounts": {"data": {"account": "受理一", "role": "tip_desk"}},
    "/alerts": {"data": {}},
    "/backtest": {"data": {}},
    "/leave": {"data": {}},
}  # fmt: skip


@pytest.mark.parametrize("path", TAKEN)
def test_what_is_taken_is_answered_with_a_success_that_is_described(own_app: flask.Flask, path: str) -> None:
    client = signed_in(own_app)
    operation = client.get("/openapi.json").get_json()["paths"][path]["post"]
    answer = client.post(path, headers={"X-CSRF-Token": "the-token", "Accept": "application/json"}, **TAKEN[path])
    assert answer.status_code < 400, answer.text
    told = operation["responses"][str(answer.status_code)]
    assert "content" not in told or "Error" not in str(told["content"])
    if answer.status_code < 300:
        assert answer.mimetype in told["content"]


def bodies(operation: dict[str, Any]) -> dict[str, Any]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        told = value(content["schema"])
        return {"json": told} if media.endswith("json") else {"data": told}
    return {"data": b""}


def test_bodies_are_described_where_something_is_read(document: dict[str, Any]) -> None:
    described = {(method, path) for path, method, operation in operations(document) if "requestBody" in operation}
    assert {
        ("POST", "/tips"), ("POST", "/api/actions"), ("POST", "/api/drawn-zones"),
        ("PUT", "/api/drawn-zones/{drawn_id}"), ("POST", "/tips/{tip_id}/steps"),
        ("PUT", "/api/zones/{zone_id}/review"), ("POST", "/api/uploads"),
        ("PUT", "/api/actions/{action_id}/targets/{number}"), ("POST", "/alerts/{alert_id}/close"), ("POST", "/posts"),
    } <= described  # fmt: skip


@pytest.mark.slow
def test_the_parameters_named_are_those_that_are_read(app: flask.Flask, visitor: FlaskClient) -> None:
    good = {
        "since": "2026-01-01", "until": "2026-02-01", "bbox": "118,27,119,28", "limit": "5", "level": "county",
        "area": "990101000000", "bandwidth_m": "1500", "peak_per_km2": "1", "q": "青山路1号", "placed": "no",
        "text": "路", "status": "new", "start": "0", "next": "/", "token": "x", "zone": "z", "at": "0",
    }  # fmt: skip
    assert set(good) == set(QUERY)
    taken: dict[str, Operation] = {
        name: view.operation for name, view in app.view_functions.items() if name != "static"
    }  # type: ignore[attr-defined]
    strict = {
        rule.endpoint: taken[rule.endpoint].query
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint not in (*LOOSE, "static") and taken[rule.endpoint].query
    }
    assert len(strict) > 12
    for endpoint, names in strict.items():
        arguments = next(r.arguments for r in app.url_map.iter_rules() if r.endpoint == endpoint)
        places = FILLED | {"layer": "tips" if endpoint == "exports.show" else "areas", "kind": "svg"}
        with app.test_request_context():
            path = flask.url_for(endpoint, **{name: places[name] for name in arguments})
        for name, told in good.items():
            answer = visitor.get(path, query_string={name: told})
            assert (answer.status_code == 400) == (name not in names), (path, name, answer.data[:200])


#: The pages of links take whatever one holds; the others want exactly one of theirs, or a zone that stands.
LOOSE = {"session.local", "session.invitation", "actions.premises", "actions.show_new"}
