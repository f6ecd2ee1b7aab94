"""The house's own score, and a new back-test."""

import flask
from werkzeug.wrappers import Response

from app.core import access
from app.core.acting import requester
from app.core.current import house
from app.desks.backtests.jobs import enqueue_backtest
from app.desks.backtests.scorecard import HEIGHT, WIDTH, scorecard
from layers.database import transaction

blueprint = flask.Blueprint("backtests", __name__)


@blueprint.get("/backtest")
@access.needs("backtests.read")
def show() -> str:
    """The newest back-test."""
    with transaction(house().engine, requester()) as connection:
        card = scorecard(connection)
    return flask.render_template("backtest.html", card=card, width=WIDTH, height=HEIGHT)


@blueprint.post("/backtest")
@access.needs("backtests.run", answers=(303,))
def again() -> Response:
    """Queue a back-test and come back to the page; 409 while one is waiting already."""
    with transaction(house().engine, requester()) as connection:
        enqueue_backtest(connection, requester())
    return flask.redirect(flask.url_for("backtests.show"), 303)
