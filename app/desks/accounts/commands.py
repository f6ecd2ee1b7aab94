"""``wuchuan account``: the accounts, from the machine itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.core.shell import JSON, Group, at_work, tell, visible
from layers.actor import LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from app.settings import Settings

ROLES = ("viewer", "editor", "planner", "tip_desk", "auditor", "administrator")


@click.group(cls=Group)
def account() -> None:
    """账户:登记、清单、邀请、停用、改角色。"""


@account.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="角色")
@click.option("--area", default="", metavar="CODE", help="管辖的区划代码,默认全市")
@click.option("--agency", default="", metavar="NAME", help="所属单位")
@click.option("--post", default="", metavar="TITLE", help="以哪个岗位办理")
@click.option("--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="文件里是口令")
@click.pass_obj
def add(data: Path | None, name: str, role: str, area: str, agency: str, post: str, password_file: Path | None) -> None:
    """登记账户 NAME;没有口令文件就打印一个邀请链接。"""
    from app.core import passwords
    from app.desks.accounts.desk import add_account, invite
    from layers import accounts

    with at_work(data) as (settings, connection):
        account_id = add_account(
            connection, LOCAL, settings.profile, name, role=role, area=area, agency=agency, post=post
        )
        if password_file is None:
            said = _link(settings, invite(connection, LOCAL, account_id))
        else:
            password = password_file.read_text("utf-8").rstrip("\r\n")
            passwords.check(password, password, account=name)
            accounts.change(connection, account_id, password_hash=passwords.hashed(password))
            said = f"已登记账户“{name}”"
    click.echo(visible(said))


@account.command("list")
@JSON
@click.pass_obj
def list_(data: Path | None, as_json: bool) -> None:
    """全部账户,停用的在后。"""
    from app.desks.accounts.desk import TITLES
    from layers import accounts

    with at_work(data) as (_, connection):
        rows = accounts.listed(connection)
    tell(rows, "\n".join("  ".join(_line(row, TITLES)) for row in rows) or "还没有账户", as_json=as_json)


@account.command("invite")
@click.argument("name")
@click.pass_obj
def invite_(data: Path | None, name: str) -> None:
    """打印账户 NAME 的新邀请链接,七天内有效。"""
    from app.desks.accounts.desk import invite
    from layers import accounts

    with at_work(data) as (settings, connection):
        token = invite(connection, LOCAL, accounts.by_name(connection, name).account_id)
    click.echo(visible(_link(settings, token)))


@account.command("reset")
@click.argument("name")
@click.pass_obj
def reset_(data: Path | None, name: str) -> None:
    """作废账户 NAME 的口令和动态码,结束它的登录,打印新的邀请链接。"""
    from app.desks.accounts.desk import reset
    from layers import accounts

    with at_work(data) as (settings, connection):
        token = reset(connection, LOCAL, accounts.by_name(connection, name).account_id)
    click.echo(visible(_link(settings, token)))


@account.command()
@click.argument("name")
@click.option("--back", is_flag=True, help="重新启用")
@click.pass_obj
def disable(data: Path | None, name: str, back: bool) -> None:
    """停用账户 NAME,它的登录随即结束。"""
    from app.desks.accounts import desk
    from layers import accounts

    with at_work(data) as (_, connection):
        desk.disable(connection, LOCAL, accounts.by_name(connection, name).account_id, back=back)
    click.echo(visible(f"已{'启用' if back else '停用'}账户“{name}”"))


@account.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def role(data: Path | None, name: str, role: str) -> None:
    """把账户 NAME 的角色改成 ROLE。"""
    from app.desks.accounts import desk
    from layers import accounts

    with at_work(data) as (_, connection):
        desk.change_role(connection, LOCAL, accounts.by_name(connection, name).account_id, role)
    click.echo(visible(f"账户“{name}”现在是{desk.TITLES[role]}"))


@account.command()
@click.argument("post")
@click.argument("name")
@click.pass_obj
def handover(data: Path | None, post: str, name: str) -> None:
    """把岗位 POST 连同它的在办工作交给账户 NAME。"""
    from app.desks.accounts.desk import hand_over

    with at_work(data) as (_, connection):
        work = hand_over(connection, LOCAL, post, name)
    click.echo(visible(f"岗位“{post}”已交给“{name}”:在办线索 {work['tips']} 条、未批准的行动 {work['actions']} 个"))


def _line(row: "Mapping[str, Any]", titles: "Mapping[str, str]") -> list[str]:
    state = "已停用" if row["is_disabled"] else "" if row["has_password"] else "未设口令"
    held = "、".join(each["post"] for each in row["posts"])
    return [row["account"], titles[row["role"]], row["area"], held, *([state] if state else [])]


def _link(settings: "Settings", token: str) -> str:
    """The invitation's address at the service that runs on the data folder, else where it would be served."""
    from app.core.serving import service_on

    at = service_on(settings.data) or settings
    return f"open {at.url}/invited?token={token}"
