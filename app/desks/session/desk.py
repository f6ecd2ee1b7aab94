"""Signing in by an account, by an invitation, and by this machine's one-time link; signing out."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.core import passwords
from app.core.acting import digest
from gis.errors import DomainError
from layers import accounts, sign_ins, write
from layers.accounts import AccountRow
from layers.actor import NOWHERE, Actor
from layers.sign_ins import LOCAL_ACCOUNT

#: Whoever is about to sign in: nobody of the public, and nobody yet who may see a place.
ENTERING = Actor(account="登录", scope=NOWHERE)
WRONG = "账户、口令或动态码不对"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a sign-in came to: the account that is signed in and how many posts it holds, or a sentence."""

    account: str = ""
    posts: int = 0
    fault: str = ""


def spend_link(connection: sa.Connection, actor: Actor, link: str, *, token: str) -> bool:
    """Whether this machine's link lets its bearer in, under ``token``; it does so once."""
    if not write.spend_entry_token(connection, digest(link)):
        return False
    sign_ins.admit(connection, digest(token), None)
    _note(connection, actor, "signed_in", account=LOCAL_ACCOUNT)
    return True


def sign_in(
    connection: sa.Connection, actor: Actor, *, account: str, password: str, code: str, token: str
) -> Tried:  # fmt: skip
    """Sign an account in under ``token`` by its password and, where it has a second factor, its code.

    Nothing tells an account that there is from one that there is not, but to who knows its password.
    """
    try:
        known = accounts.by_name(connection, account)
    except DomainError:
        known = None
    fits = passwords.fits(password, "" if known is None or known.is_disabled else known.password_hash)
    if known is None or not fits:
        # what was typed may be a password: an unknown account is not written down
        _note(connection, actor, "sign_in_refused", account="" if known is None else known.account)
        return Tried(fault=WRONG)
    if known.totp_secret:
        try:
            step = passwords.step_of(code, known.totp_secret)
        except DomainError as error:
            _note(connection, actor, "sign_in_refused", account=known.account)
            return Tried(fault=error.sentence if error.kind == "clock" else WRONG)
        if not accounts.take_code(connection, known.account_id, step):
            _note(connection, actor, "sign_in_refused", account=known.account)
            return Tried(fault="这个动态码已经用过,请等下一个")
    if passwords.is_outdated(known.password_hash):
        accounts.change(connection, known.account_id, password_hash=passwords.hashed(password))
    return _begin(connection, actor, known, token)


def invited(connection: sa.Connection, actor: Actor, link: str) -> AccountRow | None:  # noqa: ARG001 - a workflow says who acts
    """The account that an invitation is for; None where it is spent, too old or no invitation."""
    return accounts.of_link(connection, digest(link))


def accept(
    connection: sa.Connection, actor: Actor, link: str, *, password: str, again: str, token: str
) -> Tried:  # fmt: skip
    """Set the password of the account that the link invites, end its other sign-ins and sign it in under ``token``.

    Raises:
        Refused: the password may not be taken; the link is good for another try.
    """
    account = accounts.of_link(connection, digest(link))
    if account is None:
        return Tried(fault="spent")
    passwords.check(password, again, account=account.account)
    if not write.spend_entry_token(connection, digest(link), account_id=account.account_id):
        return Tried(fault="spent")
    accounts.change(connection, account.account_id, password_hash=passwords.hashed(password))
    accounts.end_sign_ins(connection, account.account_id)
    return _begin(connection, actor, account, token)


def leave(connection: sa.Connection, actor: Actor) -> None:
    """End the sign-in by which the actor came."""
    sign_ins.end(connection, actor.sign_in)
    _note(connection, actor, "signed_out", account=actor.account)


def _begin(connection: sa.Connection, actor: Actor, account: AccountRow, token: str) -> Tried:
    posts = sign_ins.admit(connection, digest(token), account.account_id)
    _note(connection, actor, "signed_in", account=account.account)
    return Tried(account=account.account, posts=posts)


def _note(connection: sa.Connection, actor: Actor, action: str, *, account: str) -> None:
    """Keep it in the name of the account, where it is known; of the moment of a sign-in nothing is hidden."""
    write.note(connection, replace(actor, account=account or actor.account), action=action, layer="accounts", detail={})
