"""The worker: does the queue's jobs, takes up those of dead workers, sends alerts, and renews the gazetteer."""

import asyncio
import logging
import os
from pathlib import Path

import procrastinate
import sqlalchemy as sa
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from app.core import uploads
from app.core.queue import MOST_ATTEMPTS, STALLED_SECONDS, queue
from app.desks import DESKS
from app.desks.alerts.outlets import Outlets, outlets_of
from app.settings import Settings
from gis.errors import DomainError
from layers import deliveries
from layers import jobs as kept
from layers.actor import SERVICE
from layers.database import transaction
from layers.profile import CityProfile

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3
GRACE_SECONDS = 5
POST_SECONDS = 5
NAMING_SECONDS = 2


def work(settings: Settings, engine: sa.Engine, *, parent: int | None = None) -> None:
    """Do the queue's jobs one after another until SIGTERM or SIGINT, or until process ``parent`` is gone."""
    for desk in DESKS:
        desk.load_jobs()
    logging.getLogger("procrastinate.worker").addFilter(_without_trace_of_refusals)
    with transaction(engine, SERVICE) as connection:
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
        await asyncio.to_thread(deliver, engine, SERVICE, outlets)
        await asyncio.sleep(POST_SECONDS)


async def _naming(engine: sa.Engine, profile: CityProfile) -> None:
    """Look again and again whether the gazetteer is older than the city, whatever changed it, and make it anew."""
    from app.core.renew_places import renew_places  # noqa: PLC0415

    while True:
        await asyncio.to_thread(renew_places, engine, SERVICE, profile)
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


def _without_trace_of_refusals(record: logging.LogRecord) -> bool:
    """Keep every record; a refusal is a sentence, not a fault to be traced."""
    if record.exc_info and isinstance(record.exc_info[1], DomainError):
        record.exc_info = None
    return True


def _conninfo(url: str) -> str:
    # libpq does not know SQLAlchemy's driver suffix
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
