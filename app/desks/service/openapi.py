"""The description of the HTTP interface, made from the routes themselves and from what each operation takes."""

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from typing import Any

import flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from app.core import access, acting, once
from app.core.current import house, json_response
from app.core.operations import JSON, QUERY, Operation

blueprint = flask.Blueprint("openapi", __name__)

#: A place of a rule: its converter, what that is told, its name.
_PLACE = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z_]+)>")
_TYPES = {
    ".pdf": "application/pdf", ".png": "image/png", ".mvt": "application/vnd.mapbox-vector-tile",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
#: A page where a page is asked for.
_BOTH = ("posts.choose", "accounts.slip", "accounts.hand_over")
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_PROBLEMS: Mapping[int, str] = {
    302: "not signed in: a page leads to the entry",
    304: "the client has it already",
    400: "a parameter or the body is not as it must be",
    401: "not signed in",
    403: "not meant, or no post chosen",
    404: "not there",
    409: "a conflict with what is stored, or another submission under that id",
    412: "another version than the one that was seen",
    413: "too large",
    415: "not of the kind that is taken here",
    422: "a file that is refused",
    428: "no version named",
    429: "too many from one address",
    503: "busy, or something the service stands on is missing",
}


@blueprint.get("/openapi.json")
@access.needs("service.read")
def show() -> flask.Response:
    """An OpenAPI 3.1 document."""
    error = {"type": "object", "required": ["error", "sentence"]}
    parts = {"error": {"type": "string"}, "sentence": {"type": "string"}}
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": f"无传一张图 {house().settings.profile.name}",
            "version": importlib.metadata.version("wuchuan"),
        },
        "paths": _paths(flask.current_app),
        "components": {
            "schemas": {"Error": error | {"properties": parts}},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": flask.current_app.config["SESSION_COOKIE_NAME"]}
            },
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
            operations[method.lower()] = _operation(app, rule, method)
    return paths


def _operation(app: flask.Flask, rule: Rule, method: str) -> dict[str, object]:
    view: Any = app.view_functions[rule.endpoint]
    summary = (view.__doc__ or "").strip().splitlines()[0]
    taken: Operation = view.operation
    is_public = getattr(view, "is_public", False)
    told: dict[str, object] = {
        "summary": summary,
        "parameters": [
            *_path_parameters(rule),
            *({"name": name, "in": "query", "schema": QUERY[name]} for name in taken.query),
            *_headers(view, rule.endpoint, method, taken),
        ],
        "responses": {str(status): _answer(status, rule, taken) for status in _statuses(method, taken)},
        "security": [] if is_public else [{"session": []}],
    }
    if taken.body is not None:
        told["requestBody"] = {"required": True, "content": {taken.media: {"schema": taken.body}}}
    return told


def _path_parameters(rule: Rule) -> Iterator[dict[str, object]]:
    for name in _PLACE.findall(rule.rule):
        converter = rule._converters[name]  # noqa: SLF001 - werkzeug tells them nowhere else
        yield {"name": name, "in": "path", "required": True, "schema": _schema(converter)}


def _schema(converter: BaseConverter) -> dict[str, object]:
    if isinstance(converter, IntegerConverter):
        return {"type": "integer", "minimum": 0, "maximum": converter.max}
    if isinstance(converter, AnyConverter):
        return {"type": "string", "enum": sorted(converter.items)}
    return {"type": "string", "minLength": 1}


def _headers(view: object, endpoint: str, method: str, taken: Operation) -> Iterator[dict[str, object]]:
    if method in acting.SAFE_METHODS:
        return
    if not getattr(view, "has_own_secret", False):
        yield _header("X-CSRF-Token", "the session's token, which /api/session gives; a form may hold it as csrf_token")
    if endpoint not in once.FREE:
        yield _header(once.HEADER, "an id of this submission: a second one under it gets the first's answer")
    if taken.versioned:
        yield _header("If-Match", "the version that was seen, in quotes; a body may hold it as version")


def _header(name: str, description: str) -> dict[str, object]:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def _statuses(method: str, taken: Operation) -> list[int]:
    refusals = {302, 400, 401, 403, 404, 503}
    if method in acting.SAFE_METHODS:
        refusals |= {304, 409}  # a list of what has expired is a conflict too
    else:
        refusals |= {409, 413, 415, 422, 429}
    return sorted(
        {*taken.answers, *refusals, *((412, 428) if taken.versioned else ()), *((429,) if taken.paced else ())}
    )


def _answer(status: int, rule: Rule, taken: Operation) -> dict[str, Any]:
    if status not in taken.answers:
        bare = {"description": _PROBLEMS[status]}
        return bare if status < 400 else bare | {"content": _ERROR}
    if status in (204, 303):
        return {"description": "done" if status == 204 else "done; the page to look at next"}
    return {"description": "what was asked for", "content": {media: {} for media in _media(rule)}}


def _media(rule: Rule) -> list[str]:
    found = [media for ending, media in _TYPES.items() if rule.rule.endswith(ending)]
    if found:
        return found
    if rule.rule.startswith(("/charts/", "/basemap/")) or rule.rule.endswith(":kind>"):
        return ["*/*"]
    machine = rule.rule.startswith(("/api/", "/openapi", "/healthz", "/tips/inbox", "/tips/post", "/tips/<")) or (
        rule.endpoint in ("tips.add", "tips.step", "tips.put")
    )
    return [JSON] if machine else ["text/html", JSON] if rule.endpoint in _BOTH else ["text/html"]
