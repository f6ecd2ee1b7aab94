"""What the Python core takes on disk, and how long a second ``make install`` takes."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from bench import running
from bench.demo import Run
from bench.table import Row, seconds


def rows(_run: Run) -> Iterator[Row]:
    """All files of the distributions that requirements.lock names, as they are installed here."""
    lock = (running.REPO / "requirements.lock").read_text("utf-8")
    names = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    yield Row("Python core on disk", ours=f"{sum(map(_bytes, names)) / 1e9:.2f} GB", asked="≤ 1.2 GB")
    _, second = (running.run(running.REPO, "make", "install") for _ in range(2))
    yield Row("second `make install`", ours=seconds(second), asked="≤ 10 s")


def _bytes(name: str) -> int:
    places = (Path(str(file.locate())) for file in metadata.files(name) or ())
    return sum(place.stat().st_size for place in places if place.is_file())
