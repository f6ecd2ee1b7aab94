"""The figures a bureau chief asks for, and the table of counties."""

from typing import Any

import flask
import sqlalchemy as sa

from app.core import access
from app.core.acting import requester
from app.core.answers import Answer, render_json
from app.core.current import house, sent
from app.core.geojson import records
from app.core.parameters import Asked, read_asked
from app.core.periods import closed
from layers import read
from layers.holidays import load_calendar

blueprint = flask.Blueprint("figures", __name__)


@blueprint.get("/api/figures")
@access.needs("map.read", query=("since", "until", "area"))
def figures() -> flask.Response:
    """Tips, verified, dens, rescued, overdue, communities free and the rest, in a period and an area."""
    return sent(figures_of(read_asked(flask.request.args, "area")))


@blueprint.get("/api/counties")
@access.needs("map.read", query=("since", "until"))
def counties() -> flask.Response:
    """The same figures, one row per county."""
    return sent(counties_of(read_asked(flask.request.args)))


def figures_of(asked: Asked) -> Answer:
    """The figures, with the period they are of."""

    def build(connection: sa.Connection) -> Answer:
        period = _period(connection, asked)
        prefix = asked.cut_in(connection, city=house().settings.profile.city_code).prefix
        found = read.figures(connection, **period, prefix=prefix)
        return render_json({"since": period["since"], "until": period["until"], **found})

    return house().answers.get(("figures", asked), requester(), (), build)


def counties_of(asked: Asked) -> Answer:
    """The table of counties."""

    def build(connection: sa.Connection) -> Answer:
        table = read.county_table(connection, **_period(connection, asked))
        return render_json(records(table, zone=house().zone))

    return house().answers.get(("counties", asked), requester(), (), build)


def _period(connection: sa.Connection, asked: Asked) -> dict[str, Any]:
    since, until = closed(connection, asked.cut, house().zone)
    calendar = load_calendar(house().settings.profile.calendar)
    return {"since": since, "until": until, "is_open": asked.cut.until is None, "calendar": calendar}
