"""Follow a job of the worker from a command."""

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gis.errors import Refused, Unavailable
from layers import copy, jobs
from layers.actor import Actor
from layers.database import transaction

_LOOK_SECONDS = 0.3
SILENT_SECONDS = 60.0


def followed(engine: sa.Engine, actor: Actor, job_id: int, progress: copy.Progress) -> Mapping[str, Any]:
    """The result of a job once it is there; a killed worker's job is waited for until it is taken up again.

    Raises:
        Refused: the job failed.
        Unavailable: no worker has been alive for ``SILENT_SECONDS``.
    """
    heard = time.monotonic()
    while True:
        with transaction(engine, actor) as connection:
            job, alive = jobs.one(connection, job_id), jobs.worker_alive(connection)
        if job["status"] == "succeeded":
            found: Mapping[str, Any] = job["result"]
            return found
        if job["status"] not in ("todo", "doing"):
            raise Refused(job["note"] or f"任务 {job_id} 没有做成", kind="job_failed")
        progress(job["done"] or 0, job["total"] or 1)
        heard = time.monotonic() if alive else heard
        if time.monotonic() - heard > SILENT_SECONDS:
            raise Unavailable(f"后台没有回应;任务 {job_id} 会在下次启动后接着做", kind="no_worker")
        time.sleep(_LOOK_SECONDS)
