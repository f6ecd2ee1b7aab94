"""``wuchuan register``: one row of a small register, by command as on the page."""

from pathlib import Path

import click

from app.core.shell import Group, at_work, visible
from app.core.words import ROW_STAYS
from layers.actor import LOCAL


@click.group(cls=Group)
def register() -> None:
    """登记簿:成员单位、驻地、队伍、行政决定,逐行增加、清单、移去。"""


@register.command()
@click.argument("layer")
@click.argument("values", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.pass_obj
def add(data: Path | None, layer: str, values: tuple[str, ...]) -> None:
    """增加一行,如 register add teams name=一队 agency=公安 station=城关所。"""
    from app.desks.settings.desk import by_hand, keep_row

    row = dict(_pair(value) for value in values)
    known = [*(field.name for field in by_hand(layer).fields), "lon", "lat"]
    if unknown := [name for name in row if name not in known]:
        raise click.UsageError(f"没有字段 {'、'.join(unknown)},可用的有:{'、'.join(known)}")
    with at_work(data) as (settings, connection):
        warnings = keep_row(connection, LOCAL, settings.profile, layer, row)
    click.echo(visible("\n".join(["已登记", *(f"提醒:{sentence}" for sentence in warnings)])))


@register.command("list")
@click.argument("layer")
@click.option("--text", default="", help="只要含这几个字的行")
@click.pass_obj
def list_(data: Path | None, layer: str, text: str) -> None:
    """一行一条,最近的在前。"""
    from app.desks.settings.desk import by_hand
    from layers import registers

    fields = by_hand(layer).fields
    with at_work(data) as (_, connection):
        rows, _ = registers.rows_with(connection, layer, text)
    lines = [" · ".join(str(row[field.name]) for field in fields if row[field.name] is not None) for row in rows]
    click.echo(visible("\n".join(lines) or "还没有登记"))


@register.command()
@click.argument("layer")
@click.argument("name")
@click.pass_obj
def remove(data: Path | None, layer: str, name: str) -> None:
    """移去叫 NAME 的一行。"""
    from app.desks.settings.desk import take_off_named

    with at_work(data) as (_, connection):
        take_off_named(connection, LOCAL, layer, name)
    click.echo(visible(f"已移去“{name}”;{ROW_STAYS}"))


def _pair(value: str) -> tuple[str, str]:
    name, sign, cell = value.partition("=")
    if not sign:
        raise click.UsageError(f"“{value}”要写成 字段=值")
    return name, cell
