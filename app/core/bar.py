"""The navigation bar of each page: desks, name of the city, and the post of the session."""

from collections.abc import Iterable

import flask

from app.core.acting import chosen_post
from app.core.current import fetch, house
from app.core.desk import Desk


def register(app: flask.Flask, desks: Iterable[Desk]) -> None:
    """Let every template list the desks that have a page, name the city and say who acts."""
    listed = [desk for desk in desks if desk.title]
    app.jinja_env.globals.update(desks=listed, acting_post=lambda: fetch(chosen_post))
    app.context_processor(lambda: {"profile": house().settings.profile})
