"""The posts on duty, in whose name the desk acts."""

import sqlalchemy as sa

from app.workflows.tip_desk import NO_POST
from gis.errors import Refused
from layers import tips


def on_duty(connection: sa.Connection, post: str) -> str:
    """The post of that title.

    Raises:
        Refused: no post on duty is called so.
    """
    if "\0" in post or not tips.has_post(connection, post):
        raise Refused("没有这个岗位", kind="no_post")
    return post


def by_command(connection: sa.Connection, post: str) -> str:
    """The post that a command acts as: the machine's own, or one on duty; raises as ``on_duty`` does."""
    return post if post == NO_POST else on_duty(connection, post)
