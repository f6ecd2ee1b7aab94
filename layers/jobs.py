"""Reads of the job queue: where each job stands, and whether a worker is alive."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gis.errors import NotFound
from layers.tables import house

ALIVE_SECONDS = 30

_jobs = sa.table(
    "procrastinate_jobs", sa.column("id"), sa.column("task_name"), sa.column("status"), sa.column("attempts")
)
_workers = sa.table("procrastinate_workers", sa.column("last_heartbeat"))


def newest(connection: sa.Connection, limit: int = 20) -> list[Mapping[str, Any]]:
    """The latest jobs, newest first: job_id, task, status, attempts, done, total, note, result, at."""
    return [dict(row) for row in connection.execute(_told().limit(limit)).mappings()]


def one(connection: sa.Connection, job_id: int) -> Mapping[str, Any]:
    """That job, as ``newest`` tells it.

    Raises:
        NotFound: there is no job of that number.
    """
    row = connection.execute(_told().where(_jobs.c.id == job_id)).mappings().first()
    if row is None:
        raise NotFound(f"没有编号为 {job_id} 的任务", kind="unknown_job")
    return dict(row)


def worker_alive(connection: sa.Connection) -> bool:
    """Whether a worker has given a sign of life in the last half minute."""
    since = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, ALIVE_SECONDS)
    return bool(connection.execute(sa.select(sa.exists().where(_workers.c.last_heartbeat > since))).scalar_one())


def _told() -> sa.Select[Any]:
    progress = house.job_progress.c
    return (
        sa.select(
            _jobs.c.id.label("job_id"),
            _jobs.c.task_name.label("task"),
            sa.cast(_jobs.c.status, sa.Text).label("status"),
            _jobs.c.attempts,
            *(progress[name] for name in ("done", "total", "note", "result", "at")),
        )
        .select_from(sa.outerjoin(_jobs, house.job_progress, _jobs.c.id == progress.job_id))
        .order_by(_jobs.c.id.desc())
    )
