"""The local basemap, picture by picture."""

import flask

from app.core import access
from app.core.current import house
from app.core.parameters import Parameters, tile_place
from gis.errors import NotFound
from layers import basemap

blueprint = flask.Blueprint("basemap", __name__)

KEPT_SECONDS = 24 * 3600


@blueprint.get("/basemap/<zoom>/<column>/<row>")
@access.needs("map.read")
def show(zoom: str, column: str, row: str) -> flask.Response:
    """One picture of the profile's basemap, clear where the file has none."""
    parameters = Parameters(flask.request.args)
    place = tile_place(parameters, zoom, column, row)
    parameters.done()
    path = house().settings.profile.basemap
    if path is None:
        raise NotFound("城市配置里没有底图", kind="no_basemap")
    body, kind = basemap.tile(path, *place) or (basemap.clear(), "image/png")
    response = flask.Response(body, mimetype=kind)
    response.cache_control.private = True
    response.cache_control.max_age = KEPT_SECONDS
    return response
