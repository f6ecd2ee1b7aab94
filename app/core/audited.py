"""What the audit keeps of requests: each that changed something, was refused, or took something out of the house.

Of the public nothing is kept: no entry ties a tip to a device.
"""

import secrets
from http import HTTPStatus

import flask

from app.core import acting, errors
from app.core.current import house
from gis.errors import Unavailable
from layers import history, write
from layers.database import transaction

#: What leaves the house by these permissions is kept though nothing changes.
TAKEN = frozenset({"exports.take", "prints.make", "actions.print", "contacts.open"})
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def register(app: flask.Flask) -> None:
    """Keep an entry after each such request of somebody who is signed in."""
    app.after_request(_keep)


def _keep(response: flask.Response) -> flask.Response:
    request = flask.request
    view = flask.current_app.view_functions.get(request.endpoint or "")
    permission = getattr(view, "permission", "")
    is_refused = response.status_code in _REFUSALS
    is_done = response.status_code < HTTPStatus.BAD_REQUEST
    matters = request.method not in acting.SAFE_METHODS or permission in TAKEN
    if not permission or not (is_refused or (is_done and matters)):
        return response
    known = acting.signed_in()
    if known is not None:
        detail = {"endpoint": request.endpoint, "status": response.status_code} | _row(request.view_args or {})
        try:
            with transaction(house().database, known.actor) as connection:
                history.request(connection, secrets.token_hex(8))
                action = "refused" if is_refused else "done"
                write.note(connection, known.actor, action=action, layer=permission, detail=detail)
        except Unavailable as error:  # what cannot be kept does not leave the house
            return errors.respond(errors.status_of(error), error.kind, error.sentence)
    return response


def _row(arguments: dict[str, object]) -> dict[str, object]:
    """Which row it was about: a number, a code or a layer of the address, never what was typed."""
    return {name: value for name, value in arguments.items() if isinstance(value, int) or name in {"code", "layer"}}
