"""``python -m bench.load`` asks a service as fast as it answers, by plain sockets: the machine is the service's."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from bench.running import HOST, LONGEST_S, REPO, Site


class Load(NamedTuple):
    """How a service bore it; ``longest`` is the longest body as it came over the wire."""

    per_s: float
    p50_ms: float
    p99_ms: float
    longest: int

    def told(self) -> str:
        """Requests a second and how long they took."""
        return f"{self.per_s:.0f}/s, p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"


def bear(site: Site, paths: Sequence[str], *, connections: int, tag: str = "") -> Load:
    """The load of asking for each path once; with a ``tag``, each must answer that nothing changed."""
    headers = {"Host": HOST, "Accept-Encoding": "gzip", "Cookie": site.cookie} | ({"If-None-Match": tag} if tag else {})
    job = json.dumps([site.port, headers, paths, connections, 304 if tag else 200])
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(
        command, input=job, cwd=REPO, stdout=subprocess.PIPE, text=True, timeout=LONGEST_S, check=True
    )
    return Load(*json.loads(done.stdout))


def main() -> None:
    """Do the job on standard input and print the load."""
    port, headers, paths, connections, status = json.load(sys.stdin)
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    own = threading.local()

    def connect() -> None:
        own.line = socket.create_connection((HOST, port), timeout=60)
        own.answers = own.line.makefile("rb")

    def ask(path: str) -> tuple[float, int]:
        began, length = time.perf_counter(), 0
        own.line.sendall(f"GET {path} HTTP/1.1\r\n{told}\r\n".encode())
        answered = int(own.answers.readline().split()[1])
        while (header := own.answers.readline().lower()) != b"\r\n":
            if header.startswith(b"content-length:"):
                length = int(header.split()[1])
        own.answers.read(length)
        if answered != status:
            raise SystemExit(f"{path} answered {answered} and not {status}")
        return 1000 * (time.perf_counter() - began), length

    sys.setswitchinterval(0.0005)  # or threads wait for one another longer than for the service
    with ThreadPoolExecutor(connections, initializer=connect) as pool:
        began = time.perf_counter()
        took, lengths = zip(*pool.map(ask, paths), strict=True)
        print(json.dumps([len(paths) / (time.perf_counter() - began), *np.percentile(took, [50, 99]), max(lengths)]))


if __name__ == "__main__":
    main()
