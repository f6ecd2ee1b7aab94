"""How densely tips lie: one surface for the web's picture, its legend and the stand-alone map."""

import geopandas as gpd
import shapely

from app.maps.heat_image import Surface, surface
from layers.profile import CityProfile

BANDWIDTH_M = 1500


def tip_density(incidents: gpd.GeoDataFrame, profile: CityProfile, *, bandwidth_m: float = BANDWIDTH_M) -> Surface:
    """Tips per km² over the profile's bounds, those of ``read.incidents`` that have a place."""
    tips = incidents[(incidents["kind"] == "tip") & incidents.geometry.notna()].to_crs(profile.metric_crs)
    xy = shapely.get_coordinates(tips.geometry.to_numpy())
    return surface(xy, bounds=profile.bounds, metric_crs=profile.metric_crs, bandwidth_m=bandwidth_m)
