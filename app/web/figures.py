"""The figures a bureau chief asks for, and the table of counties."""

from typing import Any

import flask
import sqlalchemy as sa

from app.answers import Answer, render_json
from app.geojson import records
from app.web.current import house, sent
from app.web.parameters import Asked, read_asked
from app.workflows.periods import closed
from gis.workdays import Calendar
from layers import read
from layers.holidays import load_calendar

blueprint = flask.Blueprint("figures", __name__)


@blueprint.get("/api/figures")
def figures() -> flask.Response:
    """Tips, verified, dens, rescued, overdue, communities free and the rest, in a period and an area."""
    return sent(figures_of(read_asked(flask.request.args, "area")))


@blueprint.get("/api/counties")
def counties() -> flask.Response:
    """The same figures, one row per county."""
    return sent(counties_of(read_asked(flask.request.args)))


def figures_of(asked: Asked) -> Answer:
    """The figures, with the period they are of."""

    def build(connection: sa.Connection) -> Answer:
        since, until = closed(connection, asked.cut, house().zone)
        prefix = asked.cut_in(connection).prefix
        told: dict[str, Any] = {"since": since, "until": until, "is_open": asked.cut.until is None}
        found = read.figures(connection, calendar=_calendar(), prefix=prefix, **told)
        return render_json({"since": since, "until": until, **found})

    return house().answers.get(("figures", asked), (), build)


def counties_of(asked: Asked) -> Answer:
    """The table of counties."""

    def build(connection: sa.Connection) -> Answer:
        since, until = closed(connection, asked.cut, house().zone)
        told: dict[str, Any] = {"since": since, "until": until, "is_open": asked.cut.until is None}
        table = read.county_table(connection, calendar=_calendar(), **told)
        return render_json(records(table, zone=house().zone))

    return house().answers.get(("counties", asked), (), build)


def _calendar() -> Calendar:
    return load_calendar(house().settings.profile.calendar)
