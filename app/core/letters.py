"""Refuse addresses with NUL, and JSON bodies with lone surrogates or too deep nesting, before any view runs."""

import json
from typing import Any

import flask
from flask.json.provider import DefaultJSONProvider

from gis.errors import Refused


class StrictJSON(DefaultJSONProvider):
    """Flask's JSON, without values that nest too deep or hold lone surrogates."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of the JSON text ``s``.

        Raises:
            ValueError: it is no JSON.
        """
        try:
            told = super().loads(s, **kwargs)
            json.dumps(told, ensure_ascii=False).encode()  # half a surrogate pair is no text in UTF-8
        except RecursionError as error:
            raise ValueError("nested too deep") from error
        return told


def register(app: flask.Flask) -> None:
    """Read bodies strictly, and refuse addresses that hold a NUL: no table and no file is called so."""
    app.json = StrictJSON(app)
    app.before_request(_without_nul)


def _without_nul() -> None:
    request = flask.request
    if "\0" in request.path:
        flask.abort(404)
    if any("\0" in text for _, text in request.args.items(multi=True)):
        raise Refused("参数有误:里面有不能保存的字符", kind="bad_parameter")
