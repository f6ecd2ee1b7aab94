"""The actor of the current request: who signed in, and as which post."""

import hashlib
from typing import TYPE_CHECKING

import flask
import sqlalchemy as sa

from layers import posts
from layers.actor import PUBLIC, Actor
from layers.sign_ins import SignIn

if TYPE_CHECKING:
    from app.core.sign_ins import SignIns

#: Methods that change nothing.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where the cookie holds the token of the sign-in, and the one that unsafe requests carry.
TOKEN, CSRF = "token", "csrf"


def signed_in() -> SignIn | None:
    """The sign-in by which the request came, as it is now; None where nobody is signed in."""
    if "standing" not in flask.g:
        token = flask.session.get(TOKEN)
        looked_up: SignIns = flask.current_app.extensions["wuchuan"].sign_ins
        flask.g.standing = looked_up.of(digest(token)) if isinstance(token, str) else None
    found: SignIn | None = flask.g.standing
    return found


def requester() -> Actor:
    """Whoever is signed in, with the post chosen; whoever is not is the public."""
    known = signed_in()
    return PUBLIC if known is None else known.actor


def chosen_post(connection: sa.Connection) -> str | None:
    """The post that this session acts as; None where none is chosen or on duty."""
    post = requester().post
    return post if post and posts.is_on_duty(connection, post) else None


def csrf_token() -> str:
    """The session's token, for forms and for the X-CSRF-Token header; '' where the page has made none."""
    return str(flask.session.get(CSRF, ""))


def digest(token: str) -> str:
    """The SHA-256 of a token in hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
