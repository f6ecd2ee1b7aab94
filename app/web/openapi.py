"""The description of the HTTP interface, made from the routes themselves and the rules of their parameters."""

import re

import flask

from app.web.current import house, json_response

blueprint = flask.Blueprint("openapi", __name__)

_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
_QUERY = {
    "since": {"type": "string", "format": "date"},
    "until": {"type": "string", "format": "date"},
    "area": {"type": "string"},
    "level": {"type": "string"},
    "bbox": {"type": "string", "pattern": "west,south,east,north"},
    "limit": {"type": "integer", "minimum": 1},
    "bandwidth_m": {"type": "integer"},
    "peak_per_km2": {"type": "number"},
    "q": {"type": "string"},
    "placed": {"type": "string", "enum": ["yes", "no"]},
}
#: Which query parameters each view takes.
TAKEN = {
    "layers.features": ("bbox", "since", "until", "area", "level", "limit", "placed"),
    "drawings.index": ("area", "bbox", "limit"),
    "tiles.show": ("since", "until", "level"),
    "figures.figures": ("since", "until", "area"),
    "figures.counties": ("since", "until"),
    "heat.describe": ("since", "until", "bandwidth_m", "peak_per_km2"),
    "heat.image": ("since", "until", "bandwidth_m", "peak_per_km2"),
    "jobs.newest": ("limit",),
    "places.index": ("q", "limit"),
}


@blueprint.get("/openapi.json")
def show() -> flask.Response:
    """An OpenAPI 3.1 document."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": f"无传一张图 {house().settings.profile.name}", "version": "0.1.0"},
        "paths": _paths(flask.current_app),
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error", "sentence"],
                    "properties": {"error": {"type": "string"}, "sentence": {"type": "string"}},
                }
            }
        },
    }
    return json_response(document)


def _paths(app: flask.Flask) -> dict[str, dict[str, object]]:
    paths: dict[str, dict[str, object]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint == "static":
            continue
        operations = paths.setdefault(_PLACE.sub(r"{\1}", rule.rule), {})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operations[method.lower()] = _operation(app, rule.endpoint, rule.rule)
    return paths


def _operation(app: flask.Flask, endpoint: str, rule: str) -> dict[str, object]:
    told = (app.view_functions[endpoint].__doc__ or "").strip().splitlines()
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PLACE.findall(rule)
    ]
    asked = [{"name": name, "in": "query", "schema": _QUERY[name]} for name in TAKEN.get(endpoint, ())]
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "summary": told[0] if told else "",
        "parameters": [*named, *asked],
        "responses": {"200": {"description": "OK"}, "default": {"description": "refusal", "content": refusal}},
    }
