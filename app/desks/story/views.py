"""The walk through the demo city: a tip, its zone, the review, the plan, the printed order."""

import flask

from app.core import access
from app.core.acting import requester
from app.core.current import house
from app.desks.story import desk as tell_story
from layers.database import transaction

blueprint = flask.Blueprint("story", __name__)


@blueprint.get("/story")
@access.needs("map.read")
def show() -> str:
    """The five stations of the walk, each with its page."""
    with transaction(house().engine, requester()) as connection:
        story = tell_story.story(connection)
    return flask.render_template("story.html", story=story)
