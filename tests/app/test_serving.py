"""One service on a data folder, named by its mark; a mark alone is no service."""

import dataclasses
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.core import serving
from app.settings import Settings
from gis.errors import Conflict, Unavailable
from tests.conftest import REPO

HOLDER = """
import sys
import time
from pathlib import Path
from app.core.serving import marked
from app.settings import load_settings

with marked(load_settings(data=Path(sys.argv[1]), port=5173)):
    print("marked", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", 0.1)


def holder(data: Path) -> "subprocess.Popen[str]":
    """Another process that serves, until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, data], cwd=REPO, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "marked\n"
    return process


def test_a_second_service_is_refused_and_the_first_named(settings: Settings) -> None:
    with holder(settings.data) as first:
        assert serving.service_on(settings.data) == serving.Service(
            url="http://127.0.0.1:5173", port=5173, pid=first.pid
        )
        told = rf"已有服务在运行\(http://127.0.0.1:5173,进程 {first.pid}\)"
        with pytest.raises(Conflict, match=told) as caught, serving.marked(settings):
            pass
        assert caught.value.kind == "served"
        first.kill()


def test_the_mark_of_a_killed_service_stops_nobody_and_tells_that_it_was_killed(settings: Settings) -> None:
    with holder(settings.data) as killed:
        killed.send_signal(signal.SIGKILL)
    assert serving.service_on(settings.data) is None
    with serving.marked(settings) as former:
        assert former == serving.Service(url="http://127.0.0.1:5173", port=5173, pid=killed.pid)
    with serving.marked(settings) as former:
        assert former is None  # the last one left by itself


def test_nobody_else_may_open_the_mark_and_one_that_was_open_is_closed(settings: Settings) -> None:
    (settings.data / serving.MARK).touch(mode=0o644)
    with serving.marked(settings):
        assert (settings.data / serving.MARK).stat().st_mode & 0o777 == 0o600
    (settings.data / serving.MARK).unlink()
    with serving.marked(settings):
        assert (settings.data / serving.MARK).stat().st_mode & 0o777 == 0o600


def test_a_mark_that_something_else_locked_is_one_sentence_and_no_wait(settings: Settings) -> None:
    (settings.data / serving.MARK).touch(mode=0o644)
    with (settings.data / serving.MARK).open() as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="被别的程序锁住了"), serving.marked(settings):
            pass
        assert time.monotonic() - began < 5
        with pytest.raises(Unavailable, match="被别的程序锁住了"):
            serving.service_on(settings.data)


def test_the_moment_of_one_who_only_looks_is_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PATIENCE_SECONDS", 10)
    (settings.data / serving.MARK).touch(mode=0o600)
    looking = os.open(settings.data / serving.MARK, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(time, "sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))
    with serving.marked(dataclasses.replace(settings, port=5174)):
        pass
    os.close(looking)
