"""What the service takes of the machine, this build beside the one before it: same city, same questions."""

import json
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import shapely

from bench import load, running, tiles
from bench.demo import Run
from bench.table import Row, seconds
from gis.arrays import FloatArray
from layers.host import embedded

PEER = "the build before"
CHARTS, TIMES = 10, 3
LOOK_SECONDS, QUIET_SECONDS = 0.2, 60
API, ASKED = "/api/layers/areas?level=community", 2000
STATIONS = re.compile(r'href="(/[^"#]*)"')
PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


class Taken(NamedTuple):
    """Proportional set sizes in MB: the web alone, its worker and other children, PostgreSQL."""

    web: float
    others: float
    database: float

    @property
    def total(self) -> float:
        """All of them."""
        return sum(self)

    def told(self) -> str:
        """The sum and its parts."""
        return f"{self.total:.0f} MB (web {self.web:.0f}, worker {self.others:.0f}, PostgreSQL {self.database:.0f})"


class Seen(NamedTuple):
    """One build: most memory, memory a minute after, the first chart and others not asked before, and its load."""

    most: Taken
    quiet: Taken
    first_s: float
    chart_s: float
    api: load.Load
    made: load.Load
    kept: load.Load


def rows(run: Run) -> Iterator[Row]:
    """This build beside the one of ``--before``.

    A start without data, the walk of the story, ten charts and one analysis; the most memory during these, and what is
    left a minute after, the answers of all of it in the cache. Then loads, of three each the best.
    """
    if run.before is None:
        raise SystemExit("memory is measured beside a build before: name its tree with --before")
    ours, theirs = _seen(run, running.REPO, "ours"), _seen(run, run.before, "before")
    for figure, mine, other, asked in (
        (f"memory, most of start, story, {CHARTS} charts, an analysis", ours.most, theirs.most, "≤ 0.75×"),
        (f"memory {QUIET_SECONDS} s after", ours.quiet, theirs.quiet, "≤ 0.55×, web ≤ 180 MB"),
    ):
        yield Row(figure, PEER, mine.told(), other.told(), f"{mine.total / other.total:.2f}×", asked)
    for figure, mine_s, other_s in (
        ("first chart of a service", ours.first_s, theirs.first_s),
        (f"chart not asked for before, median of {CHARTS - 1}", ours.chart_s, theirs.chart_s),
    ):
        yield Row(figure, PEER, seconds(mine_s), seconds(other_s), f"{mine_s / other_s:.2f}×", "≤ 1.2×")
    for figure, mine_load, other_load in (
        ("/api, cached", ours.api, theirs.api),
        ("tiles made", ours.made, theirs.made),
        ("tiles cached", ours.kept, theirs.kept),
    ):
        ratio = f"{mine_load.per_s / other_load.per_s:.2f}×"
        yield Row(figure, PEER, mine_load.told(), other_load.told(), ratio, "≥ 0.95×")


def _seen(run: Run, tree: Path, name: str) -> Seen:
    data = run.folder / f"memory-{name}"
    run.end.callback(embedded.stop, data)
    here = tree / ".venv" / "bin" / "wuchuan"  # its own program, which loads its own tree
    up = (here, "up", "--data", data, "--port", str(running.free_port()))
    with _watched(data) as (most, look), running.serving(data, *up) as site:
        for path in ("/", API, "/story", *_stations(site)):
            site.get(path)
        took = [_timed(site, f"/charts/{code}.pdf") for code in _communities(site)[:CHARTS]]
        running.run(data.parent, here, "--data", data, "analyse")
        highest = most()
        time.sleep(QUIET_SECONDS)
        quiet = look()
        api = _best([load.bear(site, [API] * ASKED, connections=8) for _ in range(TIMES)])
        paths = list(dict.fromkeys(tiles.walk(_places(site))))
        made = load.bear(site, paths, connections=tiles.CONNECTIONS)
        kept = _best([load.bear(site, paths, connections=tiles.CONNECTIONS) for _ in range(TIMES)])
    return Seen(highest, quiet, took[0], statistics.median(took[1:]), api, made, kept)


def _best(loads: Sequence[load.Load]) -> load.Load:
    return max(loads, key=lambda borne: borne.per_s)


@contextmanager
def _watched(data: Path) -> Iterator[tuple[Callable[[], Taken], Callable[[], Taken]]]:
    """While the block lasts: what the service of that folder took at most, and what it takes now."""
    seen, is_over = [Taken(0, 0, 0)], threading.Event()

    def watch() -> None:
        while not is_over.wait(LOOK_SECONDS):
            seen.append(_taken(data))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: max(seen, key=lambda taken: taken.total), lambda: _taken(data)
    finally:
        is_over.set()
        watcher.join()


def _taken(data: Path) -> Taken:
    web, rest, database = 0.0, 0.0, 0.0
    parents = dict(_processes())
    commands = {pid: _command(pid) for pid in parents}
    servers = {pid for pid, words in commands.items() if "-D" in words and str(data / "database") in words}
    up = {pid for pid, words in commands.items() if "up" in words and str(data) in words}
    for pid in parents:
        line = [pid]
        while line[-1] in parents:
            line.append(parents[line[-1]])
        if up & {pid}:
            web += pss(pid)
        elif servers & set(line):
            database += pss(pid)
        elif up & set(line):
            rest += pss(pid)
    return Taken(web, rest, database)


def _processes() -> Iterator[tuple[int, int]]:
    """Every process with its parent."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            yield int(entry.parent.name), int(entry.read_text().rpartition(")")[2].split()[1])


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def pss(pid: int) -> float:
    try:
        found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1000 if found else 0.0


def _stations(site: running.Site) -> list[str]:
    """The pages that the story leads to, but for those that end the session."""
    found = STATIONS.findall(site.get("/story")[1].decode())
    return [path for path in dict.fromkeys(found) if not path.startswith(("/static", "/leave"))]


def _communities(site: running.Site) -> list[str]:
    features = json.loads(site.get(API)[1])["features"]
    return sorted(feature["properties"]["code"] for feature in features)


def _places(site: running.Site) -> FloatArray:
    features = json.loads(site.get("/api/layers/rental_units?limit=5000")[1])["features"]
    return shapely.get_coordinates([shapely.geometry.shape(feature["geometry"]) for feature in features])


def _timed(site: running.Site, path: str) -> float:
    began = time.perf_counter()
    site.get(path)
    return time.perf_counter() - began
