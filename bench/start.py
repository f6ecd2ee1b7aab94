"""From nothing to the first page, with packages downloaded before; and the second start."""

import shutil
import statistics
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
TIMES = 3
BEFORE = "the build before"
PEER = "`pip install datasette` → its first page"


def rows(run: Run) -> Iterator[Row]:
    """Three starts of ours and one of datasette's, which is installed once before so that pip has its packages.

    With ``--before`` instead first starts and ``wuchuan layers`` beside the build before, in turns.
    """
    if run.before is not None:
        yield from _beside(run, run.before)
        return
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


def _beside(run: Run, before: Path) -> Iterator[Row]:
    trees = {"ours": running.REPO, "before": before}
    pages: dict[str, list[float]] = {name: [] for name in trees}
    lists: dict[str, list[float]] = {name: [] for name in trees}
    for turn in range(-1, TIMES):  # the first of each compiles kernels and is not counted
        for name, tree in trees.items():
            data, here = run.folder / f"{name}-{turn}", tree / ".venv" / "bin" / "wuchuan"
            run.end.callback(embedded.stop, data)
            began = time.perf_counter()
            with running.serving(data, here, "up", "--data", data, "--port", str(running.free_port())) as site:
                page = _seen(site, began)
                listed = [running.run(run.folder, here, "--data", data, "layers") for _ in range(TIMES)]
            if turn >= 0:
                pages[name].append(page)
                lists[name] += listed
            embedded.stop(data)
    for figure, took, asked in (
        ("installed, no data, `wuchuan up` → first map page", pages, "≤ 0.75×"),
        ("`wuchuan layers` from the prompt", lists, "≤ 0.6×"),
    ):
        ours, theirs = (statistics.median(took[name]) for name in trees)
        yield Row(figure, BEFORE, seconds(ours), seconds(theirs), f"{ours / theirs:.2f}×", asked)


def _first_page(data: Path, *how: str | Path) -> float:
    began = time.perf_counter()
    with running.serving(data, *how) as site:
        return _seen(site, began)


def _seen(site: running.Site, began: float) -> float:
    """The seconds until the first map page and its data had come."""
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
