"""Work behind the pages: imports and analyses in a queue on the same database, and the worker that does them.

A job survives its worker: when a worker gives no sign of life for ``STALLED_SECONDS``, the next one takes its jobs up
again, at most ``MOST_ATTEMPTS`` times; so is a job that the database fell under. Every kind of job may be done twice
without harm: an import and a watch change nothing the second time, an analysis replaces its own result in one
transaction, an order its own file. Tasks import their workflow when they run: the web process only queues them, and
starts quicker without.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import procrastinate
import sqlalchemy as sa
from procrastinate import JobContext
from procrastinate.exceptions import AlreadyEnqueued, JobAborted, UniqueViolation
from procrastinate.jobs import Job, Status

from app.core import uploads
from app.desks.alerts.outlets import Outlets, outlets_of
from app.settings import Settings
from gis.errors import Conflict, DomainError, Refused
from layers import alerts, deliveries, pictures, write
from layers import jobs as kept
from layers.database import is_lost, transaction
from layers.profile import CityProfile

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3
STALLED_SECONDS = 15
MOST_ATTEMPTS = 3
TELL_SECONDS = 0.5
GRACE_SECONDS = 5
POST_SECONDS = 5
NAMING_SECONDS = 2
AGAIN_SECONDS = 5

#: Never opened: a job is queued on its caller's connection, in the caller's transaction.
queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


class _Again(procrastinate.BaseRetryStrategy):
    """At once where the worker was asked to stop, a little later where the database fell; nothing else again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        if job.attempts + 1 >= MOST_ATTEMPTS:
            return None
        if isinstance(exception, JobAborted):
            return procrastinate.RetryDecision()
        if is_lost(exception):
            return procrastinate.RetryDecision(retry_in={"seconds": AGAIN_SECONDS})
        return None


_AGAIN = _Again()


def enqueue_analysis(connection: sa.Connection, *, until: date | None = None, seed: int | None = None) -> int:
    """Queue an analysis and return its number; one runs at a time.

    Raises:
        Conflict: one is waiting already.
    """
    return _defer(connection, analyse, "分析", until=until.isoformat() if until else None, seed=seed)


def enqueue_watch(connection: sa.Connection, *, until: date | None = None) -> int | None:
    """Queue a watch up to that day, or the newest, and return its number, or None where one waits already."""
    with contextlib.suppress(Conflict):
        return _defer(connection, watch, "监测", until=until.isoformat() if until else None)
    return None


def enqueue_backtest(connection: sa.Connection) -> int:
    """Queue a back-test and return its number; one runs at a time.

    Raises:
        Conflict: one is waiting already.
    """
    return _defer(connection, test_back, "检验")


def enqueue_import(connection: sa.Connection, *, layer: str, upload: str) -> int:
    """Queue the import of an upload that has its order beside it, and return the job's number.

    The queue holds the upload's random name alone: no path that could point elsewhere, and nothing the file says.
    """
    return _defer(connection, import_layer, "导入", lock=f"import {layer}", upload=upload)


def enqueue_order(connection: sa.Connection, *, action_id: int, upload: str) -> int:
    """Queue the drawing of an action's order into that upload, and return the job's number."""
    return _defer(connection, draw_order, "制图", action_id=action_id, upload=upload)


def _defer(
    connection: sa.Connection,
    task: "procrastinate.tasks.Task[..., None, ...]",
    title: str,
    *,
    lock: str | None = None,
    **arguments: Any,
) -> int:
    """Queue a task on its caller's connection, whose transaction stays usable where one waits already (Conflict)."""
    try:
        with connection.begin_nested():
            job = task.configure(lock=lock, connection=connection.connection.driver_connection)
            return job.defer(**arguments)
    except AlreadyEnqueued as error:
        raise Conflict(f"已有一次{title}在排队,等它做完再说", kind="already_queued") from error


@queue.task(name="analyse", pass_context=True, lock="analyse", queueing_lock="analyse", retry=_AGAIN)
def analyse(context: JobContext, *, until: str | None, seed: int | None) -> None:
    """Refresh hotspots and risk zones."""
    with _telling(context) as telling:
        _refresh(telling, until=date.fromisoformat(until) if until else None, seed=seed)


@queue.periodic(cron="0 * * * *")
@queue.task(name="daily", pass_context=True, lock="analyse", queueing_lock="daily", retry=_AGAIN)
def analyse_daily(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 the queue tells it
    """Analyse until today where a zone has lapsed since the last analysis; what takes most of the map off waits."""
    with _telling(context, may_refuse=True) as telling:  # no record for months: the zones stay marked as lapsed
        with transaction(telling.engine) as connection:
            day = pictures.day_to_analyse(connection)
        if day is not None:
            _refresh(telling, until=day, hold=True, today=day)


def _refresh(telling: "_Telling", **how: Any) -> None:
    from app.desks.zones.analysis import refresh_zones  # noqa: PLC0415

    summary = refresh_zones(
        telling.engine, telling.profile, data=telling.data, spread_on=telling.spread_on, progress=telling, **how
    )
    telling.finish(summary.to_json())


@queue.periodic(cron="0 * * * *")  # looked at every hour, so that a machine that was off at six catches up
@queue.task(name="watch", pass_context=True, lock="watch", queueing_lock="watch", retry=_AGAIN)
def watch(context: JobContext, timestamp: int | None = None, *, until: str | None = None) -> None:
    """Watch every county: up to that day, or as the day's watch where it is due."""
    from app.desks.alerts.watch import watch_counties  # noqa: PLC0415

    with _telling(context, may_refuse=True) as telling:  # an empty city is no fault of the day's watch
        with transaction(telling.engine) as connection:
            due = timestamp is None or alerts.is_due(connection)
        if not due:
            return
        summary = watch_counties(
            telling.engine, telling.profile, spread_on=telling.spread_on, outlets=telling.outlets, progress=telling,
            until=date.fromisoformat(until) if until else None,
        )  # fmt: skip
        telling.finish({"raised": summary.raised, "updated": summary.updated})


@queue.task(name="backtest", pass_context=True, lock="backtest", queueing_lock="backtest", retry=_AGAIN)
def test_back(context: JobContext) -> None:
    """Judge the house's own forecasts of the past year."""
    from app.desks.backtests.desk import backtest  # noqa: PLC0415

    with _telling(context) as telling:
        trials = backtest(
            telling.engine, telling.profile, data=telling.data, spread_on=telling.spread_on, progress=telling
        )
        telling.finish({"trials": len(trials)})


@queue.task(name="import", pass_context=True, retry=_AGAIN)
def import_layer(context: JobContext, *, upload: str) -> None:
    """Import one upload; what became of it stays beside it, and here only the counts."""
    from app.desks.imports.upload import import_upload  # noqa: PLC0415

    with _telling(context) as telling:
        report = import_upload(telling.engine, telling.profile, telling.data, upload, progress=telling)
        telling.finish({name: report[name] for name in ("accepted", "unchanged", "updated", "skipped")})


@queue.task(name="order", pass_context=True, lock="order", retry=_AGAIN)
def draw_order(context: JobContext, *, action_id: int, upload: str) -> None:
    """Draw the order of an action into an upload, which is then its PDF."""
    from app.core.files import replacing  # noqa: PLC0415
    from app.desks.actions.order import printed_order  # noqa: PLC0415

    with _telling(context) as telling:
        body = printed_order(telling.engine, telling.profile, action_id)
        with replacing(uploads.file_of(telling.data, upload)) as unfinished:
            unfinished.write_bytes(body)
        telling.finish({})


def work(settings: Settings, engine: sa.Engine, *, parent: int | None = None) -> None:
    """Do the queue's jobs one after another until SIGTERM or SIGINT, or until process ``parent`` is gone."""
    logging.getLogger("procrastinate.worker").addFilter(_without_trace_of_refusals)
    with transaction(engine) as connection:
        kept.take_back_from_the_future(connection)
        deliveries.take_back_from_the_future(connection)
    asyncio.run(_work(settings, engine, parent))


async def _work(settings: Settings, engine: sa.Engine, parent: int | None) -> None:
    connector = procrastinate.PsycopgConnector(conninfo=_conninfo(settings.database_url), min_size=1, max_size=3)
    with queue.replace_connector(connector):
        async with queue.open_async():
            worker = asyncio.create_task(
                queue.run_worker_async(
                    additional_context={"settings": settings, "engine": engine},
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
            )
            rounds = asyncio.create_task(_rounds(settings.data, parent))
            posting = asyncio.create_task(_posting(engine, outlets_of(settings)))
            naming = asyncio.create_task(_naming(engine, settings.profile))
            tasks = (naming, posting, rounds, worker)
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in ended:
                task.result()  # what went wrong, if it did


async def _rounds(data: Path, parent: int | None) -> None:
    """Take up the jobs of dead workers and forget old uploads again and again, until the parent is gone."""
    while parent is None or os.getppid() == parent:
        await take_up_stalled()
        uploads.sweep(data)
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def _posting(engine: sa.Engine, outlets: Outlets) -> None:
    """Send the alerts that are due again and again, beside the jobs: a slow mail server holds none of them up."""
    from app.desks.alerts.deliver import deliver  # noqa: PLC0415

    while True:
        await asyncio.to_thread(deliver, engine, outlets)
        await asyncio.sleep(POST_SECONDS)


async def _naming(engine: sa.Engine, profile: CityProfile) -> None:
    """Look again and again whether the gazetteer is older than the city, whatever changed it, and make it anew."""
    from app.core.renew_places import renew_places  # noqa: PLC0415

    while True:
        await asyncio.to_thread(renew_places, engine, profile)
        await asyncio.sleep(NAMING_SECONDS)


async def take_up_stalled() -> None:
    """Queue again what a dead worker left undone; give up what has been tried too often or stands queued already."""
    manager = queue.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        logger.warning("后台任务 %s 上次没有做完(进程中断),第 %s 次尝试", job.id, job.attempts + 1)
        if job.attempts + 1 < MOST_ATTEMPTS and await _queued_again(job):
            continue
        await manager.finish_job(job, Status.FAILED, delete_job=False)


async def _queued_again(job: Job) -> bool:
    try:
        await queue.job_manager.retry_job(job)
    except UniqueViolation:
        return False
    return True


class _Telling:
    """The progress of a job: (done, total) into the database, at most twice a second.

    Calling it also ends the job where the worker has been asked to stop; the job is then queued again.
    """

    def __init__(self, context: JobContext) -> None:
        self.engine: sa.Engine = context.additional_context["engine"]
        settings: Settings = context.additional_context["settings"]
        self.profile, self.data, self.spread_on = settings.profile, settings.data, settings.engine
        self.outlets = outlets_of(settings)
        self._context = context
        self._done, self._total = 0, 1
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        if self._context.should_abort():
            raise JobAborted
        self._done, self._total = done, total
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TELL_SECONDS
            self.tell("进行中")

    def tell(self, note: str, result: Mapping[str, Any] | None = None) -> None:
        """Write where the job stands."""
        number = self._context.job.id or 0
        with transaction(self.engine) as connection:
            write.set_progress(connection, number, done=self._done, total=self._total, note=note, result=result)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write what came out."""
        self._done = self._total
        self.tell("已完成", result)


@contextlib.contextmanager
def _telling(context: JobContext, *, may_refuse: bool = False) -> Iterator[_Telling]:
    """What a task works with; what goes wrong is told, a refusal in its own sentence, before the job fails.

    A job that ``may_refuse`` succeeds all the same when its workflow finds nothing to do.
    """
    telling = _Telling(context)
    telling.tell("已开始")
    try:
        yield telling
    except DomainError as error:
        telling.tell(error.sentence)
        if not (may_refuse and isinstance(error, Refused)):
            raise
    except JobAborted:
        raise
    except Exception:
        telling.tell("出错了,原因见后台的日志")
        raise


def _without_trace_of_refusals(record: logging.LogRecord) -> bool:
    """Keep every record; a refusal is a sentence, not a fault to be traced."""
    if record.exc_info and isinstance(record.exc_info[1], DomainError):
        record.exc_info = None
    return True


def _conninfo(url: str) -> str:
    # libpq does not know SQLAlchemy's driver suffix
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
