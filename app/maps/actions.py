"""The map beside a joint action: the ground and the graded zones; the page draws targets, stations and routes."""

from dataclasses import replace

from app.maps import base, figure
from layers.profile import CityProfile

SHOWN = ("risk_zones", "counties", "townships", "communities", "roads", "rivers")


def action_map(profile: CityProfile, *, script: str, nonce: str, **extra: object) -> figure.Parts:
    """The parts of that map for a template to place; ``script`` and ``extra`` as ``city_map`` has them."""
    layers = tuple(replace(layer, shown=True) for layer in base.MAP_LAYERS if layer.key in SHOWN)
    return base.city_map(profile, script=script, layers=layers, nonce=nonce, **extra).parts()
