"""The road network of the demo city: trunk roads between county towns, county roads, village roads and streets."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import shapely
from scipy.sparse import coo_array, csgraph

from layers.demo.areas import Division
from layers.demo.names import Texts, street_names
from layers.demo.rivers import smooth
from layers.demo.terrain import Flags, Floats, Ints, climb_cost, graph, length, nearest_source
from layers.demo.towns import COUNTIES, Ground

CLASSES = ("trunk", "secondary", "residential", "tertiary")
SPEED_KMH = (70.0, 50.0, 40.0, 30.0)
TRUNK, COUNTY, STREET, VILLAGE = range(4)


@dataclass(frozen=True, kw_only=True)
class Roads:
    """Road lines in metres that meet only at their ends, with class (a position in ``CLASSES``) and name."""

    lines: np.typing.NDArray[np.object_]
    rank: Ints
    name: np.typing.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Pieces of road from cell to cell."""

    ends: Ints
    rank: Ints
    name: np.typing.NDArray[np.object_]

    def only(self, marked: Flags) -> Self:
        """The pieces marked."""
        return replace(self, ends=self.ends[marked], rank=self.rank[marked], name=self.name[marked])


def network(ground: Ground, division: Division, township: Texts, community: Texts, rng: np.random.Generator) -> Roads:
    """One connected network. ``township`` and ``community`` are short names that the roads take theirs from."""
    streets = _street_pairs(ground)
    cost, towards, source = nearest_source(
        graph(ground.mesh, _cost(ground, streets), _both_inside(ground)), division.seats
    )
    ways = _ways_between_seats(ground, division, cost, source)
    kept, trunk = _choose(ways, len(division.seats))
    parts = [
        *_highways(ways, kept, trunk, towards, township),
        _village_roads(division, towards, community),
        _streets(ground, streets, rng),
    ]
    return _lines(ground, _connected(_joined(parts), len(source)), division)


@dataclass(frozen=True, kw_only=True)
class _Ways:
    """Cheapest way between neighbouring seats: the two seats, its cost, and the two cells where their lands meet."""

    seats: Ints
    cost: Floats
    cells: Ints


def _both_inside(ground: Ground) -> Flags:
    return np.asarray(ground.inside[ground.mesh.pairs].all(axis=1))


def _street_pairs(ground: Ground) -> Ints:
    """For each pair of cells: 1 a street along the town, 2 one across, 3 and 4 the main streets, 0 none."""
    a, b = ground.mesh.pairs.T
    same = (ground.town[a] >= 0) & (ground.town[a] == ground.town[b])
    steps = np.abs(ground.along[a] - ground.along[b]), np.abs(ground.across[a] - ground.across[b])
    along = same & (steps[0] == 1) & (steps[1] == 0) & (ground.across[a] % 2 == 0)
    across = same & (steps[1] == 1) & (steps[0] == 0) & (ground.along[a] % 2 == 0)
    main = np.where(along, ground.across[a] == 0, ground.along[a] == 0)
    return np.asarray(along + 2 * across + 2 * (main & (along | across)), dtype=np.int64)


def _cost(ground: Ground, streets: Ints) -> Floats:
    """What a road costs: steep ground much; in towns it takes streets, the main ones first."""
    a, b = ground.mesh.pairs.T
    in_town = (ground.town[a] >= 0) & (ground.town[b] >= 0)
    factor: Floats = np.select([streets >= 3, streets >= 1, in_town], [0.4, 0.7, 1.6], 1.0)
    return climb_cost(ground.mesh, ground.height_m) * factor


def _ways_between_seats(ground: Ground, division: Division, cost: Floats, source: Ints) -> _Ways:
    position = np.zeros(len(source), dtype=np.int64)
    position[division.seats] = np.arange(len(division.seats))
    pairs = ground.mesh.pairs[_both_inside(ground) & ground.mesh.wide]
    pairs = pairs[source[pairs[:, 0]] != source[pairs[:, 1]]]
    seats = position[source[pairs]]
    pairs = np.where((seats[:, :1] > seats[:, 1:]), pairs[:, ::-1], pairs)
    seats = np.sort(seats, axis=1)
    total = cost[pairs].sum(axis=1) + length(ground.mesh.xy[pairs[:, 0]] - ground.mesh.xy[pairs[:, 1]])
    order = np.lexsort((total, seats[:, 1], seats[:, 0]))
    first = order[np.append(True, (np.diff(seats[order], axis=0) != 0).any(axis=1))]
    return _Ways(seats=seats[first], cost=total[first], cells=pairs[first])


def _choose(ways: _Ways, seats: int) -> tuple[Flags, Flags]:
    """Which ways become roads and which of them trunk roads: each county town reaches the next ones on trunk roads."""
    a, b = ways.seats.T
    far = np.full((seats, seats), np.inf)
    far[a, b] = far[b, a] = ways.cost
    kept = _relative_neighbours(csgraph.shortest_path(np.where(np.isinf(far), 0, far)))[a, b]
    network = coo_array((ways.cost[kept], (a[kept], b[kept])), shape=(seats, seats))
    towns = np.arange(COUNTIES)
    distance, before = csgraph.shortest_path(network, directed=False, return_predecessors=True, indices=towns)
    trunk = np.zeros((seats, seats), dtype=bool)
    for start, end in np.argwhere(np.triu(_relative_neighbours(distance[:, :COUNTIES]))).tolist():
        way = _way_home(end, before[start])
        trunk[way[:-1], way[1:]] = True
    return kept, (trunk | trunk.T)[a, b]


def _relative_neighbours(distance: Floats) -> Flags:
    """Pairs that have no third one nearer to both: few, but all connected."""
    third = np.maximum(distance[:, :, None], distance[:, None, :]).min(axis=0)
    return np.asarray(third >= distance) & ~np.eye(len(distance), dtype=bool)


def _highways(ways: _Ways, used: Flags, trunk: Flags, towards: Ints, township: Texts) -> list[Edges]:
    """Trunk and county roads, each named after the two places it joins."""
    parts = []
    for way in np.flatnonzero(used).tolist():
        one, other = township[ways.seats[way]].tolist()
        a, b = ways.cells[way].tolist()
        chain = np.array(_way_home(a, towards)[::-1] + _way_home(b, towards))
        name = f"{one[0]}{other[0]}{'线' if trunk[way] else '公路'}"
        parts.append(_edges(np.column_stack([chain[:-1], chain[1:]]), TRUNK if trunk[way] else COUNTY, name))
    return parts


def _way_home(cell: int, towards: Ints) -> list[int]:
    way = [cell]
    while towards[way[-1]] >= 0:
        way.append(int(towards[way[-1]]))
    return way


def _village_roads(division: Division, towards: Ints, community: Texts) -> Edges:
    """From each community the way to its seat, as far as no other road is met."""
    met: dict[int, str] = {}
    for seed, name in zip(division.seeds.tolist(), community.tolist(), strict=True):
        cell = seed
        while towards[cell] >= 0 and cell not in met:
            met[cell] = f"{name}路"
            cell = int(towards[cell])
    cells = np.array(list(met))
    return _edges(np.column_stack([cells, towards[cells]]), VILLAGE, np.array(list(met.values()), dtype=object))


def _streets(ground: Ground, streets: Ints, rng: np.random.Generator) -> Edges:
    """All streets; those of one row or column of a town's blocks share a name."""
    pairs = np.flatnonzero(streets)
    cell = ground.mesh.pairs[pairs, 0]
    along = streets[pairs] % 2 == 1
    line = np.column_stack([ground.town[cell], along, np.where(along, ground.across[cell], ground.along[cell])])
    lines, place = np.unique(line, axis=0, return_inverse=True)
    name = np.empty(len(lines), dtype=object)
    for town in range(int(lines[:, 0].max()) + 1):
        rows = np.flatnonzero(lines[:, 0] == town)
        ending = np.where(lines[rows, 1] == 1, "路", "街")
        name[rows] = np.char.add(street_names(rng, len(rows)), ending)
    return _edges(ground.mesh.pairs[pairs], STREET, name[place])


def _edges(ends: Ints, rank: int, name: object) -> Edges:
    return Edges(
        ends=ends, rank=np.full(len(ends), rank), name=np.broadcast_to(np.asarray(name, dtype=object), len(ends))
    )


def _joined(parts: list[Edges]) -> Edges:
    """Every piece once, of its highest class; a road through a town bears the street's name."""
    ends = np.sort(np.concatenate([part.ends for part in parts]), axis=1)
    rank = np.concatenate([part.rank for part in parts])
    name = np.concatenate([part.name for part in parts])
    order = np.lexsort((rank, ends[:, 1], ends[:, 0]))
    new = np.append(True, (np.diff(ends[order], axis=0) != 0).any(axis=1))
    group = np.cumsum(new) - 1
    named_by = order[new]
    street = rank[order] == STREET
    named_by[group[street]] = order[street]
    return Edges(ends=ends[order[new]], rank=rank[order[new]], name=name[named_by])


def _connected(edges: Edges, cells: int) -> Edges:
    """The pieces of the greatest connected network."""
    links = coo_array((np.ones(len(edges.ends)), tuple(edges.ends.T)), shape=(cells, cells))
    _, part = csgraph.connected_components(links, directed=False)
    main = np.bincount(part[edges.ends[:, 0]]).argmax()
    return edges.only(part[edges.ends[:, 0]] == main)


def _lines(ground: Ground, edges: Edges, division: Division) -> Roads:
    """The pieces merged from junction to junction."""
    at: dict[int, list[int]] = defaultdict(list)
    for edge, (a, b) in enumerate(edges.ends.tolist()):
        at[a].append(edge)
        at[b].append(edge)
    kind = list(zip(edges.rank.tolist(), edges.name.tolist(), strict=True))
    seats = set(division.seats.tolist())
    stops = {cell for cell, meet in at.items() if len(meet) != 2 or kind[meet[0]] != kind[meet[1]] or cell in seats}
    chains, first = _chains(edges.ends.tolist(), at, stops)
    xy = _eased(ground, edges, stops)
    lines = [_line(xy[chain], ground.town[chain]) for chain in chains]
    return Roads(lines=np.array(lines, dtype=object), rank=edges.rank[first], name=edges.name[first])


def _chains(ends: list[list[int]], at: dict[int, list[int]], stops: set[int]) -> tuple[list[list[int]], list[int]]:
    """Cells of each road from stop to stop, and one piece of it."""
    chains, first, done = [], [], set()
    for stop in sorted(stops):
        for edge in at[stop]:
            if edge in done:
                continue
            chain, step = [stop], edge
            first.append(edge)
            while True:
                done.add(step)
                a, b = ends[step]
                chain.append(b if chain[-1] == a else a)
                if chain[-1] in stops:
                    break
                step = next(other for other in at[chain[-1]] if other != step)
            chains.append(chain)
    return chains, first


def _eased(ground: Ground, edges: Edges, stops: set[int]) -> Floats:
    """Points of the cells; those of a road in the open land, but junctions, half way to the middle of the next two."""
    xy = ground.mesh.xy.copy()
    one, other = np.concatenate([edges.ends, edges.ends[:, ::-1]]).T
    middle = np.column_stack([np.bincount(one, xy[other, axis], len(xy)) for axis in (0, 1)]) / 2
    bent = np.unique(one)
    bent = bent[(ground.town[bent] < 0) & ~np.isin(bent, list(stops))]
    xy[bent] = (xy[bent] + middle[bent]) / 2
    return xy


def _line(xy: Floats, town: Ints) -> shapely.LineString:
    if (town >= 0).all():
        return shapely.simplify(shapely.LineString(xy), 0.5)
    return smooth(xy)
