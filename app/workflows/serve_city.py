"""Serve a city on this machine: everything started, one link printed, everything stopped again."""

import contextlib
import datetime as dt
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from app import create_app
from app.server import serve
from app.settings import Settings
from app.workflows.fill_demo import fill_demo
from app.workflows.open_city import open_city
from app.workflows.refresh_zones import refresh_zones
from gis.errors import Unavailable
from layers import embedded, read, write
from layers.database import transaction

LINK_LIFE = dt.timedelta(hours=12)
LOOK_SECONDS = 1.0
GRACE_SECONDS = 10


def serve_city(settings: Settings, *, demo: bool, tell: Callable[[str], None], announce: Callable[[str], None]) -> None:
    """Serve until interrupted; ``tell`` hears what is being done, ``announce`` the one-time link.

    Raises:
        Unavailable: the port is taken, or the database cannot be started.
    """
    _check_port(settings)
    private, found_running = not settings.database_url, False
    if private:
        found_running = embedded.status(settings.data) == "running"
        tell("正在启动数据库……")
    settings, engine = open_city(settings)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _fill_and_analyse(settings, engine, demo=demo, tell=tell)
        with _worker(settings):
            announce(entry_link(settings, engine))
            serve(create_app(settings, engine), settings)
    except KeyboardInterrupt:
        tell("正在停止……")
    finally:
        engine.dispose()
        if private and not found_running:
            embedded.stop(settings.data)


def entry_link(settings: Settings, engine: sa.Engine) -> str:
    """A link that signs in whoever opens it first, within twelve hours."""
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    with transaction(engine) as connection:
        write.add_entry_token(connection, digest, expires_at=dt.datetime.now(dt.UTC) + LINK_LIFE)  # noqa: TID251
    return f"http://{settings.host}:{settings.port}/enter?token={token}"


def _fill_and_analyse(settings: Settings, engine: sa.Engine, *, demo: bool, tell: Callable[[str], None]) -> None:
    if demo and settings.profile.name.startswith("演示市") and fill_demo(engine):
        tell("已装入演示市(虚构)")
    with transaction(engine) as connection:
        due = read.last_analysis(connection) is None and read.newest_incident(connection) is not None
    if due:
        tell("正在分析……")
        refresh_zones(engine, settings.profile)


def _check_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Unavailable(
                f"端口 {settings.port} 用不了({error.strerror}),请用 --port 换一个", kind="port"
            ) from error


@contextlib.contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """The worker as a child process, started again when it dies; it leaves by itself when this process is gone."""
    command = [sys.executable, "-m", "app.cli", "--data", str(settings.data), "worker", "--parent", str(os.getpid())]
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_running, args=(command, stopping))
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_running(command: list[str], stopping: threading.Event) -> None:
    while not stopping.is_set():
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        while child.poll() is None and not stopping.wait(LOOK_SECONDS):
            pass
        child.terminate()
        try:
            child.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        stopping.wait(LOOK_SECONDS)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
