"""Give a command's analysis to the running worker and follow it; without a worker, do it here."""

import datetime as dt
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.core.follow import followed
from app.desks.zones.analysis import refresh_zones
from app.desks.zones.jobs import enqueue_analysis
from layers import copy, jobs
from layers.actor import Actor
from layers.database import transaction, writing
from layers.profile import CityProfile


def analyse_anywhere(
    engine: sa.Engine, actor: Actor, profile: CityProfile, *, data: Path, spread_on: str, until: dt.date | None,
    seed: int | None, clusters: str | None = None, progress: copy.Progress,
) -> dict[str, Any]:  # fmt: skip
    """The summary of ``refresh_zones`` as JSON, from the worker when one is alive.

    Raises:
        Refused: there is nothing to analyse.
        Conflict, Unavailable: an analysis is waiting already, or the worker is gone.
    """
    with transaction(writing(engine), actor) as connection:
        handed = jobs.worker_alive(connection)
        if handed:
            job_id = enqueue_analysis(connection, actor, until=until, seed=seed, clusters=clusters)
    if handed:
        return dict(followed(engine, actor, job_id, progress))
    return refresh_zones(
        engine,
        actor,
        profile,
        data=data,
        spread_on=spread_on,
        until=until,
        seed=seed,
        clusters=clusters,
        progress=progress,
    ).to_json()
