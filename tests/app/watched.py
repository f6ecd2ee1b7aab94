"""A county of ten square communities in a row, watched for 200 days: one tip a day in turn, and a den planted in one.

Every community tells once in ten days, so that 100 days bring ten from each. The den's community, the fourth of the
row, tells ten times more in the last five days.
"""

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gis.arrays import IntArray
from gis.surveillance import Watch
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction

UNTIL = dt.date(2026, 7, 20)
DAYS = 200
COUNTY, TOWNSHIP, OTHER = "990101000000", "990101001000", "990102000000"
CODES = tuple(f"990101001{n:03d}" for n in range(1, 11))
DEN = CODES[3]
POSTS = {"全市打传办": "990000000000", "西山县打传办": COUNTY, "青石镇分管负责人": TOWNSHIP, "四湾村联络员": DEN}
#: Each community alone, a record of 100 days: what a reader can count.
ALONE = Watch(record_days=100, neighbours=0, quiet_days=7, histories=19)


def by_hand() -> IntArray:
    """The tips of each community on each day, as the head of this file tells them."""
    counts = np.zeros((10, DAYS), dtype=np.int64)
    counts[np.arange(DAYS) % 10, np.arange(DAYS)] = 1
    counts[3, -5:] += 2
    return counts


def fill(engine: sa.Engine, *, den: bool = True) -> None:
    """Store the county with its posts and tips; ``den`` plants the den, two tips a day from day 195 on."""
    with transaction(engine, LOCAL) as connection:
        write.load(connection, LAYERS["areas"], _areas())
        rows = pd.DataFrame({"title": [*POSTS], "area_code": [*POSTS.values()]}).astype("str")
        write.append(connection, "posts", rows)
        tell(connection, [(n % 10, n) for n in range(DAYS)], channel="电话", number="T")
        if den:
            tell(connection, [(3, day) for day in range(DAYS - 5, DAYS)] * 2, channel="网格员", number="D")


def tell(connection: sa.Connection, told: Sequence[tuple[int, int]], *, channel: str, number: str) -> None:
    """Tips of these (community, day): at noon, each at a spot of its own."""
    start = pd.Timestamp(UNTIL - dt.timedelta(days=DAYS), tz="Asia/Shanghai") + pd.Timedelta(hours=12)
    rows = pd.DataFrame(
        {
            "tip_no": [f"{number}{n}" for n in range(len(told))],
            "received_at": [(start + pd.Timedelta(days=day)).tz_convert("UTC") for _, day in told],
            "channel": channel,
            "text": [f"{number} 第 {n} 条" for n in range(len(told))],
        }
    ).astype({"received_at": "datetime64[us, UTC]"})
    rows["identity"] = "no:" + rows["tip_no"]
    places = [shapely.Point(118.005 + 0.01 * at + n % 7 * 5e-4, 27.005) for n, (at, _) in enumerate(told)]
    write.load(connection, LAYERS["tips"], gpd.GeoDataFrame(rows, geometry=places, crs="EPSG:4490"))


def _areas() -> gpd.GeoDataFrame:
    squares = [shapely.box(118 + 0.01 * n, 27, 118.01 + 0.01 * n, 27.01) for n in range(10)]
    rows = [(COUNTY, "西山县", "county"), (TOWNSHIP, "青石镇", "township"), (OTHER, "东山县", "county")]
    rows += [(code, f"{'一二三四五六七八九十'[n]}湾村", "community") for n, code in enumerate(CODES)]
    rows += [("990102001001", "未绘村", "community")]
    frame = pd.DataFrame(rows, columns=["code", "name", "level"]).assign(identity=lambda f: f["code"])
    county = shapely.box(118, 27, 118.1, 27.01)
    shapes = [county, county, shapely.box(118.1, 27, 118.2, 27.01), *squares, None]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")
