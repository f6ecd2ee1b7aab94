"""The pages for anybody: the form for a tip, and what its receipt shows. They keep nothing and read no session."""

import time

import flask

from app.core import access, errors
from app.core.current import act, fetch, house
from app.core.operations import FORM, TEXT, choice, fields
from app.core.pace import Pace
from app.desks.tips import receipts
from app.desks.tips.contact import LONGEST_CONTACT, SentContact, desk_key, sent_contact
from app.desks.tips.desk import LONGEST, NewTip
from app.desks.tips.gate import (
    HOUR,
    MOST_LOOKS_FOR_ALL,
    MOST_LOOKS_FOR_ONE,
    TOO_MANY,
    TOO_OFTEN,
    USED,
    Gate,
)  # fmt: skip
from gis.errors import Conflict, DomainError, NotFound, Refused
from layers.actor import PUBLIC
from layers.catalog import TIP_CATEGORIES

blueprint = flask.Blueprint("tips_public", __name__)

_Page = str | tuple[str, int]


@blueprint.get("/tips/new")
@access.public()
def ask() -> str:
    """The form for anybody; it reads the key alone that a contact is sealed to."""
    return _form({})


@blueprint.post("/tips/new")
@access.secret_in_body(
    body=fields(
        {"key": TEXT, "text": TEXT, "address": TEXT, "category": choice(*TIP_CATEGORIES), "contact": TEXT,
         "contact_desk_key": TEXT, "contact_sealed": TEXT, "contact_sealed_key": TEXT},
        "key", "text",
    ),
    media=FORM,
)  # fmt: skip
def add() -> _Page:
    """Keep what a citizen told and give back a receipt; the form's own one-time token proves that it was meant."""
    form = {name: flask.request.form.get(name, "") for name in ("text", "address", "category")}
    if flask.request.form.get("website"):  # a field no person sees
        return _form(form, USED), 403
    address, key = flask.request.remote_addr or "", flask.request.form.get("key", "")
    contact = _contact()
    receipt, fault = _gate().receipt(key, address, (form, contact is None), now=time.time())
    if fault:
        return _form(form, fault), 429 if fault == TOO_MANY else 403
    try:
        new = NewTip(
            channel="网上举报", text=form["text"], address=form["address"], category=form["category"] or "其他"
        )
        act(receipts.add_public_tip, house().settings.profile, new, receipt=receipt, contact=contact, actor=PUBLIC)
    except DomainError as error:
        return _form(form, error.sentence), errors.status_of(error)
    return flask.render_template("tips/public.html", receipt=receipts.grouped(receipt))


@blueprint.get("/tips/receipt")
@access.public()
def ask_receipt() -> str:
    """The form for a receipt; it reads nothing."""
    return _receipt_page()


@blueprint.post("/tips/receipt")
@access.secret_in_body(body=fields({"number": TEXT, "words": TEXT}, "number"), media=FORM, paced=True)
def show_receipt() -> _Page:
    """What became of the tip with that receipt, after adding words to it where there are some.

    Whatever no tip has is answered alike, be it a number or not.
    """
    number, words = (flask.request.form.get(name, "") for name in ("number", "words"))
    if not _looks().allows(flask.request.remote_addr or "", now=time.time()):
        return _receipt_page(TOO_OFTEN), 429
    fault, status = "", 200
    try:
        try:
            state = act(receipts.look_up, number, words, actor=PUBLIC)
        except (Refused, Conflict) as error:
            fault, status = error.sentence, errors.status_of(error)
            state = act(receipts.look_up, number, actor=PUBLIC)
    except NotFound as error:
        return _receipt_page(error.sentence), 404
    added = bool(words.strip()) and not fault
    return _receipt_page(fault, state=state, number=number, words=fault and words, added=added), status


def _receipt_page(fault: str = "", **shown: object) -> str:
    most = {"longest": receipts.LONGEST_WORDS, "most": receipts.MOST_WORDS_A_DAY}
    return flask.render_template("tips/receipt.html", fault=fault, **most, **shown)


def _contact() -> SentContact | None:
    """The contact of the form, in plain from a browser without scripts."""
    sent = {name: flask.request.form.get(f"contact_{name}", "") for name in ("desk_key", "sealed", "sealed_key")}
    return sent_contact(sent | {"plain": flask.request.form.get("contact", "")})


def _form(filled: dict[str, str], fault: str = "") -> str:
    if fault and _contact() is not None:
        fault += ";联系方式请再填一次"  # it is on no page
    return flask.render_template(
        "tips/public.html",
        receipt=None,
        told=filled,
        fault=fault,
        key=_gate().issue(now=time.time()),
        categories=TIP_CATEGORIES,
        longest=LONGEST | {"contact": LONGEST_CONTACT},
        desk_key=fetch(desk_key),
    )


def _gate() -> Gate:
    gate: Gate = flask.current_app.extensions.setdefault("wuchuan_gate", Gate())
    return gate


def _looks() -> Pace:
    fresh = Pace(seconds=HOUR, one=MOST_LOOKS_FOR_ONE, all_=MOST_LOOKS_FOR_ALL)
    pace: Pace = flask.current_app.extensions.setdefault("wuchuan_looks", fresh)
    return pace
