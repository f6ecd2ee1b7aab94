"""The page for the auditor."""

import flask

from app.core import access
from app.core.current import act, house
from app.core.parameters import LAST_ID, LONGEST_SEARCH, Parameters, searched, within
from app.desks.audit import desk

blueprint = flask.Blueprint("audit", __name__)


@blueprint.get("/audit")
@access.needs("audit.read", query=("account", "action", "before"))
def show() -> str:
    """Entries, newest first, of an account or of a kind, and whether the sealed ones are whole."""
    rule = f"要是 1 到 {LONGEST_SEARCH} 个字"
    with Parameters(flask.request.args) as parameters:
        account, action = (parameters.take(name, searched, rule) or "" for name in ("account", "action"))
        before = parameters.take("before", within(1, LAST_ID), "要是记录的编号")
    told = act(desk.page, house().settings.data, account=account, action=action, before=before)
    return flask.render_template(
        "audit/page.html", **told, account=account, action=action, titles=desk.TITLES, zone=house().zone
    )
