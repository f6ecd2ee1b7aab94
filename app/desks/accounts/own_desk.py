"""One's own account: its sign-ins, its password, its second factor."""

from typing import Any

import sqlalchemy as sa

from app.core import passwords
from gis.errors import Forbidden, NotFound, Refused
from layers import accounts, sign_ins, write
from layers.accounts import AccountRow
from layers.actor import Actor


def mine(connection: sa.Connection, actor: Actor) -> AccountRow:
    """The account that is signed in.

    Raises:
        Forbidden: whoever came by this machine's link has none.
    """
    standing = sign_ins.standing(connection, actor.sign_in)
    if standing is None or standing.account_id is None:
        raise Forbidden("一次性链接没有自己的账户;要口令和动态码,请登记账户", kind="no_account")
    return accounts.by_number(connection, standing.account_id)


def overview(connection: sa.Connection, actor: Actor) -> dict[str, Any]:
    """What the page of one's own account shows: account (None for this machine's link) and its open sign-ins."""
    standing = sign_ins.standing(connection, actor.sign_in)
    if standing is None or standing.account_id is None:
        return {"account": None, "sign_ins": []}
    account = accounts.by_number(connection, standing.account_id)
    return {"account": account, "sign_ins": sign_ins.open_ones(connection, account.account_id)}


def revoke(connection: sa.Connection, actor: Actor, sign_in: str) -> None:
    """End one of one's own sign-ins.

    Raises:
        NotFound: it is no open one of this account.
    """
    if not sign_ins.end(connection, sign_in, account_id=mine(connection, actor).account_id):
        raise NotFound("没有这次登录,或者它已经结束", kind="unknown_sign_in")
    _note(connection, actor, "sign_in_revoked")


def change_password(connection: sa.Connection, actor: Actor, *, old: str, password: str, again: str) -> None:
    """Set another password; the account's other sign-ins end.

    Raises:
        Refused: the old one is wrong, or the new one may not be taken.
    """
    account = mine(connection, actor)
    if not passwords.fits(old, account.password_hash):
        raise Refused("原来的口令不对", kind="wrong_password")
    passwords.check(password, again, account=account.account)
    accounts.change(connection, account.account_id, password_hash=passwords.hashed(password))
    for other in sign_ins.open_ones(connection, account.account_id):
        if other["sign_in"] != actor.sign_in:
            sign_ins.end(connection, other["sign_in"])
    _note(connection, actor, "password_changed")


def add_factor(connection: sa.Connection, actor: Actor, *, secret: str, code: str) -> None:
    """Ask for a code at every sign-in from now on; the first one shows that the app holds the secret.

    Raises:
        Refused: it is no code of that secret, or the account has a second factor already.
    """
    account = mine(connection, actor)
    if account.totp_secret:
        raise Refused("第二重验证已经开启", kind="has_code")
    step = passwords.step_of(code, secret)
    accounts.change(connection, account.account_id, totp_secret=secret, totp_step=step)
    _note(connection, actor, "second_factor_added")


def drop_factor(connection: sa.Connection, actor: Actor, *, password: str) -> None:
    """Ask for no code any more.

    Raises:
        Refused: the password is wrong.
    """
    account = mine(connection, actor)
    if not passwords.fits(password, account.password_hash):
        raise Refused("口令不对", kind="wrong_password")
    accounts.change(connection, account.account_id, totp_secret="", totp_step=0)
    _note(connection, actor, "second_factor_dropped")


def _note(connection: sa.Connection, actor: Actor, action: str) -> None:
    write.note(connection, actor, action=action, layer="accounts", detail={"account": actor.account})
