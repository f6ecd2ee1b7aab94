"""The tip desk. A tip's text leaves by these views only, and for the desk alone."""

import dataclasses
import datetime as dt
from typing import Any

import flask

from app.core import access, versions
from app.core.current import act, fetch, house, json_object, json_response
from app.core.operations import NUMBER, TEXT, WHOLE, choice, fields
from app.core.parameters import LAST_ID, Parameters, one_of, searched, within
from app.core.words import WRONG_BODY
from app.desks.tips import contact
from app.desks.tips import desk as tip_desk
from app.desks.tips import place as tip_place
from gis.errors import Refused
from gis.gazetteer import Gazetteer
from layers.catalog import TIP_CATEGORIES, TIP_CHANNELS, TIP_STATUSES

MOST_START = 10**9 - 1
#: What a body need not tell: from which version, which a header may tell.
_NOT_TOLD = {"version"}

blueprint = flask.Blueprint("tips", __name__)

_TIP = fields(
    {"text": TEXT, "channel": choice(*TIP_CHANNELS), "category": choice(*TIP_CATEGORIES), "address": TEXT,
     "source_no": TEXT, "community_code": TEXT, "lon": {"type": ["number", "null"]},
     "lat": {"type": ["number", "null"]},
     "contact": fields({"plain": TEXT, "desk_key": TEXT, "sealed": TEXT, "sealed_key": TEXT})},
    "text",
)  # fmt: skip
_PLACING = fields(
    {"lon": NUMBER, "lat": NUMBER, "place_error_m": NUMBER, "community_code": TEXT, "name": TEXT, "version": WHOLE},
    "lon", "lat", "place_error_m",
)  # fmt: skip
_STEP = fields(
    {"step": choice(*tip_desk.ENDS), "version": WHOLE, "reason": TEXT, "original": WHOLE, "transferred_to": TEXT},
    "step",
)


@blueprint.get("/tips")
@access.needs("tips.read")
def show() -> str:
    """The desk."""
    config = {
        "key": fetch(contact.desk_key),
        "channels": TIP_CHANNELS,
        "categories": TIP_CATEGORIES,
        "bounds": house().settings.profile.bounds,
    }
    return flask.render_template(
        "tips/page.html", config=config, longest=tip_desk.LONGEST | {"contact": contact.LONGEST_CONTACT}
    )


@blueprint.get("/tips/inbox")
@access.needs("tips.read", query=("status", "text", "start"))
def inbox() -> flask.Response:
    """A page of the tips of one status, the most urgent first."""
    with Parameters(flask.request.args) as parameters:
        status = parameters.take("status", one_of(TIP_STATUSES), "要是 " + "、".join(TIP_STATUSES) + " 之一") or "new"
        text = parameters.take("text", searched, "要是 1 到 40 个字") or ""
        start = parameters.take("start", within(0, MOST_START), f"要是 0 到 {MOST_START} 的整数") or 0
    profile = house().settings.profile
    return json_response(fetch(tip_desk.list_tips, profile, status=status, text=text, start=start))


@blueprint.get(f"/tips/<int(max={LAST_ID}):tip_id>")
@access.needs("tips.read")
def one(tip_id: int) -> flask.Response:
    """One tip with its text, its steps and what it may repeat."""
    known, profile = _known(), house().settings.profile
    tip = fetch(tip_desk.show_tip, profile, tip_id)
    likely = fetch(tip_place.originals, tip["text"] or "", tip, tip_id=tip_id)
    doubt = tip_place.doubted(known, tip["address"], tip["community_code"])
    response = json_response(tip | likely | {"doubt": doubt} | tip_place.choices(profile, known, tip))
    response.set_etag(str(tip["version"]))
    return response


@blueprint.post("/tips/likely")
@access.needs("tips.write")
def look() -> flask.Response:
    """What a tip that is being typed may repeat, what lies at its place, what speaks against it; nothing is kept."""
    told = tip_place.Unsaved(**_body_as(tip_place.Unsaved))
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - whoever types one has just been told of it
    return json_response(fetch(tip_place.look, house().settings.profile, _known(), told, now=now))


@blueprint.post("/tips")
@access.needs("tips.write", body=_TIP, answers=(201,))
def add() -> flask.Response:
    """Keep a tip the desk was told, at the place of its address where that is sure and no other is told."""
    left = contact.sent_contact(json_object().get("contact"))
    told = tip_place.placed(house().settings.profile, _known(), tip_desk.NewTip(**_body_as(tip_desk.NewTip)))
    return json_response(act(tip_desk.add_tip, house().settings.profile, told, contact=left), 201)


@blueprint.post(f"/tips/<int(max={LAST_ID}):tip_id>/steps")
@access.needs("tips.write", body=_STEP, versioned=True)
def step(tip_id: int) -> flask.Response:
    """Take a step; 412 when somebody else took one meanwhile."""
    version = versions.exact_number_seen()
    told = _body_as(tip_desk.Step)
    return json_response(act(tip_desk.take_step, tip_id, tip_desk.Step(**told, version=version)))


@blueprint.post(f"/tips/<int(max={LAST_ID}):tip_id>/place")
@access.needs("tips.write", body=_PLACING, versioned=True)
def put(tip_id: int) -> flask.Response:
    """Put a tip at the place chosen for its address; 412 when somebody else took a step meanwhile."""
    version = versions.exact_number_seen()
    placing = tip_desk.Placing(**_body_as(tip_desk.Placing), version=version)
    return json_response(act(tip_desk.put_tip, house().settings.profile, tip_id, placing))


def _known() -> Gazetteer | None:
    known = house().places.known()
    return known and known.everything


def _body_as(kind: Any) -> dict[str, Any]:
    """The JSON body as the fields of that dataclass, each of its declared kind.

    Raises:
        Refused: it is no object, or a field is unknown or of another kind.
    """
    body = {name: value for name, value in json_object().items() if name != "contact" or kind is not tip_desk.NewTip}
    kinds: dict[str, Any] = {f.name: f.type for f in dataclasses.fields(kind) if f.name not in _NOT_TOLD}
    needed = {f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING} - _NOT_TOLD
    if "version" in {f.name for f in dataclasses.fields(kind)}:
        body.pop("version", None)  # read with the header that may stand for it
    if not needed <= set(body) <= set(kinds):
        raise Refused(WRONG_BODY, kind="bad_request")
    numbers = ("lon", "lat", "place_error_m")
    body = {name: float(value) if name in numbers and _is_whole(value) else value for name, value in body.items()}
    for name, value in body.items():
        if isinstance(value, bool) or not isinstance(value, kinds[name]):
            raise Refused(f"{name} 的值不对", kind="bad_request")
    return body


def _is_whole(value: object) -> bool:
    """Whether it is a whole number that a float holds too."""
    return type(value) is int and abs(value) <= 2**53
