"""Vector tiles of 120,000 rental units on a walk over the map."""

from collections.abc import Iterator

import numpy as np
import shapely

from bench import load, running
from bench.demo import Run
from bench.table import Row
from layers import read
from layers.actor import LOCAL
from layers.database import transaction

STEPS, NEW_PLACE_EVERY = 1500, 50
NEAREST, FURTHEST = 16, 8
CONNECTIONS = 6  # a browser's


def rows(run: Run) -> Iterator[Row]:
    """Each tile of the walk once from the database, then all of them again from what the service kept."""
    with transaction(run.city.engine, LOCAL) as connection:
        lonlat = shapely.get_coordinates(read.layer(connection, "rental_units").geometry.to_numpy())
    paths = list(dict.fromkeys(walk(lonlat)))
    with running.serving(run.city.data) as site:
        for told in ("made", "kept"):
            borne = load.bear(site, paths, connections=CONNECTIONS).told()
            figure = f"{len(paths)} tiles of rental units, zoom {FURTHEST}–{NEAREST}, {CONNECTIONS} connections, {told}"
            yield Row(figure, ours=borne, asked="p99 ≤ 150 ms")


def walk(lonlat: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Iterator[str]:
    """Tiles of a seeded walk: from unit to unit, and from each to neighbours, nearer and further."""
    rng = np.random.default_rng(99)
    for step in range(STEPS):
        if step % NEW_PLACE_EVERY == 0:
            lon, lat = rng.choice(lonlat)
            zoom = int(rng.integers(FURTHEST, NEAREST + 1))
        column = 2**zoom * (lon / 360 + 0.5)
        row = 2**zoom * (0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi))
        yield f"/tiles/rental_units/{zoom}/{int(column)}/{int(row)}.mvt"
        zoom = int(np.clip(zoom + rng.choice([-1, 0, 0, 1]), FURTHEST, NEAREST))
        lon, lat = np.array([lon, lat]) + rng.choice([-1, 0, 1], 2) * 360 / 2**zoom
