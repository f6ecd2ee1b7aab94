"""Give a command's large import to the running worker and follow it; without a worker, do it here."""

import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core import follow, renew_places, uploads
from app.desks.imports.desk import hand_back, import_file
from app.desks.imports.jobs import enqueue_import
from app.desks.imports.upload import REPORT, give_order
from gis.errors import Refused
from layers import copy, jobs
from layers.actor import Actor
from layers.database import transaction, writing
from layers.intake.options import ReadOptions
from layers.profile import CityProfile

#: Smaller files are stored in a second or two.
LARGE_BYTES = 2_000_000


def import_anywhere(
    engine: sa.Engine, actor: Actor, profile: CityProfile, data: Path, *, layer: str, path: Path, options: ReadOptions,
    progress: copy.Progress,
) -> dict[str, Any]:  # fmt: skip
    """The report of ``import_file`` as JSON; of a large file the worker gets a copy when one is alive.

    Raises:
        NotFound: no such layer or file.
        Refused, Unavailable: the worker's job failed, or the worker is gone.
    """
    with transaction(engine, actor) as connection:
        handed = path.is_file() and path.stat().st_size > LARGE_BYTES and jobs.worker_alive(connection)
    if not handed:
        done = import_file(engine, actor, profile, layer=layer, path=path, options=options, progress=progress)
        renew_places.renew_without_worker(engine, actor, profile)
        return done.to_json()
    upload = uploads.copied(data, path)
    give_order(data, upload, layer=layer, name=path.name, options=options)
    with transaction(writing(engine), actor) as connection:
        job_id = enqueue_import(connection, actor, layer=layer, upload=upload)
    try:
        follow.followed(engine, actor, job_id, progress)
        report = uploads.read_note(data, upload, REPORT)
        refused = uploads.refused_of(data, upload)
        report["warnings"] += map(asdict, hand_back(path, partial(shutil.copyfile, refused) if refused else None))
    except Refused:
        uploads.discard(data, upload)
        raise
    uploads.discard(data, upload)
    return report
