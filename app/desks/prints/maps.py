"""The folium documents, one address each."""

import flask

from app.core import access, headers, periods
from app.core.current import fetch, house
from app.maps.documents import document, named

blueprint = flask.Blueprint("maps", __name__)


@blueprint.get("/maps/<name>")
@access.needs("map.read")
def show(name: str) -> str:
    """That map as a page of its own; its features come from /api and /tiles."""
    named(name)
    profile = house().settings.profile
    return document(name, profile, period=fetch(periods.at_first, profile.zone), nonce=headers.nonce())
