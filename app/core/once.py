"""Idempotent submissions: a request repeated under one id is executed once, and gets the first one's answer.

A page makes an id for each form and drawing and sends it as the header Idempotency-Key or the field client_id. Who
sends none is answered as ever. What is refused is not kept, so that it may be corrected and sent again.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

import flask

from app.core.acting import SAFE_METHODS, requester
from app.core.current import FIELD, house, seated
from gis.errors import Conflict, Refused, Unavailable
from layers import database, history, submissions

#: Views that need no id: signing in and out and choosing a post change only the sign-in, a body with a password and an
#: answer with an invitation or a link are not stored, a part of a file names its offset, a preview stores nothing, and
#: an import is named by its upload. Of the public nothing is kept that ties a tip to a request: a form's key and its
#: receipt do what an id would.
FREE = frozenset({
    "session.spend", "session.enter", "session.accept", "session.leave", "posts.choose", "accounts.slip",
    "start.change_city", "own.password", "own.add_factor", "own.drop_factor", "own.revoke",
    "imports.append", "imports.look", "imports.compare", "imports.start", "imports.forget",
    "tips_public.add", "tips_public.show_receipt",
})  # fmt: skip
HEADER = "Idempotency-Key"
SOON_SECONDS, LATE_SECONDS = 2.0, 30.0
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
#: Left out of the comparison: the session's token, the id itself, and the version that was on the screen.
_ASIDE = ("csrf_token", FIELD, "version")
_KEPT = ("Content-Type", "ETag", "Location")

_View = Callable[..., Any]


class _NotTaken(Exception):
    """Rolls the transaction back when a view refuses by its answer instead of an error."""

    def __init__(self, response: flask.Response) -> None:
        super().__init__()
        self.response = response


def register(app: flask.Flask) -> None:
    """Let every unsafe request be taken once under its id; forms find a new one as ``client_id()``."""
    for rule in app.url_map.iter_rules():
        if (rule.methods or set()) - SAFE_METHODS and rule.endpoint not in FREE:
            app.view_functions[rule.endpoint] = _once(app.view_functions[rule.endpoint])
    app.jinja_env.globals["client_id"] = lambda: secrets.token_hex(16)


def _once(view: _View) -> _View:
    @wraps(view)
    def taken(**arguments: Any) -> Any:
        client_id = None if flask.request.method in SAFE_METHODS else _client_id()
        if client_id is None:
            return view(**arguments)
        try:
            return _first_answer(client_id, lambda: flask.make_response(view(**arguments)), wait_seconds=SOON_SECONDS)
        except Unavailable as error:
            if error.kind != "in_progress":
                raise
        with seated():  # whoever waits long leaves a thread to the others
            return _first_answer(client_id, lambda: flask.make_response(view(**arguments)), wait_seconds=LATE_SECONDS)

    return taken


def _first_answer(client_id: str, answer: Callable[[], flask.Response], *, wait_seconds: float) -> flask.Response:
    digest = _digest()
    try:
        with database.joined(house().engine, requester()) as connection:
            first = submissions.claim(connection, client_id, wait_seconds=wait_seconds)
            if first is not None:
                return _again(first, digest)
            history.request(connection, client_id)
            response = _taken(answer())
            headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
            kept = submissions.Submission(
                request_hmac=digest, status=response.status_code, headers=headers, body=response.get_data()
            )
            submissions.keep(connection, client_id, kept)
            return response
    except _NotTaken as refused:
        return refused.response


def _taken(response: flask.Response) -> flask.Response:
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise _NotTaken(response)
    return response


def _again(first: submissions.Submission, digest: str) -> flask.Response:
    if not hmac.compare_digest(first.request_hmac, digest):
        raise Conflict(
            "这张表已经交过一次,内容和这次不同:请先看上次的是否已经存下,确实要另存一份再交一次", kind="other_submission"
        )
    return flask.Response(first.body, first.status, first.headers)


def _client_id() -> str | None:
    body = flask.request.get_json(silent=True) if flask.request.is_json else None
    field = body.get(FIELD) if isinstance(body, dict) else flask.request.form.get(FIELD)
    told = flask.request.headers.get(HEADER) or field
    if told is None or told == "":
        return None
    if not isinstance(told, str) or not _ID.fullmatch(told):
        raise Refused(f"{FIELD}(或请求头 {HEADER})要是 8 到 64 个字母、数字、横线", kind="bad_client_id")
    return told


def _digest() -> str:
    """What was sent, whoever sends it: the address and the body without the session's token, the id and the version."""
    request = flask.request
    form = sorted((name, value) for name, value in request.form.items(multi=True) if name not in _ASIDE)
    told = request.get_json(silent=True) if request.is_json else form
    if isinstance(told, dict):
        told = {name: value for name, value in told.items() if name not in _ASIDE}
    body = json.dumps(told, sort_keys=True).encode() if told else request.get_data()
    said = b"\0".join([request.method.encode(), request.full_path.encode(), body])
    return hmac.new(bytes(flask.current_app.secret_key), said, hashlib.sha256).hexdigest()  # type: ignore[arg-type]
