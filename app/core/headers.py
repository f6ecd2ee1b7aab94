"""The strict headers of every response, errors and static files included."""

import secrets
from http import HTTPStatus

import flask

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

#: What is not a page may do nothing, should a browser ever show it as one.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"

PAGE = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'self'{more}; style-src-elem 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; "
    "manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def register(app: flask.Flask) -> None:
    """Add the headers after each request; pages get a policy with a nonce of their own (``csp_nonce()``)."""
    app.after_request(_add)
    app.jinja_env.globals["csp_nonce"] = nonce
    app.jinja_env.globals["csp_compute"] = compute


def compute() -> str:
    """Nothing, in a page whose scripts compile WebAssembly of our own: its policy lets them, and no other page's."""
    flask.g.computes = True
    return ""


def nonce() -> str:
    """The nonce of this response: the same within it, never again after it."""
    if "nonce" not in flask.g:
        flask.g.nonce = secrets.token_urlsafe(16)
    return str(flask.g.nonce)


def _add(response: flask.Response) -> flask.Response:
    headers = response.headers
    if response.location and response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        response.set_data(b"")  # werkzeug's English page, which no browser shows
    headers.extend(FIXED)
    page = response.mimetype == "text/html"
    headers["Content-Security-Policy"] = _policy() if page else NOTHING
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response


def _policy() -> str:
    return PAGE.format(nonce=nonce(), more=" 'wasm-unsafe-eval'" if "computes" in flask.g else "")
