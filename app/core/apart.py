"""Work in a child process: what it loads and computes with is the machine's again when the child ends."""

import fcntl
import os
import select
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from gis.errors import Unavailable
from layers.database import make_engine

LOOK_SECONDS = 0.2
END_SECONDS = 5
LINGER_SECONDS, LOOK_ROUND_SECONDS = 45.0, 5.0
JOB = "job"
#: What is given up goes back to the machine at once; by itself glibc keeps the more, the larger it was.
LEAN = ("MALLOC_MMAP_THRESHOLD_=131072", "MALLOC_TRIM_THRESHOLD_=131072", "ARROW_DEFAULT_MEMORY_POOL=system")
START = "import sys; from app.core.apart import obey; obey(int(sys.argv[1]))"

Result = TypeVar("Result")


class Apart:
    """A child process that does one piece of work after another; it is started by the first and ends with the block.

    It has nothing of this process but what it is handed, and does not outlive it.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def begin(self, work: Callable[..., object], *arguments: object) -> None:
        """Let the child begin; ``wait`` gives what comes of it."""
        (self._pipe or self._start()).send((work, arguments))

    def wait(self, is_stopping: Callable[[], bool] = lambda: False) -> Any:
        """What came of the work that was begun last; the child is told once when it ``is_stopping``.

        Raises:
            Unavailable: the child was ended, most likely for its memory.
            Exception: what the work raised.
        """
        pipe, stopped = self._pipe or self._start(), False
        try:
            while not pipe.poll(LOOK_SECONDS):
                if not stopped and is_stopping():
                    pipe.send(None)
                    stopped = True
            is_well, value = pipe.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise Unavailable("计算进程被终止(多半是内存不够),请换一台内存更大的机器", kind="workers") from error
        if is_well:
            return value
        raise value

    def __call__(self, work: Callable[..., Result], *arguments: object) -> Result:
        """The result of ``work``, a function of a module; raises as ``wait``."""
        self.begin(work, *arguments)
        result: Result = self.wait()
        return result

    def end(self) -> None:
        """End the child, whatever it does."""
        child, pipe, self._child, self._pipe = self._child, self._pipe, None, None
        if child is None or pipe is None:
            return
        pipe.close()
        child.terminate()
        try:
            child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _start(self) -> Connection:
        pipe, there = Pipe()
        # a fork would copy the locks that other threads hold; multiprocessing adds a process that tracks resources
        command = ["env", *LEAN, sys.executable, "-P", "-c", START, str(there.fileno())]
        self._child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, pass_fds=[there.fileno()], start_new_session=True
        )
        self._pipe = pipe
        there.close()
        pipe.send(sys.path)
        return pipe


@contextmanager
def job_apart(data: Path) -> Iterator[Apart]:
    """A child for a job of the worker of this data folder, marked for whoever holds memory there without need."""
    data.mkdir(parents=True, exist_ok=True, mode=0o711)
    with (data / JOB).open("wb") as mark, Apart() as child:
        fcntl.flock(mark, fcntl.LOCK_SH)  # the system's again when the worker is killed
        yield child


def is_job_running(data: Path) -> bool:
    """Whether the worker of this data folder is at a job just now."""
    with (data / JOB).open("wb") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Lingering:
    """A child for one piece of work at a time, which stays for ``seconds`` after the last, since loading takes some.

    Where its room ``is_wanted`` it stays for a few only. ``loading`` loads what its work needs; where it is given the
    child may be started before there is work.
    """

    def __init__(
        self, loading: Callable[[], None] | None = None, *, seconds: float = LINGER_SECONDS,
        is_wanted: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self._loading, self._seconds, self._is_wanted = loading, seconds, is_wanted
        self._child = Apart()
        self._turn = threading.Lock()
        self._end = threading.Timer(0, self._looked)

    def __call__(self, work: Callable[..., Result], *arguments: object) -> Result:
        """The result of ``work``; raises as ``Apart.wait``."""
        with self._turn:
            self._end.cancel()
            try:
                return self._child(work, *arguments)
            finally:
                self._linger(self._seconds)

    def expect(self) -> None:
        """Let the child load what its next work needs, beside what the caller does; one that is busy has it."""
        if self._loading is not None and not self._turn.locked():
            threading.Thread(target=self, args=(self._loading,), daemon=True).start()

    def _linger(self, seconds: float) -> None:
        look = min(seconds, LOOK_ROUND_SECONDS)
        self._end = threading.Timer(look, self._looked, [seconds - look])
        self._end.daemon = True
        self._end.start()

    def _looked(self, seconds: float) -> None:
        with self._turn:
            if self._end is not threading.current_thread():
                return  # work came meanwhile
            if seconds > 0 and not self._is_wanted():
                self._linger(seconds)
            else:
                self._child.end()


_here: list[Connection] = []


def is_stopping() -> bool:
    """Within the child, whether it was told to stop."""
    return _here[0].poll()


@cache
def engine_at(url: str, timezone: str) -> sa.Engine:
    """Within the child, its one engine on the database at ``url``."""
    return make_engine(url, timezone=timezone)


def obey(descriptor: int) -> None:
    """The child's program: do what comes by the pipe until its other end is closed, also by the parent's death."""
    pipe = Connection(descriptor)
    threading.Thread(target=_follow, args=(descriptor,), daemon=True).start()
    sys.path[:] = pipe.recv()
    _here.append(pipe)
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        if order is None:  # it stopped before it was told to
            continue
        work, arguments = order
        try:
            result = True, work(*arguments)
        except Exception as error:  # noqa: BLE001 - the caller's to judge
            error.add_note(traceback.format_exc())
            result = False, error
        try:
            pipe.send(result)
        except Exception as error:  # noqa: BLE001 - what cannot be sent is told in words
            pipe.send((False, RuntimeError(f"{result[1]!r}: {error}")))


def _follow(descriptor: int) -> None:
    """End with the parent, also in the middle of work."""
    other_end = select.poll()
    other_end.register(descriptor, 0)  # nothing but its being closed
    other_end.poll()
    os._exit(1)
