"""How soon the service answers while 500 silent and 100 dripping connections stand, for half a minute."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress

from bench import running
from bench.demo import Run
from bench.table import Row, seconds
from layers.host import embedded

SILENT, DRIPPING, LASTING_S = 500, 100, 30.0
STEP_S = 0.25


def rows(run: Run) -> Iterator[Row]:
    """The slowest answer of /healthz, asked anew each time as a new visitor would; an empty city."""
    data = run.folder / "connections"
    run.end.callback(embedded.stop, data)
    command = [sys.executable, "-m", "app.cli", "up", "--no-demo", "--data", str(data)]
    with running.serving(data, *command, "--port", str(running.free_port())) as site:
        _ask_s(site.port)  # what is made at the first visit is made
        quiet = max(_ask_s(site.port) for _ in range(20))
        silent = [_opened(site.port) for _ in range(SILENT)]
        dripping = [_opened(site.port, b"GET /healthz HTTP/1.1\r\nA: ") for _ in range(DRIPPING)]
        slowest, end = 0.0, time.monotonic() + LASTING_S
        while time.monotonic() < end:
            for line in dripping:
                with suppress(OSError):
                    line.send(b"X")
            slowest = max(slowest, _ask_s(site.port))
            time.sleep(STEP_S)
        for line in [*silent, *dripping]:
            line.close()
    figure = f"/healthz beside {SILENT} silent and {DRIPPING} dripping connections, slowest in {LASTING_S:.0f} s"
    yield Row(figure, "without them", seconds(slowest), seconds(quiet), asked="≤ 1 s")


def _opened(port: int, first: bytes = b"") -> socket.socket:
    line = socket.create_connection((running.HOST, port), timeout=10)
    line.sendall(first)
    line.settimeout(0)
    return line


def _ask_s(port: int) -> float:
    began = time.perf_counter()
    with closing(socket.create_connection((running.HOST, port), timeout=60)) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        while line.recv(4096):
            pass
    return time.perf_counter() - began
