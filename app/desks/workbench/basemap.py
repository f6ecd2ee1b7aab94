"""The local basemap, tile by tile."""

from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

import flask

from app.core import access
from app.core.current import house
from app.core.parameters import Parameters, tile_place
from gis.errors import NotFound
from layers import basemap

blueprint = flask.Blueprint("basemap", __name__)

KEPT_SECONDS = 24 * 3600


@blueprint.get("/basemap")
@access.needs("map.read")
def about() -> flask.Response:
    """Whether the profile's basemap is of vectors or pictures, and the zoom it reaches."""
    Parameters(flask.request.args).done()
    return flask.jsonify(asdict(basemap.about(_path())))


@blueprint.get("/basemap/<zoom>/<column>/<row>")
@access.needs("map.read")
def show(zoom: str, column: str, row: str) -> flask.Response:
    """One tile of it; where the file has none, a clear picture, or nothing where its tiles are vectors."""
    with Parameters(flask.request.args) as parameters:
        place = tile_place(parameters, zoom, column, row)
    path = _path()
    body, kind = basemap.tile(path, *place) or _gap(path)
    response = flask.Response(body, HTTPStatus.OK if body else HTTPStatus.NO_CONTENT, mimetype=kind)
    if body.startswith(basemap.GZIP):
        response.content_encoding = "gzip"
    response.cache_control.private = True
    response.cache_control.max_age = KEPT_SECONDS
    return response


def _path() -> Path:
    path = house().settings.profile.basemap
    if path is None:
        raise NotFound("城市配置里没有底图", kind="no_basemap")
    return path


def _gap(path: Path) -> tuple[bytes, str]:
    return (b"", basemap.VECTOR) if basemap.about(path).vector else (basemap.clear(), "image/png")
