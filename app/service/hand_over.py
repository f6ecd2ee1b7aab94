"""Give a command's long work to the running worker and follow it; without a worker, do it here."""

import datetime as dt
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core import uploads
from app.core.renew_places import renew_without_worker
from app.desks.imports.desk import hand_back, import_file
from app.desks.imports.upload import REPORT, give_order
from app.desks.zones.analysis import refresh_zones
from app.worker import enqueue_analysis, enqueue_import
from gis.errors import Refused, Unavailable
from layers import jobs
from layers.copy import Progress
from layers.database import transaction
from layers.intake.options import ReadOptions
from layers.profile import CityProfile

#: Smaller files are stored in a second or two.
LARGE_BYTES = 2_000_000
LOOK_SECONDS = 0.3
SILENT_SECONDS = 60.0


def import_anywhere(
    engine: sa.Engine, profile: CityProfile, data: Path, *, layer: str, path: Path, options: ReadOptions,
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """The report of ``import_file`` as JSON; of a large file the worker gets a copy when one is alive.

    Raises:
        NotFound: no such layer or file.
        Refused, Unavailable: the worker's job failed, or the worker is gone.
    """
    with transaction(engine) as connection:
        handed = path.is_file() and path.stat().st_size > LARGE_BYTES and jobs.worker_alive(connection)
    if not handed:
        done = import_file(engine, profile, layer=layer, path=path, options=options, progress=progress)
        renew_without_worker(engine, profile)
        return done.to_json()
    upload = uploads.copied(data, path)
    give_order(data, upload, layer=layer, name=path.name, options=options)
    with transaction(engine) as connection:
        job_id = enqueue_import(connection, layer=layer, upload=upload)
    try:
        _followed(engine, job_id, progress)
        report = uploads.read_note(data, upload, REPORT)
        refused = uploads.refused_of(data, upload)
        report["warnings"] += map(asdict, hand_back(path, partial(shutil.copyfile, refused) if refused else None))
    except Refused:
        uploads.discard(data, upload)
        raise
    uploads.discard(data, upload)
    return report


def analyse_anywhere(
    engine: sa.Engine, profile: CityProfile, *, data: Path, spread_on: str, until: dt.date | None, seed: int | None,
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """The summary of ``refresh_zones`` as JSON, from the worker when one is alive.

    Raises:
        Refused: there is nothing to analyse.
        Conflict, Unavailable: an analysis is waiting already, or the worker is gone.
    """
    with transaction(engine) as connection:
        handed = jobs.worker_alive(connection)
        if handed:
            job_id = enqueue_analysis(connection, until=until, seed=seed)
    if handed:
        return dict(_followed(engine, job_id, progress))
    return refresh_zones(
        engine, profile, data=data, spread_on=spread_on, until=until, seed=seed, progress=progress
    ).to_json()


def _followed(engine: sa.Engine, job_id: int, progress: Progress) -> Mapping[str, Any]:
    """The result of a job once it is there; a killed worker's job is waited for until it is taken up again."""
    heard = time.monotonic()
    while True:
        with transaction(engine) as connection:
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
        time.sleep(LOOK_SECONDS)
