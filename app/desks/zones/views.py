"""What an analysis took off the map: brought back, or confirmed, by the acting post."""

from collections.abc import Callable

import flask
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import posts
from app.core.current import exact_number_seen, house
from app.core.parameters import LAST_ID, form_parameters, within
from gis.errors import Refused
from layers import pictures, write
from layers.database import transaction

blueprint = flask.Blueprint("analyses", __name__)


@blueprint.post("/analyses/exchange")
def exchange() -> Response:
    """Show the analysis that is set aside and set aside the one shown; 412 where either is another by now."""
    return _decided(pictures.exchange, "analysis_exchanged")


@blueprint.post("/analyses/confirm")
def confirm() -> Response:
    """Let the analysis shown stand and forget the one set aside; 412 where either is another by now."""
    return _decided(pictures.confirm, "analysis_confirmed")


def _decided(act: Callable[[sa.Connection, int, int], None], action: str) -> Response:
    """The version is the analysis shown, whose id the page holds."""
    shown = exact_number_seen()
    parameters = form_parameters(flask.request.form)
    analysis_id = parameters.take("analysis", within(1, LAST_ID), "要是放在一边的那次分析的编号")
    parameters.done()
    if analysis_id is None:
        raise Refused("要写明放在一边的是哪一次分析", kind="bad_request")
    with transaction(house().engine) as connection:
        told = {"post": posts.acting(connection), "analysis_id": analysis_id}
        act(connection, analysis_id, shown)
        write.note(connection, account=flask.session["account"], action=action, layer="risk_zones", detail=told)
    return flask.redirect(flask.url_for("workbench.show"), 303)
