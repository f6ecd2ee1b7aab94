"""Accounts: who may sign in, by which role, for which area, and as which posts they may act."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from gis.errors import Conflict, NotFound, Refused
from layers import posts
from layers.actor import Actor
from layers.schema.tables import house
from layers.schema.tables.accounts import account_posts, accounts, sign_ins
from layers.sign_ins import IDLE_MINUTES, LONGEST_HOURS

NO_ACCOUNT = "没有这个账户"


class AccountRow(NamedTuple):
    """One account as its row says; ``scope`` is "" for the whole city."""

    account_id: int
    account: str
    role: str
    area_code: str
    scope: str
    agency: str
    password_hash: str
    totp_secret: str
    totp_step: int
    is_disabled: bool


_COLUMNS = (
    *(accounts.c[name] for name in AccountRow._fields[:-1]),
    accounts.c.disabled_at.is_not(None).label("is_disabled"),
)


def add(connection: sa.Connection, account: str, *, role: str, area_code: str, scope: str, agency: str = "") -> int:
    """The key of a new account, which cannot sign in before its password is set.

    Raises:
        Conflict: there is one of that name.
    """
    values = {"account": account, "role": role, "area_code": area_code, "scope": scope, "agency": agency}
    added = sa.dialects.postgresql.insert(accounts).values(values).on_conflict_do_nothing()
    account_id = connection.execute(added.returning(accounts.c.account_id)).scalar()
    if account_id is None:
        raise Conflict(f"已经有账户“{account}”", kind="account_taken")
    return int(account_id)


def by_name(connection: sa.Connection, account: str) -> AccountRow:
    """The account of that name.

    Raises:
        NotFound: there is none.
    """
    return _one(connection, sa.false() if "\0" in account else accounts.c.account == account)


def by_number(connection: sa.Connection, account_id: int) -> AccountRow:
    """The account with that key; raises as ``by_name``."""
    return _one(connection, accounts.c.account_id == account_id)


def are_there(connection: sa.Connection) -> bool:
    """Whether there is any account."""
    return bool(connection.execute(sa.select(sa.exists().where(accounts.c.account_id > 0))).scalar_one())


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """All accounts, those in use first.

    Keys: account_id, account, role, area (its name or its code), agency, is_disabled, has_password, has_code (a second
    factor), posts (held today, a list of post_id and post), seen_at (None where it never signed in), open (sign-ins).
    """
    query = sa.text("""
        SELECT a.account_id, a.account, a.role, a.agency, a.disabled_at IS NOT NULL AS is_disabled,
               a.password_hash <> '' AS has_password, a.totp_secret <> '' AS has_code,
               coalesce((SELECT name FROM areas WHERE code = a.area_code AND valid_to IS NULL LIMIT 1), a.area_code)
                   AS area,
               coalesce((SELECT jsonb_agg(jsonb_build_object('post_id', p.post_id, 'post', p.post) ORDER BY p.post)
                         FROM account_posts h JOIN posts p USING (post_id)
                         WHERE h.account_id = a.account_id AND h.until IS NULL), '[]') AS posts,
               s.seen_at, coalesce(s.open, 0) AS open
        FROM accounts a LEFT JOIN (
            SELECT account_id, max(seen_at) AS seen_at, count(*) FILTER (WHERE ended_at IS NULL
                   AND seen_at > now() - make_interval(mins => :idle)
                   AND began_at > now() - make_interval(hours => :hours)) AS open
            FROM sign_ins GROUP BY account_id) s USING (account_id)
        ORDER BY is_disabled, a.account""")
    rows = connection.execute(query, {"idle": IDLE_MINUTES, "hours": LONGEST_HOURS})
    return [dict(row) for row in rows.mappings()]


def lock_administrators(connection: sa.Connection) -> None:
    """Let nobody else change who is an administrator until this transaction ends."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('administrators'))"))


def administrators(connection: sa.Connection) -> set[str]:
    """The names of the administrators in use who can sign in."""
    query = sa.select(accounts.c.account).where(
        accounts.c.role == "administrator", accounts.c.disabled_at.is_(None), accounts.c.password_hash != ""
    )
    return set(connection.execute(query).scalars())


def change(connection: sa.Connection, account_id: int, **values: Any) -> None:
    """Write these columns of an account."""
    connection.execute(accounts.update().where(accounts.c.account_id == account_id).values(values))


def take_code(connection: sa.Connection, account_id: int, step: int) -> bool:
    """Whether a one-time code of that time step is newer than the last one taken; it is taken now."""
    newer = accounts.update().where(accounts.c.account_id == account_id, accounts.c.totp_step < step)
    return connection.execute(newer.values(totp_step=step)).rowcount == 1


def give(connection: sa.Connection, account_id: int, post: str) -> None:
    """Let an account act as a post on duty; nothing where it may already.

    Raises:
        Refused: no post on duty is called so.
    """
    values = {"account_id": account_id, "post_id": _post_id(connection, post)}
    connection.execute(sa.dialects.postgresql.insert(account_posts).values(values).on_conflict_do_nothing())


def withdraw(connection: sa.Connection, account_id: int, post: str) -> None:
    """Let an account no longer act as a post; raises as ``give``."""
    _end(connection, account_posts.c.account_id == account_id, post_id=_post_id(connection, post))


def hand_over(connection: sa.Connection, post: str, account_id: int) -> list[str]:
    """Let that account alone act as the post from now on; the accounts that held it.

    Raises:
        Refused: no post on duty is called so.
    """
    post_id = _post_id(connection, post)
    former = holders(connection, post_id)
    _end(connection, account_posts.c.account_id != account_id, post_id=post_id)
    give(connection, account_id, post)
    return former


def holders(connection: sa.Connection, post_id: int) -> list[str]:
    """The names of the accounts that may act as a post today."""
    query = (
        sa.select(accounts.c.account)
        .join(account_posts, account_posts.c.account_id == accounts.c.account_id)
        .where(account_posts.c.post_id == post_id, account_posts.c.until.is_(None))
        .order_by(accounts.c.account)
    )
    return list(connection.execute(query).scalars())


def invite(connection: sa.Connection, actor: Actor, token_sha256: str, account_id: int) -> None:
    """Keep the hash of a link by which that account's password is set within a week; links before it are spent."""
    values = {"token": token_sha256, "inviting": actor.account, "invited": account_id}
    connection.execute(sa.text("SELECT add_invitation(:token, :inviting, :invited)"), values)


def of_link(connection: sa.Connection, token_sha256: str) -> AccountRow | None:
    """The account in use that an unspent link invites; None of any other token."""
    tokens = house.entry_tokens
    invited = sa.select(tokens.c.account_id).where(
        tokens.c.token_sha256 == token_sha256, tokens.c.spent_at.is_(None), tokens.c.expires_at > sa.func.now()
    )
    row = connection.execute(
        sa.select(*_COLUMNS).where(accounts.c.account_id.in_(invited), accounts.c.disabled_at.is_(None))
    ).first()
    return AccountRow._make(row) if row else None


def end_sign_ins(connection: sa.Connection, account_id: int) -> None:
    """End every sign-in of an account."""
    theirs = sign_ins.c.account_id == account_id
    connection.execute(sign_ins.update().where(theirs, sign_ins.c.ended_at.is_(None)).values(ended_at=sa.func.now()))


def _one(connection: sa.Connection, which: sa.ColumnElement[bool]) -> AccountRow:
    row = connection.execute(sa.select(*_COLUMNS).where(which)).first()
    if row is None:
        raise NotFound(NO_ACCOUNT, kind="unknown_account")
    return AccountRow._make(row)


def _post_id(connection: sa.Connection, post: str) -> int:
    post_id = posts.titled(connection, post)
    if post_id is None:
        raise Refused(posts.UNKNOWN, kind="no_post")
    return post_id


def _end(connection: sa.Connection, whose: sa.ColumnElement[bool], *, post_id: int) -> None:
    held = sa.and_(whose, account_posts.c.post_id == post_id, account_posts.c.until.is_(None))
    connection.execute(account_posts.update().where(held).values(until=sa.func.now()))
