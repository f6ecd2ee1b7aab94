"""The map workbench, first page of the house."""

import json

import flask

from app.core import access
from app.core.current import fetch, house
from app.core.headers import nonce
from app.core.parameters import Query
from app.core.periods import at_first
from app.desks.workbench.figures import counties_of, figures_of
from app.maps.workbench import workbench
from layers import pictures
from layers.read import Cut

blueprint = flask.Blueprint("workbench", __name__)


@blueprint.get("/")
@access.needs("map.read")
def show() -> str:
    """The page; its features come from /api and /tiles once it stands."""
    house().drawer.expect()  # whoever opens the map may well ask for its heat or a sheet
    profile = house().settings.profile
    period, waiting = fetch(at_first, profile.zone), fetch(pictures.waiting)
    asked = Query(cut=Cut(since=period.since, until=period.until))
    figures, counties = (json.loads(kept.plain) for kept in (figures_of(asked), counties_of(asked)))
    context = workbench(profile, figures=figures, counties=counties, period=period, nonce=nonce())
    return flask.render_template("workbench/page.html", waiting=waiting, **context)
