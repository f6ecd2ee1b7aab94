"""The review of a zone by the acting post."""

from datetime import date

import flask

from app.core import access, acting, versions
from app.core.current import act, fetch, json_response
from app.core.operations import DAY, FORM, TEXT, choice, fields
from app.core.parameters import a_day, form_parameters, one_of
from app.desks.zones.desk import Review, review_zone, show_zone
from gis.grades import GRADES

blueprint = flask.Blueprint("reviews", __name__)

_REVIEW = fields(
    {"decision": choice("confirmed", "dismissed"), "grade": choice(*GRADES), "expires_on": DAY, "reason": TEXT,
     "version": TEXT},
    "grade", "expires_on", "reason",
)  # fmt: skip


@blueprint.get("/api/zones/<zone_id>/review")
@access.needs("map.read")
def show(zone_id: str) -> flask.Response:
    """A zone's standing, its reviews, and the post that would review it now."""
    standing = fetch(show_zone, zone_id)
    response = json_response(standing | {"post": fetch(acting.chosen_post)})
    response.set_etag(standing["version"])
    return response


@blueprint.put("/api/zones/<zone_id>/review")
@access.needs("zones.review", body=_REVIEW, media=FORM, versioned=True)
def put(zone_id: str) -> flask.Response:
    """Review it; 412 when somebody else has meanwhile."""
    version = versions.version_seen()
    with form_parameters(flask.request.form) as parameters:
        decision = parameters.take("decision", one_of(("confirmed", "dismissed")), "要是 confirmed 或 dismissed")
        grade = parameters.take("grade", one_of(GRADES), f"要是 {'、'.join(GRADES)} 之一")
        expires_on = parameters.take("expires_on", a_day, "要写成 2026-05-03 这样的日期")
        reason = parameters.take("reason", str, "只写一次")
        for name, value in {"grade": grade, "expires_on": expires_on}.items():
            if value is None:
                parameters.refuse(f"缺少 {name}")
    review = Review(
        reason=reason or "",
        expires_on=expires_on or date.min,
        grade=grade or "",
        decision="dismissed" if decision == "dismissed" else "confirmed",
        version=version or "",  # a zone is reviewed as it was seen, never whichever there is
    )
    return json_response(act(review_zone, zone_id, review))
