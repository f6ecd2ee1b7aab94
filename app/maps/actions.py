"""The map beside a joint action: the ground and the graded zones; the page draws targets, stations and routes."""

from dataclasses import replace

from app.maps.base import MAP_LAYERS, city_map
from app.maps.figure import Parts
from layers.profile import CityProfile

SHOWN = ("risk_zones", "counties", "townships", "communities", "roads", "rivers")


def action_map(profile: CityProfile, *, nonce: str, **extra: object) -> Parts:
    """The parts of that map for a template to place; ``extra`` joins the page's configuration."""
    layers = tuple(replace(layer, shown=True) for layer in MAP_LAYERS if layer.key in SHOWN)
    return city_map(profile, layers=layers, nonce=nonce, **extra).parts()
