"""The map workbench, first page of the house."""

import json

import flask

from app.core import access
from app.core.acting import requester
from app.core.current import house
from app.core.headers import nonce
from app.core.parameters import Asked
from app.core.periods import at_first
from app.desks.workbench.figures import counties_of, figures_of
from app.maps.workbench import workbench
from layers import pictures
from layers.database import transaction
from layers.read import Cut

blueprint = flask.Blueprint("workbench", __name__)


@blueprint.get("/")
@access.needs("map.read")
def show() -> str:
    """The page; its features come from /api and /tiles once it stands."""
    profile = house().settings.profile
    with transaction(house().engine, requester()) as connection:
        period, waiting = at_first(connection, profile.zone), pictures.waiting(connection)
    asked = Asked(cut=Cut(since=period.since, until=period.until))
    figures, counties = (json.loads(kept.plain) for kept in (figures_of(asked), counties_of(asked)))
    context = workbench(profile, figures=figures, counties=counties, period=period, nonce=nonce())
    return flask.render_template("workbench.html", waiting=waiting, **context)
