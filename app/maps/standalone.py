"""One HTML file that holds a whole map, its scripts, styles and data inlined, so that it draws without a network."""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace

from branca.element import Element

from app.core import words
from app.maps.base import MapLayer
from app.maps.documents import DOCUMENTS, document_figure, layers_of
from app.maps.figure import source
from layers.profile import CityProfile

#: What a map says that was made to show what is not in it.
WITHOUT = {"raids": f"本图{words.POINTS_INSIDE}"}

_SCRIPT = re.compile(r'<script nonce="[^"]*" src="/static/([^"?]+)\?v=[0-9a-f]+"></script>')
_ICON = re.compile(r'<link rel="icon" href="/static/[^"]+">')
_STYLE = re.compile(r'<link rel="stylesheet" href="/static/([^"?]+)\?v=[0-9a-f]+"\s*/?>')


def page(
    name: str, *, profile: CityProfile, data: Mapping[str, object], stamp: str, title: str = "", internal: bool = False
) -> str:
    """The HTML of that map (zones, heat, community, raid) drawn from ``data`` alone.

    ``data`` holds FeatureCollections by source as the API answers them, areas by level (``areas:county``,
    ``areas:township``, ``areas:community`` with their counts), and under ``heat`` a legend as /api/heat answers it with
    ``image`` made by ``data_uri``. A layer without data is left out, and so are data that no layer of the map draws.
    ``stamp`` is the day the state is of; ``internal`` marks the page, and belongs where points are among the data.

    Raises:
        NotFound: there is no map of that name.
    """
    layers = tuple(_inlined(layer) for layer in layers_of(name) if _has_data(layer, data))
    drawn = {key: data[key] for key in data if key.partition(":")[0] in {layer.source for layer in layers}}
    nonce = secrets.token_urlsafe(16)
    lacking = [WITHOUT[key] for key in DOCUMENTS[name].shown if key in WITHOUT and key not in data]
    mark = profile.handling_mark if internal else ""
    told = {"title": title, "mark": mark, "note": "".join(lacking)}
    extra = {"data": drawn, "stamp": stamp} | {key: words for key, words in told.items() if words}
    figure = document_figure(name, profile, layers=layers, nonce=nonce, **extra)
    figure.header.add_child(Element(_policy(nonce)), name="policy", index=0)
    return _inline(figure.render(), nonce)


def data_uri(png: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _has_data(layer: MapLayer, data: Mapping[str, object]) -> bool:
    if layer.draw == "choropleth":
        return "areas:community" in data
    return (f"{layer.source}:{layer.level}" if layer.level else layer.source) in data


def _inlined(layer: MapLayer) -> MapLayer:
    """The layer drawn from features at hand: no tiles in a file."""
    return replace(layer, draw="marks") if layer.draw == "tiles" else layer


def _policy(nonce: str) -> str:
    """Whatever the page should turn out to hold, it reaches no network and runs none but our own scripts."""
    rules = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:"
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def _inline(html: str, nonce: str) -> str:
    html = _ICON.sub('<link rel="icon" href="data:,">', html)
    html = _SCRIPT.sub(lambda match: f'<script nonce="{nonce}">{_source(match[1])}</script>', html)
    return _STYLE.sub(lambda match: f"<style>{_source(match[1])}</style>", html)


def _source(path: str) -> str:
    return source(path).decode().replace("</", "<\\/" if path.endswith(".js") else "</")
