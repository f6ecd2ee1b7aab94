"""The posts on duty."""

from typing import Any

import sqlalchemy as sa

from gis.errors import Conflict, Forbidden, NotFound, Refused
from layers.actor import LOCAL, PUBLIC, SERVICE, Actor
from layers.schema.tables import house, places
from layers.schema.tables.accounts import account_posts

_MOST_LISTED = 100
CHOOSE = "还没有选岗位:请先在页面上方选好以哪个岗位办理,再做一次"
UNKNOWN = "没有这个岗位"


def titles(connection: sa.Connection) -> list[str]:
    """The titles of the posts on duty in the order of their areas, the city's first."""
    query = sa.select(house.posts.c.post).order_by(house.posts.c.area_code, house.posts.c.post)
    return list(connection.execute(query).scalars())


def listed(connection: sa.Connection, *, text: str = "", holder: int | None = None) -> tuple[list[dict[str, Any]], int]:
    """Posts whose title or area holds that text, in the order of their areas, at most 100, and how many there are.

    ``holder`` leaves those that an account holds.

    Keys: post_id, post, area_code, area (its name, "" where no area of today has the code), work_phone.
    """
    duty, area = house.posts, places.areas
    holds = sa.or_(*(name.contains(text, autoescape=True) for name in (duty.c.post, area.c.name)))
    place = sa.func.coalesce(area.c.name, "").label("area")
    now = sa.and_(area.c.code == duty.c.area_code, area.c.valid_to.is_(None))
    held = sa.select(account_posts.c.post_id).where(
        account_posts.c.account_id == holder, account_posts.c.until.is_(None)
    )
    wanted = [holds] if text else []
    wanted += [duty.c.post_id.in_(held)] if holder is not None else []
    query = (
        sa.select(duty.c.post_id, duty.c.post, duty.c.area_code, place, duty.c.work_phone)
        .add_columns(sa.func.count().over().label("matched"))
        .select_from(duty.outerjoin(area, now))
        .where(*wanted)
        .order_by(duty.c.area_code, duty.c.post, duty.c.post_id)
    )
    rows = [dict(row) for row in connection.execute(query.limit(_MOST_LISTED)).mappings()]
    return rows, rows[0]["matched"] if rows else 0


def is_on_duty(connection: sa.Connection, post: str) -> bool:
    """Whether a post on duty has that title."""
    return "\0" not in post and bool(
        connection.execute(sa.select(sa.exists().where(house.posts.c.post == post))).scalar_one()
    )


def acting(connection: sa.Connection, actor: Actor) -> str:
    """The title of the post in whose name the actor acts.

    Raises:
        Forbidden: none is chosen, or the one that is has been taken off duty; kind choose_post.
        Refused: a command names one that is not on duty; kind no_post.
    """
    if actor in (LOCAL, PUBLIC, SERVICE):
        return actor.post
    if not actor.post:
        raise Forbidden(CHOOSE, kind="choose_post")
    if not is_on_duty(connection, actor.post) or not _holds(connection, actor):
        if not actor.sign_in:
            raise Refused(UNKNOWN, kind="no_post")
        raise Forbidden(
            f"没有岗位“{actor.post}”,或者它已经撤销、不再是您的:请先在页面上方另选一个岗位,再做一次",
            kind="choose_post",
        )
    return actor.post


def _holds(connection: sa.Connection, actor: Actor) -> bool:
    """Whether the account of the actor's sign-in, where there is one, holds the post."""
    query = sa.text("""
        SELECT NOT EXISTS (SELECT FROM sign_ins s WHERE s.sign_in = :sign_in AND s.account_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM account_posts h JOIN posts p USING (post_id)
                WHERE h.account_id = s.account_id AND h.until IS NULL AND p.post = :post))""")
    values = {"sign_in": actor.sign_in, "post": actor.post}
    return not actor.sign_in or bool(connection.execute(query, values).scalar_one())


def exist(connection: sa.Connection) -> bool:
    """Whether any post is on duty."""
    return bool(connection.execute(sa.select(sa.exists().where(house.posts.c.post_id > 0))).scalar_one())


def add(connection: sa.Connection, post: str, *, area_code: str, work_phone: str = "") -> None:
    """Put a post on duty.

    Raises:
        Conflict: there is one of that title.
    """
    values = {"title": post, "area_code": area_code, "work_phone": work_phone or None}
    added = sa.dialects.postgresql.insert(house.posts).values(values).on_conflict_do_nothing()
    if connection.execute(added.returning(house.posts.c.post_id)).scalar() is None:
        raise Conflict(f"已经有岗位“{post}”", kind="post_taken")


def remove(connection: sa.Connection, post_id: int) -> None:
    """Take a post off duty; what it did stays in its name."""
    connection.execute(house.posts.delete().where(house.posts.c.post_id == post_id))


def titled(connection: sa.Connection, post: str) -> int | None:
    """The key of the post on duty that is called so; None where none is."""
    return (
        None
        if "\0" in post
        else connection.execute(sa.select(house.posts.c.post_id).where(house.posts.c.post == post)).scalar()
    )


def open_work(connection: sa.Connection, post: str) -> dict[str, int]:
    """How much is under way in the name of a post: tips whose last step is its, and actions it planned, not approved.

    Keys: tips, actions.
    """
    query = sa.text("""
        SELECT (SELECT count(*) FROM tips t WHERE t.status IN ('new', 'accepted') AND :post = (
                    SELECT s.post FROM tip_steps s WHERE s.tip_id = t.tip_id ORDER BY s.tip_step_id DESC LIMIT 1))
                   AS tips,
               (SELECT count(*) FROM actions WHERE planned_by = :post AND status <> 'approved') AS actions""")
    return dict(connection.execute(query, {"post": post}).mappings().one())


def title_of(connection: sa.Connection, post_id: int) -> str:
    """The title of the post with that key.

    Raises:
        NotFound: it is no longer on duty.
    """
    found = connection.execute(sa.select(house.posts.c.post).where(house.posts.c.post_id == post_id)).scalar()
    if found is None:
        raise NotFound("这个岗位已经撤销", kind="unknown_post")
    return str(found)
