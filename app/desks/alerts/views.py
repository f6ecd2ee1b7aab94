"""Early warning: open alerts by county, their tasks closed with a result, and what is watched."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import flask
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import access, acting, errors, versions
from app.core.current import act, fetch, house
from app.core.operations import FORM, TEXT, WHOLE, choice, fields
from app.core.parameters import LAST_ID, form_parameters
from app.desks.alerts.desk import (
    DUE_WORKING_DAYS,
    LONGEST_NOTE,
    MOST_CLOSED,
    RESULTS,
    Closing,
    Reopening,
    close_alert,
    list_alerts,
    reopen_alert,
)
from app.desks.alerts.jobs import enqueue_watch
from gis.errors import DomainError
from layers.actor import Actor

blueprint = flask.Blueprint("alerts", __name__)


@blueprint.get("/alerts")
@access.needs("alerts.read")
def show() -> str:
    """Open alerts by county, closed ones below, and how far each county is watched."""
    return fetch(_page)


@blueprint.post("/alerts")
@access.needs("alerts.watch", answers=(303,))
def again() -> Response:
    """Queue a watch and come back to the page."""
    act(enqueue_watch)
    return flask.redirect(flask.url_for("alerts.show"), 303)


@blueprint.post(f"/alerts/<int(max={LAST_ID}):alert_id>/close")
@access.needs(
    "alerts.close",
    body=fields({"result": choice(*RESULTS), "note": TEXT, "post": TEXT, "version": WHOLE}, "result"),
    media=FORM,
    answers=(303,),
    versioned=True,
)
def close(alert_id: int) -> Response | tuple[str, int]:
    """Close an alert; 409 when it is closed, 412 when it has changed meanwhile; what was filled in stays."""
    form = _form("result", "note", "post")

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        closing = Closing(result=form["result"], note=form["note"], version=_version(*form))
        close_alert(connection, actor, alert_id, closing)

    return _changed(alert_id, form, workflow, anchor="closed")


@blueprint.post(f"/alerts/<int(max={LAST_ID}):alert_id>/reopen")
@access.needs(
    "alerts.close",
    body=fields({"reason": TEXT, "post": TEXT, "version": WHOLE}, "reason"),
    media=FORM,
    answers=(303,),
    versioned=True,
)
def reopen(alert_id: int) -> Response | tuple[str, int]:
    """Open a closed alert again; 409 when it is open, 412 when it has changed meanwhile; what was filled in stays."""
    form = _form("reason", "post")

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        reopening = Reopening(reason=form["reason"], version=_version(*form))
        reopen_alert(connection, actor, house().settings.profile, alert_id, reopening)

    return _changed(alert_id, form, workflow, anchor=f"alert-{alert_id}")


def _form(*names: str) -> dict[str, str]:
    return {name: flask.request.form.get(name, "") for name in names}


def _changed(
    alert_id: int, form: dict[str, str], workflow: Callable[[sa.Connection, Actor], None], *, anchor: str
) -> Response | tuple[str, int]:
    """Back to the page after ``workflow`` by the form's post; where it fails, with its fault and what was filled in."""
    try:
        act(workflow, actor=acting.requester().at(form["post"]) if form["post"] else acting.requester())
    except DomainError as error:
        if errors.wants_json():
            raise
        told = {"alert_id": alert_id, "fault": error.sentence, **form}
        return fetch(_page, filled=told), errors.status_of(error)
    return flask.redirect(flask.url_for("alerts.show", _anchor=anchor), 303)


def _version(*fields: str) -> int:
    """The version the form was filled in from, once nothing else stands in it."""
    version, parameters = versions.exact_number_seen(), form_parameters(flask.request.form)
    for name in fields:
        parameters.take(name, str, "只写一次")
    parameters.done()
    return version


def _page(connection: sa.Connection, *, filled: dict[str, Any] | None = None) -> str:
    found = list_alerts(connection)
    counties = [(county, list(rows)) for county, rows in groupby(found["open"], key=lambda row: row["county"])]
    return flask.render_template(
        "alerts/page.html",
        counties=counties,
        closed=found["closed"],
        most_closed=MOST_CLOSED,
        watches=found["watches"],
        until=max((row["until"] for row in found["watches"]), default=None),
        told=filled,
        results=RESULTS,
        longest=LONGEST_NOTE,
        due_days=DUE_WORKING_DAYS,
        zone=house().zone,
    )
