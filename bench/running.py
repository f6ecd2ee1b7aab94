"""Programs on the loopback address: started, asked, and ended by their number."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

HOST = "127.0.0.1"
LONGEST_S = 1200
STARTING_S = 60  # until a program listens
REPO = Path(__file__).parents[1]
#: A city of the caller's own must not be measured, let alone filled.
CLEAN = ["env", *(f"--unset=WUCHUAN_{name}" for name in ("DATABASE_URL", "MIGRATION_URL", "DATA", "PROFILE"))]

Command = Sequence[str | Path]


class Site(NamedTuple):
    """A running service, and the cookie of somebody who entered."""

    port: int
    cookie: str = ""

    def get(self, path: str) -> tuple[Message, bytes]:
        """Headers and body of a page, which must be there."""
        return _ask(self.port, "GET", path, {"Cookie": self.cookie})


@contextmanager
def started(command: Command, at: Path) -> Iterator[subprocess.Popen[str]]:
    """A program while the block lasts."""
    process = subprocess.Popen(
        [*CLEAN, *command], cwd=at, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # a group of its own
            process.wait()


@contextmanager
def serving(data: Path, *how: str | Path) -> Iterator[Site]:
    """The service of a data folder by ``wuchuan up`` or the command ``how``, entered by the one-time link it prints."""
    up: Command = [sys.executable, "-m", "app.cli", "up", "--data", data, "--port", str(free_port())]
    with started(how or up, data.parent) as process:
        link = next((text.split()[1] for text in process.stdout or () if text.startswith("open ")), "")
        if not link:
            raise SystemExit("the service ended before it printed its link")
        port, form = int(urlsplit(link).port or 0), urlencode({"token": link.partition("token=")[2]})
        headers, _ = _ask(port, "POST", "/enter", {"Content-Type": "application/x-www-form-urlencoded"}, form)
        yield Site(port, headers["Set-Cookie"].partition(";")[0])


def run(at: Path, *command: str | Path) -> float:
    """The seconds a program took, which must end well."""
    began = time.perf_counter()
    subprocess.run([*CLEAN, *command], cwd=at, stdout=subprocess.DEVNULL, timeout=LONGEST_S, check=True)
    return time.perf_counter() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[Message, bytes]:
    with closing(http.client.HTTPConnection(HOST, port, timeout=300)) as client:
        for _ in range(STARTING_S * 20):
            with suppress(ConnectionRefusedError):
                client.connect()
                break
            time.sleep(0.05)
        client.request(method, path, body or None, headers)
        answer = client.getresponse()
        if answer.status not in (200, 303):
            raise SystemExit(f"{method} {path} answered {answer.status}")
        return answer.headers, answer.read()
