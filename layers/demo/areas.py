"""Who lives where on paper: counties, townships and communities of the demo city as labels of the ground's cells."""

from dataclasses import dataclass

import numpy as np

from layers.demo.terrain import Floats, Ints, by_weight, climb_cost, graph, nearest_source, spread, spread_exactly
from layers.demo.towns import COUNTIES, STREETS, Ground

COMMUNITIES = 2000


@dataclass(frozen=True, kw_only=True)
class Division:
    """The tree of areas by position, and the community of each cell (−1 outside the city).

    ``seeds`` is the cell a community grew from; ``township`` its township and ``county`` each township's county.
    ``seats`` is the cell of each township's seat; ``town`` the number of the town it sits in.
    """

    community: Ints
    seeds: Ints
    township: Ints
    county: Ints
    seats: Ints
    town: Ints


def divide(ground: Ground, rng: np.random.Generator) -> Division:
    """Counties grow from their towns over the cheapest ground, townships within counties, communities within townships.

    So each area is one piece, its borders run along watersheds, and each is exactly the sum of its children.
    """
    seats = np.concatenate([ground.seats, _street_seats(ground)])
    county = _grow(ground, seats[:COUNTIES], np.where(ground.inside, 0, -1))
    township = _grow(ground, seats, county)
    seeds = np.concatenate([seats, _community_seeds(ground, seats, rng)])
    community = _grow(ground, seeds, township)
    return Division(
        community=community,
        seeds=seeds,
        township=township[seeds],
        county=county[seats],
        seats=seats,
        town=ground.town[seats],
    )


def _grow(ground: Ground, seeds: Ints, parent: Ints) -> Ints:
    """The position of the cheapest seed to reach from each cell without leaving its parent; −1 outside the city."""
    a, b = ground.mesh.pairs.T
    kept = (parent[a] == parent[b]) & (parent[a] >= 0)
    _, _, source = nearest_source(graph(ground.mesh, climb_cost(ground.mesh, ground.height_m), kept), seeds)
    position = np.full(len(parent) + 1, -1)
    position[seeds] = np.arange(len(seeds))
    return position[np.where(source >= 0, source, len(parent))]


def _street_seats(ground: Ground) -> Ints:
    """Middles of the further street offices of the greater county towns, spread along the town."""
    seats = []
    for town, extra in enumerate((STREETS - 1).tolist()):
        cells = np.flatnonzero(ground.town == town)
        for place in range(extra):
            side = -1 if place % 2 else 1
            wanted = side * (0.35 + 0.2 * (place // 2)) * ground.along[cells].max()
            seats.append(
                cells[np.argmin(np.abs(ground.along[cells] - wanted) + np.abs(ground.across[cells] - 2 * side))]
            )
    return np.array(seats, dtype=np.int64)


def _community_seeds(ground: Ground, seats: Ints, rng: np.random.Generator) -> Ints:
    """The other communities: close in towns, wide in the mountains, villages on streams."""
    xy = ground.mesh.xy
    radius = _room_m(ground)
    blocks = rng.permutation(np.flatnonzero(ground.town >= 0))
    urban = spread(xy, blocks, radius, seats)
    streams = np.flatnonzero(ground.inside & (ground.town < 0) & (ground.drained_km2 > 1.5))
    order = by_weight(streams, ground.drained_km2**0.25, rng)
    taken = np.concatenate([seats, urban])
    rural = spread_exactly(COMMUNITIES - len(taken), xy, order, radius, taken)
    return np.concatenate([urban, rural])


def _room_m(ground: Ground) -> Floats:
    """How far apart communities lie: 450 to 900 m in county towns, one or two to a market town, 2 to 4 km outside."""
    county_town = 450 + 450 * ground.edge
    rural = 3_000 * ground.drained_km2.clip(1.0, 1_000.0) ** -0.06 * (1 + ground.height_m / 2_500)
    return np.where(ground.town < 0, rural, np.where(ground.town < COUNTIES, county_town, 800.0))
