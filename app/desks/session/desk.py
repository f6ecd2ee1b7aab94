"""Signing in by a one-time link."""

import sqlalchemy as sa

from app.core.acting import digest
from layers import write
from layers.actor import Actor


def spend_link(connection: sa.Connection, actor: Actor, token: str) -> bool:  # noqa: ARG001 - a workflow says who acts
    """Whether the link of that token lets its bearer in; it does so once."""
    return write.spend_entry_token(connection, digest(token))
