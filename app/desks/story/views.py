"""The walk through the demo city: a tip, its zone, the review, the plan, the printed order."""

import flask

from app.core import access
from app.core.current import fetch
from app.desks.story import desk

blueprint = flask.Blueprint("story", __name__)


@blueprint.get("/story")
@access.needs("map.read")
def show() -> str:
    """The five stations of the walk, each with its page."""
    return flask.render_template("story/page.html", story=fetch(desk.story))
