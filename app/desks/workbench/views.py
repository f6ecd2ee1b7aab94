"""The map workbench, first page of the house."""

import json

import flask
from werkzeug.wrappers import Response

from app.core import access, headers, parameters, periods
from app.core.current import fetch, house
from app.desks.workbench.figures import counties_of, figures_of
from app.maps.workbench import workbench
from layers import pictures, read, registers

blueprint = flask.Blueprint("workbench", __name__)


@blueprint.get("/")
@access.needs("map.read", answers=(200, 303))
def show() -> str | Response:
    """The page; its features come from /api and /tiles once it stands. A city without anything begins at its start."""
    if fetch(registers.is_bare):
        return flask.redirect("/start", 303)
    house().drawer.expect()  # whoever opens the map may well ask for its heat or a sheet
    profile = house().settings.profile
    period, waiting = fetch(periods.at_first, profile.zone), fetch(pictures.waiting)
    asked = parameters.Query(cut=read.Cut(since=period.since, until=period.until))
    figures, counties = (json.loads(kept.plain) for kept in (figures_of(asked), counties_of(asked)))
    context = workbench(profile, figures=figures, counties=counties, period=period, nonce=headers.nonce())
    return flask.render_template("workbench/page.html", waiting=waiting, **context)
