"""Access control: sign-in, permissions of views, and the CSRF token of unsafe requests."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from werkzeug.wrappers import Response

from app.core import errors, sentences
from app.core.acting import SAFE_METHODS, csrf_token, requester
from app.core.operations import Operation
from app.core.permissions import PERMISSIONS, allows

TRIAL_ACCOUNT = "local"

_View = TypeVar("_View", bound=Callable[..., object])


def needs(permission: str, **taken: Any) -> Callable[[_View], _View]:
    """Mark a view with the permission it needs; ``taken`` is what it takes and answers, as ``Operation`` has it."""

    def mark(view: _View) -> _View:
        view.permission = permission  # type: ignore[attr-defined]
        view.operation = Operation(**taken)  # type: ignore[attr-defined]
        return view

    return mark


def public(**taken: Any) -> Callable[[_View], _View]:
    """Mark a view that anyone may call without signing in; ``taken`` as for ``needs``."""

    def mark(view: _View) -> _View:
        view.is_public = True  # type: ignore[attr-defined]
        view.operation = Operation(**taken)  # type: ignore[attr-defined]
        return view

    return mark


def secret_in_body(**taken: Any) -> Callable[[_View], _View]:
    """Mark a public view whose body holds a secret of its own, so that it needs no CSRF token."""

    def mark(view: _View) -> _View:
        view.has_own_secret = True  # type: ignore[attr-defined]
        return public(**taken)(view)

    return mark


def check_marks(app: flask.Flask) -> None:
    """Check that every view names a permission that exists, or is public.

    Raises:
        LookupError: naming a view that does neither.
    """
    for endpoint, view in app.view_functions.items():
        if endpoint == "static" or getattr(view, "is_public", False):
            continue
        if getattr(view, "permission", "") not in PERMISSIONS:
            raise LookupError(f"the view {endpoint} names no known permission and is not public")


def sign_in(account: str) -> None:
    """Begin a new session for that account, with its own token for unsafe requests."""
    flask.session.clear()
    flask.session.permanent = True
    flask.session.update(account=account, csrf=secrets.token_urlsafe(32))


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
    view: Any = flask.current_app.view_functions[request.endpoint or ""]
    if not getattr(view, "is_public", request.endpoint == "static"):
        if "account" not in flask.session:
            return _not_signed_in()
        if not allows(requester(), view.permission):
            return errors.respond(403, "not_allowed", f"您没有“{PERMISSIONS[view.permission].title}”的权限")
    if request.method not in SAFE_METHODS and not getattr(view, "has_own_secret", False) and not _meant():
        return errors.respond(403, *sentences.SENTENCES[403])
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
        return errors.respond(401, *sentences.SENTENCES[401])
    return flask.redirect(flask.url_for("session.enter"))


def _meant() -> bool:
    sent = flask.request.headers.get("X-CSRF-Token") or flask.request.form.get("csrf_token", "")
    kept = csrf_token()
    return bool(kept) and secrets.compare_digest(sent.encode(), kept.encode())
