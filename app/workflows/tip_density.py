"""How densely tips lie: one surface for the web's picture, its legend and the stand-alone map."""

import datetime as dt

import shapely
import sqlalchemy as sa

from app.maps.heat_image import Surface, surface
from layers import read
from layers.profile import CityProfile

BANDWIDTH_M = 1500


def tip_density(
    connection: sa.Connection, profile: CityProfile, *, since: dt.date, until: dt.date, bandwidth_m: float = BANDWIDTH_M
) -> Surface:
    """Tips per km² over the profile's bounds, those of the half-open period that stand and have a place."""
    incidents = read.incidents(connection, since=since, until=until)
    tips = incidents[(incidents["kind"] == "tip") & incidents.geometry.notna()].to_crs(profile.metric_crs)
    xy = shapely.get_coordinates(tips.geometry.to_numpy())
    return surface(xy, bounds=profile.bounds, metric_crs=profile.metric_crs, bandwidth_m=bandwidth_m)
