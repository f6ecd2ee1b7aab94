"""Work that runs behind the pages: where it stands."""

from collections.abc import Mapping
from typing import Any

import flask

from app.core import access
from app.core.acting import requester
from app.core.current import fetch, json_response
from app.core.parameters import LAST_ID, Parameters, within
from layers import jobs as kept

blueprint = flask.Blueprint("jobs", __name__)


@blueprint.get("/api/jobs")
@access.needs("service.read", query=("limit",))
def newest() -> flask.Response:
    """The latest jobs, newest first."""
    with Parameters(flask.request.args) as parameters:
        limit = parameters.take("limit", within(1, 200), "要是 1 到 200 的整数")
    return json_response([_outside(job) for job in fetch(kept.newest, limit or 20)])


@blueprint.get(f"/api/jobs/<int(max={LAST_ID}):job_id>")
@access.needs("service.read")
def one(job_id: int) -> flask.Response:
    """Where one job stands."""
    return json_response(_outside(fetch(kept.one, job_id)))


def _outside(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job with the figures of its result; what the file said stays with whoever imported it.

    What is counted of the whole city is not told to whoever has a part of it.
    """
    private = ("refused", "warnings") if job["task"] == "import" else ()
    if requester().scope and job["task"] != "import":
        return {**job, "result": {}}
    return {**job, "result": {key: value for key, value in (job["result"] or {}).items() if key not in private}}
