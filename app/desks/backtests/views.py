"""The house's own score, and a new back-test."""

import flask
from werkzeug.wrappers import Response

from app.core import access
from app.core.current import act, fetch
from app.desks.backtests.jobs import enqueue_backtest
from app.desks.backtests.scorecard import HEIGHT, WIDTH, scorecard

blueprint = flask.Blueprint("backtests", __name__)


@blueprint.get("/backtest")
@access.needs("backtests.read")
def show() -> str:
    """The newest back-test."""
    return flask.render_template("backtests/page.html", card=fetch(scorecard), width=WIDTH, height=HEIGHT)


@blueprint.post("/backtest")
@access.needs("backtests.run", answers=(303,))
def again() -> Response:
    """Queue a back-test and come back to the page; 409 while one is waiting already."""
    act(enqueue_backtest)
    return flask.redirect(flask.url_for("backtests.show"), 303)
