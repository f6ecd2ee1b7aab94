"""``wuchuan up`` as a whole: what it started it keeps running, and stops with itself."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers.host import embedded
from tests.conftest import REPO

PATIENCE_SECONDS = 120

pytestmark = pytest.mark.slow


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that the database's own user can enter."""
    place = Path(tempfile.mkdtemp(prefix="wct-"))
    place.chmod(0o711)
    yield place / "data"
    embedded.stop(place / "data")
    shutil.rmtree(place)


def _healthy(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("GET", "/healthz")
        told = json.loads(client.getresponse().read())
    finally:
        client.close()
    return bool(told["database"] and told["worker"])


def _waited_for(port: int, *, healthy: bool) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while _healthy(port) is not healthy:
        assert time.monotonic() < end, f"not {'well' if healthy else 'ill'} in time"
        time.sleep(0.1)


def _server(data: Path) -> int:
    return int((data / "database/postmaster.pid").read_text().splitlines()[0])


def test_a_database_killed_meanwhile_is_started_again_and_stops_with_the_service_alone(data: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "up", "--no-demo", "--data", str(data), "--port", str(port)]
    stop = [sys.executable, "-m", "app.cli", "--data", str(data), "db", "stop"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WUCHUAN_")}  # noqa: TID251
    with subprocess.Popen(command, cwd=REPO, env=kept, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            assert service.stdout.readline().startswith("open ")
            _waited_for(port, healthy=True)
            first = _server(data)
            os.kill(first, signal.SIGKILL)
            _waited_for(port, healthy=False)
            _waited_for(port, healthy=True)
            assert _server(data) != first
            refused = subprocess.run(stop, cwd=REPO, env=kept, capture_output=True, text=True, check=False)
            assert (refused.returncode, "按 Ctrl-C 结束服务" in refused.stderr) == (1, True)
            assert embedded.status(data) == "running"
        finally:
            service.terminate()
            time.sleep(0.05)
            service.terminate()  # as make passes it on beside the terminal; the first stop goes on
            service.wait(timeout=PATIENCE_SECONDS / 4)
    assert service.returncode == 0
    assert embedded.status(data) == "stopped"
    subprocess.run(stop, cwd=REPO, env=kept, check=True)  # nobody serves it any more
