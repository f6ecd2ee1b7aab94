"""The gazetteer of the city: built by the worker, stored as bytes, read for geocoding."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.gazetteer import Gazetteer, Tables, indexed, tables, within
from gis.places import Candidate
from layers import packing, read
from layers.actor import Actor
from layers.database import transaction
from layers.named_from import FORM, is_fresh, made_from
from layers.profile import CityProfile
from layers.schema.tables.house import gazetteers
from layers.toponyms import gathered


class Known(NamedTuple):
    """A stored gazetteer, and what anybody may know of it: areas, roads and public premises."""

    everything: Gazetteer
    public: Gazetteer


def renew(engine: sa.Engine, actor: Actor, profile: CityProfile) -> bool:
    """Store the gazetteer of the city as it is now, in metres of the profile's CRS; whether the stored one was older.

    It takes seconds and no lock: what is written meanwhile makes the new one old again.
    """
    with transaction(engine, actor.computing()) as connection:
        if is_fresh(connection, profile):
            return False
        wanted = made_from(connection, profile)
        frames = gathered(connection, profile.metric_crs)
    body = packing.packed(tables(**frames))
    with transaction(engine, actor.computing()) as connection:
        added = insert(gazetteers).values(made_from=wanted, body=body)
        new = {"made_from": added.excluded.made_from, "body": added.excluded.body, "made_at": sa.func.now()}
        connection.execute(added.on_conflict_do_update(index_elements=["gazetteer_id"], set_=new))
    return True


def stored(connection: sa.Connection) -> Known | None:
    """The stored gazetteer, whatever has changed since; None before the first."""
    row = connection.execute(sa.select(gazetteers.c.made_from, gazetteers.c.body)).first()
    if row is None or row.made_from.partition(" ")[0] != str(FORM):
        return None
    known = packing.unpacked(row.body)
    return Known(everything=indexed(known), public=indexed(known, public=True))


def present(connection: sa.Connection, profile: CityProfile) -> Gazetteer:
    """The gazetteer of what is stored now: the stored one, or made here where that is older.

    Ask before the transaction writes to a source.
    """
    query = sa.select(gazetteers.c.body).where(gazetteers.c.made_from == made_from(connection, profile))
    body = connection.execute(query).scalar_one_or_none()
    known: Tables = packing.unpacked(body) if body else tables(**gathered(connection, profile.metric_crs))
    return indexed(known)


def described(known: Gazetteer, profile: CityProfile, candidates: list[Candidate]) -> list[dict[str, Any]]:
    """Candidates in degrees: name, kind, area (what they lie in), lon, lat, radius_m, score, community_code."""
    lonlat = degrees(profile, [(one.x, one.y) for one in candidates])
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "area": within(known, one.code).removeprefix(one.name).strip(),
            "lon": lon,
            "lat": lat,
            "radius_m": round(one.radius_m),
            "score": round(one.score, 3),
            "community_code": one.code,
        }
        for one, (lon, lat) in zip(candidates, lonlat, strict=True)
    ]


def degrees(profile: CityProfile, xy: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points in metres of the profile's CRS as longitude and latitude, to a millionth of a degree."""
    points = gpd.GeoSeries(shapely.points(xy or np.empty((0, 2))), crs=profile.metric_crs)
    lonlat = shapely.get_coordinates(points.to_crs(read.SRID).to_numpy()).round(6)
    return [(lon, lat) for lon, lat in lonlat.tolist()]
