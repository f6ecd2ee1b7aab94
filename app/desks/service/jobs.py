"""Work that runs behind the pages: where it stands, and starting an analysis."""

from collections.abc import Mapping
from typing import Any

import flask

from app import worker as jobs
from app.core.current import house, json_response
from app.core.parameters import LAST_ID, Parameters, form_parameters, read_days, within
from gis.errors import Refused
from layers import jobs as kept
from layers.database import transaction

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

blueprint = flask.Blueprint("jobs", __name__)


@blueprint.get("/api/jobs")
def newest() -> flask.Response:
    """The latest jobs, newest first."""
    parameters = Parameters(flask.request.args)
    limit = parameters.take("limit", within(1, 200), "要是 1 到 200 的整数")
    parameters.done()
    with transaction(house().engine) as connection:
        return json_response([_outside(job) for job in kept.newest(connection, limit or 20)])


@blueprint.get(f"/api/jobs/<int(max={LAST_ID}):job_id>")
def one(job_id: int) -> flask.Response:
    """Where one job stands."""
    with transaction(house().engine) as connection:
        return json_response(_outside(kept.one(connection, job_id)))


def _outside(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with the figures of its result; what the file said stays with whoever imported it."""
    private = ("refused", "warnings") if job["task"] == "import" else ()
    return {**job, "result": {key: value for key, value in (job["result"] or {}).items() if key not in private}}


@blueprint.post("/api/analyses")
def analyse() -> flask.Response:
    """Start an analysis, of what happened before ``until`` where that is given; 409 while one is waiting already."""
    if flask.request.get_data() and flask.request.mimetype not in FORMS:
        raise Refused("分析的参数要以表单发送,不能是别的内容", kind="bad_request")
    parameters = form_parameters(flask.request.form)
    _, until = read_days(parameters)
    parameters.done()
    with transaction(house().engine) as connection:
        job_id = jobs.enqueue_analysis(connection, until=until)
    response = json_response({"job_id": job_id}, 202)
    response.headers["Location"] = flask.url_for("jobs.one", job_id=job_id)
    return response
