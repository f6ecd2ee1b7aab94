"""Idempotency keys: each submission with its answer, which a repeated submission gets again."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import Unavailable
from layers.database import is_lock_timeout
from layers.schema.tables.house import submissions

KEPT_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A submission that was accepted: the keyed hash of its body, and the answer."""

    request_hmac: str
    status: int
    headers: dict[str, str]
    body: bytes


def claim(connection: sa.Connection, client_id: str, *, wait_seconds: float) -> Submission | None:
    """The accepted submission of that id; None where there is none, and then the id is locked for this transaction.

    Raises:
        Unavailable: somebody is at it, longer than ``wait_seconds``; kind in_progress.
    """
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{wait_seconds * 1000:.0f}ms'"))
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": client_id})
            connection.execute(sa.text("SET LOCAL lock_timeout TO DEFAULT"))
    except sa.exc.OperationalError as error:
        if not is_lock_timeout(error):
            raise
        raise Unavailable("同一次提交正在办理,请过几秒再看", kind="in_progress") from error
    row = connection.execute(sa.select(submissions).where(submissions.c.client_id == client_id)).mappings().first()
    if row is None:
        return None
    return Submission(**{name: row[name] for name in Submission.__dataclass_fields__})


def keep(connection: sa.Connection, client_id: str, submission: Submission) -> None:
    """Keep it for a week; what is older is forgotten meanwhile."""
    old = submissions.c.at < sa.func.now() - sa.func.make_interval(0, 0, 0, KEPT_DAYS)
    connection.execute(submissions.delete().where(old))
    values: dict[str, Any] = dict(vars(submission))
    connection.execute(submissions.insert().values(client_id=client_id, **values))
