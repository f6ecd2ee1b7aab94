"""The posts on duty, in whose name the desk acts: which there are, one more, one less."""

import sqlalchemy as sa

from app.workflows.import_file import ACCOUNT
from app.workflows.tip_desk import NO_POST, PUBLIC_POST
from gis.errors import Conflict, Refused
from layers import read, tips, write
from layers.intake.privacy import masked
from layers.profile import CityProfile

LONGEST_TITLE = 40


def on_duty(connection: sa.Connection, post: str) -> str:
    """The post of that title.

    Raises:
        Refused: no post on duty is called so.
    """
    if "\0" in post or not tips.has_post(connection, post):
        raise Refused("没有这个岗位", kind="no_post")
    return post


def by_command(connection: sa.Connection, post: str) -> str:
    """The post that a command acts as: the machine's own, or one on duty; raises as ``on_duty`` does."""
    return post if post == NO_POST else on_duty(connection, post)


def add_post(connection: sa.Connection, profile: CityProfile, post: str, *, area: str | None = None) -> None:
    """Put a post on duty for an area, or the whole city.

    Raises:
        Refused: the title is no title of 1 to 40 characters, or holds somebody's number.
        NotFound: no such area.
        Conflict: there is one of that title.
    """
    post = post.strip()
    if not 0 < len(post) <= LONGEST_TITLE or not post.isprintable() or masked(post) != post:
        raise Refused(f"岗位要写 1 到 {LONGEST_TITLE} 字的职务名称,不带号码", kind="bad_post")
    if area:
        read.prefix_of(connection, area)
    if post in (NO_POST, PUBLIC_POST) or tips.has_post(connection, post):
        raise Conflict(f"已经有岗位“{post}”", kind="post_taken")
    tips.add_post(connection, post, area_code=area or profile.city_code)
    write.note(connection, account=ACCOUNT, action="post_added", layer="posts", detail={"post": post})


def remove_post(connection: sa.Connection, post: str) -> None:
    """Take a post off duty; raises as ``on_duty`` does."""
    tips.remove_post(connection, on_duty(connection, post))
    write.note(connection, account=ACCOUNT, action="post_removed", layer="posts", detail={"post": post})
