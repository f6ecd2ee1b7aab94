"""What the workbench page at / is rendered from."""

from collections.abc import Mapping, Sequence

from app.core.periods import Period
from app.maps.base import city_map
from app.maps.figure import asset
from layers.profile import CityProfile

#: The parts around the map, fetched as one file.
SCRIPTS = (
    "persons.js+panel.js+months.js+figures.js+suggest.js+search.js+review.js+zone-list.js+layer-list.js+jobs.js"
    "+draw-place.js+draw-form.js+drawn-versions.js+draw.js+alert-link.js+workbench.js"
)
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
    """The context of workbench.html: ``map`` (its Parts), ``scripts`` and ``nonce``.

    ``figures`` and ``counties`` are what /api/figures and /api/counties answer for the first stretch; they stand in
    the page's configuration, so that the page needs no second look before it shows them.
    """
    drawing = {kind: asset(f"vendor/leaflet-geoman/{name}") for kind, name in TOOLS.items()}
    figure = city_map(profile, nonce=nonce, period=vars(period), figures=figures, counties=counties, drawing=drawing)
    return {"map": figure.parts(), "scripts": SCRIPTS, "nonce": nonce}
