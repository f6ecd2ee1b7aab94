"""The page of one's own account."""

from collections.abc import Callable

import flask
import segno
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import access, errors, passwords
from app.core.current import act, house
from app.core.operations import FORM, TEXT, fields
from app.desks.accounts import own_desk
from gis.errors import DomainError
from layers.actor import Actor
from layers.sign_ins import IDLE_MINUTES, LONGEST_HOURS

blueprint = flask.Blueprint("own", __name__)

#: Where the session keeps the secret that the app is shown before its first code has come.
_SECRET = "new_factor"  # noqa: S105 - the name of a field


@blueprint.get("/me")
@access.needs("session.hold")
def show() -> str:
    """One's own account: sign-ins, password, second factor."""
    return _page()


@blueprint.post("/me/revoke")
@access.needs("session.hold", body=fields({"sign_in": TEXT}, "sign_in"), media=FORM, answers=(303,))
def revoke() -> Response | tuple[str, int]:
    """End one of one's own sign-ins."""
    return _changed(lambda connection, actor: own_desk.revoke(connection, actor, _sent("sign_in")))


@blueprint.post("/me/password")
@access.needs(
    "session.hold", body=fields({"old": TEXT, "password": TEXT, "again": TEXT}, "old", "password", "again"),
    media=FORM, answers=(303,),
)  # fmt: skip
def password() -> Response | tuple[str, int]:
    """Set another password."""
    sent = {name: flask.request.form.get(name, "") for name in ("old", "password", "again")}
    return _changed(lambda connection, actor: own_desk.change_password(connection, actor, **sent))


@blueprint.post("/me/factor")
@access.needs("session.hold", body=fields({"code": TEXT}, "code"), media=FORM, answers=(303,))
def add_factor() -> Response | tuple[str, int]:
    """Turn the second factor on by the first code of the app."""
    secret = str(flask.session.get(_SECRET, ""))
    answer = _changed(
        lambda connection, actor: own_desk.add_factor(connection, actor, secret=secret, code=_sent("code"))
    )
    if isinstance(answer, Response):
        flask.session.pop(_SECRET, None)
    return answer


@blueprint.post("/me/factor/drop")
@access.needs("session.hold", body=fields({"password": TEXT}, "password"), media=FORM, answers=(303,))
def drop_factor() -> Response | tuple[str, int]:
    """Turn the second factor off."""
    told = flask.request.form.get("password", "")
    return _changed(lambda connection, actor: own_desk.drop_factor(connection, actor, password=told))


def _sent(name: str) -> str:
    return flask.request.form.get(name, "").strip()


def _changed(workflow: Callable[[sa.Connection, Actor], None]) -> Response | tuple[str, int]:
    try:
        act(workflow)
    except DomainError as error:
        if errors.wants_json():
            raise
        return _page(fault=error.sentence), errors.status_of(error)
    house().sign_ins.forget()
    return flask.redirect(flask.url_for("own.show"), 303)


def _page(*, fault: str = "") -> str:
    told = act(own_desk.overview)
    account, secret, drawn = told["account"], "", ""
    if account is not None and not account.totp_secret:
        secret = flask.session.setdefault(_SECRET, passwords.new_secret())
        code = segno.make(passwords.address(secret, account.account_id), error="m", boost_error=False)
        drawn = code.svg_inline(scale=4, border=2, dark="#000", light="#fff")
    return flask.render_template(
        "accounts/own.html", **told, fault=fault, secret=secret, drawn=drawn, zone=house().zone,
        is_asked=house().settings.profile.require_totp, idle_minutes=IDLE_MINUTES, longest_hours=LONGEST_HOURS,
    )  # fmt: skip
