"""Starting an analysis; what one took off the map: brought back, or confirmed, by the acting post."""

from collections.abc import Callable

import flask
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import access, versions
from app.core.current import act, json_response
from app.core.operations import DAY, FORM, WHOLE, fields
from app.core.parameters import LAST_ID, form_parameters, read_days, within
from app.desks.zones import desk, jobs
from gis.errors import Refused
from layers.actor import Actor

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

blueprint = flask.Blueprint("analyses", __name__)

_DECIDED = fields({"analysis": WHOLE, "version": WHOLE}, "analysis")


@blueprint.post("/analyses/exchange")
@access.needs("zones.analyse", body=_DECIDED, media=FORM, answers=(303,), versioned=True)
def exchange() -> Response:
    """Show the analysis that is set aside and set aside the one shown; 412 where either is another by now."""
    return _decided(desk.bring_back)


@blueprint.post("/analyses/confirm")
@access.needs("zones.analyse", body=_DECIDED, media=FORM, answers=(303,), versioned=True)
def confirm() -> Response:
    """Let the analysis shown stand and forget the one set aside; 412 where either is another by now."""
    return _decided(desk.let_stand)


def _decided(workflow: Callable[[sa.Connection, Actor, int, int], None]) -> Response:
    """The version is the analysis shown, whose id the page holds."""
    shown = versions.exact_number_seen()
    with form_parameters(flask.request.form) as parameters:
        analysis_id = parameters.take("analysis", within(1, LAST_ID), "要是放在一边的那次分析的编号")
    if analysis_id is None:
        raise Refused("要写明放在一边的是哪一次分析", kind="bad_request")
    act(workflow, analysis_id, shown)
    return flask.redirect(flask.url_for("workbench.show"), 303)


@blueprint.post("/api/analyses")
@access.needs("zones.analyse", body=fields({"until": DAY}), media=FORM, answers=(202,))
def analyse() -> flask.Response:
    """Start an analysis, of what happened before ``until`` where that is given; 409 while one is waiting already."""
    if flask.request.get_data() and flask.request.mimetype not in FORMS:
        raise Refused("分析的参数要以表单发送,不能是别的内容", kind="bad_request")
    with form_parameters(flask.request.form) as parameters:
        _, until = read_days(parameters)
    job_id = act(jobs.enqueue_analysis, until=until)
    response = json_response({"job_id": job_id}, 202)
    response.headers["Location"] = flask.url_for("jobs.one", job_id=job_id)
    return response
