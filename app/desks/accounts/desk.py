"""The accounts of the office: one more, invited, given another role or post, disabled, a post handed over."""

import secrets

import sqlalchemy as sa

from app.core import texts
from app.core.acting import digest
from gis.errors import Conflict, Refused
from layers import accounts, posts, read, registers, write
from layers.actor import LOCAL, PUBLIC, SERVICE, Actor
from layers.profile import CityProfile
from layers.sign_ins import LOCAL_ACCOUNT

LONGEST_NAME = 40
#: Who came by the machine's link, a command, a stranger at the public form, and the service stand so in the histories.
_OURS = frozenset({LOCAL_ACCOUNT, LOCAL.account, PUBLIC.account, SERVICE.account})
TITLES = {
    "viewer": "查看", "editor": "社区录入", "planner": "行动指挥", "tip_desk": "线索受理", "auditor": "审计",
    "administrator": "管理员",
}  # fmt: skip


def add_account(
    connection: sa.Connection, actor: Actor, profile: CityProfile, account: str, *, role: str, area: str = "",
    agency: str = "", post: str = "",
) -> int:  # fmt: skip
    """The key of a new account of that role, for an area or the whole city, holding a post where one is named.

    Raises:
        Refused: the name is no name of 2 to 40 characters, there is no such role or post, or the city has not that
            agency.
        NotFound: no such area.
        Conflict: there is an account of that name.
    """
    account, area, agency = texts.plain(account), area.strip(), agency.strip()
    least = 2
    if len(account) < least or texts.fault(account, "账户", most=LONGEST_NAME) or texts.cleaned(account) != account:
        raise Refused(f"账户要写 {least} 到 {LONGEST_NAME} 个字,不带号码", kind="bad_account")
    if account in _OURS:
        raise Refused(f"“{account}”是系统自己用的名称,请换一个", kind="bad_account")
    _check_role(role)
    known = registers.agencies(connection, profile)
    if agency and agency not in known:
        raise Refused(f"没有参加单位“{agency}”:本市的是 {'、'.join(known)}", kind="unknown_agency")
    code = read.code_named(connection, area) if area else profile.city_code
    scope = read.prefix_of(connection, code, city=profile.city_code)
    account_id = accounts.add(connection, account, role=role, area_code=code, scope=scope, agency=agency)
    if post.strip():
        accounts.give(connection, account_id, post.strip())
    _note(connection, actor, "account_added", account=account, role=role, area=code, post=post.strip())
    return account_id


def invite(connection: sa.Connection, actor: Actor, account_id: int) -> str:
    """The token of a link by which that account sets its password; links before it are spent.

    Raises:
        NotFound: there is no such account.
        Refused: it is disabled.
    """
    account = accounts.by_number(connection, account_id)
    if account.is_disabled:
        raise Refused(f"账户“{account.account}”已经停用,请先启用", kind="disabled")
    token = secrets.token_urlsafe(32)
    accounts.invite(connection, actor, digest(token), account_id)
    _note(connection, actor, "invited", account=account.account)
    return token


def reset(connection: sa.Connection, actor: Actor, account_id: int) -> str:
    """A new invitation for an account that has lost its password or second factor: both are void now, signed out.

    Raises:
        Conflict: it is the last administrator; raises as ``invite`` besides.
    """
    _keep_an_administrator(connection, account_id)
    token = invite(connection, actor, account_id)
    accounts.change(connection, account_id, password_hash="", totp_secret="", totp_step=0)
    accounts.end_sign_ins(connection, account_id)
    return token


def change_role(connection: sa.Connection, actor: Actor, account_id: int, role: str) -> None:
    """Give an account another role, which holds for its open sign-ins too.

    Raises:
        NotFound: there is no such account.
        Refused: there is no such role.
        Conflict: it is the last administrator.
    """
    _check_role(role)
    if role != "administrator":
        _keep_an_administrator(connection, account_id)
    accounts.change(connection, account_id, role=role)
    _note(connection, actor, "role_changed", account=accounts.by_number(connection, account_id).account, role=role)


def disable(connection: sa.Connection, actor: Actor, account_id: int, *, back: bool = False) -> None:
    """Let an account no longer sign in and end its sign-ins; or let it in again.

    Raises:
        NotFound: there is no such account.
        Conflict: it is the last administrator.
    """
    account = accounts.by_number(connection, account_id).account
    if not back:
        _keep_an_administrator(connection, account_id)
        accounts.end_sign_ins(connection, account_id)
    accounts.change(connection, account_id, disabled_at=None if back else sa.func.now())
    _note(connection, actor, "account_enabled" if back else "account_disabled", account=account)


def give_post(connection: sa.Connection, actor: Actor, account_id: int, post: str, *, back: bool = False) -> None:
    """Let an account act as a post on duty, or no longer.

    Raises:
        NotFound: there is no such account.
        Refused: no post on duty is called so.
    """
    account = accounts.by_number(connection, account_id).account
    (accounts.withdraw if back else accounts.give)(connection, account_id, post)
    _note(connection, actor, "post_taken" if back else "post_given", account=account, post=post)


def hand_over(connection: sa.Connection, actor: Actor, post: str, to: str) -> dict[str, int]:
    """Make that account the one holder of the post; what is open in the post's name, which goes with it.

    Keys of the result: tips, actions. Its former holders are asked for another post as soon as they act.

    Raises:
        NotFound: there is no such account.
        Refused: no post on duty is called so, or the account is disabled.
    """
    account = accounts.by_name(connection, to.strip())
    if account.is_disabled:
        raise Refused(f"账户“{account.account}”已经停用,不能接岗位", kind="disabled")
    former = accounts.hand_over(connection, post, account.account_id)
    _note(connection, actor, "post_handed_over", post=post, account=account.account, former="、".join(former))
    return posts.open_work(connection, post)


def _check_role(role: str) -> None:
    if role not in TITLES:
        raise Refused(f"没有角色“{role}”:可以是 {'、'.join(TITLES)}", kind="unknown_role")


def _keep_an_administrator(connection: sa.Connection, account_id: int) -> None:
    """Let an account stop being an administrator unless it is the last who can sign in.

    Raises:
        NotFound: there is no such account.
        Conflict: it is.
    """
    accounts.lock_administrators(connection)  # two who remove each other come one after the other
    if accounts.administrators(connection) == {accounts.by_number(connection, account_id).account}:
        raise Conflict("这是最后一个能登录的管理员,请先另设一个", kind="last_administrator")


def _note(connection: sa.Connection, actor: Actor, action: str, **detail: str) -> None:
    fields = {name: value for name, value in detail.items() if value}
    write.note(connection, actor, action=action, layer="accounts", detail=fields)
