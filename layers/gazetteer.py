"""The gazetteer of the stored city, and rows of registers placed by it; no other source and no network."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa

from gis import gazetteer as known
from gis.addresses import parse
from gis.gazetteer import HOUSE_M, Gazetteer
from gis.places import candidates
from layers import read
from layers.profile import CityProfile
from layers.sql import statement
from layers.tables import METADATA

#: what the gazetteer is made from
SOURCES = ("areas", "roads", "rental_units", "venues")
_COLUMNS = ["name", "code", "x", "y", "radius_m"]
_MOST_KEPT = 2
#: the newest gazetteers of this process, by database and the versions of their sources: building one takes seconds
_KEPT: OrderedDict[Hashable, Gazetteer] = OrderedDict()


def gazetteer(connection: sa.Connection, profile: CityProfile) -> Gazetteer:
    """The gazetteer of what is stored, in metres of the profile's CRS; kept until one of its sources changes.

    Ask before the transaction writes to a source: what is kept must not outlive a rollback.
    """
    versions = read.versions(connection)
    key = (str(connection.engine.url), profile.metric_crs, *(versions[name] for name in SOURCES))
    if (found := _KEPT.get(key)) is None:
        found = _KEPT[key] = _built(connection, profile.metric_crs)
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    return found


def places(connection: sa.Connection, profile: CityProfile, text: str, *, limit: int) -> list[dict[str, Any]]:
    """What an address or a name may mean, best first: name, kind, lon, lat, radius_m, score, community_code."""
    found = candidates(gazetteer(connection, profile), parse(text), limit=limit)
    xy = gpd.GeoSeries(shapely.points([(one.x, one.y) for one in found] or np.empty((0, 2))), crs=profile.metric_crs)
    lonlat = shapely.get_coordinates(xy.to_crs(read.SRID).to_numpy()).round(6).tolist()
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "lon": lon,
            "lat": lat,
            "radius_m": round(one.radius_m),
            "score": round(one.score, 3),
            "community_code": one.code,
        }
        for one, (lon, lat) in zip(found, lonlat, strict=True)
    ]


def _built(connection: sa.Connection, metric_crs: str) -> Gazetteer:
    areas = read.layer(connection, "areas")
    areas = areas[areas["valid_to"].isna() & areas.geometry.notna()].to_crs(metric_crs)
    borders = areas.geometry.to_numpy()
    communities = (areas["level"] == "community").to_numpy()
    return known.gazetteer(
        areas=_spots(areas["name"], areas["code"], borders).assign(level=areas["level"].to_numpy()),
        roads=_roads(read.layer(connection, "roads").to_crs(metric_crs), areas[communities]),
        houses=_points(connection, statement("houses"), metric_crs),
        sites=_points(connection, _SITES, metric_crs),
    )


def _roads(roads: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    """The part of each named road in each community, all its lines as one."""
    named = roads[roads["name"].notna()].dissolve("name")
    lines, borders = named.geometry.to_numpy(), communities.geometry.to_numpy()
    within, line = shapely.STRtree(lines).query(borders, predicate="intersects")
    parts = shapely.intersection(lines[line], borders[within])
    return _spots(named.index.to_series().iloc[line], communities["code"].iloc[within], parts)


def _spots(name: npt.ArrayLike, code: npt.ArrayLike, shapes: npt.NDArray[np.object_]) -> pd.DataFrame:
    """The point of each shape that is nearest its centre, and how far the shape reaches from it."""
    inside = shapely.get_point(shapely.shortest_line(shapely.centroid(shapes), shapes), 1)
    columns = (name, code, shapely.get_x(inside), shapely.get_y(inside), shapely.hausdorff_distance(inside, shapes))
    return pd.DataFrame({title: np.asarray(column) for title, column in zip(_COLUMNS, columns, strict=True)})


def _points(connection: sa.Connection, query: sa.Executable, metric_crs: str) -> pd.DataFrame:
    rows = pd.DataFrame(connection.execute(query).mappings().all(), columns=["name", "code", "lon", "lat", "radius_m"])
    points = gpd.GeoSeries(gpd.points_from_xy(rows["lon"], rows["lat"]), crs=read.SRID).to_crs(metric_crs)
    return rows.assign(x=points.x.to_numpy(), y=points.y.to_numpy())[_COLUMNS]


_venues = METADATA.tables["venues"].c
_SITES = (
    sa.select(
        _venues.name,
        _venues.community_code.label("code"),
        sa.func.ST_X(_venues.geom).label("lon"),
        sa.func.ST_Y(_venues.geom).label("lat"),
        sa.literal(HOUSE_M).label("radius_m"),
    )
    .where(_venues.geom.is_not(None), _venues.place_error_m.is_(None), _venues.community_code.is_not(None))
    .order_by(_venues.venue_id)
)
