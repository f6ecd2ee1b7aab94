"""The figures a bureau chief asks for, and the table of counties."""

from typing import Any

import flask
import sqlalchemy as sa

from app.core import access, acting, geojson, periods
from app.core.answers import Answer, render_json
from app.core.current import house, sent
from app.core.parameters import Query, read_query
from layers import holidays, read

blueprint = flask.Blueprint("figures", __name__)


@blueprint.get("/api/figures")
@access.needs("map.read", query=("since", "until", "area"))
def figures() -> flask.Response:
    """Tips, verified, dens, rescued, overdue, communities free and the rest, in a period and an area."""
    return sent(figures_of(read_query(flask.request.args, "area")))


@blueprint.get("/api/counties")
@access.needs("map.read", query=("since", "until"))
def counties() -> flask.Response:
    """The same figures, one row per county."""
    return sent(counties_of(read_query(flask.request.args)))


def figures_of(query: Query) -> Answer:
    """The figures, with the period they are of."""

    def build(connection: sa.Connection) -> Answer:
        period = _period(connection, query)
        prefix = query.cut_in(connection, city=house().settings.profile.city_code).prefix
        found = read.figures(connection, **period, prefix=prefix)
        return render_json({"since": period["since"], "until": period["until"], **found})

    return house().answers.get(("figures", query), acting.requester(), (), build)


def counties_of(query: Query) -> Answer:
    """The table of counties."""

    def build(connection: sa.Connection) -> Answer:
        table = read.county_table(connection, **_period(connection, query))
        return render_json(geojson.records(table, zone=house().zone))

    return house().answers.get(("counties", query), acting.requester(), (), build)


def _period(connection: sa.Connection, query: Query) -> dict[str, Any]:
    since, until = periods.closed(connection, query.cut, house().zone)
    calendar = holidays.load_calendar(house().settings.profile.calendar)
    return {"since": since, "until": until, "is_open": query.cut.until is None, "calendar": calendar}
