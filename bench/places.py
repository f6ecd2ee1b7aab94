"""How long a look-up of places takes while an import of premises ends and the gazetteer is made anew."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from bench import running
from bench.demo import Run
from bench.table import Row

CLIENTS, LONGEST_S, AFTER_S = 4, 300, 25
PREMISES = 20_000
ASKED = "p99 ≤ 300 ms"


def rows(run: Run) -> Iterator[Row]:
    """Four clients ask from the start of the import until some time after its end; one more asks for /healthz."""
    with running.serving(run.city.data) as site:
        yield from _measured(run, site)


def _measured(run: Run, site: running.Site) -> Iterator[Row]:
    path = run.folder / "venues.csv"
    path.write_text(_venues(run), encoding="utf-8")
    done = threading.Event()
    took: list[list[float]] = [[] for _ in range(CLIENTS + 1)]
    paths = [f"/api/places?q=%E8%B7%AF{n}%E5%8F%B7" for n in range(CLIENTS)] + ["/healthz"]
    askers = [threading.Thread(target=_ask, args=(site, *pair, done)) for pair in zip(paths, took, strict=True)]
    for asker in askers:
        asker.start()
    options: running.Command = ("--data", run.city.data, "import", "venues", path, "--datum", "wgs84")
    command: running.Command = [*running.CLEAN, sys.executable, "-m", "app.cli", *options]
    # rows that lie in no community are refused, which is no fault of the figure
    subprocess.run(command, cwd=running.REPO, timeout=LONGEST_S, check=False, stdout=subprocess.DEVNULL)
    time.sleep(AFTER_S)
    done.set()
    for asker in askers:
        asker.join()
    for name, those in (("/api/places", [ms for each in took[:-1] for ms in each]), ("/healthz", took[-1])):
        p50, p99 = np.percentile(those, [50, 99]).tolist()
        told = f"{len(those)} answers, p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {max(those):.0f} ms"
        yield Row(f"{name} while an import of {PREMISES:,} venues ends, {CLIENTS} clients", ours=told, asked=ASKED)


def _ask(site: running.Site, path: str, took: list[float], done: threading.Event) -> None:
    while not done.is_set():
        began = time.perf_counter()
        with suppress(SystemExit):  # /healthz says 503 until the worker has given a sign of life
            site.get(path)
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)


def _venues(run: Run) -> str:
    """New venues with places and addresses of their own, spread over the city."""
    rng = np.random.default_rng(7)
    west, south, east, north = run.city.profile.bounds
    lines = ["场所编号,类别,名称,地址,经度,纬度"]
    middle = statistics.fmean((west, east)), statistics.fmean((south, north))
    for n, (dx, dy) in enumerate(rng.normal(0, 0.1, (PREMISES, 2))):
        lines.append(f"BP{n},宾馆酒店,云来{n},测量路{n}号,{middle[0] + dx:.6f},{middle[1] + dy:.6f}")
    return "\n".join(lines)
