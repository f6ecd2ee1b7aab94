"""Where the towns of the demo city lie, and the fine ground under them: blocks of 100 m in the open land's cells."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from layers.demo.rivers import Rivers
from layers.demo.terrain import Flags, Floats, Ints, Mesh, Terrain, by_weight, spread_exactly, voronoi_mesh

COUNTIES = 10
TOWNSHIPS = 140
COUNTY_TOWN_KM2 = np.array([21.0, 13.0, 10.0, 8.0, 7.0, 6.0, 5.5, 5.0, 4.5, 4.0])
STREETS = np.array([5, 3, 3, 2, 2, 2, 1, 1, 1, 1])
BLOCK_M = 100.0
STRETCH = 1.9


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The land with its towns: one cell per block in a town, larger ones outside.

    ``town`` is the number of the town a cell is a block of, −1 in the open land; ``along`` and ``across`` count blocks
    from the town's middle, along the river and across it; ``edge`` is 0 in the middle and 1 at the town's rim.
    ``seats`` are the middles of the towns; the first ``COUNTIES`` are county towns, the greatest first.
    """

    mesh: Mesh
    height_m: Floats
    drained_km2: Floats
    inside: Flags
    town: Ints
    along: Ints
    across: Ints
    edge: Floats
    seats: Ints
    size_km2: Floats


def ground(land: Terrain, streams: Rivers, rng: np.random.Generator) -> Ground:
    """The land with 10 county towns and the seats of the other townships, all in valleys."""
    seats = _seats(land, rng)
    size = np.concatenate([COUNTY_TOWN_KM2, rng.lognormal(np.log(0.5), 0.5, len(seats) - COUNTIES).clip(0.2, 1.6)])
    blocks = [_blocks(town, land, seats[town], size[town], rng) for town in range(len(seats))]
    town, along, across, edge, xy = (np.concatenate(part) for part in zip(*blocks, strict=True))
    dry = _dry(xy, streams) | ((along == 0) & (across == 0))
    town, along, across, edge, xy = town[dry], along[dry], across[dry], edge[dry], xy[dry]
    kept = np.flatnonzero((_away(land.mesh.xy, xy) > 500) & (_away(land.mesh.xy, land.mesh.xy[land.inside]) < 5_000))
    home, count = seats[town], len(kept)
    return Ground(
        mesh=voronoi_mesh(np.vstack([land.mesh.xy[kept], xy])),
        height_m=np.concatenate([land.height_m[kept], land.height_m[home]]),
        drained_km2=np.concatenate([land.drained_km2[kept], np.ones(len(xy))]),
        inside=np.concatenate([land.inside[kept], np.ones(len(xy), dtype=bool)]),
        town=np.concatenate([np.full(count, -1), town]),
        along=np.concatenate([np.zeros(count, dtype=np.int64), along]),
        across=np.concatenate([np.zeros(count, dtype=np.int64), across]),
        edge=np.concatenate([np.ones(count), edge]),
        seats=count + np.flatnonzero((along == 0) & (across == 0)),
        size_km2=size,
    )


def _seats(land: Terrain, rng: np.random.Generator) -> Ints:
    """Cells of the county towns, on great rivers and far apart, then of the other townships, on streams."""
    xy = land.mesh.xy
    rim = _away(xy, xy[~land.inside])
    radius = np.full(len(xy), 45_000.0)
    on_river = np.flatnonzero(land.inside & (land.drained_km2 > 250) & (rim > 9_000))
    counties = spread_exactly(COUNTIES, xy, by_weight(on_river, np.sqrt(land.drained_km2), rng), radius)
    counties = counties[np.argsort(-land.drained_km2[counties], kind="stable")]
    on_stream = np.flatnonzero(land.inside & (land.drained_km2 > 15) & (rim > 2_500))
    others = TOWNSHIPS - int(STREETS.sum())
    radius = np.full(len(xy), 12_000.0)
    candidates = by_weight(on_stream, np.sqrt(land.drained_km2), rng)
    return np.concatenate([counties, spread_exactly(others, xy, candidates, radius, counties)])


def _blocks(
    town: int, land: Terrain, seat: int, size_km2: float, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Town number, blocks along and across, distance to the rim (0–1) and point of each block of one town."""
    long_m = np.sqrt(size_km2 * 1e6 * STRETCH / np.pi)
    reach = int(1.4 * long_m / BLOCK_M) + 1
    along, across = (grid.ravel() for grid in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    angle = np.arctan2(across * STRETCH, along)
    wave = sum(0.12 * np.cos(n * angle + rng.uniform(0, 2 * np.pi)) for n in (2, 3, 5, 7))
    edge = np.hypot(along, across * STRETCH) * BLOCK_M / (long_m * (1 + wave))
    kept = edge <= 1
    along, across, edge = along[kept], across[kept], edge[kept]
    turn = _valley(land, seat)
    east = along * np.cos(turn) - across * np.sin(turn)
    north = along * np.sin(turn) + across * np.cos(turn)
    xy = land.mesh.xy[seat] + BLOCK_M * np.column_stack([east, north])
    return np.full(len(along), town), along, across, edge, xy


def _valley(land: Terrain, seat: int) -> float:
    """The direction in which the water leaves the town over its next three cells."""
    below = seat
    for _ in range(3):
        below = int(land.downstream[below])
    east, north = land.mesh.xy[below] - land.mesh.xy[seat]
    return float(np.arctan2(north, east))


def _away(xy: Floats, others: Floats) -> Floats:
    """The distance from each point to the nearest of the others."""
    distance, _ = cKDTree(others).query(xy)
    return np.asarray(distance, dtype=np.float64)


def _dry(xy: Floats, streams: Rivers) -> Flags:
    """Blocks not in the bed of a river."""
    dry = np.ones(len(xy), dtype=bool)
    points = np.asarray(shapely.points(xy), dtype=object)
    _, wet = shapely.STRtree(points).query(streams.lines, predicate="dwithin", distance=60 + streams.drained_km2**0.5)
    dry[wet] = False
    return dry
