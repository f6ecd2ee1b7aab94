"""Layers as workbooks to take away, without a word of a tip."""

import io
import tempfile
from pathlib import Path

import flask

from app.core import access, acting
from app.core.current import drawing, house
from app.core.parameters import RULES, Parameters
from app.desks.exports.desk import export_layer
from gis.errors import NotFound
from layers.catalog import flagged, title_of

#: What the pages offer; the command exports every layer.
OFFERED = flagged("exported")

blueprint = flask.Blueprint("exports", __name__)


@blueprint.get("/exports/<layer>.xlsx")
@access.needs("exports.take", query=("area",))
def show(layer: str) -> flask.Response:
    """The rows of a layer, or of those in an area, as a workbook; who took which is kept."""
    if layer not in OFFERED:
        raise NotFound(f"没有名为“{layer}”的表格,可用的有:{'、'.join(OFFERED)}", kind="unknown_layer")
    with Parameters(flask.request.args) as parameters:
        area = parameters.take("area", *RULES["area"])
    with drawing(), tempfile.TemporaryDirectory() as folder:  # a city's rental units take ten seconds
        path = Path(folder) / "layer.xlsx"
        export_layer(house().engine, acting.requester(), house().settings.profile, layer, path, area=area)
        content = io.BytesIO(path.read_bytes())
    title = title_of(layer)
    return flask.send_file(content, as_attachment=True, download_name=f"{title}{area or ''}.xlsx", max_age=0)
