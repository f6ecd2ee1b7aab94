"""Work that runs behind the pages: where it stands, and starting an analysis."""

import flask

from app import jobs
from app.geojson import json_text
from app.web.current import house
from app.web.parameters import Parameters, read_days, within
from layers import jobs as kept
from layers.database import transaction

blueprint = flask.Blueprint("jobs", __name__)


@blueprint.get("/api/jobs")
def newest() -> flask.Response:
    """The latest jobs, newest first."""
    parameters = Parameters(flask.request.args)
    limit = parameters.take("limit", within(1, 200), "要是 1 到 200 的整数")
    parameters.done()
    with transaction(house().engine) as connection:
        return _json(kept.newest(connection, limit or 20))


@blueprint.get("/api/jobs/<int:job_id>")
def one(job_id: int) -> flask.Response:
    """Where one job stands."""
    with transaction(house().engine) as connection:
        return _json(kept.one(connection, job_id))


@blueprint.post("/api/analyses")
def analyse() -> flask.Response:
    """Start an analysis, of what happened before ``until`` where that is given; 409 while one is waiting already."""
    parameters = Parameters(flask.request.form)
    _, until = read_days(parameters)
    parameters.take("csrf_token", str, "")
    parameters.done()
    with transaction(house().engine) as connection:
        job_id = jobs.enqueue_analysis(connection, until=until)
    response = _json({"job_id": job_id})
    response.status_code = 202
    response.headers["Location"] = flask.url_for("jobs.one", job_id=job_id)
    return response


def _json(value: object) -> flask.Response:
    return flask.Response(json_text(value), mimetype="application/json")
