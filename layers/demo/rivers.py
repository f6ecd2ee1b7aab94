"""The rivers of the demo city: one line from mouth to source for each stream that drains enough land."""

from dataclasses import dataclass

import numpy as np
import shapely

from layers.demo.terrain import Floats, Ints, Terrain, length

LEAST_KM2 = 40.0
BANK_M = 140.0


@dataclass(frozen=True, kw_only=True)
class Rivers:
    """Lines in metres, the greatest river first, and the land each drains at its mouth."""

    lines: np.typing.NDArray[np.object_]
    drained_km2: Floats


def streams(land: Terrain) -> Rivers:
    """Every stream of the city that drains 40 km²; at a confluence the greater one goes on.

    Rivers run beside the middle of the valley, on one side all the way, because roads take the middle.
    """
    flowing = land.inside & (land.drained_km2 >= LEAST_KM2)
    upstream = _main_upstream(land, np.flatnonzero(flowing))
    starts = np.flatnonzero(
        flowing & ((upstream[land.downstream] != np.arange(len(flowing))) | ~flowing[land.downstream])
    )
    starts = starts[np.argsort(-land.drained_km2[starts], kind="stable")]
    xy = _beside_the_valley(land, upstream)
    lines = [smooth(xy[_stem(cell, land.downstream, upstream)]) for cell in starts.tolist()]
    return Rivers(lines=np.array(lines, dtype=object), drained_km2=land.drained_km2[starts])


def smooth(xy: Floats) -> shapely.LineString:
    """A curve through all the points (Catmull-Rom, three steps from each to the next)."""
    padded = np.vstack([2 * xy[0] - xy[1], xy, 2 * xy[-1] - xy[-2]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    steps = np.arange(3)[:, None, None] / 3
    curve = 0.5 * (
        2 * start
        + (end - before) * steps
        + (2 * before - 5 * start + 4 * end - after) * steps**2
        + (3 * start - before - 3 * end + after) * steps**3
    )
    return shapely.LineString(np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), xy[-1:]]))


def _main_upstream(land: Terrain, cells: Ints) -> Ints:
    """For each cell the one of ``cells`` that brings it most water, −1 for none."""
    upstream = np.full(len(land.downstream), -1)
    rising = cells[np.argsort(land.drained_km2[cells], kind="stable")]
    upstream[land.downstream[rising]] = rising
    return upstream


def _stem(cell: int, downstream: Ints, upstream: Ints) -> list[int]:
    """From the confluence up along the main stream to the source."""
    stem = [int(downstream[cell]), cell]
    while upstream[cell] >= 0:
        cell = int(upstream[cell])
        stem.append(cell)
    return stem


def _beside_the_valley(land: Terrain, upstream: Ints) -> Floats:
    """Every cell's point on the river: eased along the stream, then one bank's width to its left."""
    xy = land.mesh.xy
    below, above = xy[land.downstream], np.where(upstream[:, None] >= 0, xy[upstream], xy)
    flow = below - above
    flow /= length(flow)[:, None].clip(1.0)
    return (2 * xy + below + above) / 4 + BANK_M * np.column_stack([-flow[:, 1], flow[:, 0]])
