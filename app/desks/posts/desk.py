"""The posts on duty, in whose name the desk acts: which there are, one more, one less."""

import re

import sqlalchemy as sa

from app.core import texts
from gis.errors import Conflict, Refused
from layers import posts, read, sign_ins, write
from layers.actor import NO_POST, PUBLIC_POST, Actor
from layers.profile import CityProfile

LONGEST_TITLE = 40
_PHONE = re.compile(r"[0-9 +()()-]{3,20}", re.ASCII)


def choose(connection: sa.Connection, actor: Actor, post: str) -> str:
    """The post, as which the actor's sign-in acts from now on.

    Raises:
        Refused: no post on duty is called so, or the account does not hold it.
    """
    return sign_ins.act_as(connection, actor, post)


def add_post(
    connection: sa.Connection, actor: Actor, profile: CityProfile, post: str, *, area: str | None = None,
    work_phone: str = "",
) -> None:  # fmt: skip
    """Put a post on duty for an area, or the whole city; anybody may add the first one.

    Raises:
        Refused: the title is no title of 1 to 40 characters, or holds somebody's number; the telephone is no number.
        NotFound: no such area.
        Conflict: there is one of that title.
        Forbidden: the actor acts in no post's name.
    """
    by = posts.acting(connection, actor) if posts.exist(connection) else ""
    post, work_phone = texts.plain(post), work_phone.strip()
    if not post or texts.fault(post, "岗位", most=LONGEST_TITLE) or texts.cleaned(post) != post:
        raise Refused(f"岗位要写 1 到 {LONGEST_TITLE} 字的职务名称,不带号码", kind="bad_post")
    if work_phone and not _PHONE.fullmatch(work_phone):
        raise Refused("办公电话只写数字、空格和横线,最多 20 个字", kind="bad_work_phone")
    if area:
        read.prefix_of(connection, area, city=profile.city_code)
    if post in (NO_POST, PUBLIC_POST):
        raise Conflict(f"已经有岗位“{post}”", kind="post_taken")
    posts.add(connection, post, area_code=area or profile.city_code, work_phone=work_phone)
    _note(connection, actor, "post_added", post=post, by=by)


def remove_post(connection: sa.Connection, actor: Actor, post: str) -> None:
    """Take the post of that title off duty; raises as ``retire``, and Refused where none is called so."""
    retire(connection, actor, _key(connection, post))


def retire(connection: sa.Connection, actor: Actor, post_id: int) -> None:
    """Take a post off duty.

    Raises:
        NotFound: it is no longer on duty.
        Forbidden: the actor acts in no post's name.
    """
    by, post = posts.acting(connection, actor), posts.title_of(connection, post_id)
    posts.remove(connection, post_id)
    _note(connection, actor, "post_removed", post=post, by=by)


def _key(connection: sa.Connection, post: str) -> int:
    post_id = posts.titled(connection, post)
    if post_id is None:
        raise Refused(posts.UNKNOWN, kind="no_post")
    return post_id


def _note(connection: sa.Connection, actor: Actor, action: str, **detail_fields: str) -> None:
    detail = {name: value for name, value in detail_fields.items() if value}
    write.note(connection, actor, action=action, layer="posts", detail=detail)
