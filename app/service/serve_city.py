"""Serve a city on this machine: everything started, one link printed, everything stopped again."""

import contextlib
import dataclasses
import datetime as dt
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from app import create_app, server
from app.core import acting, serving
from app.core.open_city import database_name, open_city, owner_engine
from app.desks.alerts.jobs import enqueue_watch
from app.desks.zones.analysis import refresh_zones
from app.service.fill_demo import fill_demo
from app.service.tell_story import tell_story
from app.settings import Settings
from gis.errors import Unavailable
from layers import alerts, read, tips, write
from layers.actor import SERVICE
from layers.database import transaction, writing
from layers.holidays import load_calendar
from layers.host import embedded
from layers.host.backup import sweep
from layers.profile import CityProfile

LINK_LIFE = dt.timedelta(hours=12)
LOOK_SECONDS = 1.0
GRACE_SECONDS = 10


def serve_city(settings: Settings, *, demo: bool, tell: Callable[[str], None], announce: Callable[[str], None]) -> None:
    """Serve until interrupted; ``tell`` hears what is being done, ``announce`` the one-time link.

    Raises:
        Conflict: kind served, another service runs on this data folder.
        Unavailable: the port is taken, or the database cannot be started.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with (
            serving.marked(settings) as former,
            server.listen(settings) as listener,
            _kernels_warming(),
            _opened(settings, tell, was_killed=former is not None) as (opened, engine),
        ):
            _fill_and_analyse(opened, engine, demo=demo, tell=tell)
            with _worker(opened, private=not settings.database_url):
                announce(entry_link(settings))
                server.serve(create_app(opened), listener)
    except KeyboardInterrupt:
        tell("正在停止……")


def entry_link(settings: Settings) -> str:
    """A link that signs in whoever opens it first, within twelve hours; made as the owner, whom no page can act for.

    Raises:
        Unavailable: see ``owner_engine``.
    """
    token = secrets.token_urlsafe(32)
    with owner_engine(settings) as engine, transaction(engine, SERVICE) as connection:
        write.add_entry_token(connection, acting.digest(token), expires_at=dt.datetime.now(dt.UTC) + LINK_LIFE)  # noqa: TID251
    return f"http://{settings.host}:{settings.port}/enter?token={token}"


def new_link(settings: Settings, *, port: int | None = None) -> str:
    """A fresh ``entry_link`` to the service that runs on this data folder; of that ``port``, where one is stated.

    Raises:
        Unavailable: kind not_served, none runs; or see ``owner_engine``.
    """
    service = serving.service_on(settings.data)
    if service is None:
        told = f"没有服务在数据文件夹 {settings.data} 上运行,网址打不开;请先运行 make run 或 wuchuan up"
        raise Unavailable(told, kind="not_served")
    if port not in {None, service.port}:
        raise Unavailable(f"服务在端口 {service.port} 上运行,不在 {port}", kind="not_served")
    return entry_link(dataclasses.replace(settings, host=service.host, port=service.port))


@contextlib.contextmanager
def _kernels_warming() -> Iterator[None]:
    """Beside all the rest a child compiles the kernels, which this process and the worker then read from the cache."""
    command = [sys.executable, "-m", "app.service.warm_kernels"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as child:
        try:
            yield
        finally:
            child.terminate()


@contextlib.contextmanager
def _opened(
    settings: Settings, tell: Callable[[str], None], *, was_killed: bool
) -> Iterator[tuple[Settings, sa.Engine]]:
    """The city as ``open_city`` gives it; a private database that nobody else started is stopped afterwards.

    One that runs already is somebody else's, unless the service before this one ``was_killed`` and left it so.
    """
    private, is_others = not settings.database_url, False
    if private:
        is_others = not was_killed and embedded.status(settings.data) == "running"
        tell("正在启动数据库……")
    opened, engine = open_city(settings)
    try:
        with embedded.plain_fall(settings.data) if private else contextlib.nullcontext():
            if private:
                sweep(embedded.start(settings.data), database_name(settings.profile))
            yield opened, engine
    finally:
        engine.dispose()
        if private and not is_others:
            embedded.stop(settings.data)


def _fill_and_analyse(settings: Settings, engine: sa.Engine, *, demo: bool, tell: Callable[[str], None]) -> None:
    filled = demo and settings.profile.is_demo and _filled(settings.profile, engine)
    if filled:
        tell("已装入演示市(虚构)")
    with transaction(engine, SERVICE) as connection:
        newest = read.newest_incident(connection, today=tips.today(connection))
        due = read.last_analysis(connection) is None and newest is not None
    if due:
        tell("正在分析……")
        refresh_zones(engine, SERVICE, settings.profile, data=settings.data, spread_on=settings.engine)
    with transaction(writing(engine), SERVICE) as connection:
        analysis = read.last_analysis(connection)
        if analysis is not None and not alerts.watches(connection):
            enqueue_watch(connection, SERVICE, until=analysis["until"])  # the worker's first job: nobody waits for it
    if filled:
        tell_story(engine, SERVICE, settings.profile, now=dt.datetime.now(settings.profile.zone))  # noqa: TID251


def _filled(profile: CityProfile, engine: sa.Engine) -> bool:
    """Fill the demo city up to yesterday, so that its inbox is as an inbox is today."""
    with transaction(engine, SERVICE) as connection:
        yesterday = tips.today(connection) - dt.timedelta(days=1)
    return fill_demo(engine, SERVICE, last_day=yesterday, calendar=load_calendar(profile.calendar))


@contextlib.contextmanager
def _worker(settings: Settings, *, private: bool) -> Iterator[None]:
    """The worker as a child process, started again when it dies; it leaves by itself when this process is gone.

    A ``private`` cluster that was killed meanwhile is started again too.
    """
    command = [sys.executable, "-m", "app.cli", "--data", str(settings.data), "worker", "--parent", str(os.getpid())]
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_running, args=(command, stopping, settings.data if private else None))
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_running(command: list[str], stopping: threading.Event, cluster: Path | None) -> None:
    while not stopping.is_set():
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        while child.poll() is None and not stopping.wait(LOOK_SECONDS):
            if cluster is not None:
                with contextlib.suppress(Unavailable):
                    embedded.start(cluster)  # a millisecond where it runs
        child.terminate()
        try:
            child.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        stopping.wait(LOOK_SECONDS)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
