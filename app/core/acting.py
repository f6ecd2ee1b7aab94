"""The actor of the current request: account, post and session."""

import hashlib

import flask
import sqlalchemy as sa

from layers import posts
from layers.actor import PUBLIC, Actor

#: Methods that change nothing.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def requester() -> Actor:
    """The session's account with the post it has chosen; whoever is not signed in is the public."""
    account = flask.session.get("account")
    if account is None:
        return PUBLIC
    return Actor(account=account, post=flask.session.get("post", ""), sign_in=sign_in_digest())


def chosen_post(connection: sa.Connection) -> str | None:
    """The post that this session acts as; None where none is chosen or on duty."""
    post = requester().post
    return post if post and posts.is_on_duty(connection, post) else None


def csrf_token() -> str:
    """The session's token, for forms and for the X-CSRF-Token header; '' when nobody is signed in."""
    return str(flask.session.get("csrf", ""))


def sign_in_digest() -> str:
    """The hash of the session's token: it identifies the sign-in and is no secret."""
    return digest(csrf_token())


def digest(token: str) -> str:
    """The SHA-256 of a token in hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
