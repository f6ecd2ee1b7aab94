"""The ground truth of the demo city: where dens are and how long. Tests compare with it; it is not stored."""

from dataclasses import dataclass

import numpy as np

from layers.demo import days, premises
from layers.demo.terrain import Flags, Floats, Ints

QUARTERS = 16
SINGLE = 14
NEW = 14


@dataclass(frozen=True, kw_only=True)
class Dens:
    """Dens by building; ``since`` and ``until`` count days from the first one, half-open."""

    building: Ints
    xy: Floats
    community: Ints
    since: Ints
    until: Ints

    def there(self, day: Ints) -> Flags:
        """(days, dens): whether each den was there on each day."""
        return (self.since <= day[:, None]) & (day[:, None] < self.until)


def plant(houses: premises.Buildings, rng: np.random.Generator) -> Dens:
    """About 45 dens: up to three in each of 16 quarters where flats are let, the rest alone, 14 of them new."""
    flats = np.bincount(houses.community, houses.share * houses.urban)
    quarters = rng.choice(len(flats), QUARTERS, replace=False, p=flats**0.7 / (flats**0.7).sum())
    building = []
    for quarter in quarters.tolist():
        near = np.flatnonzero((houses.community == quarter) & houses.urban)
        building += rng.choice(near, min(len(near), int(rng.integers(1, 4))), replace=False).tolist()
    building += rng.choice(len(houses.share), SINGLE, replace=False, p=houses.share).tolist()
    where = np.array(building)
    length = rng.integers(70, 270, len(where))
    since = rng.integers(-60, days.DAYS - 120, len(where))
    newest = rng.choice(len(where), NEW, replace=False)
    since[newest] = days.DAYS - rng.integers(40, 110, NEW)
    length[newest] = 400
    return Dens(
        building=where, xy=houses.xy[where], community=houses.community[where], since=since, until=since + length
    )
