"""A name of a person in what a page sends is warned about before it is stored; whoever sent it corrects it or goes on.

A page asks for that by the header X-Names or the field ``names``, both of the value "ask", and goes on without. Whoever
sends neither, as a script does, is answered as ever.
"""

from collections.abc import Iterator
from http import HTTPStatus

import flask
from werkzeug.wrappers import Response

from app.core import acting, errors
from app.core.current import NAMES
from layers.intake.names import warning

HEADER, ASK = "X-Names", "ask"
#: Where a form holds what is about a person and is stored sealed.
SEALED = "contact"
KIND = "person_names"


def register(app: flask.Flask) -> None:
    """Look at every request that is to change something; after ``access``, which lets in who may."""
    app.before_request(_warn)


def _warn() -> Response | None:
    request = flask.request
    if request.routing_exception is not None or request.method in acting.SAFE_METHODS:
        return None
    by_form = request.form.get(NAMES) == ASK
    if not by_form and request.headers.get(HEADER) != ASK:
        return None
    typed = (text for name, text in request.form.items(multi=True) if name != SEALED)
    sentence = warning(*_texts(request.get_json(silent=True)), *typed)
    if not sentence:
        return None
    if not by_form:
        return errors.respond(HTTPStatus.CONFLICT, KIND, f"{sentence};确实不是人名,就再按一次,照样保存")
    again = [(name, text) for name, text in request.form.items(multi=True) if name != NAMES]
    page = flask.render_template("persons.html", sentence=sentence, fields=again, address=request.path)
    return flask.make_response(page, HTTPStatus.CONFLICT)


def _texts(value: object) -> Iterator[str]:
    """Every text in what a body holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
