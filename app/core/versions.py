"""The version that a change is made from; who names none is answered 428, and who names a former one 412.

What is stored says which of them it is: it raises a Conflict of kind ``stale``.
"""

import re

import flask

_TAG, _NUMBER = re.compile(r'"([^"]*)"'), re.compile(r"[0-9]{1,9}", re.ASCII)
NO_VERSION = -1


def version_seen() -> str | None:
    """The version that a change was made from: If-Match, or else the field ``version`` of the form or JSON body.

    None for ``*``. A request that names none is answered 428.
    """
    told = flask.request.headers.get("If-Match", "").strip()
    if told:
        found = _TAG.fullmatch(told)
        return None if told == "*" else found[1] if found else ""
    body = flask.request.get_json(silent=True) if flask.request.is_json else flask.request.form
    field = body.get("version") if isinstance(body, dict) else None
    if field is None or field == "":
        flask.abort(428)
    return str(field)


def number_seen() -> int | None:
    """``version_seen`` as a number; what is no number becomes NO_VERSION, which nothing has."""
    told = version_seen()
    return None if told is None else int(told) if _NUMBER.fullmatch(told) else NO_VERSION


def exact_number_seen() -> int:
    """``number_seen`` for changes that need a named version: ``*`` becomes NO_VERSION."""
    told = number_seen()
    return NO_VERSION if told is None else told
