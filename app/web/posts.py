"""The post in whose name the desk acts: chosen by its title, remembered in the session."""

import flask
import sqlalchemy as sa

from app.workflows.post_desk import on_duty
from app.workflows.tip_desk import NO_POST
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
