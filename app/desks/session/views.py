"""Signing in by a form, an invitation or a one-time link, signing out, and who is signed in."""

from http import HTTPStatus

import flask
from werkzeug.wrappers import Response

from app.core import access, acting, errors
from app.core.current import act, fetch, house, json_response
from app.core.operations import FORM, TEXT, fields
from app.core.words import ASK_AGAIN, BY_LINK
from app.desks.session import desk
from gis.errors import DomainError
from layers import accounts, posts

blueprint = flask.Blueprint("session", __name__)

_SPENT = "这个链接已经用过或者过期了,"
_LONGEST = 200


@blueprint.get("/sign-in")
@access.public()
def ask() -> str:
    """The form that signs an account in."""
    return _form()


@blueprint.post("/sign-in")
@access.public(
    body=fields({"account": TEXT, "password": TEXT, "code": TEXT, "csrf_token": TEXT}, "account", "password"),
    media=FORM, answers=(303,), paced=True,
)  # fmt: skip
def enter() -> Response | tuple[str, int]:
    """Sign in, and ask as which post where the account holds several; after some failures only after a wait."""
    form, address = flask.request.form, flask.request.remote_addr or ""
    account, password, code = (form.get(name, "")[:_LONGEST] for name in ("account", "password", "code"))
    account = account.strip()
    try:
        house().slow_down.check(account, address)
    except DomainError as error:
        return _refused(error.sentence, errors.status_of(error), error.kind, account)
    token, _ = access.new_token()
    tried = act(desk.sign_in, actor=desk.ENTERING, account=account, password=password, code=code, token=token)
    if tried.fault:
        house().slow_down.failed(account, address)
        return _refused(tried.fault, HTTPStatus.FORBIDDEN, "wrong", account)
    house().slow_down.passed(account, address)
    access.enter(token)
    return flask.redirect("/post?next=/" if tried.posts > 1 else "/", 303)


@blueprint.get("/invited")
@access.public(query=("token",))
def invitation() -> str | tuple[str, int]:
    """The page on which whoever is invited sets a password; looking at it spends nothing."""
    return _invitation(flask.request.args.get("token", ""))


@blueprint.post("/invited")
@access.secret_in_body(
    body=fields({"token": TEXT, "password": TEXT, "again": TEXT}, "token", "password", "again"),
    media=FORM, answers=(303,),
)  # fmt: skip
def accept() -> Response | tuple[str, int] | str:
    """Set the password of the invited account, spend the link and sign in."""
    form = flask.request.form
    link, (token, _) = form.get("token", ""), access.new_token()
    try:
        tried = act(
            desk.accept,
            link,
            actor=desk.ENTERING,
            password=form.get("password", ""),
            again=form.get("again", ""),
            token=token,
        )
    except DomainError as error:
        if errors.wants_json():
            raise
        return _invitation(link, fault=error.sentence)
    if tried.fault:
        return errors.respond(403, "spent_link", f"{_SPENT}{ASK_AGAIN}")
    access.enter(token)
    return flask.redirect("/me", 303)


@blueprint.get("/enter")
@access.public(query=("token",))
def local() -> str:
    """The page that posts the link's token; looking at it spends nothing, so that a preview cannot."""
    return flask.render_template("session/page.html", token=flask.request.args.get("token", ""))


@blueprint.post("/enter")
@access.secret_in_body(body=fields({"token": TEXT}, "token"), media=FORM, answers=(303,))
def spend() -> Response:
    """Spend the token of this machine's link, sign its bearer in, and ask as which post."""
    link, (token, _) = flask.request.form.get("token", ""), access.new_token()
    if not house().settings.profile.local_link:
        return errors.respond(403, "no_local_link", "本市不用一次性链接登录,请用账户登录")
    if not link or not act(desk.spend_link, link, actor=desk.ENTERING, token=token):
        return errors.respond(403, "spent_link", f"{_SPENT}{BY_LINK}")
    access.enter(token)
    # of a city without posts the first page says what it lacks
    return flask.redirect("/post?next=/" if fetch(posts.exist) else "/", 303)


@blueprint.post("/leave")
@access.needs("session.hold", answers=(303,))
def leave() -> Response:
    """End the session."""
    act(desk.leave)
    access.sign_out()
    return flask.redirect(flask.url_for("session.ask"), 303)


@blueprint.get("/api/session")
@access.needs("session.hold")
def show() -> flask.Response:
    """The signed-in account, the token that unsafe requests carry, and the post that was chosen, or null."""
    session = {"account": acting.requester().account, "csrf_token": acting.csrf_token()}
    return json_response(session | {"post": fetch(acting.chosen_post)})


def _form(*, fault: str = "", account: str = "") -> str:
    return flask.render_template(
        "session/sign_in.html", csrf=access.form_token(), fault=fault, account=account,
        has_accounts=fetch(accounts.are_there), local_link=house().settings.profile.local_link,
    )  # fmt: skip


def _refused(sentence: str, status: int, kind: str, account: str) -> Response | tuple[str, int]:
    if errors.wants_json():
        return errors.respond(status, kind, sentence)
    return _form(fault=sentence, account=account), status


def _invitation(link: str, *, fault: str = "") -> str | tuple[str, int]:
    account = act(desk.invited, link)
    page = flask.render_template("session/invited.html", account=account, token=link, fault=fault)
    return (page, HTTPStatus.BAD_REQUEST) if fault else page
