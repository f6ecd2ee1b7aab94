"""Contacts of tip-givers over HTTP: the list, the desk's key, opening one, and rewards."""

from typing import Any

import flask

from app.core import access
from app.core.current import act, fetch, json_object, json_response
from app.core.operations import TEXT, WHOLE, choice, fields, listed
from app.core.parameters import LAST_ID
from app.core.words import WRONG_BODY
from app.desks.contacts import desk
from gis.errors import Refused

blueprint = flask.Blueprint("contacts", __name__)

_COPY = fields({"holder": WHOLE, "post": TEXT, "salt": TEXT, "wrapped": TEXT}, "holder", "post", "salt", "wrapped")


@blueprint.get("/contacts")
@access.needs("contacts.open")
def show() -> str:
    """The page."""
    return flask.render_template("contacts/page.html", config={"rewards": desk.REWARDS})


@blueprint.get("/contacts/list")
@access.needs("contacts.open")
def index() -> flask.Response:
    """The contacts without what they say, and the key in use."""
    return json_response(fetch(desk.list_contacts))


@blueprint.post("/contacts/keys")
@access.needs(
    "contacts.open",
    body=fields({"public_key": TEXT, "copies": listed(_COPY)}, "public_key", "copies"),
    answers=(201,),
)
def make() -> flask.Response:
    """Take a new pair of keys into use."""
    body = _body("public_key", "copies")
    if not isinstance(body["copies"], list) or not all(isinstance(copy, dict) for copy in body["copies"]):
        raise Refused("密钥的格式不对", kind="bad_key")
    return json_response(act(desk.make_key, desk.NewKey(**body)), 201)


@blueprint.post("/contacts/holders")
@access.needs("contacts.open", body=fields({"desk_key": WHOLE, "copy": _COPY}, "desk_key", "copy"), answers=(201,))
def hold() -> flask.Response:
    """Replace a holder of the private key."""
    body = _body("desk_key", "copy")
    if type(body["desk_key"]) is not int or not 0 <= body["desk_key"] <= LAST_ID or not isinstance(body["copy"], dict):
        raise Refused("密钥的格式不对", kind="bad_key")
    return json_response(act(desk.replace_holder, desk.NewHolder(**body)), 201)


@blueprint.post(f"/contacts/<int(max={LAST_ID}):tip_id>/open")
@access.needs("contacts.open")
def open_(tip_id: int) -> flask.Response:
    """What opens the contact of a tip in the browser; the history says who asked."""
    return json_response(act(desk.open_contact, tip_id))


@blueprint.post(f"/contacts/<int(max={LAST_ID}):tip_id>/reward")
@access.needs("contacts.open", body=fields({"reward": choice("promised", "paid", "lapsed")}, "reward"))
def reward(tip_id: int) -> flask.Response:
    """Promise, pay or let lapse a reward."""
    return json_response(act(desk.move_reward, tip_id, str(_body("reward")["reward"])))


def _body(*names: str) -> dict[str, Any]:
    body = json_object()
    if set(body) != set(names):
        raise Refused(WRONG_BODY, kind="bad_request")
    return body
