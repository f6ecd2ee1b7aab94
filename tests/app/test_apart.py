"""Work in a child process: its result, its refusal, its end."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import psycopg
import pytest
import sqlalchemy as sa

from app.core import apart
from app.core.apart import Apart, Lingering, is_job_running, job_apart
from gis.errors import Refused, Unavailable
from layers.database import is_lost


def pid() -> int:
    return os.getpid()


def refuse() -> None:
    raise Refused("没有记录", kind="no_incidents")


def lose() -> None:
    raise sa.exc.OperationalError("SELECT", {}, psycopg.errors.AdminShutdown("the server went"))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stopped_after() -> float:
    began = time.monotonic()
    while not apart.is_stopping() and time.monotonic() - began < 20:
        time.sleep(0.02)
    return time.monotonic() - began


def load() -> None:
    os.environ["WUCHUAN_TEST_LOADED"] = "yes"  # noqa: TID251 - of the child alone


def is_loaded() -> bool:
    return "WUCHUAN_TEST_LOADED" in os.environ  # noqa: TID251


def wait() -> None:
    time.sleep(60)


def given_back() -> float:
    """The share of ten arrays of 8 MB that leaves the process when they go and what stands between them stays."""
    np.ones(3_000_000)  # from here on glibc by itself would keep arrays as large as this one
    arrays = [(np.ones(1_000_000), bytes(2_000)) for _ in range(10)]
    before = resident_bytes()
    between = [small for _, small in arrays]
    del arrays
    return (before - resident_bytes()) / (8_000_000 * len(between))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


PARENT = """
import time
from app.core.apart import Apart
from tests.app.test_apart import pid, wait
child = Apart()
print(child(pid), flush=True)
child.begin(wait)
time.sleep(60)
"""


def is_gone(child: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_one_child_does_all_the_work_of_a_block_and_is_gone_after_it() -> None:
    with Apart() as child:
        first, second = child(pid), child(pid)
    assert first == second != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_refusal_and_a_lost_database_reach_the_caller_as_they_are() -> None:
    with Apart() as child:
        with pytest.raises(Refused, match="没有记录") as refused:
            child(refuse)
        with pytest.raises(sa.exc.OperationalError) as lost:
            child(lose)
    assert refused.value.kind == "no_incidents"
    assert is_lost(lost.value)


def test_a_child_that_is_killed_is_told_of_and_another_one_takes_its_place() -> None:
    with Apart() as child:
        with pytest.raises(Unavailable, match="终止"):
            child(die)
        assert child(pid) != os.getpid()


def test_a_child_hears_once_that_it_is_to_stop() -> None:
    with Apart() as child:
        child.begin(stopped_after)
        assert child.wait(lambda: True) < 10
        assert child(pid) != os.getpid()  # what it was told is not taken for the next work


def test_a_child_at_work_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    with parent:
        child = int(parent.stdout.readline()) if parent.stdout else 0
        parent.kill()
    assert is_gone(child)


def test_what_a_child_gives_up_is_the_machines_again() -> None:
    with Apart() as child:
        assert child(given_back) > 0.9


def test_a_lingering_child_does_the_next_work_too_and_goes_when_none_comes() -> None:
    child = Lingering(seconds=0.3)
    first = child(pid)
    assert child(pid) == first
    assert is_gone(first)
    assert child(pid) != first


def test_a_lingering_child_goes_early_where_its_room_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(apart, "LOOK_ROUND_SECONDS", 0.3)
    child = Lingering(is_wanted=partial(is_job_running, tmp_path))
    first = child(pid)
    time.sleep(1)
    assert child(pid) == first  # as long as no job is done, and for the rest of its 45 seconds
    with job_apart(tmp_path):
        assert is_gone(first)
    assert not is_job_running(tmp_path)


def test_a_child_that_is_expected_has_loaded_and_one_without_loading_is_not_started() -> None:
    child = Lingering(load)
    child.expect()
    end = time.monotonic() + 20
    while not child(is_loaded) and time.monotonic() < end:
        time.sleep(0.05)
    assert child(is_loaded)
    idle = Lingering()
    idle.expect()
    assert not idle(is_loaded)
