"""HTTP statuses of the error classes, and errors as JSON for programs or as a page for people."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus

import flask
import sqlalchemy as sa
from werkzeug.exceptions import HTTPException, SecurityError

from app.core.current import json_response
from app.core.sentences import SENTENCES
from gis.errors import (
    STALE,
    Conflict,
    DomainError,
    Forbidden,
    FrameError,
    IntakeError,
    NotFound,
    Refused,
    TooMany,
    Unavailable,
)
from layers.host.programs import has_no_room
from layers.words import MAKE_ROOM

logger = logging.getLogger(__name__)

MACHINE_PATHS = ("/api/", "/tiles/", "/basemap", "/openapi.json", "/healthz")

STATUSES: Mapping[type[DomainError], int] = {
    NotFound: 404,
    Refused: 400,
    Forbidden: 403,
    IntakeError: 422,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
    FrameError: 500,
    DomainError: 500,
}


def status_of(error: Exception) -> int:
    """The status of that error: its class's, or the nearest parent's; of a change from a former version 412."""
    if isinstance(error, Conflict) and error.kind == STALE:
        return HTTPStatus.PRECONDITION_FAILED
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), STATUSES[DomainError])


def register(app: flask.Flask) -> None:
    """Answer every error with a fitting status and one sentence: JSON for programs, a page for people."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(sa.exc.OperationalError, _no_database)
    app.register_error_handler(OSError, _no_room)
    app.register_error_handler(Exception, _unforeseen)


def wants_json() -> bool:
    """Whether a program asks, by the path or by accepting JSON and not HTML; or a host that has no pages here."""
    request, accepts = flask.request, flask.request.accept_mimetypes
    foreign = isinstance(request.routing_exception, SecurityError)
    return foreign or request.path.startswith(MACHINE_PATHS) or (accepts.accept_json and not accepts.accept_html)


def respond(status: int, kind: str, sentence: str) -> flask.Response:
    """The one shape of every refusal."""
    if wants_json():
        return json_response({"error": kind, "sentence": sentence}, status)
    return flask.make_response(flask.render_template("error.html", status=status, sentence=sentence), status)


def _domain(error: DomainError) -> flask.Response:
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unforeseen(error)
    return respond(status, error.kind, error.sentence)


def _http(error: HTTPException) -> flask.Response:
    status = error.code or 500
    fallback = SENTENCES[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]
    response = respond(status, *SENTENCES.get(status, fallback))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
    return response


def _no_database(error: sa.exc.OperationalError) -> flask.Response:
    logger.error("no database at %s: %s", flask.request.path, error.orig)
    return respond(503, *SENTENCES[503])


def _no_room(error: OSError) -> flask.Response:
    if not has_no_room(error):
        return _unforeseen(error)
    logger.error("no room at %s: %s", flask.request.path, error)
    return respond(503, "disk_full", f"磁盘已满,没有做成;{MAKE_ROOM}")


def _unforeseen(error: Exception) -> flask.Response:
    number = secrets.token_hex(4)
    # the path only: a query may hold a one-time token
    logger.error("fault %s at %s %s", number, flask.request.method, flask.request.path, exc_info=error)
    return respond(500, "internal", f"服务出错了,已记下编号 {number},请把编号告诉管理员")
