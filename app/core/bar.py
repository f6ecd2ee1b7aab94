"""The navigation bar of each page: desks, name of the city, and the post of the session."""

from collections.abc import Iterable

import flask

from app.core.acting import chosen_post
from app.core.current import fetch, house
from app.core.desk import Desk


def register(app: flask.Flask, desks: Iterable[Desk]) -> None:
    """Let every template list the desks that have a page, name the city and say who acts."""
    app.jinja_env.globals.update(desks=[desk for desk in desks if desk.title], acting_post=_acting_post)
    app.context_processor(lambda: {"profile": house().settings.profile})


def _acting_post() -> str | None:
    return fetch(chosen_post)
