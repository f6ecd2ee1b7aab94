"""Who may see and change what: nothing without signing in, no unsafe request without the session's own token."""

import hashlib
import secrets
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import flask
from werkzeug.wrappers import Response

from app.core import errors
from app.core.sentences import SENTENCES

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TRIAL_ACCOUNT = "local"

View = TypeVar("View", bound=Callable[..., object])


def public(view: View) -> View:
    """Mark a view that anyone may read."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def secret_in_body(view: View) -> View:
    """Mark a view whose posted secret is itself the proof that the request is meant."""
    view.has_own_secret = True  # type: ignore[attr-defined]
    return public(view)


def digest(token: str) -> str:
    """The SHA-256 of a token in hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def sign_in(account: str) -> None:
    """Begin a new session for that account, with its own token for unsafe requests."""
    flask.session.clear()
    flask.session.permanent = True
    flask.session.update(account=account, csrf=secrets.token_urlsafe(32))


def csrf_token() -> str:
    """The session's token, for forms and for the X-CSRF-Token header; '' when nobody is signed in."""
    return str(flask.session.get("csrf", ""))


def sign_in_digest() -> str:
    """The hash of the session's token: tells one sign-in from another, and lets nobody in."""
    return digest(csrf_token())


def register(app: flask.Flask) -> None:
    """Check every request before its view runs."""
    app.before_request(_check)
    app.jinja_env.globals["csrf_token"] = csrf_token


def _check() -> Response | None:
    request = flask.request
    if request.routing_exception is not None:
        return None
    if request.method not in SAFE_METHODS and _is_foreign():
        return errors.respond(403, "foreign_origin", "这个请求来自别的网站,没有执行;请在本系统的页面上操作")
    view = flask.current_app.view_functions[request.endpoint or ""]
    if not getattr(view, "is_public", request.endpoint == "static") and "account" not in flask.session:
        return _not_signed_in()
    if request.method not in SAFE_METHODS and not getattr(view, "has_own_secret", False) and not _meant():
        return errors.respond(403, *SENTENCES[403])
    return None


def _is_foreign() -> bool:
    """Whether the browser says that another site's page sent this; one that says neither leaves it to the token."""
    headers = flask.request.headers
    if headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = headers.get("Origin")
    try:
        return origin is not None and urlsplit(origin).netloc.lower() != flask.request.host.lower()
    except ValueError:
        return True


def _not_signed_in() -> Response:
    if errors.wants_json():
        return errors.respond(401, *SENTENCES[401])
    return flask.redirect(flask.url_for("session.enter"))


def _meant() -> bool:
    sent = flask.request.headers.get("X-CSRF-Token") or flask.request.form.get("csrf_token", "")
    kept = csrf_token()
    return bool(kept) and secrets.compare_digest(sent.encode(), kept.encode())
