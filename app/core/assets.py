"""Static files under addresses that carry their content's hash, so that a browser may keep them for good."""

import mimetypes
from pathlib import Path
from typing import Any

import flask
from werkzeug import Response
from werkzeug.security import safe_join

from app.maps.figure import asset_file, content_hash, source

YEAR_SECONDS = 365 * 24 * 3600
#: What of a desk's folder a browser may have.
SERVED = {".css", ".js"}


def register(app: flask.Flask) -> None:
    """Let ``url_for("static", …)`` add the hash; a file asked for with it is kept for good, any other revalidates."""
    app.view_functions["static"] = _send
    app.url_defaults(_add_hash)
    app.after_request(_keep_hashed)


def _send(filename: str) -> Response:
    """A file of app/static, a sheet or a script of a desk; a script of our own with all that it imports."""
    if not filename.startswith("desks/") and (not filename.endswith(".js") or filename.startswith("vendor/")):
        return flask.current_app.send_static_file(filename)
    root = asset_file(filename).parents[filename.count("/")]
    file = Path(safe_join(str(root), filename) or "")
    if file.suffix not in SERVED or not file.is_file():
        flask.abort(404)
    response = flask.Response(source(filename), mimetype=mimetypes.guess_type(filename)[0])
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
