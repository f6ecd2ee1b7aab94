"""The navigation bar of each page: the desks open to whoever asks, name of the city, and the post of the session."""

from collections.abc import Iterable

import flask

from app.core.access import may
from app.core.acting import chosen_post
from app.core.current import fetch, house
from app.core.desk import Desk


def register(app: flask.Flask, desks: Iterable[Desk]) -> None:
    """Let every template list the desks that have a page, name the city and say who acts."""
    routes = app.url_map.bind("localhost")
    needed = {
        desk: getattr(app.view_functions[str(routes.match(desk.address)[0])], "permission", "")
        for desk in desks
        if desk.title
    }
    app.jinja_env.globals.update(
        open_desks=lambda: [desk for desk, permission in needed.items() if may(permission)],
        may=may,
        acting_post=lambda: fetch(chosen_post),
    )
    app.context_processor(lambda: {"profile": house().settings.profile})
