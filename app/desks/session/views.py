"""Signing in by a one-time link, signing out, and who is signed in."""

import flask
from werkzeug.wrappers import Response

from app.core import access, acting, errors
from app.core.current import act, fetch, json_response
from app.core.operations import FORM, TEXT, fields
from app.desks.session.desk import spend_link

blueprint = flask.Blueprint("session", __name__)


@blueprint.get("/enter")
@access.public(query=("token",))
def enter() -> str:
    """The page that posts the link's token; looking at it spends nothing, so that a preview cannot."""
    return flask.render_template("session/page.html", token=flask.request.args.get("token", ""))


@blueprint.post("/enter")
@access.secret_in_body(body=fields({"token": TEXT}, "token"), media=FORM, answers=(303,))
def spend() -> Response:
    """Spend the token, sign its bearer in, and ask as which post."""
    token = flask.request.form.get("token", "")
    if not token or not act(spend_link, token):
        return errors.respond(
            403, "spent_link", "这个链接已经用过或者过期了,请让同事在“岗位”页给一个新的,或运行 wuchuan link 取一个"
        )
    access.sign_in(access.TRIAL_ACCOUNT)
    return flask.redirect("/post?next=/", 303)


@blueprint.post("/leave")
@access.needs("session.hold", answers=(303,))
def leave() -> Response:
    """End the session."""
    flask.session.clear()
    return flask.redirect(flask.url_for("session.enter"), 303)


@blueprint.get("/api/session")
@access.needs("session.hold")
def show() -> flask.Response:
    """The signed-in account, the token that unsafe requests carry, and the post that was chosen, or null."""
    session = {"account": flask.session["account"], "csrf_token": acting.csrf_token()}
    return json_response(session | {"post": fetch(acting.chosen_post)})
