"""``wuchuan audit``: who did what, and whether it is whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.core.shell import JSON, Group, at_work, day, tell

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group(cls=Group)
def audit() -> None:
    """审计:清单、查验。"""


@audit.command("list")
@click.option("--since", metavar="DATE", help="从哪一天起")
@click.option("--account", default="", metavar="NAME", help="哪个账户")
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, help="最多多少条")
@JSON
@click.pass_obj
def list_(data: Path | None, since: str | None, account: str, limit: int, as_json: bool) -> None:
    """最近的记录,新的在前。"""
    from layers import audit as kept

    with at_work(data) as (_, connection):
        rows = kept.entries(connection, since=day(since), account=account, limit=limit)
    tell(rows, "\n".join(_line(row) for row in rows) or "还没有记录", as_json=as_json)


@audit.command()
@JSON
@click.pass_obj
def verify(data: Path | None, as_json: bool) -> None:
    """查验封存的记录是否完整;不完整时说出从哪里起。"""
    from dataclasses import asdict

    from layers import audit as kept

    with at_work(data) as (settings, connection):
        verdict = kept.verify(connection, settings.data)
    if not verdict.is_whole and not as_json:
        raise click.ClickException(verdict.sentence)
    tell(asdict(verdict), verdict.sentence, as_json=as_json)
    if not verdict.is_whole:
        raise click.exceptions.Exit(1)


def _line(row: "Mapping[str, Any]") -> str:
    who = f"{row['account']}({row['post']})" if row["post"] else row["account"]
    return f"{row['at']:%Y-%m-%d %H:%M:%S}  {who}  {row['action']}  {row['layer']}  {row['detail']}"
