"""Serve a city on this machine: everything started, one link printed, everything stopped again."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from app import server
from app.core import serving
from app.core.apart import Apart
from app.core.open_city import database_name, open_city
from app.service import first_run, links
from app.settings import Settings
from gis.errors import Unavailable
from layers.host import backup, embedded

_LOOK_SECONDS = 1.0
GRACE_SECONDS = 10


def serve_city(settings: Settings, *, demo: bool, tell: Callable[[str], None], announce: Callable[[str], None]) -> None:
    """Serve until interrupted; ``tell`` hears what is being done, ``announce`` the one-time link.

    Raises:
        Conflict: kind served, another service runs on this data folder.
        Unavailable: the port is taken, or the database cannot be started.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    serving.await_new_beginning()
    try:
        with (
            serving.marked(settings) as former,
            server.listen(settings) as listener,
            _kernels_warming(),
            Apart() as apart,
        ):
            is_first = not settings.database_url and embedded.status(settings.data) == "absent"
            is_begun = demo and settings.profile.is_demo and is_first
            if is_begun:
                first_run.begin(settings, apart)
            with _opened(settings, tell, was_killed=former is not None) as (opened, engine):
                from app import factory  # noqa: PLC0415 - a second's work, and the child is at its own

                app = factory.create_app(opened, eager=True)
                if is_begun:
                    apart.wait()
                first_run.prepare(opened, engine, apart, demo=demo, tell=tell)
                apart.end()
                with _worker(opened, private=not settings.database_url):
                    announce(links.entry_link(settings))
                    server.serve(app, listener, proxy=settings.proxy)
    except KeyboardInterrupt:
        tell("正在停止……")
    except serving.NewBeginning:
        tell("正在换成本市……")
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the same command, read anew


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
                backup.sweep(embedded.start(settings.data), database_name(settings.profile))
            yield opened, engine
    finally:
        engine.dispose()
        if private and not is_others:
            embedded.stop(settings.data)


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
        while child.poll() is None and not stopping.wait(_LOOK_SECONDS):
            if cluster is not None:
                with contextlib.suppress(Unavailable):
                    embedded.start(cluster)  # a millisecond where it runs
        child.terminate()
        try:
            child.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        stopping.wait(_LOOK_SECONDS)


def _interrupt(*_: object) -> None:
    # a second one, which make passes on and the impatient press, would break the stop off and leave the worker behind
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
