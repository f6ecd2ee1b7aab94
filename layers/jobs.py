"""Reads of the job queue: where each job stands, and whether a worker is alive."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gis.errors import NotFound
from layers.schema.tables import house
from layers.sql import one_row

ALIVE_SECONDS = 30

#: A sign of life may be so much ahead of the one who looks; what is farther ahead was given by a clock that was wrong.
AHEAD_SECONDS = 5
#: No job is ever put off so long.
_LONGEST_WAIT_SECONDS = 60

_jobs = sa.table("procrastinate_jobs", *map(sa.column, ("id", "task_name", "status", "attempts", "scheduled_at")))
_workers = sa.table("procrastinate_workers", sa.column("last_heartbeat"))


def newest(connection: sa.Connection, limit: int = 20) -> list[Mapping[str, Any]]:
    """The latest jobs, newest first: job_id, task, status, attempts, done, total, note, result, at."""
    return [dict(row) for row in connection.execute(_described().limit(limit)).mappings()]


def one(connection: sa.Connection, job_id: int) -> Mapping[str, Any]:
    """That job, as ``newest`` tells it.

    Raises:
        NotFound: there is no job of that number.
    """
    missing = NotFound(f"没有编号为 {job_id} 的任务", kind="unknown_job")
    return one_row(connection, _described().where(_jobs.c.id == job_id), missing=missing)


def worker_alive(connection: sa.Connection) -> bool:
    """Whether a worker has given a sign of life in the last half minute; one of the future is none."""
    recent = _workers.c.last_heartbeat.between(_from_now(-ALIVE_SECONDS), _from_now(AHEAD_SECONDS))
    return bool(connection.execute(sa.select(sa.exists().where(recent))).scalar_one())


def take_back_from_the_future(connection: sa.Connection) -> None:
    """Undo what a clock that was ahead has left: signs of life that no worker gives, and jobs that wait for that day.

    The jobs of such workers are then taken up as those of any that died.
    """
    ahead = _workers.c.last_heartbeat > _from_now(AHEAD_SECONDS)
    connection.execute(_workers.update().where(ahead).values(last_heartbeat=sa.text("'-infinity'")))
    late = sa.and_(_jobs.c.status == sa.text("'todo'"), _jobs.c.scheduled_at > _from_now(_LONGEST_WAIT_SECONDS))
    connection.execute(_jobs.update().where(late).values(scheduled_at=sa.func.now()))


def _from_now(seconds: int) -> sa.ColumnElement[Any]:
    return sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _described() -> sa.Select[Any]:
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
