"""The page of posts, and the choice of the one that a session acts as. None is ever chosen for anybody."""

from collections.abc import Callable
from urllib.parse import urlsplit

import flask
import sqlalchemy as sa
from werkzeug.wrappers import Response

from app.core import access, acting, errors
from app.core.current import act, fetch, house, json_response
from app.core.operations import FORM, TEXT, fields
from app.core.parameters import LAST_ID, LONGEST_SEARCH, Parameters, searched
from app.desks.posts import desk as post_desk
from gis.errors import DomainError, Refused
from layers import posts, read
from layers.actor import Actor

blueprint = flask.Blueprint("posts", __name__)


@blueprint.get("/post")
@access.needs("posts.act", query=("text", "next"))
def ask() -> str:
    """The page that asks as which post the session acts; ``next`` is where to go on then."""
    with Parameters(flask.request.args) as parameters:
        text = parameters.take("text", searched, f"要是 1 到 {LONGEST_SEARCH} 个字") or ""
        there = parameters.take("next", _own_page, "要是本服务的一个页面") or "/"
    return _question(text=text, there=there)


@blueprint.post("/post")
@blueprint.post("/tips/post")
@access.needs("posts.act", body=fields({"post": TEXT, "next": TEXT}, "post"), media=FORM, answers=(200, 303))
def choose() -> Response | tuple[str, int]:
    """Act as that post from now on."""
    form = flask.request.form
    there = form.get("next", "/")
    try:
        post = act(post_desk.choose, form.get("post", ""))
    except DomainError as error:
        if errors.wants_json():
            raise
        return _question(text="", there="/", fault=error.sentence), errors.status_of(error)
    house().sign_ins.forget()
    if errors.wants_json() or flask.request.path == "/tips/post":
        return json_response({"post": post})
    return flask.redirect(there if _is_own_page(there) else "/", 303)


@blueprint.get("/api/posts")
@access.needs("posts.act", query=("text",))
def index() -> flask.Response:
    """Posts on duty whose title or area holds ``text``, at most 100, and how many there are."""
    with Parameters(flask.request.args) as parameters:
        text = parameters.take("text", searched, f"要是 1 到 {LONGEST_SEARCH} 个字") or ""
    rows, matched = fetch(posts.listed, text=text, holder=_holder())
    return json_response({"posts": rows, "numberMatched": matched, "acting": fetch(acting.chosen_post)})


@blueprint.get("/posts")
@access.needs("posts.read", query=("text",))
def show() -> str:
    """The posts on duty, a form for one more, and invitations."""
    with Parameters(flask.request.args) as parameters:
        text = parameters.take("text", searched, f"要是 1 到 {LONGEST_SEARCH} 个字") or ""
    return _page(text=text)


@blueprint.post("/posts")
@access.needs(
    "posts.write", body=fields({"post": TEXT, "area": TEXT, "work_phone": TEXT}, "post"), media=FORM, answers=(303,)
)
def add() -> Response | tuple[str, int]:
    """Put a post on duty; nobody acts as it until somebody chooses it."""
    form = {name: flask.request.form.get(name, "") for name in ("post", "area", "work_phone")}

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        area = form["area"].strip()
        if not area.isprintable():
            raise Refused("区划里有不能保存的字符", kind="bad_area")
        code = read.code_named(connection, area) if area else None
        profile, phone = house().settings.profile, form["work_phone"]
        post_desk.add_post(connection, actor, profile, form["post"], area=code, work_phone=phone)

    return _changed(workflow, filled=form)


@blueprint.post(f"/posts/<int(max={LAST_ID}):post_id>/retire")
@access.needs("posts.write", answers=(303,))
def retire(post_id: int) -> Response | tuple[str, int]:
    """Take a post off duty; whoever acts as it is asked to choose another."""

    def workflow(connection: sa.Connection, actor: Actor) -> None:
        post_desk.retire(connection, actor, post_id)

    return _changed(workflow)


def _changed(
    workflow: Callable[[sa.Connection, Actor], None], *, filled: dict[str, str] | None = None
) -> Response | tuple[str, int]:
    """Back to the page after ``workflow``; where it fails, with its fault and what was filled in."""
    try:
        act(workflow)
    except DomainError as error:
        return _refused(error, filled=filled)
    return flask.redirect(flask.url_for("posts.show"), 303)


def _refused(error: DomainError, *, filled: dict[str, str] | None = None) -> tuple[str, int]:
    if errors.wants_json():
        raise error
    return _page(fault=error.sentence, filled=filled), errors.status_of(error)


def _page(*, text: str = "", fault: str = "", filled: dict[str, str] | None = None) -> str:
    rows, matched = fetch(posts.listed, text=text)
    return flask.render_template(
        "posts/page.html", posts=rows, matched=matched, text=text, fault=fault, told=filled or {},
        longest=post_desk.LONGEST_TITLE, longest_search=LONGEST_SEARCH,
    )  # fmt: skip


def _holder() -> int | None:
    """The account whose posts may be chosen; None for whoever came by this machine's link, who may choose any."""
    signed_in = acting.signed_in()
    return None if signed_in is None else signed_in.account_id


def _question(*, text: str, there: str, fault: str = "") -> str:
    rows, matched = fetch(posts.listed, text=text, holder=_holder())
    return flask.render_template(
        "posts/post.html",
        posts=rows,
        matched=matched,
        text=text,
        next=there,
        fault=fault,
        has_account=_holder() is not None,
        longest_search=LONGEST_SEARCH,
    )


def _own_page(text: str) -> str:
    if not _is_own_page(text):
        raise ValueError(text)
    return text


def _is_own_page(text: str) -> bool:
    """Whether that is an address on this service and cannot lead to another host."""
    parts = urlsplit(text)
    local = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return local and not (parts.scheme or parts.netloc)
