"""Vector tiles of the large layers."""

from typing import Any

import flask

from app.core import access, answers
from app.core.current import answer
from app.core.parameters import RULES, Parameters, read_days, tile_place
from gis.errors import NotFound
from layers import catalog, tiles

blueprint = flask.Blueprint("tiles", __name__)

MIMETYPE = "application/vnd.mapbox-vector-tile"


@blueprint.get("/tiles/<layer>/<zoom>/<column>/<row>.mvt")
@access.needs("map.read", query=("since", "until", "level"))
def show(layer: str, zoom: str, column: str, row: str) -> flask.Response:
    """One tile; where nothing lies in it, an empty one."""
    table = catalog.layer_named(layer).table
    if table not in tiles.FIELDS:
        raise NotFound(f"图层“{layer}”没有矢量瓦片,可用的有:{'、'.join(tiles.FIELDS)}", kind="no_tiles")
    with Parameters(flask.request.args) as parameters:
        since, until = read_days(parameters)
        level = parameters.take("level", *RULES["level"])
        place = tile_place(parameters, zoom, column, row)
    asked: dict[str, Any] = {"since": since, "until": until, "level": "community" if layer == "communities" else level}
    return answer(
        ("tile", table, place, tuple(asked.values())),
        lambda connection: answers.render(
            tiles.tile(connection, table, zoom=place[0], column=place[1], row=place[2], **asked), MIMETYPE
        ),
        layers=(table,),
    )
