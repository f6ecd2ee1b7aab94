"""From nothing to the first page, with packages downloaded before; and the second start."""

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import running
from bench.demo import Run
from bench.table import Row, against, seconds
from layers.host import embedded

#: What a clone does not have.
GROWN = shutil.ignore_patterns(".git", ".venv", "vendor", "var", "build", ".*cache", "__pycache__", "*.egg-info")
PEER = "`pip install datasette` → its first page"


def rows(run: Run) -> Iterator[Row]:
    """Three starts of ours and one of datasette's, which is installed once before so that pip has its packages."""
    _datasette(run.folder / "before")
    theirs = _datasette(run.folder / "datasette")
    data, made = run.folder / "data", run.folder / "made"
    for folder in (data, made):
        run.end.callback(embedded.stop, folder)
    clone = shutil.copytree(running.REPO, run.folder / "clone", ignore=GROWN)
    make = ("make", "-C", clone, "run", f"DATA={made}", f"PORT={running.free_port()}")
    yield against("installed, no data, `wuchuan up` → first map page", _first_page(data), PEER, theirs)
    yield against("fresh clone, `make run` → first map page", _first_page(made, *make), PEER, theirs)
    yield Row("second `make run` → first map page", ours=seconds(_first_page(made, *make)), asked="≤ 10 s")


def _first_page(data: Path, *how: str | Path) -> float:
    began = time.perf_counter()
    with running.serving(data, *how) as site:
        for path in ("/", "/api/layers/areas?level=county"):
            site.get(path)
        return time.perf_counter() - began


def _datasette(folder: Path) -> float:
    began, port = time.perf_counter(), running.free_port()
    running.run(folder.parent, sys.executable, "-m", "venv", folder)
    running.run(folder.parent, folder / "bin/pip", "install", "--quiet", "datasette")
    with running.started([folder / "bin/datasette", "--memory", "--host", running.HOST, "--port", str(port)], folder):
        running.Site(port).get("/")
        return time.perf_counter() - began
