"""Static files under addresses that carry their content's hash, so that a browser may keep them for good."""

import mimetypes
from pathlib import Path
from typing import Any

import flask
from werkzeug import Response
from werkzeug.security import safe_join

from app.maps.figure import STATIC, content_hash

YEAR_SECONDS = 365 * 24 * 3600


def register(app: flask.Flask) -> None:
    """Let ``url_for("static", …)`` add the hash; a file asked for with it is kept for good, any other revalidates."""
    app.view_functions["static"] = _send
    app.url_defaults(_add_hash)
    app.after_request(_keep_hashed)


def _send(filename: str) -> Response:
    """A file, or the scripts that ``+`` joins, each once, so that no address asks for more than there is."""
    parts = filename.split("+")
    if len(parts) == 1:
        return flask.current_app.send_static_file(filename)
    paths = [Path(safe_join(str(STATIC), part) or "") for part in parts]
    if len(set(paths)) < len(paths) or not all(path.suffix == ".js" and path.is_file() for path in paths):
        flask.abort(404)
    body = b"".join(path.read_bytes() for path in paths)
    response = flask.Response(body, mimetype=mimetypes.guess_type(filename)[0])
    response.add_etag()
    return response.make_conditional(flask.request)


def _add_hash(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values and (known := content_hash(values["filename"])):
        values["v"] = known


def _keep_hashed(response: flask.Response) -> flask.Response:
    request = flask.request
    if request.endpoint != "static" or response.status_code not in {200, 206, 304}:
        return response
    asked = request.args.get("v")
    if asked and asked == content_hash((request.view_args or {})["filename"]):
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response
