"""The back-test as a job."""

from collections.abc import Mapping

import sqlalchemy as sa
from procrastinate import JobContext

from app.core.queue import AGAIN, enqueue, queue, work_of
from layers.actor import Actor


def enqueue_backtest(connection: sa.Connection, actor: Actor) -> int:
    """Queue a back-test and return its number; one waits at a time, and Conflict is raised where one does."""
    return enqueue(connection, actor, judge_forecasts, "检验")


@queue.task(name="backtest", pass_context=True, lock="backtest", queueing_lock="backtest", retry=AGAIN)
def judge_forecasts(context: JobContext, *, actor: Mapping[str, str] | None = None) -> None:
    """Judge the service's own forecasts of the past year."""
    from app.desks.backtests.desk import backtest  # noqa: PLC0415

    with work_of(context, actor) as work:
        trials = backtest(
            work.engine, work.actor, work.profile, data=work.data, spread_on=work.spread_on, progress=work
        )
        work.finish({"trials": len(trials)})
