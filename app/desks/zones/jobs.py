"""The analysis as a job: asked for, or daily where a zone has lapsed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from procrastinate import JobContext

from app.core.queue import AGAIN, Work, enqueue, queue, work_of
from layers import pictures
from layers.actor import Actor
from layers.database import transaction


def enqueue_analysis(
    connection: sa.Connection,
    actor: Actor,
    *,
    until: date | None = None,
    seed: int | None = None,
    clusters: str | None = None,
) -> int:
    """Queue an analysis and return its number; one waits at a time, and Conflict is raised where one does."""
    day = until.isoformat() if until else None
    return enqueue(connection, actor, analyse, "分析", until=day, seed=seed, clusters=clusters)


@queue.task(name="analyse", pass_context=True, lock="analyse", queueing_lock="analyse", retry=AGAIN)
def analyse(
    context: JobContext,
    *,
    until: str | None,
    seed: int | None,
    clusters: str | None = None,
    actor: Mapping[str, str] | None = None,
) -> None:
    """Refresh hotspots and risk zones."""
    with work_of(context, actor) as work:
        _refresh(work, until=date.fromisoformat(until) if until else None, seed=seed, clusters=clusters)


@queue.periodic(cron="0 * * * *")
@queue.task(name="daily", pass_context=True, lock="analyse", queueing_lock="daily", retry=AGAIN)
def analyse_daily(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 the queue tells it
    """Analyse until today where a zone has lapsed since the last analysis; what takes most of the map off waits."""
    with work_of(context, may_refuse=True) as work:  # no record for months: the zones stay marked as lapsed
        with transaction(work.engine, work.actor.computing()) as connection:
            day = pictures.day_to_analyse(connection)
        if day is not None:
            _refresh(work, until=day, hold=True, today=day)


def _refresh(work: Work, **how: Any) -> None:
    from app.desks.zones.analysis import refresh_zones  # noqa: PLC0415

    summary = refresh_zones(
        work.engine, work.actor, work.profile, data=work.data, spread_on=work.spread_on, progress=work, **how
    )
    work.finish(summary.to_json())
