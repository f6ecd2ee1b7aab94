"""Geocode rows without a point by their address, with the error in metres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gis import gazetteer, places
from layers import read
from layers.catalog import Layer
from layers.profile import CityProfile
from layers.schema.tables import METADATA

#: an address is placed when it is good to so many metres; what is vaguer is left to a person
WITHIN_M = 300
_STORED = {"key": sa.BigInteger, "lon": sa.Double, "lat": sa.Double, "radius_m": sa.Double, "code": sa.Text}


@dataclass(frozen=True, kw_only=True)
class Placed:
    """How many rows got a point by their address, and how many still have none."""

    placed: int
    left: int


def place_rows(
    connection: sa.Connection,
    profile: CityProfile,
    layer: Layer,
    known: gazetteer.Gazetteer,
    *,
    batch_id: int | None = None,
) -> Placed:
    """Place the rows of a batch, or of the whole layer, that have no point and whose address means one place.

    A row that states no community gets the one its address lies in, also where that is all its address tells. The
    stated one is kept.
    """
    rows = _unplaced(connection, layer, batch_id)
    told = rows[rows["address"].notna()].reset_index(drop=True)
    found = places.place(known, told["address"].tolist(), told["community_code"].tolist(), within_m=WITHIN_M)
    points = gpd.GeoSeries(gpd.points_from_xy(found["x"], found["y"]), crs=profile.metric_crs).to_crs(read.SRID)
    found = found.assign(key=told["key"], stated=told["community_code"], lon=points.x, lat=points.y)
    sure = found["x"].notna()
    changed = found[sure | (found["code"].notna() & found["stated"].isna())]
    if len(changed):
        _store(connection, layer, changed)
    return Placed(placed=int(sure.sum()), left=len(rows) - int(sure.sum()))


def communities_of(known: gazetteer.Gazetteer, addresses: Sequence[str]) -> list[str | None]:
    """The community of each address that would be placed, None of the others."""
    found = places.place(known, addresses, [None] * len(addresses), within_m=WITHIN_M)
    return found["code"].where(found["x"].notna(), None).tolist()


def _unplaced(connection: sa.Connection, layer: Layer, batch_id: int | None) -> pd.DataFrame:
    table = METADATA.tables[layer.table]
    key = next(iter(table.primary_key))
    query = sa.select(key.label("key"), table.c[str(layer.address)].label("address"), table.c.community_code)
    query = query.where(table.c.geom.is_(None)).order_by(key)
    if batch_id is not None:
        query = query.where(table.c.batch_id == batch_id)
    return pd.DataFrame(connection.execute(query).all(), columns=["key", "address", "community_code"], dtype=object)


def _store(connection: sa.Connection, layer: Layer, placed: pd.DataFrame) -> None:
    """Points at 1e-6 of a degree, errors in whole metres; the triggers leave the communities to this statement."""
    table = METADATA.tables[layer.table]
    told = placed.assign(lon=placed["lon"].round(6), lat=placed["lat"].round(6), radius_m=placed["radius_m"].round())
    arrays: list[sa.ColumnElement[Any]] = [
        sa.cast(sa.bindparam(name, told[name].astype(object).where(told[name].notna(), None).tolist()), ARRAY(kind))
        for name, kind in _STORED.items()
    ]
    new = sa.func.unnest(*arrays).table_valued(*_STORED, name="told").render_derived()
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(new.c.lon, new.c.lat), 4490)
    community = sa.func.coalesce(table.c.community_code, new.c.code)
    values = {"geom": point, "place_error_m": new.c.radius_m, "community_code": community}
    connection.execute(sa.text("SELECT set_config('wuchuan.assigned', 'on', true)"))
    connection.execute(table.update().values(values).where(next(iter(table.primary_key)) == new.c.key))
    connection.execute(sa.text("SELECT set_config('wuchuan.assigned', '', true)"))
