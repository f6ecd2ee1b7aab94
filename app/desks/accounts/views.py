"""The page of accounts: a list, one more, and what is changed of each; and the slip that invites."""

from collections.abc import Callable
from typing import Any

import flask
import segno
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import access, errors, tls
from app.core.current import act, fetch, house, json_response
from app.core.operations import FORM, TEXT, choice, fields
from app.core.parameters import LAST_ID
from app.desks.accounts import desk
from gis.errors import DomainError
from layers import accounts, posts
from layers.actor import Actor

blueprint = flask.Blueprint("accounts", __name__)

_NUMBER = f"<int(max={LAST_ID}):account_id>"
_ROLE = choice(*desk.TITLES)


@blueprint.get("/accounts")
@access.needs("accounts.manage")
def show() -> str:
    """The accounts, and a form for one more."""
    return _page()


@blueprint.post("/accounts")
@access.needs(
    "accounts.manage",
    body=fields({"account": TEXT, "role": _ROLE, "area": TEXT, "agency": TEXT, "post": TEXT}, "account", "role"),
    media=FORM, answers=(303,),
)  # fmt: skip
def add() -> Response | tuple[str, int]:
    """Add an account; it signs in once it is invited."""
    form = {name: flask.request.form.get(name, "") for name in ("account", "role", "area", "agency", "post")}

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        desk.add_account(connection, actor, house().settings.profile, **form)

    return _changed(workflow, filled=form)


@blueprint.post(f"/accounts/{_NUMBER}/slip")
@access.needs("accounts.manage", body=fields({"reset": TEXT}), media=FORM, answers=(200, 201))
def slip(account_id: int) -> Response | tuple[str, int] | str:
    """The slip that invites an account, shown this once; with ``reset`` its password and second factor are void."""
    workflow = desk.reset if flask.request.form.get("reset") else desk.invite
    try:
        token = act(workflow, account_id)
    except DomainError as error:
        return _refused(error)
    house().sign_ins.forget()
    link = flask.url_for("session.invitation", token=token, _external=True)
    if errors.wants_json():
        return json_response({"link": link}, 201)
    # the link is of ASCII alone: scanners take Chinese in a code for something else
    drawn = segno.make(link, error="m", boost_error=False).svg_inline(scale=5, border=2, dark="#000", light="#fff")
    account = fetch(accounts.by_number, account_id)
    return flask.render_template(
        "accounts/slip.html", link=link, drawn=drawn, account=account, title=desk.TITLES[account.role],
        fingerprint=tls.fingerprint(house().settings),
    )  # fmt: skip


@blueprint.post(f"/accounts/{_NUMBER}/role")
@access.needs("accounts.manage", body=fields({"role": _ROLE}, "role"), media=FORM, answers=(303,))
def role(account_id: int) -> Response | tuple[str, int]:
    """Give an account another role."""
    return _changed(lambda connection, actor: desk.change_role(connection, actor, account_id, _sent("role")))


@blueprint.post(f"/accounts/{_NUMBER}/disable")
@access.needs("accounts.manage", body=fields({"back": TEXT}), media=FORM, answers=(303,))
def disable(account_id: int) -> Response | tuple[str, int]:
    """Disable an account, or with ``back`` let it in again."""
    return _changed(lambda connection, actor: desk.disable(connection, actor, account_id, back=bool(_sent("back"))))


@blueprint.post(f"/accounts/{_NUMBER}/posts")
@access.needs("accounts.manage", body=fields({"post": TEXT, "back": TEXT}, "post"), media=FORM, answers=(303,))
def give(account_id: int) -> Response | tuple[str, int]:
    """Let an account act as a post, or with ``back`` no longer."""
    back, post = bool(_sent("back")), _sent("post")
    return _changed(lambda connection, actor: desk.give_post(connection, actor, account_id, post, back=back))


@blueprint.post("/accounts/handover")
@access.needs("accounts.manage", body=fields({"post": TEXT, "to": TEXT}, "post", "to"), media=FORM, answers=(200, 303))
def hand_over() -> Response | tuple[str, int] | str:
    """Hand a post with its open work over to another account, in one act."""
    try:
        work = act(desk.hand_over, _sent("post"), _sent("to"))
    except DomainError as error:
        return _refused(error, filled={"handover": _sent("post"), "to": _sent("to")})
    house().sign_ins.forget()
    if errors.wants_json():
        return json_response(work)
    sentence = (
        f"岗位“{_sent('post')}”已交给“{_sent('to')}”;随岗位交过去的有在办线索 {work['tips']} 条、"
        f"未批准的行动 {work['actions']} 个"
    )
    return _page(done=sentence)


def _sent(name: str) -> str:
    return flask.request.form.get(name, "").strip()


def _changed(
    workflow: Callable[[sa.Connection, Actor], None], *, filled: dict[str, str] | None = None
) -> Response | tuple[str, int]:
    """Back to the page after ``workflow``; where it fails, with its fault and what was filled in."""
    try:
        act(workflow)
    except DomainError as error:
        return _refused(error, filled=filled)
    house().sign_ins.forget()
    return flask.redirect(flask.url_for("accounts.show"), 303)


def _refused(error: DomainError, *, filled: dict[str, str] | None = None) -> tuple[str, int]:
    if errors.wants_json():
        raise error
    return _page(fault=error.sentence, filled=filled), errors.status_of(error)


def _page(*, fault: str = "", done: str = "", filled: dict[str, str] | None = None) -> str:
    rows: list[dict[str, Any]] = fetch(accounts.listed)
    return flask.render_template(
        "accounts/page.html", accounts=rows, titles=desk.TITLES, fault=fault, done=done, told=filled or {},
        longest=desk.LONGEST_NAME, duty=fetch(posts.titles), zone=house().zone,
    )  # fmt: skip
