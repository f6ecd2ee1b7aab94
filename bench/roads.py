"""Travel times on 100,000 crossings against plain scipy, and the plan that sends 33 targets three agencies each."""

import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from bench.table import Row, against
from gis.roads import RoadNetwork, travel_minutes
from gis.strike import assign

SIDE, PLACES, TARGETS, AGENCIES, TIMES = 316, 100, 33, ("公安", "市场监管", "综治"), 3


def rows(_run: object = None) -> Iterator[Row]:
    """Two rows; the streets come in random order, as in a file, and the peer numbers crossings as they come."""
    rng = np.random.default_rng(9)
    lines, speed = _streets(rng)
    network = RoadNetwork.from_lines(lines, speed_kmh=speed)
    nodes, graph = _as_they_come(lines, speed)
    start, end = (rng.choice(len(nodes), PLACES, replace=False) for _ in range(2))
    travel_minutes(network, nodes[start[:1]], nodes[end[:1]])  # compiled
    ours, theirs, apart = [], [], 0.0
    for _ in range(TIMES):
        began = time.process_time()
        found = travel_minutes(network, nodes[start], nodes[end])
        ours.append(time.process_time() - began)
        began = time.process_time()
        plain = dijkstra(graph, indices=start)[:, end]
        theirs.append(time.process_time() - began)
        apart = max(apart, float(np.abs(found - plain).max()))
    what = f"travel times, {PLACES} × {PLACES} on {len(nodes):,} crossings ({apart:.0e} min apart)"
    yield against(what, min(ours), "plain `scipy.sparse.csgraph.dijkstra`", min(theirs), "≥ 1.5×")
    travel, teams = rng.uniform(5, 90, (TARGETS * len(AGENCIES) + 9, TARGETS)), [*AGENCIES] * (TARGETS + 3)
    assign(travel, agencies=teams)
    began = time.perf_counter()
    assign(travel, agencies=teams)
    took = f"{1000 * (time.perf_counter() - began):.1f} ms"
    yield Row(f"plan for {TARGETS} targets and {len(AGENCIES)} agencies", ours=took, asked="≤ 50 ms")


def _streets(rng: np.random.Generator) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    x, y = np.meshgrid(np.arange(SIDE) * 100.0, np.arange(SIDE) * 100.0)
    xy = np.stack([x, y], axis=-1) + rng.uniform(-30, 30, (SIDE, SIDE, 2))
    along = np.stack([xy[:, :-1], xy[:, 1:]], axis=2).reshape(-1, 2, 2)
    across = np.stack([xy[:-1], xy[1:]], axis=2).reshape(-1, 2, 2)
    lines = np.asarray(shapely.linestrings(np.concatenate([along, across])))
    return rng.permutation(lines), rng.uniform(15, 80, len(lines))


def _as_they_come(
    lines: npt.NDArray[np.object_], speed: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], csr_array]:
    xy = shapely.get_coordinates(lines)
    _, first, number = np.unique(xy, axis=0, return_index=True, return_inverse=True)
    come = np.argsort(np.argsort(first))[number].reshape(-1, 2)
    minutes = shapely.length(lines) * 0.06 / speed
    row, column = np.concatenate([come, come[:, ::-1]]).T
    size = len(first)
    return xy[np.sort(first)], csr_array((np.concatenate([minutes, minutes]), (row, column)), shape=(size, size))
