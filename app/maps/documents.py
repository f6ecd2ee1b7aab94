"""The single-purpose maps: which layers each holds and shows at first, as a document of its own."""

from dataclasses import dataclass, replace

from branca.element import CssLink, Element
from markupsafe import escape

from app.core import periods, words
from app.maps.base import MAP_LAYERS, MapLayer, city_map
from app.maps.figure import LocalFigure, asset
from gis.errors import NotFound
from layers.profile import CityProfile

_SCRIPT = "shared/document.js"
GROUND = ("counties", "townships", "communities", "roads", "rivers")


@dataclass(frozen=True, kw_only=True)
class Document:
    """A map by name: its title, the layers it shows at first and those a reader may add."""

    title: str
    shown: tuple[str, ...]
    offered: tuple[str, ...] = ()


DOCUMENTS = {
    "zones": Document(
        title=words.MAP_TITLES["zones"],
        shown=("risk_zones",),
        offered=("drawn_zones", "choropleth", "heat", "tips", "raids", "venues"),
    ),
    "heat": Document(
        title=words.MAP_TITLES["heat"], shown=("heat",), offered=("risk_zones", "tips", "raids", "venues")
    ),
    "community": Document(
        title=words.MAP_TITLES["community"],
        shown=("choropleth",),
        offered=("risk_zones", "drawn_zones", "tips", "raids", "rental_units", "venues"),
    ),
    "raid": Document(title=words.MAP_TITLES["raid"], shown=("raids",), offered=("risk_zones", "drawn_zones", "tips")),
}


def document(name: str, profile: CityProfile, *, period: periods.Period, nonce: str) -> str:
    """The page of that map; its features come from /api and /tiles.

    Raises:
        NotFound: there is no map of that name.
    """
    figure = document_figure(name, profile, layers=layers_of(name), nonce=nonce, period=vars(period))
    for sheet in ("vendor/noto-sans-sc/400.css", "vendor/noto-sans-sc/600.css", "shared/fonts.css"):
        figure.header.add_child(CssLink(asset(sheet)))
    return figure.render()


def layers_of(name: str) -> tuple[MapLayer, ...]:
    """The layers of that map in their order, each with whether it is shown at first; raises as ``document`` does."""
    found = named(name)
    held = (*found.shown, *found.offered, *GROUND)
    return tuple(
        replace(layer, shown=layer.key in found.shown or layer.key in GROUND)
        for layer in MAP_LAYERS
        if layer.key in held
    )


def document_figure(
    name: str, profile: CityProfile, *, layers: tuple[MapLayer, ...], nonce: str, **extra: object
) -> LocalFigure:
    """The figure of that map with its title; raises as ``document`` does."""
    told = {"title": named(name).title} | extra
    figure = city_map(profile, script=_SCRIPT, layers=layers, nonce=nonce, **told)
    figure.title = escape(f"{profile.name} {told['title']}")
    figure.header.add_child(CssLink(asset("shared/site.css")))
    figure.header.add_child(Element(f'<link rel="icon" href="{asset("icon.svg")}">'))
    return figure


def named(name: str) -> Document:
    """The document of that name; raises as ``document`` does."""
    if name not in DOCUMENTS:
        raise NotFound(f"没有名为“{name}”的地图,可用的有:{'、'.join(DOCUMENTS)}", kind="unknown_map")
    return DOCUMENTS[name]
