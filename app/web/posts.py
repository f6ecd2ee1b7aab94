"""The post in whose name the desk acts: chosen by its title, remembered in the session."""

import flask
import sqlalchemy as sa

from app.workflows.tip_desk import NO_POST
from gis.errors import Refused
from layers import tips


def acting(connection: sa.Connection) -> str:
    """The post chosen in this session, or the first on duty, or the trial's own where none is."""
    chosen = flask.session.get("post")
    if chosen and tips.has_post(connection, chosen):
        return str(chosen)
    return next(iter(tips.posts(connection)), NO_POST)


def choose(connection: sa.Connection, post: str) -> None:
    """Act as that post from now on; raises as ``on_duty`` does."""
    flask.session["post"] = on_duty(connection, post)


def on_duty(connection: sa.Connection, post: str) -> str:
    """The post of that title.

    Raises:
        Refused: no post on duty is called so.
    """
    if "\0" in post or not tips.has_post(connection, post):
        raise Refused("没有这个岗位", kind="no_post")
    return post
