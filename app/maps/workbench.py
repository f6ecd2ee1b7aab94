"""What the workbench page at / is rendered from."""

from collections.abc import Mapping, Sequence

from app.core.periods import Period
from app.maps.base import city_map
from app.maps.figure import asset
from layers.profile import CityProfile

SCRIPT = "desks/workbench/page.js"
#: The drawing tools, which the page fetches when somebody draws.
TOOLS = {"script": "leaflet-geoman.min.js", "style": "leaflet-geoman.css"}


def workbench(
    profile: CityProfile,
    *,
    figures: Mapping[str, object],
    counties: Sequence[Mapping[str, object]],
    period: Period,
    nonce: str,
) -> dict[str, object]:
    """The context of workbench/page.html: ``map`` (its Parts).

    ``figures`` and ``counties`` are what /api/figures and /api/counties answer for the first stretch; they stand in
    the page's configuration, so that the page needs no second look before it shows them.
    """
    drawing = {kind: asset(f"vendor/leaflet-geoman/{name}") for kind, name in TOOLS.items()}
    figure = city_map(
        profile,
        script=SCRIPT,
        nonce=nonce,
        period=vars(period),
        figures=figures,
        counties=counties,
        drawing=drawing,
    )
    return {"map": figure.parts()}
