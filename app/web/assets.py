"""Static files under addresses that carry their content's hash, so that a browser may keep them for good."""

from typing import Any

import flask

from app.maps.figure import content_hash

YEAR_SECONDS = 365 * 24 * 3600


def register(app: flask.Flask) -> None:
    """Let ``url_for("static", …)`` add the hash; a file asked for with it is kept for good, any other revalidates."""
    app.url_defaults(_add_hash)
    app.after_request(_keep_hashed)


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
