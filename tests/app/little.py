"""Cities of which there is hardly anything: nothing at all, areas alone, one tip, one spot, one day, a quiet month."""

import datetime as dt
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from tests import builders

LAST = dt.date(2026, 6, 30)
CITY, COUNTY, QUIET = "990000000000", "990101000000", "990201000000"
TOWNSHIP, COMMUNITY, NEXT = "990101001000", "990101001001", "990101001002"
CRS = "EPSG:4490"
SPOT = (118.01, 27.01)
Tips = Sequence[tuple[int, tuple[float, float]]]


def _spread(count: int) -> list[tuple[float, float]]:
    """So many places in the two communities, no two of them alike."""
    return [(118.001 + 0.0019 * (n % 50), 27.001 + 0.0037 * (n // 50)) for n in range(count)]


#: Each city's tips as (days before the last one, place).
TIPS: Mapping[str, Tips] = {
    "nothing": [],
    "areas alone": [],
    "areas without borders": list(enumerate(_spread(40))),
    "premises alone": [],
    "no areas": [(3 * n, place) for n, place in enumerate(_spread(100))],
    "one tip": [(0, SPOT)],
    "one raid": [],
    "one spot": [(3 * n, SPOT) for n in range(100)],
    "one day": [(0, place) for place in _spread(60)],
    "a quiet month": [(0, SPOT), *((70 + 4 * n, place) for n, place in enumerate(_spread(60)))],
    "no places": [(3 * n, (np.nan, np.nan)) for n in range(60)],
}
BARE = ("nothing", "no areas")
WITH_PREMISES = ("premises alone", "no areas", "one tip", "one spot", "one day", "a quiet month")


def fill(engine: sa.Engine, city: str) -> None:
    """Store that city: its areas unless it is bare, its tips, and thirty flats on one point where it has premises."""
    with transaction(engine, LOCAL) as connection:
        if city not in BARE:
            write.load(connection, LAYERS["areas"], _areas(drawn=city != "areas without borders"))
        if TIPS[city]:
            write.load(connection, LAYERS["tips"], _tips(TIPS[city]))
        if city == "one raid":
            raid = builders.raids([COMMUNITY], outcome=["found"], dens=[1])
            write.load(connection, LAYERS["raids"], raid.set_geometry([shapely.Point(SPOT)], crs=CRS))
        if city in WITH_PREMISES:
            write.load(connection, LAYERS["rental_units"], _flats())


def _areas(*, drawn: bool) -> gpd.GeoDataFrame:
    """A county with a township of two communities, and a county of which nothing but its border is known."""
    west, east = shapely.box(118, 27, 118.05, 27.1), shapely.box(118.05, 27, 118.1, 27.1)
    rows = [
        (COUNTY, "西县", "county", west | east), (QUIET, "东县", "county", shapely.box(118.1, 27, 118.2, 27.1)),
        (TOWNSHIP, "青石镇", "township", west | east), (COMMUNITY, "青山社区", "community", west),
        (NEXT, "绿水村", "community", east),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["code", "name", "level", "geometry"]).assign(identity=lambda f: f["code"])
    return gpd.GeoDataFrame(frame if drawn else frame.assign(geometry=None), geometry="geometry", crs=CRS)


def _tips(told: Tips) -> gpd.GeoDataFrame:
    days = [pd.Timestamp(LAST - dt.timedelta(days=ago), tz="Asia/Shanghai") for ago, _ in told]
    frame = builders.tips([place for _, place in told], received_at=days)
    return frame.set_geometry([None if np.isnan(place[0]) else shapely.Point(place) for _, place in told], crs=CRS)


def _flats() -> gpd.GeoDataFrame:
    units = pd.DataFrame({"unit_code": [f"U{n}" for n in range(30)], "address": "大路1号"})
    units = units.assign(identity="no:" + units["unit_code"])
    return gpd.GeoDataFrame(units, geometry=[shapely.Point(SPOT)] * len(units), crs=CRS)
