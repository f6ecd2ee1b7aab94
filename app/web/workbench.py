"""The map workbench, first page of the house."""

import json

import flask

from app.maps.workbench import workbench
from app.web.current import house
from app.web.figures import counties_of, figures_of
from app.web.headers import nonce
from app.web.parameters import Asked
from app.workflows.periods import at_first
from layers import pictures
from layers.database import transaction
from layers.read import Cut

blueprint = flask.Blueprint("workbench", __name__)


@blueprint.get("/")
def show() -> str:
    """The page; its features come from /api and /tiles once it stands."""
    profile = house().settings.profile
    with transaction(house().engine) as connection:
        period, waiting = at_first(connection, profile.zone), pictures.waiting(connection)
    asked = Asked(cut=Cut(since=period.since, until=period.until))
    figures, counties = (json.loads(kept.plain) for kept in (figures_of(asked), counties_of(asked)))
    context = workbench(profile, figures=figures, counties=counties, period=period, nonce=nonce())
    return flask.render_template("workbench.html", waiting=waiting, **context)
