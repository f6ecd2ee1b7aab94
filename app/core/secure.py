"""What a service that the house can reach asks of every request: https, and a pace of those that need no sign-in."""

import time

import flask

from app.core import errors
from app.core.acting import SAFE_METHODS
from app.core.pace import Pace
from app.core.words import ENCRYPTED_ONLY
from app.settings import Settings

#: Passwords, links and forms of strangers that one address may send in a while; checking a password takes long.
MOST_FROM_ONE, SECONDS = 30, 60
#: For a year a browser opens no page of this name in the clear, whatever is typed.
ALWAYS_HTTPS = "max-age=31536000"


def register(app: flask.Flask, settings: Settings) -> None:
    """Ask it of every request where pages come over https; on plain loopback everybody is this machine itself."""
    if not settings.is_https:
        return
    pace = Pace(seconds=SECONDS, one=MOST_FROM_ONE)

    def check() -> flask.Response | None:
        request = flask.request
        if not request.is_secure:
            return errors.respond(403, "not_secure", f"{ENCRYPTED_ONLY},请用 https 开头的网址,从指定的代理进来")
        view = flask.current_app.view_functions.get(request.endpoint or "")
        open_to_all = getattr(view, "is_public", False) and request.method not in SAFE_METHODS
        if open_to_all and not pace.allows(request.remote_addr or "", now=time.time()):
            response = errors.respond(429, "too_many", "这台电脑一分钟里提交得太多了,请稍后再试")
            response.headers["Retry-After"] = str(SECONDS)
            return response
        return None

    app.before_request(check)
    # a browser lets nobody past a certificate made here once it knows that the name is always https
    if settings.proxy or settings.tls_cert is not None:
        app.after_request(_say_always)


def _say_always(response: flask.Response) -> flask.Response:
    response.headers["Strict-Transport-Security"] = ALWAYS_HTTPS
    return response
