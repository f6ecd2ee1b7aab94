"""The names and addresses of the stored city: areas, roads by community, houses with an address, named premises."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gis.gazetteer import HOUSE_M
from layers import read, sql
from layers.schema.tables import METADATA

#: Premises that anybody may walk into, and so may be named to anybody; the other kinds (training, meeting, office,
#: other) are known to the registers only.
PUBLIC_KINDS = ("hotel", "guesthouse", "restaurant", "entertainment", "school", "market", "internet_cafe")
_COLUMNS = ["name", "code", "x", "y", "radius_m"]


def gathered(connection: sa.Connection, metric_crs: str) -> dict[str, pd.DataFrame]:
    """The areas, roads, houses and sites of the stored city, as ``gis.gazetteer.tables`` takes them."""
    areas = read.layer(connection, "areas")
    areas = areas[areas["valid_to"].isna() & areas.geometry.notna()].to_crs(metric_crs)
    borders = areas.geometry.to_numpy()
    communities = (areas["level"] == "community").to_numpy()
    sites = _points(connection, _SITES, metric_crs)
    return {
        "areas": _spots(areas["name"], areas["code"], borders).assign(level=areas["level"].to_numpy()),
        "roads": _roads(read.layer(connection, "roads").to_crs(metric_crs), areas[communities]),
        "houses": _points(connection, sql.statement("houses"), metric_crs)[_COLUMNS],
        "sites": sites[_COLUMNS].assign(public=sites["kind"].isin(PUBLIC_KINDS)),
    }


def _roads(roads: gpd.GeoDataFrame, communities: gpd.GeoDataFrame) -> pd.DataFrame:
    """The part of each named road in each community, all its lines as one."""
    named = roads[roads["name"].notna()].dissolve("name")
    lines, borders = named.geometry.to_numpy(), communities.geometry.to_numpy()
    within, line = shapely.STRtree(lines).query(borders, predicate="intersects")
    parts = shapely.intersection(lines[line], borders[within])
    return _spots(named.index.to_series().iloc[line], communities["code"].iloc[within], parts)


def _spots(name: np.typing.ArrayLike, code: np.typing.ArrayLike, shapes: np.typing.NDArray[np.object_]) -> pd.DataFrame:
    """The point of each shape that is nearest its centre, and how far the shape reaches from it."""
    inside = shapely.get_point(shapely.shortest_line(shapely.centroid(shapes), shapes), 1)
    columns = (name, code, shapely.get_x(inside), shapely.get_y(inside), shapely.hausdorff_distance(inside, shapes))
    return pd.DataFrame({title: np.asarray(column) for title, column in zip(_COLUMNS, columns, strict=True)})


def _points(connection: sa.Connection, query: sa.Executable, metric_crs: str) -> pd.DataFrame:
    result = connection.execute(query)
    rows = pd.DataFrame(result.all(), columns=list(result.keys()))
    points = gpd.GeoSeries(gpd.points_from_xy(rows["lon"], rows["lat"]), crs=read.SRID).to_crs(metric_crs)
    return rows.assign(x=points.x.to_numpy(), y=points.y.to_numpy())


_venues = METADATA.tables["venues"].c
_SITES = (
    sa.select(
        _venues.name,
        _venues.community_code.label("code"),
        sa.func.ST_X(_venues.geom).label("lon"),
        sa.func.ST_Y(_venues.geom).label("lat"),
        sa.literal(HOUSE_M).label("radius_m"),
        _venues.kind,
    )
    .where(_venues.geom.is_not(None), _venues.place_error_m.is_(None), _venues.community_code.is_not(None))
    .order_by(_venues.venue_id)
)
