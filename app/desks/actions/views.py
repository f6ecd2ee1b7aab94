"""Joint actions: their list, a new one, and the plan of each with its map and its edits by version."""

import contextlib
import datetime as dt
import io
from http import HTTPStatus
from pathlib import Path
from typing import Any

import flask
import sqlalchemy as sa

from app.core import access, headers, uploads, versions
from app.core.acting import requester
from app.core.current import act, drawing, fetch, house, json_object, json_response, seated
from app.core.geojson import feature_collection, in_zone, json_text
from app.core.operations import DAY, FLAG, NUMBER, TEXT, fields, listed
from app.core.parameters import LAST_ID, RULES, Parameters, searched
from app.desks.actions import apart, form
from app.desks.actions.desk import BUFFER_MINUTES, DOCUMENTS, approve, complete_target, new_action, plan_strike
from app.desks.actions.jobs import enqueue_order
from app.maps.actions import action_map
from gis.errors import NotFound, Refused
from layers import actions as kept
from layers import jobs, registers
from layers.actor import Actor

STEPS = {"added": "新建", "planned": "排定", "approved": "批准"}
#: So many are drawn in the request; sixty hold a seat for a quarter of a minute and more.
FEW_PAGES = 12

blueprint = flask.Blueprint("actions", __name__)

_DOCUMENTS = dict.fromkeys(DOCUMENTS, TEXT)
_TARGET = fields(
    {"place": TEXT, "lon": NUMBER, "lat": NUMBER, "address": TEXT, "zone_id": TEXT, "dwelling": FLAG, **_DOCUMENTS}
)
_ACTION = fields(
    {"name": TEXT, "date": DAY, "since": TEXT, "until": TEXT, "buffer_minutes": NUMBER, "agencies": listed(TEXT),
     "targets": listed(_TARGET)},
    "name", "date", "since", "agencies", "targets",
)  # fmt: skip


@blueprint.get("/actions")
@access.needs("actions.read")
def show_all() -> str:
    """Every action."""
    actions = fetch(kept.listed)
    return flask.render_template("actions/list.html", actions=actions, city_zone=house().zone)


@blueprint.get("/actions/new")
@access.needs("actions.plan", query=("zone",))
def show_new() -> str:
    """An empty form; with ``zone`` the premises of that reviewed zone are offered."""
    with Parameters(flask.request.args) as parameters:
        zone_id = parameters.take("zone", str, "要是重点关注区的编号")
    if zone_id:
        fetch(kept.premises_in_zone, zone_id)
    profile = house().settings.profile
    tomorrow = _now().astimezone(profile.zone).date() + dt.timedelta(days=1)
    agencies = fetch(registers.agencies, profile)
    config = {"zone": zone_id, "buffer_minutes": BUFFER_MINUTES, "date": tomorrow, "agencies": agencies}
    drawn = action_map(profile, script="desks/actions/new.js", nonce=headers.nonce())
    return flask.render_template("actions/new.html", map=drawn, **config)


@blueprint.get(f"/actions/<int(max={LAST_ID}):action_id>")
@access.needs("actions.read")
def show(action_id: int) -> str:
    """One action."""
    action = fetch(kept.action, action_id)
    profile = house().settings.profile
    drawn = action_map(profile, script="desks/actions/page.js", nonce=headers.nonce(), action=action_id)
    return flask.render_template("actions/page.html", map=drawn, action=action, city_zone=house().zone, few=FEW_PAGES)


@blueprint.get(f"/actions/<int(max={LAST_ID}):action_id>/order.pdf")
@access.needs("actions.print")
def order(action_id: int) -> flask.Response:
    """Its order on paper, a page for each team; a long one is left to the worker, where one is alive."""
    pages = fetch(kept.count_legs, action_id)
    if pages > FEW_PAGES and fetch(jobs.worker_alive):
        raise Refused(f"这份行动单有 {pages} 页,请在行动的页面上按“打印行动单”,由后台制作", kind="many_pages")
    url = house().engine.url.render_as_string(hide_password=False)
    with drawing():
        return _handed_out(
            action_id, house().drawer(apart.order_of, url, house().settings.profile, requester(), action_id)
        )


@blueprint.post(f"/api/actions/<int(max={LAST_ID}):action_id>/order")
@access.needs("actions.print", answers=(200, 202))
def draw(action_id: int) -> flask.Response:
    """Have its order drawn by the worker and tell where it will lie; without one it is drawn when it is asked for."""
    sheet = act(_sheet, house().settings.data, action_id)
    if sheet is None:
        return json_response({"job_id": None, "order": flask.url_for("actions.order", action_id=action_id)})
    upload, job_id = sheet
    there = flask.url_for("actions.drawn_order", action_id=action_id, upload=upload)
    return json_response({"job_id": job_id, "order": there}, HTTPStatus.ACCEPTED)


def _sheet(connection: sa.Connection, actor: Actor, data: Path, action_id: int) -> tuple[str, int] | None:
    """The upload and the job of an action's order as it stands: those there are, unless they failed, or new ones.

    None where no worker is alive to draw it.
    """
    version = kept.action(connection, action_id, lock=True)["version"]  # two at once get one sheet
    if not jobs.worker_alive(connection):
        return None
    sheet = uploads.sheet_of(data, action_id)
    if sheet is not None and sheet[1].get("version") == version:  # earlier releases noted none
        with contextlib.suppress(NotFound):
            if jobs.one(connection, sheet[1]["job_id"])["status"] in ("todo", "doing", "succeeded"):
                return sheet[0], int(sheet[1]["job_id"])
    upload = uploads.begin_sheet(data, action_id=action_id)
    job_id = enqueue_order(connection, actor, action_id=action_id, upload=upload)
    note = {"action_id": action_id, "version": version, "job_id": job_id}
    uploads.write_note(data, upload, uploads.PRINTED, note)
    return upload, job_id


@blueprint.get(f"/actions/<int(max={LAST_ID}):action_id>/order/<upload>.pdf")
@access.needs("actions.print")
def drawn_order(action_id: int, upload: str) -> flask.Response:
    """The order that the worker drew of this action; once handed out it soon makes room for another."""
    data = house().settings.data
    body = uploads.file_of(data, upload).read_bytes()
    if not body or uploads.read_note(data, upload, uploads.PRINTED)["action_id"] != action_id:
        raise NotFound("行动单还没有做好", kind="not_drawn")
    if flask.request.method != "HEAD":
        uploads.leave(data, upload)
    return _handed_out(action_id, body)


@blueprint.get("/api/premises")
@access.needs("actions.plan", query=("zone", "bbox", "text"))
def premises() -> flask.Response:
    """Premises to choose targets from: in a reviewed zone, in a small box, or by a text."""
    with Parameters(flask.request.args) as parameters:
        zone_id = parameters.take("zone", str, "要是重点关注区的编号")
        bbox = parameters.take("bbox", *RULES["bbox"])
        text = parameters.take("text", searched, "要是 1 到 40 个字")
        if sum(value is not None for value in (zone_id, bbox, text)) != 1:
            parameters.refuse("zone、bbox、text 要有且只有一个")
    if zone_id is not None:
        frame = fetch(kept.premises_in_zone, zone_id)
    elif bbox is not None:
        frame = fetch(kept.premises_in_box, bbox)
    else:
        frame = fetch(kept.premises_named, text or "")
    return flask.Response(
        feature_collection(frame, matched=frame.attrs["matched"], zone=house().zone), mimetype="application/json"
    )


@blueprint.post("/api/actions")
@access.needs("actions.plan", body=_ACTION, answers=(201,))
def add() -> flask.Response:
    """A new action, planned at once; nothing is stored when it cannot be."""
    profile = house().settings.profile
    asked = form.read_action(json_object(), profile.zone)
    with seated():
        action_id = new_action(house().engine, requester(), profile, asked, now=_now(), planned=True)
    return json_response({"action_id": action_id}, HTTPStatus.CREATED)


@blueprint.get(f"/api/actions/<int(max={LAST_ID}):action_id>")
@access.needs("actions.read")
def tell(action_id: int) -> flask.Response:
    """The action, its targets and its legs, with its version as the ETag."""
    return fetch(_response, action_id)


@blueprint.put(f"/api/actions/<int(max={LAST_ID}):action_id>/targets/<int(max={form.MOST_TARGETS}):number>")
@access.needs("actions.plan", body=fields({**_DOCUMENTS, "dwelling": FLAG}), versioned=True)
def complete(action_id: int, number: int) -> flask.Response:
    """Write down what a target records of itself."""
    version = versions.exact_number_seen()
    complete_target(house().engine, requester(), action_id, number, form.read_documents(json_object()), version=version)
    return tell(action_id)


@blueprint.post(f"/api/actions/<int(max={LAST_ID}):action_id>/plan")
@access.needs("actions.plan", versioned=True)
def plan(action_id: int) -> flask.Response:
    """Plan it anew."""
    version = versions.exact_number_seen()
    with seated():
        plan_strike(house().engine, requester(), house().settings.profile, action_id, now=_now(), version=version)
    return tell(action_id)


@blueprint.post(f"/api/actions/<int(max={LAST_ID}):action_id>/approve")
@access.needs("actions.approve", versioned=True)
def agree(action_id: int) -> flask.Response:
    """Approve it, as another post than the one that planned it."""
    approve(house().engine, requester(), action_id, version=versions.exact_number_seen())
    return tell(action_id)


def _handed_out(action_id: int, body: bytes) -> flask.Response:
    name = f"行动单-{action_id}.pdf"
    return flask.send_file(
        io.BytesIO(body), mimetype="application/pdf", as_attachment=True, download_name=name, max_age=0
    )


def _response(connection: sa.Connection, action_id: int) -> flask.Response:
    action, targets = kept.action(connection, action_id), kept.targets(connection, action_id)
    legs = kept.legs(connection, action_id)
    parts = {
        "action": json_text(in_zone(action, house().zone)),
        "steps": json_text([_step(each) for each in kept.steps(connection, action_id)]),
        "shared": json_text(kept.shared(connection, action_id)),
        "targets": feature_collection(targets, matched=len(targets), zone=house().zone),
        "legs": feature_collection(legs, matched=len(legs), zone=house().zone),
    }
    body = b",".join(b'"%s":%s' % (name.encode(), part) for name, part in parts.items())
    response = flask.Response(b"{%s}" % body, mimetype="application/json")
    response.set_etag(str(action["version"]))
    return response


def _step(step: dict[str, Any]) -> dict[str, object]:
    """What was done, when, by which post, in a sentence; the hash of its session stays inside."""
    names = "、".join(form.TITLES[name] for name in step["detail"] if name != "number")
    done = f"改第 {step['detail']['number']} 个目标的{names}" if step["step"] == "changed" else STEPS[step["step"]]
    return in_zone({"at": step["at"], "post": step["post"], "sentence": done}, house().zone)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - a window is past or not by the clock
