"""The land of the demo city: a mesh of cells, the rivers that drain it, and the heights that follow from them.

Everything is in metres east and north of the middle of the city; ``degrees`` turns that into EPSG:4490.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyproj
from scipy import ndimage, sparse
from scipy.sparse import csgraph
from scipy.spatial import Voronoi, cKDTree

Floats = np.typing.NDArray[np.float64]
Ints = np.typing.NDArray[np.int64]
Flags = np.typing.NDArray[np.bool_]

MIDDLE = (118.15, 27.3)
SPACING_M = 800.0
CELL_KM2 = SPACING_M**2 * np.sqrt(0.75) / 1e6
METRIC_CRS = "EPSG:4548"
NOBODY: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Voronoi cells: their points, the pairs of neighbours, and for each pair the two corners of their border.

    ``wide`` marks the borders of at least a metre; over the others no way leads from cell to cell.
    """

    xy: Floats
    pairs: Ints
    borders: Ints
    corners: Floats
    wide: Flags

    @property
    def length_m(self) -> Floats:
        """The distance between the two points of each pair."""
        return length(self.xy[self.pairs[:, 0]] - self.xy[self.pairs[:, 1]])


@dataclass(frozen=True, kw_only=True)
class Terrain:
    """The open land, cell by cell: where its water flows, the area it drains, its height, whether it is in the city."""

    mesh: Mesh
    downstream: Ints
    drained_km2: Floats
    height_m: Floats
    inside: Flags


def land(rng: np.random.Generator) -> Terrain:
    """A land of one great river tree, whose city limits run along its watersheds."""
    radius_m = _outline(rng)
    mesh = voronoi_mesh(_scatter(rng, radius_m))
    downstream, order = _drainage(mesh, _depth(mesh.xy, radius_m), rng)
    drained = _drained(downstream, order)
    height = _heights(mesh, downstream, order, drained)
    inside = _city_limits(mesh, height, radius_m)
    return Terrain(mesh=mesh, downstream=downstream, drained_km2=drained, height_m=height, inside=inside)


def degrees(xy: Floats, *, decimals: int = 6) -> Floats:
    """Longitude and latitude of metric points, (n, 2), rounded (6 decimals are 0.1 m)."""
    west, south = _to_degrees().transform(*MIDDLE, direction="INVERSE")
    lon, lat = _to_degrees().transform(xy[:, 0] + west, xy[:, 1] + south)
    return np.round(np.column_stack([lon, lat]), decimals)


@cache
def _to_degrees() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(METRIC_CRS, "EPSG:4490", always_xy=True)


def length(vectors: Floats) -> Floats:
    """The length of each row."""
    metres: Floats = np.hypot(vectors[:, 0], vectors[:, 1])
    return metres


def voronoi_mesh(xy: Floats) -> Mesh:
    """The Voronoi cells of the points, with those borders that have two ends."""
    diagram = Voronoi(xy)
    borders = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    pairs = np.asarray(diagram.ridge_points, dtype=np.int64)
    bounded = (borders >= 0).all(axis=1)
    pairs, borders = pairs[bounded], borders[bounded]
    ends = diagram.vertices[borders]
    wide = length(ends[:, 0] - ends[:, 1]) >= 1.0
    return Mesh(xy=xy, pairs=pairs, borders=borders, corners=diagram.vertices, wide=wide)


def graph(mesh: Mesh, cost: Floats, usable: Flags | None = None) -> sparse.csr_array:
    """The symmetric graph of neighbouring cells at that cost, of the pairs ``usable`` only."""
    usable = mesh.wide if usable is None else usable & mesh.wide
    a, b = mesh.pairs[usable].T
    weights = np.concatenate([cost[usable], cost[usable]])
    return sparse.csr_array((weights, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(len(mesh.xy),) * 2)


def nearest_source(links: sparse.csr_array, sources: Ints) -> tuple[Floats, Ints, Ints]:
    """Cost to the nearest source, the next cell on the way there (negative at a source), and the source cell."""
    cost, towards, source = csgraph.dijkstra(links, indices=sources, min_only=True, return_predecessors=True)
    return cost, towards.astype(np.int64), source.astype(np.int64)


def noise(xy: Floats, rng: np.random.Generator, *, scale_m: float) -> Floats:
    """Smooth random values of mean 0 and deviation 1 at the points."""
    side = int(400_000 / scale_m) + 1
    field = ndimage.gaussian_filter(rng.normal(size=(side, side)), 1.0, mode="wrap")
    values: Floats = ndimage.map_coordinates(field, xy.T / scale_m + side / 2, order=1, mode="wrap")
    return values / float(field.std())


def spread(xy: Floats, candidates: Ints, radius_m: Floats, taken: Ints = NOBODY) -> Ints:
    """Those candidates, in their order, that lie at least their own radius from every earlier or ``taken`` one."""
    tree = cKDTree(xy[candidates])
    free = np.ones(len(candidates), dtype=bool)
    for cell in taken.tolist():
        free[tree.query_ball_point(xy[cell], radius_m[cell])] = False
    chosen = []
    for position, cell in enumerate(candidates.tolist()):
        if free[position]:
            chosen.append(cell)
            free[tree.query_ball_point(xy[cell], radius_m[cell])] = False
    return np.array(chosen, dtype=np.int64)


def spread_exactly(number: int, xy: Floats, candidates: Ints, radius_m: Floats, taken: Ints = NOBODY) -> Ints:
    """``number`` candidates spread as widely as that allows: radii shrink until there are enough."""
    chosen = NOBODY
    while len(chosen) < number:
        chosen = spread(xy, candidates, radius_m, taken)
        radius_m = radius_m * 0.97
    return chosen[:number]


def by_weight(cells: Ints, weight: Floats, rng: np.random.Generator) -> Ints:
    """The cells in random order, the heavier the likelier early (weights of the cells themselves)."""
    return cells[np.argsort(-(np.log(weight[cells]) + rng.gumbel(size=len(cells))), kind="stable")]


def _outline(rng: np.random.Generator) -> Floats:
    """Radius of the city by direction, one per degree: an oval with a few bays, 20,000 km² in all."""
    angle = np.radians(np.arange(360))
    turn = rng.uniform(0, np.pi)
    radius = 1 + 0.12 * np.cos(2 * (angle - turn))
    for wave in range(3, 25):
        radius += 0.26 / wave * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    radius *= np.sqrt(20_000e6 / (np.pi * (radius**2).mean()))
    room = np.minimum(100_000 / np.abs(np.cos(angle)).clip(1e-9), 107_000 / np.abs(np.sin(angle)).clip(1e-9))
    return np.minimum(radius, room)


def _depth(xy: Floats, radius_m: Floats) -> Floats:
    """How far inside the outline each point lies; negative outside."""
    angle = np.degrees(np.arctan2(xy[:, 1], xy[:, 0])) % 360
    limit: Floats = np.interp(angle, np.arange(361), np.append(radius_m, radius_m[0]))
    return limit - length(xy)


def _scatter(rng: np.random.Generator, radius_m: Floats) -> Floats:
    """A hexagonal grid over the city and 14 km around it, each point moved a little."""
    reach = np.arange(-135_000, 135_000, SPACING_M)
    x, y = np.meshgrid(reach, reach * np.sqrt(0.75))
    x[1::2] += SPACING_M / 2
    xy = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-0.32, 0.32, (x.size, 2)) * SPACING_M
    return xy[_depth(xy, radius_m) > -14_000]


def _drainage(mesh: Mesh, depth_m: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """The cell each cell's water flows to (a mouth: itself), and the cells from the mouths upwards.

    Water takes the cheapest way to the mouth in the south-east over ground of random hardness, which makes dendritic
    valleys. Around the city the ground is hard and ends in mouths of its own, so that a divide lies near the limits.
    """
    a, b = mesh.pairs.T
    hardness = noise(mesh.xy, rng, scale_m=9_000) + 0.8 * rng.normal(size=len(mesh.xy))
    hardness += np.where(depth_m < 0, 4.5, 0.0)
    cost = mesh.length_m * np.exp(0.55 * (hardness[a] + hardness[b]))
    mouth = np.argmax(np.where(depth_m > 0, mesh.xy @ [0.8, -1.0], -np.inf))
    mouths = np.append(np.flatnonzero(depth_m < -11_000), mouth)
    distance, downstream, _ = nearest_source(graph(mesh, cost), mouths)
    downstream[mouths] = mouths
    return downstream, np.argsort(distance, kind="stable")


def _drained(downstream: Ints, order: Ints) -> Floats:
    """The area from which water comes through each cell, its own with it."""
    total = np.full(len(downstream), CELL_KM2)
    for cell in order[::-1].tolist():
        if downstream[cell] != cell:
            total[downstream[cell]] += total[cell]
    return total


def _heights(mesh: Mesh, downstream: Ints, order: Ints, drained_km2: Floats) -> Floats:
    """Heights that rise upstream, the steeper the smaller the stream (Flint's law, exponent 0.45)."""
    run = length(mesh.xy - mesh.xy[downstream])
    rise = run * 0.11 * (drained_km2 / CELL_KM2) ** -0.45
    height = np.zeros(len(downstream))
    for cell in order.tolist():
        height[cell] = height[downstream[cell]] + rise[cell]
    return height


def climb_cost(mesh: Mesh, height_m: Floats) -> Floats:
    """What it costs to go from cell to cell: the way, and much more for every metre up or down."""
    a, b = mesh.pairs.T
    climb: Floats = np.abs(height_m[a] - height_m[b])
    return mesh.length_m + 12 * climb


def _city_limits(mesh: Mesh, height_m: Floats, radius_m: Floats) -> Flags:
    """Cells of the city: within 8 km of the outline the watershed decides."""
    depth = _depth(mesh.xy, radius_m)
    settled = np.flatnonzero(np.abs(depth) > 8_000)
    _, _, source = nearest_source(graph(mesh, climb_cost(mesh, height_m)), settled)
    return depth[source] > 0
