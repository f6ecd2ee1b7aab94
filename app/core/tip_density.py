"""The density of tips: one surface for the picture on the web, its legend and the stand-alone map."""

from __future__ import annotations

from typing import TYPE_CHECKING

# the web asks a child process for the picture and never loads what makes it
if TYPE_CHECKING:
    import geopandas as gpd

    from app.maps.heat_image import Surface
    from layers.profile import CityProfile

BANDWIDTH_M = 1500


def tip_density(incidents: gpd.GeoDataFrame, profile: CityProfile, *, bandwidth_m: float = BANDWIDTH_M) -> Surface:
    """Tips per km² over the profile's bounds, those of ``read.incidents`` that have a place."""
    import shapely

    from app.maps.heat_image import surface

    tips = incidents[(incidents["kind"] == "tip") & incidents.geometry.notna()].to_crs(profile.metric_crs)
    xy = shapely.get_coordinates(tips.geometry.to_numpy())
    return surface(xy, bounds=profile.bounds, metric_crs=profile.metric_crs, bandwidth_m=bandwidth_m)


def peak_of(incidents: gpd.GeoDataFrame, profile: CityProfile, bandwidth_m: float) -> float:
    """The highest density of ``tip_density``, in tips per km²."""
    return tip_density(incidents, profile, bandwidth_m=bandwidth_m).peak


def picture_of(
    incidents: gpd.GeoDataFrame, profile: CityProfile, bandwidth_m: float, peak_per_km2: float | None
) -> bytes:
    """Its picture as a PNG, whose last colour is that density, or the peak."""
    from app.maps.heat_image import picture, png

    made = tip_density(incidents, profile, bandwidth_m=bandwidth_m)
    return png(picture(made), peak=peak_per_km2 or made.peak)
