"""What the core takes on disk, and how long a second ``make install`` takes."""

import re
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from bench import running
from bench.demo import Run
from bench.table import Row, seconds

FRONT = running.REPO / "app" / "static"


def rows(_run: Run) -> Iterator[Row]:
    """All files of the distributions that requirements.lock names, as they are installed here; then all of the core.

    Of Debian's packages those of PostgreSQL and PostGIS count, not the libraries that other programs share with them.
    """
    lock = (running.REPO / "requirements.lock").read_text("utf-8")
    names = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    python = sum(map(_bytes, names))
    yield Row("Python core on disk", ours=f"{python / 1e9:.2f} GB", asked="≤ 1.2 GB")
    core = python + _server() + sum(file.stat().st_size for file in FRONT.rglob("*") if file.is_file())
    figure = "Python core, PostgreSQL, PostGIS and the pages' files on disk"
    yield Row(figure, ours=f"{core / 1e9:.2f} GB", asked="≤ 1.2 GB")
    _, second = (running.run(running.REPO, "make", "install") for _ in range(2))
    yield Row("second `make install`", ours=seconds(second), asked="≤ 10 s")


def _bytes(name: str) -> int:
    places = (Path(str(file.locate())) for file in metadata.files(name) or ())
    return sum(place.stat().st_size for place in places if place.is_file())


def _server() -> int:
    command = ["dpkg-query", "--show", "--showformat=${Installed-Size}\n", "postgresql*"]
    return 1024 * sum(map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()))
