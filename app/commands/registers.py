"""``wuchuan place``: registers between their files and the map."""

from pathlib import Path

import click

from app.commands.shell import city


@click.command()
@click.argument("layer")
@click.pass_obj
def place(data: Path | None, layer: str) -> None:
    """按地址给没有位置的行定位,只定确切的。"""
    from app.workflows.place_rows import place_rows

    with city(data) as (settings, engine):
        rows = place_rows(engine, settings.profile, layer)
    click.echo(f"已定位 {rows.placed} 行,仍无位置 {rows.left} 行")
