"""The service of a data folder: the file ``serving`` names it, and a lock on that file says whether it still runs.

The system releases the lock of a killed service; its file stays, which tells the next service that it was killed.
"""

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.settings import Settings
from gis.errors import Conflict, Unavailable
from layers.host.programs import plain_errors

MARK = "serving"
#: Who only looks holds the lock for a moment.
PATIENCE_SECONDS = 1.0
#: The answer to whoever asked for a new beginning is sent before it.
ANSWER_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running service: the address of its pages, its port and its process."""

    url: str
    port: int
    pid: int


class NewBeginning(BaseException):
    """Ends the serving of a city, to begin with the settings as they are by then."""


def await_new_beginning() -> None:
    """Let ``begin_anew`` end this process's serving; in its main thread."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        raise NewBeginning

    signal.signal(signal.SIGUSR1, stop)


def can_begin_anew() -> bool:
    """Whether this process serves a city and would begin anew."""
    return callable(signal.getsignal(signal.SIGUSR1))


def begin_anew() -> None:
    """Serve anew in a moment: the settings are read again, as if the service were stopped and started."""
    threading.Timer(ANSWER_SECONDS, os.kill, (os.getpid(), signal.SIGUSR1)).start()


@contextmanager
def marked(settings: Settings) -> Iterator[Service | None]:
    """The data folder marked as served while the block lasts; gives the service before, where that was killed.

    Raises:
        Conflict: kind served, another service runs on it.
        Unavailable: the folder cannot be made or written; kind locked, something that is no service holds the mark.
    """
    own = Service(url=settings.url, port=settings.port, pid=os.getpid())
    with plain_errors(settings.data):
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        descriptor = os.open(settings.data / MARK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with plain_errors(settings.data):
            os.fchmod(descriptor, 0o600)  # whoever may open it may lock it; it was 0644 once
            if not _locked(descriptor):
                raise _refusal(settings.data, _read(descriptor))
            former = _read(descriptor)
            _write(descriptor, json.dumps(asdict(own)))
        try:
            yield former
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def service_on(data: Path) -> Service | None:
    """The service that runs on this data folder, or None.

    Raises:
        Unavailable: the folder cannot be used; kind locked, something that is no service holds the mark.
    """
    with plain_errors(data):
        if not (data / MARK).exists():
            return None
        # for writing, which a folder refuses
        descriptor = os.open(data / MARK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        service = _read(descriptor)
        if service is None:
            raise _refusal(data, None) from None
        return service
    finally:
        os.close(descriptor)
    return None


def _locked(descriptor: int) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)
        else:
            return True


def _refusal(data: Path, service: Service | None) -> Conflict | Unavailable:
    if service is None:
        told = f"文件 {data / MARK} 被别的程序锁住了,不能确定这个数据文件夹是否正在使用;请结束那个程序后重试"
        return Unavailable(told, kind="locked")
    told = f"数据文件夹 {data} 已有服务在运行({service.url},进程 {service.pid});请用它,或先结束它"
    return Conflict(told, kind="served")


def _read(descriptor: int) -> Service | None:
    """Who wrote the mark; None where it is empty, or an older release's."""
    try:
        return Service(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
