"""The worker: does the queue's jobs, takes up those of dead workers, sends alerts, and renews the gazetteer."""

import asyncio
import contextlib
import datetime as dt
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import procrastinate
import sqlalchemy as sa
from procrastinate import JobContext
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from app.core import apart, uploads
from app.core.open_city import database_name
from app.core.queue import MOST_ATTEMPTS, STALLED_SECONDS, queue
from app.desks import DESKS
from app.desks.alerts.outlets import Outlets, outlets_of
from app.settings import Settings
from gis.errors import DomainError, Unavailable
from layers import audit, deliveries, named_from
from layers import jobs as kept
from layers.actor import SERVICE
from layers.database import LONG_SECONDS, make_engine, transaction
from layers.host import embedded, nightly
from layers.profile import CityProfile

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3
JOB_GRACE_SECONDS = 5
POST_SECONDS = 5
NAMING_SECONDS = 2
SEAL_SECONDS, NIGHT_SECONDS = 60, 600
#: One child at a time: two that load and compute together take the memory of two and are ready no sooner.
_TURN = threading.Lock()


def work(settings: Settings, engine: sa.Engine, *, parent: int | None = None) -> None:
    """Do the queue's jobs one after another until SIGTERM or SIGINT, or until process ``parent`` is gone."""
    _load_jobs()
    logging.getLogger("procrastinate.worker").addFilter(_without_trace_of_refusals)
    with transaction(engine, SERVICE) as connection:
        kept.take_back_from_the_future(connection)
        deliveries.take_back_from_the_future(connection)
    asyncio.run(_work(settings, engine, parent))


def _load_jobs() -> None:
    for desk in DESKS:
        desk.load_jobs()


def _in_a_child(_: Callable[[], object], context: JobContext, __: object) -> None:
    """Do the job in a child process, which is told when it is to stop."""
    settings = context.additional_context["settings"]
    with _TURN, apart.job_apart(settings.data) as child:
        child.begin(_do, settings, context.job.id, context.job.task_name, context.job.task_kwargs)
        child.wait(context.should_abort)


def _do(settings: Settings, job_id: int, name: str, arguments: Mapping[str, Any]) -> None:
    """Within the child: the task with what it needs of its context."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    _load_jobs()
    context = SimpleNamespace(
        job=SimpleNamespace(id=job_id),
        should_abort=apart.is_stopping,
        additional_context={"settings": settings, "engine": _engine_of(settings)},
    )
    queue.tasks[name].func(context, **arguments)


def _renew(settings: Settings) -> None:
    """Within a child: make the gazetteer anew."""
    from app.core.renew_places import renew_places  # noqa: PLC0415

    renew_places(_engine_of(settings), SERVICE, settings.profile)


def _engine_of(settings: Settings) -> sa.Engine:
    return make_engine(settings.database_url, timezone=settings.profile.timezone, patience_seconds=LONG_SECONDS)


async def _work(settings: Settings, engine: sa.Engine, parent: int | None) -> None:
    connector = procrastinate.PsycopgConnector(conninfo=_conninfo(settings.database_url), min_size=1, max_size=3)
    with queue.replace_connector(connector):
        async with queue.open_async():
            worker = asyncio.create_task(
                queue.run_worker_async(
                    additional_context={"settings": settings, "engine": engine},
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    shutdown_graceful_timeout=JOB_GRACE_SECONDS,
                    task_middleware=[_in_a_child],
                )
            )
            rounds = asyncio.create_task(_rounds(settings.data, parent))
            posting = asyncio.create_task(_posting(engine, outlets_of(settings)))
            naming = asyncio.create_task(_naming(engine, settings))
            sealing = asyncio.create_task(_sealing(engine, settings.data))
            nights = asyncio.create_task(_nights(settings))
            tasks = (naming, nights, posting, rounds, sealing, worker)
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
        await asyncio.to_thread(deliver, engine, SERVICE, outlets)
        await asyncio.sleep(POST_SECONDS)


async def _sealing(engine: sa.Engine, data: Path) -> None:
    """Seal the audit again and again, beside the jobs; a database that is away for a while is asked again."""
    while True:
        try:
            await asyncio.to_thread(audit.seal_settled, engine, SERVICE, data)
        except (DomainError, sa.exc.SQLAlchemyError) as error:
            logger.warning("the audit was not sealed: %s", type(error).__name__)
        await asyncio.sleep(SEAL_SECONDS)


async def _nights(settings: Settings) -> None:
    """Back the city up each night where its database is this machine's own."""
    while embedded.status(settings.data) != "absent":
        now = dt.datetime.now(settings.profile.zone)  # noqa: TID251 - a night is one by the clock
        if nightly.night_is_due(settings.data, now):
            cluster, name = embedded.start(settings.data), database_name(settings.profile)
            try:
                await asyncio.to_thread(nightly.back_up, cluster, name, settings.data, now)
            except DomainError as error:
                logger.warning("%s", error.sentence)
        await asyncio.sleep(NIGHT_SECONDS)
    await asyncio.Event().wait()  # somebody else's to back up


async def _naming(engine: sa.Engine, settings: Settings) -> None:
    """Look again and again whether the gazetteer is older than the city, whatever changed it, and make it anew."""
    while True:
        if await asyncio.to_thread(_is_renamed, engine, settings.profile) and _TURN.acquire(blocking=False):
            try:
                with contextlib.suppress(Unavailable), apart.job_apart(settings.data) as child:
                    await asyncio.to_thread(child, _renew, settings)
            finally:
                _TURN.release()
        await asyncio.sleep(NAMING_SECONDS)


def _is_renamed(engine: sa.Engine, profile: CityProfile) -> bool:
    """Whether names have changed; a database that is away for a while is asked again."""
    try:
        with transaction(engine, SERVICE) as connection:
            return not named_from.is_fresh(connection, profile)
    except (DomainError, sa.exc.SQLAlchemyError):
        return False


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


def _without_trace_of_refusals(record: logging.LogRecord) -> bool:
    """Keep every record; a refusal is a sentence, not a fault to be traced."""
    if record.exc_info and isinstance(record.exc_info[1], DomainError):
        record.exc_info = None
    return True


def _conninfo(url: str) -> str:
    # libpq does not know SQLAlchemy's driver suffix
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
