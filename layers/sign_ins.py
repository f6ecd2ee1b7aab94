"""Sign-ins as the database keeps them: who came when, as which post, and whether that still holds."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import Refused
from layers import posts
from layers.actor import Actor
from layers.schema.tables.accounts import sign_ins

#: A sign-in ends after so long without a request, and after so long in any case.
IDLE_MINUTES, LONGEST_HOURS = 120, 12
#: The account of whoever came by the one-time link that this machine prints.
LOCAL_ACCOUNT = "本机管理员"
SEEN_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One sign-in that holds; ``role`` is "" for who came by this machine's link, ``post`` "" where none is held."""

    sign_in: str
    account_id: int | None
    account: str
    role: str
    scope: str
    agency: str
    post: str
    has_code: bool
    seen_at: dt.datetime

    @property
    def is_local(self) -> bool:
        """Whether it came by the one-time link that this machine prints."""
        return self.account_id is None

    @property
    def actor(self) -> Actor:
        """Who acts by it."""
        return Actor(account=self.account, post=self.post, scope=self.scope, sign_in=self.sign_in, agency=self.agency)


_HOLDS = """ended_at IS NULL AND seen_at > now() - make_interval(mins => :idle)
    AND began_at > now() - make_interval(hours => :hours) AND began_at < now() + interval '1 second'"""
#: May the sign-in act as that post: whoever came by this machine's link as any, an account as those it holds.
_MAY = """EXISTS (SELECT FROM posts p WHERE p.post = {post} AND (s.account_id IS NULL OR EXISTS (
    SELECT FROM account_posts h WHERE h.post_id = p.post_id AND h.account_id = s.account_id AND h.until IS NULL)))"""
_LIMITS = {"idle": IDLE_MINUTES, "hours": LONGEST_HOURS}


def admit(connection: sa.Connection, sign_in: str, account_id: int | None) -> int:
    """Keep a new sign-in under the hash of its token; how many posts its account holds.

    An account that holds one post alone acts as that.
    """
    holding = sa.text("""
        SELECT p.post FROM account_posts h JOIN posts p USING (post_id)
        WHERE h.account_id = :account_id AND h.until IS NULL""")
    held_posts = list(connection.execute(holding, {"account_id": account_id}).scalars())
    post = held_posts[0] if len(held_posts) == 1 else ""
    connection.execute(sign_ins.insert().values(sign_in=sign_in, account_id=account_id, post=post))
    return len(held_posts)


def standing(connection: sa.Connection, sign_in: str) -> SignIn | None:
    """The sign-in under that hash with its account as it is now; None where it ended, ran out or never was."""
    query = sa.text(f"""
        SELECT s.sign_in, s.account_id, coalesce(a.account, :local) AS account, coalesce(a.role, '') AS role,
               coalesce(a.scope, '') AS scope,
               coalesce(a.agency, '') AS agency,
               CASE WHEN {_MAY.format(post="s.post")} THEN s.post ELSE '' END AS post,
               coalesce(a.totp_secret, '') <> '' AS has_code, s.seen_at
        FROM sign_ins s LEFT JOIN accounts a USING (account_id)
        WHERE s.sign_in = :sign_in AND {_HOLDS} AND a.disabled_at IS NULL""")  # noqa: S608 - constants
    row = connection.execute(query, {"sign_in": sign_in, "local": LOCAL_ACCOUNT, **_LIMITS}).mappings().first()
    return SignIn(**row) if row else None


def see(connection: sa.Connection, sign_in: str) -> None:
    """Keep that it was used now."""
    connection.execute(sign_ins.update().where(sign_ins.c.sign_in == sign_in).values(seen_at=sa.func.now()))


def end(connection: sa.Connection, sign_in: str, *, account_id: int | None = None) -> bool:
    """Whether it was open, and that account's where one is named; it is ended now."""
    ours = [sign_ins.c.sign_in == sign_in, sign_ins.c.ended_at.is_(None)]
    if account_id is not None:
        ours.append(sign_ins.c.account_id == account_id)
    return connection.execute(sign_ins.update().where(*ours).values(ended_at=sa.func.now())).rowcount == 1


def act_as(connection: sa.Connection, actor: Actor, post: str) -> str:
    """The post, as which the actor's sign-in acts from now on.

    Raises:
        Refused: no post on duty is called so, or the account does not hold it.
    """
    if not posts.is_on_duty(connection, post):
        raise Refused(posts.UNKNOWN, kind="no_post")
    query = sa.text(f"UPDATE sign_ins s SET post = :post WHERE sign_in = :sign_in AND {_MAY.format(post=':post')}")  # noqa: S608
    if not connection.execute(query, {"post": post, "sign_in": actor.sign_in}).rowcount:
        raise Refused(f"您的账户没有岗位“{post}”,请管理员在“账户”页加上", kind="foreign_post")
    return post


def open_ones(connection: sa.Connection, account_id: int) -> list[dict[str, Any]]:
    """The sign-ins of an account that hold, newest first. Keys: sign_in, post, began_at, seen_at."""
    query = sa.text(f"""
        SELECT sign_in, post, began_at, seen_at FROM sign_ins
        WHERE account_id = :account_id AND {_HOLDS} ORDER BY began_at DESC, sign_in""")  # noqa: S608
    return [dict(row) for row in connection.execute(query, {"account_id": account_id, **_LIMITS}).mappings()]
