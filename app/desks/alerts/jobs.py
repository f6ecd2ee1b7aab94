"""The watch as a job: asked for, or daily."""

import contextlib
from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from procrastinate import JobContext

from app.core.queue import AGAIN, enqueue, queue, work_of
from app.desks.alerts.outlets import outlets_of
from gis.errors import Conflict
from layers import alerts
from layers.actor import Actor
from layers.database import transaction


def enqueue_watch(connection: sa.Connection, actor: Actor, *, until: date | None = None) -> int | None:
    """Queue a watch up to that day, or the newest, and return its number; None where one waits already."""
    with contextlib.suppress(Conflict):
        return enqueue(connection, actor, watch, "监测", until=until.isoformat() if until else None)
    return None


@queue.periodic(cron="0 * * * *")  # looked at every hour, so that a machine that was off at six catches up
@queue.task(name="watch", pass_context=True, lock="watch", queueing_lock="watch", retry=AGAIN)
def watch(
    context: JobContext, timestamp: int | None = None, *, until: str | None = None,
    actor: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Watch every county: up to that day, or as the day's watch where it is due."""
    from app.desks.alerts.watch import watch_counties  # noqa: PLC0415

    with work_of(context, actor, may_refuse=True) as work:  # an empty city is no fault of the day's watch
        with transaction(work.engine, work.actor.computing()) as connection:
            due = timestamp is None or alerts.is_due(connection)
        if not due:
            return
        summary = watch_counties(
            work.engine, work.actor, work.profile, spread_on=work.spread_on, outlets=outlets_of(work.settings),
            until=date.fromisoformat(until) if until else None, progress=work,
        )  # fmt: skip
        work.finish({"raised": summary.raised, "updated": summary.updated})
