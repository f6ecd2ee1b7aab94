"""What a city lacks when it is served: the demo city, its first analysis, its story; each made in a child process."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from app.desks.alerts.jobs import enqueue_watch
from layers import alerts, holidays, read, runs, tips
from layers.actor import SERVICE
from layers.database import LONG_SECONDS, make_engine, transaction, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

    from app.core.apart import Apart
    from app.settings import Settings


def begin(settings: Settings, apart: Apart) -> None:
    """Let the child make the demo city while its first database is being made, which takes as long."""
    today = dt.datetime.now(settings.profile.zone).date()  # noqa: TID251 - as the database will tell
    apart.begin(_make, settings, today - dt.timedelta(days=1))


def prepare(
    settings: Settings, engine: sa.Engine, apart: Apart, *, demo: bool, tell: Callable[[str], None]
) -> None:  # fmt: skip
    """Fill an empty demo city, analyse where nobody has, and let the story happen in a city that was filled."""
    with transaction(engine, SERVICE) as connection:
        is_empty = not read.count(connection, "areas")
        # up to yesterday, so that its inbox is as an inbox is today
        last_day = tips.today(connection) - dt.timedelta(days=1)
    filled = demo and settings.profile.is_demo and is_empty and apart(_fill, settings, last_day)
    if filled:
        tell("已装入演示市(虚构)")
    with transaction(engine, SERVICE) as connection:
        newest = read.newest_incident(connection, today=tips.today(connection))
        due = runs.last(connection, "analysis") is None and newest is not None
    if due:
        tell("正在分析……")
        apart(_analyse, settings)
    with transaction(writing(engine), SERVICE) as connection:
        analysis = runs.last(connection, "analysis")
        if analysis is not None and not alerts.watches(connection):
            enqueue_watch(connection, SERVICE, until=analysis["until"])  # the worker's first job: nobody waits for it
    if filled:
        apart(_tell_story, settings)


def _engine(settings: Settings) -> sa.Engine:
    return make_engine(settings.database_url, timezone=settings.profile.timezone, patience_seconds=LONG_SECONDS)


def _make(settings: Settings, last_day: dt.date) -> None:
    from app.service.fill_demo import made  # noqa: PLC0415

    made(last_day=last_day, calendar=holidays.load_calendar(settings.profile.calendar))


def _fill(settings: Settings, last_day: dt.date) -> bool:
    from app.service.fill_demo import fill_demo  # noqa: PLC0415

    calendar = holidays.load_calendar(settings.profile.calendar)
    return fill_demo(_engine(settings), SERVICE, last_day=last_day, calendar=calendar)


def _analyse(settings: Settings) -> None:
    from app.desks.zones.analysis import refresh_zones  # noqa: PLC0415

    refresh_zones(_engine(settings), SERVICE, settings.profile, data=settings.data, spread_on=settings.engine)


def _tell_story(settings: Settings) -> None:
    from app.service.tell_story import tell_story  # noqa: PLC0415

    now = dt.datetime.now(settings.profile.zone)  # noqa: TID251
    tell_story(_engine(settings), SERVICE, settings.profile, now=now)
