"""``python -m bench.peaks NAME``: the most memory a kernel takes beyond its input, in MB, in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gis.clusters import dbscan, space_time_dbscan
from gis.scan import ScanCluster, space_time_permutation_scan

SIDE_M = 100_000


class Case(NamedTuple):
    """What a scan is given."""

    location: np.ndarray
    day: np.ndarray
    xy: np.ndarray
    since: np.datetime64
    until: np.datetime64


def measured(name: str) -> float:
    """The MB that ``python -m bench.peaks NAME`` prints."""
    done = subprocess.run([sys.executable, "-m", "bench.peaks", name], capture_output=True, text=True, check=True)
    return float(done.stdout)


def towns(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places in 40 × 40 km, half of them in 200 towns, and their days in three years."""
    rng = np.random.default_rng(1)
    xy, half = rng.uniform(0, 40_000, (count, 2)), count // 2
    xy[:half] = rng.uniform(0, 40_000, (200, 2))[rng.integers(0, 200, half)] + rng.normal(0, 300, (half, 2))
    return rng.permutation(xy), rng.integers(0, 1_096, count).astype(float)


def calls(rng: np.random.Generator, count: int) -> Case:
    """Cases of pure chance at 2,000 places in 52 weeks."""
    since, until = np.datetime64("2024-01-01"), np.datetime64("2024-12-30")
    location, day = rng.integers(0, 2_000, count), since + rng.integers(0, 364, count)
    return Case(location, day, rng.uniform(0, 50_000, (2_000, 2)), since, until)


def scanned(case: Case, share: float, *, stop_early: bool = False) -> list[ScanCluster]:
    """The clusters of zones up to a share of the cases, by 999 replicas."""
    return space_time_permutation_scan(
        case.location, case.day, case.xy, since=case.since, until=case.until, max_case_share=share,
        stop_early=stop_early, rng=np.random.default_rng(1),
    )  # fmt: skip


def _kernels(name: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """A small call, which loads what is compiled, and the one to measure; inputs are made here."""
    if name.startswith("scan"):
        few, many = (calls(np.random.default_rng(1), count) for count in (200, 5_000))
        return partial(scanned, few, 0.1), partial(scanned, many, 0.1 if "10" in name else 0.5)
    if name == "dbscan":
        few, many = (partial(dbscan, towns(count)[0], radius_m=200, min_points=10) for count in (1_000, 1_000_000))
        return few, many
    few, many = (
        partial(space_time_dbscan, *towns(count), radius_m=200, window_days=14, min_points=5)
        for count in (1_000, 1_000_000)
    )
    return few, many


def _kb(field: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field))


def main() -> None:
    """Print the highest resident size while the call lasts, above the one before it."""
    warm, call = _kernels(sys.argv[1])
    warm()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest so far is forgotten
    before = _kb("VmRSS")
    call()
    print((_kb("VmHWM") - before) / 1024)


if __name__ == "__main__":
    main()
