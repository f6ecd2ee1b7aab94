"""The posts on duty, in whose name the desk acts: which there are, one more, one less."""

import hashlib
import re
import secrets

import sqlalchemy as sa

from app.desks.imports.desk import ACCOUNT
from app.desks.tips.desk import NO_POST, PUBLIC_POST
from gis.errors import Conflict, Refused
from layers import posts, read, write
from layers.intake.privacy import masked
from layers.profile import CityProfile

LONGEST_TITLE = 40
_PHONE = re.compile(r"[0-9 +()()-]{3,20}", re.ASCII)


def on_duty(connection: sa.Connection, post: str) -> str:
    """The post of that title.

    Raises:
        Refused: no post on duty is called so.
    """
    _key(connection, post)
    return post


def by_command(connection: sa.Connection, post: str) -> str:
    """The post that a command acts as: the machine's own, or one on duty; raises as ``on_duty`` does."""
    return post if post == NO_POST else on_duty(connection, post)


def add_post(
    connection: sa.Connection, profile: CityProfile, post: str, *, area: str | None = None, work_phone: str = "",
    account: str = ACCOUNT, by: str = "",
) -> None:  # fmt: skip
    """Put a post on duty for an area, or the whole city; ``by`` is the post that does so, "" by command.

    Raises:
        Refused: the title is no title of 1 to 40 characters, or holds somebody's number; the telephone is no number.
        NotFound: no such area.
        Conflict: there is one of that title.
    """
    post, work_phone = post.strip(), work_phone.strip()
    if not 0 < len(post) <= LONGEST_TITLE or not post.isprintable() or masked(post) != post:
        raise Refused(f"岗位要写 1 到 {LONGEST_TITLE} 字的职务名称,不带号码", kind="bad_post")
    if work_phone and not _PHONE.fullmatch(work_phone):
        raise Refused("办公电话只写数字、空格和横线,最多 20 个字", kind="bad_work_phone")
    if area:
        read.prefix_of(connection, area, city=profile.city_code)
    if post in (NO_POST, PUBLIC_POST):
        raise Conflict(f"已经有岗位“{post}”", kind="post_taken")
    posts.add(connection, post, area_code=area or profile.city_code, work_phone=work_phone)
    _note(connection, account, "post_added", post=post, by=by)


def remove_post(connection: sa.Connection, post: str) -> None:
    """Take the post of that title off duty, by command; raises as ``on_duty`` does."""
    retire(connection, _key(connection, post))


def retire(connection: sa.Connection, post_id: int, *, account: str = ACCOUNT, by: str = "") -> None:
    """Take a post off duty; ``by`` is the post that does so, "" by command.

    Raises:
        NotFound: it is no longer on duty.
    """
    post = posts.title_of(connection, post_id)
    posts.remove(connection, post_id)
    _note(connection, account, "post_removed", post=post, by=by)


def invite(connection: sa.Connection, *, by: str, account: str) -> str:
    """The token of a new one-time link, by which the post ``by`` lets another person in."""
    token = secrets.token_urlsafe(32)
    posts.invite(connection, hashlib.sha256(token.encode()).hexdigest(), post=by)
    _note(connection, account, "invited", by=by)
    return token


def _key(connection: sa.Connection, post: str) -> int:
    post_id = None if "\0" in post else posts.titled(connection, post)
    if post_id is None:
        raise Refused("没有这个岗位", kind="no_post")
    return post_id


def _note(connection: sa.Connection, account: str, action: str, **told: str) -> None:
    detail = {name: value for name, value in told.items() if value}
    write.note(connection, account=account, action=action, layer="posts", detail=detail)
