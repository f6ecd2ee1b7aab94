"""The kernels of gis beside their peers, in CPU seconds of the same process: what threads share counts in full."""

import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pymannkendall
from esda.getisord import G_Local
from finufft import nufft2d1
from KDEpy import FFTKDE
from libpysal.weights import WSP
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN
from sklearn.neighbors import KernelDensity, radius_neighbors_graph

from bench import peaks
from bench.peaks import SIDE_M, calls, scanned, towns
from bench.table import Row, against, seconds
from gis.clusters import dbscan, space_time_dbscan
from gis.density import kernel_density
from gis.hotspots import gi_star, permutation_p, significant
from gis.neighbours import within
from gis.scan import poisson_scan
from gis.trends import mann_kendall

SATSCAN_S = 33.7  # CPU seconds of SaTScan 10.3.2, measured once elsewhere: it cannot be installed here
BANDWIDTH_M = 500


def rows(_run: object = None) -> Iterator[Row]:
    """A row for each kernel; the first call, which compiles, is not counted."""
    warnings.simplefilter("ignore")  # esda and libpysal announce coming changes of their own
    yield from _density(np.random.default_rng(1))
    yield from _clusters()
    yield from _hotspots(np.random.default_rng(1))
    yield from _circles(np.random.default_rng(1))
    yield from _cylinders(np.random.default_rng(1))
    series = np.random.default_rng(1).poisson(3, (200, 36))
    ours = cpu(lambda: mann_kendall(series))
    theirs = cpu(lambda: [pymannkendall.original_test(row).z for row in series], calls=1)
    yield against("Mann-Kendall, 200 × 36", ours, "pymannkendall", theirs, "≥ 100×")


def cpu(call: Callable[[], object], *, calls: int = 5) -> float:
    """The least CPU seconds of a few calls after a first."""
    call()
    return min(_took(call)[1] for _ in range(calls))


def both(call: Callable[[], object], *, calls: int) -> str:
    """The shortest of a few calls after a first by the clock on the wall, and its CPU seconds."""
    call()
    wall, busy = min(_took(call) for _ in range(calls))
    return f"{seconds(wall)}, of CPU {seconds(busy)}"


def _took(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of the processors."""
    began = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began[0], time.process_time() - began[1]


# density


def _density(rng: np.random.Generator) -> Iterator[Row]:
    for count, asked in ((10_000, "≥ 1.0×"), (100_000, "≥ 1.0×"), (1_000_000, "≥ 0.4×")):
        xy = rng.uniform(0, SIDE_M, (count, 2))
        ours = cpu(partial(_ours, xy))
        name = f"density of {count:,} places, 1000² cells, {BANDWIDTH_M} m"
        yield against(name, ours, "histogram2d + gaussian_filter", cpu(partial(_filtered, xy)), asked)
        yield against(name, ours, "finufft to 1e-8 and one inverse transform", cpu(partial(_finufft, xy)), "≥ 1.7×")
    xy = rng.uniform(0, SIDE_M, (10_000, 2))
    ours, found, exact = cpu(partial(_ours, xy)), _ours(xy), _exact(xy)
    for peer, answer in (
        ("exact sum", found),
        ("finufft", _finufft(xy)),
        ("histogram2d + gaussian_filter", _filtered(xy)),
    ):
        error = np.abs(answer - exact).max() / exact.max()
        yield Row("density of 10,000 places, error by the peak", peer, f"{error:.0e}" if answer is found else "",
                  "" if answer is found else f"{error:.0e}", "", "≤ 1e-7" if answer is found else "")  # fmt: skip
    name = "density of 10,000 places, 1000² cells"
    fft = cpu(lambda: FFTKDE(bw=1.0).fit(xy / BANDWIDTH_M).evaluate((1000, 1000)), calls=1)
    yield against(name, ours, "KDEpy's FFTKDE in bandwidths", fft)
    some = _centres(1000)[:: SIDE_M // 1000]
    tree = KernelDensity(bandwidth=BANDWIDTH_M, rtol=1e-8).fit(xy)
    share = 1000**2 / len(some) ** 2
    theirs = share * cpu(lambda: tree.score_samples(np.stack(np.meshgrid(some, some), -1).reshape(-1, 2)), calls=1)
    yield against(name, ours, f"scikit-learn's KernelDensity, {len(some)}² cells × {share:.0f}", theirs)


def _centres(cells: int) -> np.ndarray:
    return (np.arange(cells) + 0.5) * (SIDE_M / cells)


def _ours(xy: np.ndarray) -> np.ndarray:
    return kernel_density(xy, bounds=(0.0, 0.0, SIDE_M, SIDE_M), cell_m=100, bandwidth_m=BANDWIDTH_M)


def _exact(xy: np.ndarray) -> np.ndarray:
    along_x, along_y = (np.exp(-0.5 * ((axis[:, None] - _centres(1000)) / BANDWIDTH_M) ** 2) for axis in xy.T)
    return along_y.T @ along_x * (1e6 / (2 * np.pi * BANDWIDTH_M**2))


def _filtered(xy: np.ndarray) -> np.ndarray:
    counts, *_ = np.histogram2d(xy[:, 1], xy[:, 0], bins=1000, range=[[0, SIDE_M]] * 2)
    return gaussian_filter(counts * 100.0, BANDWIDTH_M / 100, mode="constant")


def _finufft(xy: np.ndarray) -> np.ndarray:
    """Fourier modes of the places up to where a Gaussian's are below 1e-8, times those, on a torus with a margin."""
    cells, sigma = 1080, BANDWIDTH_M / 100  # 1,000 and a Gaussian's reach on either side
    most = int(cells * np.sqrt(np.log(1e8) / 2) / (np.pi * sigma))
    angle = (xy.T / 100 - 0.5) * (2 * np.pi / cells) - np.pi
    modes = nufft2d1(
        angle[1].copy(), angle[0].copy(), np.ones(len(xy), complex), (2 * most, 2 * most), eps=1e-8, isign=-1
    )
    order = np.arange(-most, most)
    gain = np.exp(-2 * (np.pi * order * sigma / cells) ** 2) * np.where(order % 2, -1, 1)
    padded = np.zeros((cells, cells), complex)
    padded[np.ix_(order, order)] = modes * gain[:, None] * gain * 100.0
    return np.fft.ifft2(padded).real[:1000, :1000]


# clusters


def _clusters() -> Iterator[Row]:
    xy, day = towns(100_000)
    for radius_m in (100, 200, 500):
        ours = cpu(partial(dbscan, xy, radius_m=radius_m, min_points=10))
        theirs = cpu(partial(DBSCAN(eps=radius_m, min_samples=10).fit, xy), calls=1)
        yield against(f"DBSCAN of 100,000 places, {radius_m} m", ours, "scikit-learn", theirs, "≥ 6×")
    for radius_m, window in ((200, 30), (500, 14)):
        ours = cpu(partial(space_time_dbscan, xy, day, radius_m=radius_m, window_days=window, min_points=5))
        theirs = cpu(partial(_graph_dbscan, xy, day, radius_m, window), calls=1)
        name = f"DBSCAN in time of 100,000 places, {radius_m} m, {window} of 1,096 days"
        yield against(name, ours, "scikit-learn, on its graph of neighbours", theirs, "≥ 6×")
    for name in ("dbscan", "space_time_dbscan"):
        yield Row(
            f"{name} of 1,000,000 places, 200 m, most memory", "", f"{peaks.measured(name):.0f} MB", asked="≤ 150 MB"
        )


def _graph_dbscan(xy: np.ndarray, day: np.ndarray, radius_m: float, window: int) -> object:
    graph = radius_neighbors_graph(xy, radius_m, include_self=True).tocoo()
    near = np.abs(day[graph.row] - day[graph.col]) <= window
    edges = csr_array((np.full(near.sum(), 0.5), (graph.row[near], graph.col[near])), shape=graph.shape)
    return DBSCAN(eps=1, min_samples=5, metric="precomputed").fit(edges)


# hot spots


def _hotspots(rng: np.random.Generator) -> Iterator[Row]:
    values = rng.poisson(0.1, 20_000).astype(float)
    near = within(np.argwhere(np.ones((200, 100))) * 500.0, radius_m=750)
    weights = WSP(near).to_W(silence_warnings=True)
    local = partial(G_Local, values, weights, star=True, transform="B")
    yield against(
        "Gi* of 20,000 cells, analytic", cpu(partial(gi_star, values, near)), "esda",
        cpu(partial(local, permutations=0), calls=1), "≥ 500×",
    )  # fmt: skip
    theirs = cpu(partial(local, permutations=999), calls=1)
    for pooled in (False, True):
        ours = cpu(partial(permutation_p, values, near, permutations=999, pooled=pooled, rng=rng), calls=1)
        yield against(f"Gi* of 20,000 cells, 999 permutations{', pooled' * pooled}", ours, "esda", theirs, "≥ 3×")
    yield from _flags(rng, near, local(permutations=999).p_sim, values)


def _flags(rng: np.random.Generator, near: csr_array, theirs: np.ndarray, values: np.ndarray) -> Iterator[Row]:
    def flagged(counts: np.ndarray) -> np.ndarray:
        return significant(permutation_p(counts, near, permutations=99, rng=rng))

    empty = np.flatnonzero(values + near @ values == 0)[:481]
    alone = permutation_p(values, near, permutations=999, pooled=False, rng=rng)
    both = (f"{(p[empty] <= 0.05).sum()} of {len(empty)}" for p in (alone, theirs))
    yield Row("cells with nothing around, flagged at p ≤ 0.05", "esda", *both, "", "0 of 481")
    chance = sum(flagged(rng.poisson(0.1, 20_000).astype(float)).any() for _ in range(40))
    yield Row("maps of pure chance with a cell flagged, pooled p and FDR", "", f"{chance} of 40", asked="≤ 2 of 40")
    planted = np.full((200, 100), 0.1)
    planted[95:105, 45:55] = 2.0
    found = flagged(rng.poisson(planted).ravel().astype(float)).reshape(planted.shape)[95:105, 45:55].sum()
    yield Row("cells found of a block of 100 with 20× the rate", "", f"{found} of 100", asked="≥ 80")


# scans


def _circles(rng: np.random.Generator) -> Iterator[Row]:
    xy, population = rng.uniform(0, 50_000, (2_000, 2)), rng.integers(200, 5_000, 2_000)
    count = rng.multinomial(5_000, population / population.sum())
    scan = partial(poisson_scan, count, population, xy, stop_early=False, rng=rng)
    ours = cpu(partial(scan, replications=999), calls=1) - cpu(partial(scan, replications=1), calls=1)
    order = np.argsort(cdist(xy, xy), axis=1)
    expected = np.cumsum(population[order], axis=1) * (5_000 / population.sum())
    longest = (expected <= 2_500).sum(axis=1).max()
    order, expected = order[:, :longest], np.where(expected <= 2_500, expected, np.inf)[:, :longest]

    def brute() -> float:
        drawn = np.cumsum(rng.multinomial(5_000, population / population.sum())[order], axis=1)
        return _strongest(drawn, expected, 5_000)

    yield against(
        "Poisson scan of 2,000 places, 50 %, a replica of 999",
        ours / 998,
        "numpy, all circles at once",
        cpu(brute),
        "≥ 100×",
    )


def _cylinders(rng: np.random.Generator) -> Iterator[Row]:
    name, case = "space-time scan, 2,000 places × 52 weeks, 5,000 cases", calls(rng, 5_000)
    ours = cpu(partial(scanned, case, 0.1), calls=1)
    yield against(f"{name}, 10 %, 999 replicas", ours, "SaTScan, as measured elsewhere", SATSCAN_S, "≥ 8×")
    yield against(
        f"{name}, 10 %, 999 replicas", ours, "numpy, centre by centre, of 2 replicas", 999 * _brute(case, rng)
    )
    wall = both(partial(scanned, case, 0.5), calls=1)
    yield Row(f"{name}, 50 %, 999 replicas, wall clock", "", wall, asked="≤ 10 s on 2 free cores")
    for share in (0.1, 0.5):
        quiet = both(partial(scanned, case, share, stop_early=True), calls=5)
        yield Row(f"{name}, {share:.0%}, quiet, early stop, wall clock", "", quiet, asked="≤ 1 s")
        peak = peaks.measured(f"scan at {share:.0%}")
        yield Row(f"{name}, {share:.0%}, most memory", "", f"{peak:.0f} MB", asked="≤ 60 MB")


def _brute(case: peaks.Case, rng: np.random.Generator) -> float:
    """CPU seconds of a replica in plain numpy."""
    away = np.argsort(cdist(case.xy, case.xy), axis=1)
    size = np.cumsum(np.bincount(case.location, minlength=len(case.xy))[away], axis=1)
    back = ((case.until - case.day).astype(int) - 1) // 7
    recent = np.cumsum(np.bincount(back, minlength=52))[:26]

    def replica() -> float:
        cells = case.location * 52 + rng.permutation(back)
        table = np.cumsum(np.bincount(cells, minlength=len(case.xy) * 52).reshape(-1, 52), axis=1)[:, :26]
        best = 0.0
        for centre, nearest in enumerate(away):
            inside = size[centre] <= 0.1 * len(back)
            expected = size[centre, inside, None] * recent / len(back)
            best = max(best, _strongest(np.cumsum(table[nearest[inside]], axis=0), expected, len(back)))
        return best

    return cpu(replica, calls=1)


def _strongest(observed: np.ndarray, expected: np.ndarray, total: int) -> float:
    """The greatest log-likelihood ratio of zones with two cases and more than expected."""
    with np.errstate(all="ignore"):
        rest = total - observed
        ratio = observed * np.log(observed / expected) + rest * np.log(rest / (total - expected))
    return float(ratio[(observed >= 2) & (observed > expected) & (rest > 0)].max(initial=0.0))
