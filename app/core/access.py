"""Access control: sign-in, permissions of views, and the CSRF token of unsafe requests."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from werkzeug.wrappers import Response

from app.core import errors, sentences
from app.core.acting import CSRF, SAFE_METHODS, TOKEN, csrf_token, digest, signed_in
from app.core.current import house
from app.core.operations import Operation
from app.core.permissions import PERMISSIONS, allows
from app.core.words import SECOND_FACTOR
from layers.sign_ins import SignIn

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


def new_token() -> tuple[str, str]:
    """The token of a new sign-in, and its hash, under which it is stored."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def enter(token: str) -> None:
    """Begin a new session by a sign-in that is stored, with its own token for unsafe requests."""
    flask.session.clear()
    flask.session.permanent = True
    flask.session.update({TOKEN: token, CSRF: secrets.token_urlsafe(32)})


def sign_out() -> None:
    """End the session, whose sign-in has been ended."""
    flask.session.clear()
    house().sign_ins.forget()


def form_token() -> str:
    """The token that a form before signing in carries; made where the session has none."""
    return str(flask.session.setdefault(CSRF, secrets.token_urlsafe(32)))


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
        known = signed_in()
        if known is None:
            return _not_signed_in()
        if refusal := _refusal(known, view.permission):
            return refusal
    if request.method not in SAFE_METHODS and not getattr(view, "has_own_secret", False) and not _meant():
        return errors.respond(403, *sentences.SENTENCES[403])
    return None


def _refusal(known: SignIn, permission: str) -> Response | None:
    profile = house().settings.profile
    if not allows(known, permission, is_demo=profile.is_demo):
        return errors.respond(403, "not_allowed", f"您没有“{PERMISSIONS[permission].title}”的权限")
    if profile.require_totp and not (known.is_local or known.has_code or permission == "session.hold"):
        if not errors.wants_json() and flask.request.method in SAFE_METHODS:
            return flask.redirect(flask.url_for("own.show"), 303)
        return errors.respond(403, "no_second_factor", f"{SECOND_FACTOR},请先在“我的账户”页开启动态码")
    return None


def may(permission: str) -> bool:
    """Whether whoever is signed in has that permission: a page leaves out what would be refused."""
    known = signed_in()
    return known is not None and allows(known, permission, is_demo=house().settings.profile.is_demo)


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
    return flask.redirect(flask.url_for("session.ask"))


def _meant() -> bool:
    sent = flask.request.headers.get("X-CSRF-Token") or flask.request.form.get("csrf_token", "")
    kept = csrf_token()
    return bool(kept) and secrets.compare_digest(sent.encode(), kept.encode())
