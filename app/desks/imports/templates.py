"""Empty registers to fill in, one for each layer that is imported."""

import io

import flask

from app.core import access, workbooks
from app.core.current import house
from layers.catalog import layer_named

blueprint = flask.Blueprint("templates", __name__)


@blueprint.get("/templates/<layer>.xlsx")
@access.needs("imports.write")
def show(layer: str) -> flask.Response:
    """The empty register of a layer as a workbook."""
    wanted, workbook = layer_named(layer), io.BytesIO()
    workbooks.template(workbook, wanted, code_prefix=house().settings.profile.code_prefix)
    workbook.seek(0)
    return flask.send_file(workbook, as_attachment=True, download_name=f"{wanted.title}登记表.xlsx", max_age=0)
