"""A town on one straight road of 60 km/h: stations at its west end, places along it, one place far from any road.

A lane of 40 m lies 30 m north of the road and joins nothing, as does another far from it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import posts, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import make_engine, migrate, transaction
from layers.host import embedded
from layers.schema.tables import actions
from tests.builders import as_owner

COMMUNITY, UNDRAWN = "990101001001", "990101001002"
AGENCIES, POSTS = ("公安", "市场监管"), ("甲岗", "乙岗")
CRS = "EPSG:4490"
#: where two lanes that join nothing begin: beside the road, and far from it
LANE, FAR_LANE = (118.13, 27.0003), (118.2, 27.1)


@contextmanager
def database(cluster: embedded.Cluster, name: str) -> Iterator[sa.Engine]:
    """A database of that name holding the town."""
    embedded.ensure_database(cluster, name)
    migrate(cluster.url("owner", name))
    engine = make_engine(cluster.url("app", name))
    try:
        fill(engine)
        yield engine
    finally:
        engine.dispose()


def forget_actions(cluster: embedded.Cluster, engine: sa.Engine) -> None:
    """As if nothing had been planned yet."""
    with as_owner(cluster, engine) as connection:
        connection.execute(actions.actions.delete())


def fill(engine: sa.Engine) -> None:
    """Store it: venues V1, V2, V3 along the road, V9 away from it, the rental unit U1, and two teams of each agency."""
    at = gpd.GeoSeries(shapely.points([(118.10, 27.0), (118.12, 27.0), (118.14, 27.0), (118.10, 27.05)]), crs=CRS)
    venues = pd.DataFrame({"venue_no": ["V1", "V2", "V3", "V9"], "name": ["甲旅馆", "乙酒店", "同名店", "同名店"]})
    venues = venues.assign(
        kind="hotel", address=["路1号", "路2号", "路3号", "山上"], identity="no:" + venues["venue_no"]
    )
    unit = pd.DataFrame({"unit_code": ["U1"], "address": ["路5号101"], "identity": ["no:U1"]})
    square = shapely.box(118.0, 26.9, 118.3, 27.2)
    areas = pd.DataFrame({"code": [COMMUNITY, UNDRAWN], "name": ["青山社区", "未绘村"], "level": "community"})
    names = ["大路", "断头巷", "远巷"]
    road = pd.DataFrame({"name": names, "class": "trunk", "speed_kmh": 60.0, "identity": names})
    road_at = [((118.05, 27.0), (118.15, 27.0)), (LANE, (118.1304, 27.0003)), (FAR_LANE, (118.2, 27.1004))]
    station = pd.DataFrame({"name": ["西派出所", "西市监所"], "agency": AGENCIES, "community_code": COMMUNITY})
    frames = {
        "areas": gpd.GeoDataFrame(areas.assign(identity=areas["code"]), geometry=[square, None], crs=CRS),
        "roads": gpd.GeoDataFrame(road, geometry=[shapely.LineString(ends) for ends in road_at], crs=CRS),
        "venues": gpd.GeoDataFrame(venues, geometry=at.to_numpy(), crs=CRS),
        "rental_units": gpd.GeoDataFrame(unit, geometry=[shapely.Point(118.11, 27.0)], crs=CRS),
    }
    teams = [(f"{a}{n}队", a, s, 2, 5.0 * n) for a, s in zip(AGENCIES, station["name"], strict=True) for n in (1, 2)]
    columns = ["name", "agency", "station", "size", "ready_minutes"]
    with transaction(engine, LOCAL) as connection:
        for key, frame in frames.items():
            write.load(connection, LAYERS[key], frame)
        points = gpd.GeoDataFrame(station, geometry=[shapely.Point(118.05, 27.0)] * 2, crs=CRS)
        write.append(connection, "stations", points)
        for post in POSTS:
            posts.add(connection, post, area_code=COMMUNITY)
        write.append(connection, "teams", pd.DataFrame(teams, columns=columns))
