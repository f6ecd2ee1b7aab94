"""The kernels of gis beside their peers, in CPU seconds of the same process."""

import time
from collections.abc import Callable, Iterator

import numpy as np
import pymannkendall
from esda.getisord import G_Local
from finufft import nufft2d1
from libpysal.weights import WSP
from scipy.ndimage import gaussian_filter
from sklearn.cluster import DBSCAN

from bench.table import Row, against
from gis.clusters import dbscan
from gis.density import kernel_density
from gis.hotspots import gi_star
from gis.neighbours import within
from gis.scan import space_time_permutation_scan
from gis.trends import mann_kendall

SIDE_M = 100_000
SATSCAN_S = 33.7  # CPU seconds of SaTScan 10.3.2, measured once elsewhere: it cannot be installed here


def rows(_run: object = None) -> Iterator[Row]:
    """A row for each kernel; the first call, which compiles, is not counted."""
    rng = np.random.default_rng(1)
    yield from _density(rng)
    yield from _clusters(rng)
    yield from _hotspots(rng)
    yield from _scan(rng)
    series = rng.poisson(3, (200, 36))
    ours = cpu(lambda: mann_kendall(series))
    theirs = cpu(lambda: [pymannkendall.original_test(row).z for row in series], times=1)
    yield against("Mann-Kendall, 200 × 36", ours, "pymannkendall", theirs, "≥ 100×")


def cpu(call: Callable[[], object], *, times: int = 3) -> float:
    """The least CPU seconds of a few calls after a first."""
    took = []
    for _ in range(times + 1):
        began = time.process_time()
        call()
        took.append(time.process_time() - began)
    return min(took[1:])


def _density(rng: np.random.Generator) -> Iterator[Row]:
    box = (0.0, 0.0, SIDE_M, SIDE_M)
    for count, asked in ((100_000, "≥ 1.0×"), (1_000_000, "≥ 0.4×")):
        xy = rng.uniform(0, SIDE_M, (count, 2))

        def smoothed(xy: np.ndarray = xy) -> np.ndarray:
            counts, *_ = np.histogram2d(xy[:, 1], xy[:, 0], bins=1000, range=[[0, SIDE_M]] * 2)
            return gaussian_filter(counts, 5, mode="constant")

        def spread(xy: np.ndarray = xy) -> np.ndarray:
            angle = xy.T * (2 * np.pi / (SIDE_M * 1.08)) - np.pi
            modes = nufft2d1(angle[1].copy(), angle[0].copy(), np.ones(len(xy), complex), (540, 540), eps=1e-8)
            return np.fft.ifft2(modes, (1080, 1080))

        ours = cpu(lambda xy=xy: kernel_density(xy, bounds=box, cell_m=100, bandwidth_m=500))
        name = f"density of {count:,} places, 1000² cells, 500 m"
        yield against(name, ours, "histogram2d + gaussian_filter", cpu(smoothed), asked)
        yield against(name, ours, "finufft and one transform", cpu(spread), "≥ 1.7×")


def _clusters(rng: np.random.Generator) -> Iterator[Row]:
    xy = rng.uniform(0, 40_000, (100_000, 2))
    xy[:50_000] = rng.uniform(0, 40_000, (200, 2))[rng.integers(0, 200, 50_000)] + rng.normal(0, 300, (50_000, 2))
    for radius_m in (100, 200, 500):
        ours = cpu(lambda r=radius_m: dbscan(xy, radius_m=r, min_points=10))
        theirs = cpu(lambda r=radius_m: DBSCAN(eps=r, min_samples=10).fit(xy), times=1)
        yield against(f"DBSCAN of 100,000 places, {radius_m} m", ours, "scikit-learn", theirs, "≥ 6×")


def _hotspots(rng: np.random.Generator) -> Iterator[Row]:
    values = rng.poisson(0.1, 20_000).astype(float)
    near = within(np.argwhere(np.ones((200, 100))) * 500.0, radius_m=750)
    weights = WSP(near).to_W(silence_warnings=True)
    ours = cpu(lambda: gi_star(values, near))
    theirs = cpu(lambda: G_Local(values, weights, star=True, transform="B", permutations=0), times=1)
    yield against("Gi* of 20,000 cells, analytic", ours, "esda", theirs, "≥ 500×")


def _scan(rng: np.random.Generator) -> Iterator[Row]:
    since, until = np.datetime64("2024-01-01"), np.datetime64("2024-12-30")
    xy, location = rng.uniform(0, 50_000, (2_000, 2)), rng.integers(0, 2_000, 5_000)
    day = since + rng.integers(0, 364, 5_000)

    def scanned() -> object:
        return space_time_permutation_scan(
            location, day, xy, since=since, until=until, max_case_share=0.1, stop_early=False, rng=rng
        )

    name = "space-time scan, 2,000 places × 52 weeks, 5,000 cases, 10 %, 999 replicas"
    yield against(name, cpu(scanned, times=1), "SaTScan, as measured elsewhere", SATSCAN_S, "≥ 8×")
