"""The map every page shares: a folium map with its panes and one empty group per layer, filled by shared/city.js."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import folium
from branca.element import MacroElement
from folium.map import CustomPane
from folium.template import Template

from app.core.geojson import json_text
from app.maps import styles
from app.maps.figure import LocalFigure, asset
from layers.catalog import LAYERS, LEVELS, flagged, title_of
from layers.profile import CityProfile


@dataclass(frozen=True, kw_only=True)
class MapLayer:
    """One entry of the layer list: which features (``source``), drawn how, in which group, seen at first or not."""

    key: str
    title: str
    group: str
    draw: Literal["border", "choropleth", "tiles", "marks", "cells", "heat", "zones", "drawn", "lines", "basemap"]
    source: str
    level: str | None = None
    shown: bool = False
    late: bool = False  # comes after the first look


MAP_LAYERS = (
    MapLayer(key="risk_zones", title="热点分级", group="分析", draw="zones", source="risk_zones", shown=True),
    MapLayer(key="heat", title="线索热力", group="分析", draw="heat", source="heat"),
    MapLayer(
        key="drawn_zones",
        title=title_of("drawn_zones"),
        group="分析",
        draw="drawn",
        source="drawn_zones",
        shown=True,
        late=True,
    ),
    MapLayer(
        key="forecast_cells", title=title_of("forecast_cells"), group="分析", draw="cells", source="forecast_cells"
    ),
    MapLayer(key="alerts", title=title_of("alerts"), group="分析", draw="cells", source="alerts"),
    MapLayer(key="misses", title="上期漏报", group="分析", draw="marks", source="misses"),
    MapLayer(key="choropleth", title="按区域分级设色", group="分布", draw="choropleth", source="areas"),
    MapLayer(key="tips", title="举报线索", group="记录", draw="tiles", source="tips"),
    MapLayer(key="raids", title="执法行动", group="记录", draw="marks", source="raids"),
    MapLayer(key="rental_units", title="出租屋", group="点位", draw="tiles", source="rental_units"),
    MapLayer(key="venues", title="宾馆和其他场所", group="点位", draw="tiles", source="venues"),
    MapLayer(
        key="counties", title=LEVELS["county"], group="边界", draw="border", source="areas", level="county", shown=True
    ),
    MapLayer(
        key="townships",
        title=LEVELS["township"],
        group="边界",
        draw="border",
        source="areas",
        level="township",
        shown=True,
    ),
    MapLayer(
        key="communities",
        title=LEVELS["community"],
        group="边界",
        draw="border",
        source="areas",
        level="community",
        shown=True,
        late=True,
    ),
    MapLayer(key="jurisdictions", title=title_of("jurisdictions"), group="边界", draw="border", source="jurisdictions"),
    MapLayer(key="roads", title="道路", group="底图", draw="lines", source="roads", shown=True, late=True),
    MapLayer(key="rivers", title="河流", group="底图", draw="lines", source="rivers", shown=True),
)
BASEMAP = MapLayer(key="basemap", title="底图", group="底图", draw="basemap", source="basemap", shown=True)

#: Panes from the ground up. None takes the pointer: pointing.js asks all layers at once what lies under a click.
PANES = {
    "land": 210,
    "choropleth": 300,
    "lines": 310,
    "border": 320,
    "heat": 340,
    "zones": 360,
    "drawn": 370,
    "tiles": 400,
    "marks": 430,
    "mask": 440,
    "labels": 620,
}


class CityMap(folium.Map):
    """A folium map that brings Leaflet, vector tiles and our own scripts, without jQuery and icon fonts."""

    def __init__(self, bounds: tuple[float, float, float, float], script: str) -> None:
        west, south, east, north = bounds
        super().__init__(
            location=((south + north) / 2, (west + east) / 2),
            zoom_start=9,
            tiles=None,
            zoom_control="topright",
            min_zoom=6,
            max_zoom=18,
            zoom_snap=0.25,
            attribution_control=False,
            fade_animation=False,  # every frame of it draws all tiles anew
        )
        # on the instance: the lists of folium's classes are shared by every map of the process
        self.default_js = [("leaflet", "leaflet.js"), ("page", asset(script))]
        self.default_css = [("leaflet_css", "leaflet.css"), ("map_css", asset("shared/map.css"))]


class Start(MacroElement):
    """Hands the map, its groups and the configuration to the page's script, whose ``start`` answers the city."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            wuchuan.city = wuchuan.start({{ this._parent.get_name() }}, {
                {%- for key, group in this.groups.items() %} {{ key|tojson }}: {{ group.get_name() }},{% endfor %}
            }, {{ this.config }});
        {% endmacro %}
        """
    )

    def __init__(self, groups: Mapping[str, folium.FeatureGroup], config: Mapping[str, object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self.groups = groups
        self.config = _inert(json_text(config).decode())


def _inert(text: str) -> str:
    """JSON that neither folium nor LocalFigure takes for more than text; both patterns occur within strings alone.

    folium renders what a macro gives once more as a template: a name holding ``{{ … }}`` would run on the server.
    LocalFigure refuses addresses of other hosts, and a name may look like one.
    """
    return re.sub(r"\{(?=[{%#])", r"\\u007b", text).replace("//", r"\/\/")


def city_map(
    profile: CityProfile, *, script: str, layers: Sequence[MapLayer] = MAP_LAYERS, nonce: str, **extra: object
) -> LocalFigure:
    """The figure of a map of the city holding those layers, empty; ``extra`` joins the page's configuration.

    ``script`` is the page's own, as ``asset`` takes it; it exports ``start``.

    No text of a user may come in here: folium escapes nothing. Titles, styles and dates are our own.
    """
    if profile.basemap and BASEMAP not in layers and "data" not in extra:  # a file of its own asks nobody for tiles
        layers = (*layers, BASEMAP)
    drawn = CityMap(profile.bounds, script)
    for name, height in PANES.items():
        drawn.add_child(CustomPane(name, z_index=height))
    groups = {layer.key: folium.FeatureGroup(name=layer.title, show=layer.shown) for layer in layers}
    for group in groups.values():
        drawn.add_child(group)
    drawn.add_child(Start(groups, configuration(profile, layers) | extra))
    figure = LocalFigure(nonce)
    drawn.add_to(figure)
    return figure


def configuration(profile: CityProfile, layers: Sequence[MapLayer]) -> dict[str, Any]:
    """What the page's script needs to know of the city, its layers, their fields and their looks."""
    return {
        "city": {
            "name": profile.name,
            "code": profile.city_code,
            "bounds": profile.bounds,
            "timezone": profile.timezone,
        },
        "layers": [asdict(layer) | {"exported": layer.source in flagged("exported")} for layer in layers],
        "fields": {layer.source: _fields(layer.source) for layer in layers if layer.draw in {"tiles", "marks"}},
        "styles": styles.as_config(),
    }


def _fields(key: str) -> list[dict[str, object]]:
    if key not in LAYERS:
        return [{"name": "day", "title": "日期", "kind": "day"}]
    shown = [field for field in LAYERS[key].fields if not field.private and field.name != "community_code"]
    return [
        {"name": f.name, "title": f.title, "kind": f.kind, "unit": f.unit}
        | ({"choices": dict(f.choices)} if f.choices else {})
        for f in shown
    ]
