"""``wuchuan place`` and ``wuchuan template``: registers between their files and the map."""

from pathlib import Path

import click

from app.core.shell import city


@click.command()
@click.argument("layer")
@click.pass_obj
def place(data: Path | None, layer: str) -> None:
    """按地址给没有位置的行定位,只定确切的。"""
    from app.desks.imports.place_rows import place_rows

    with city(data) as (settings, engine):
        rows = place_rows(engine, settings.profile, layer)
    click.echo(f"已定位 {rows.placed} 行,仍无位置 {rows.left} 行")


@click.command()
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def template(data: Path | None, layer: str, file: Path) -> None:
    """写出一个空白登记表:列名、下拉、示例行、填写说明。"""
    from app.core.files import replacing
    from app.core.workbooks import template as write
    from app.settings import load_settings
    from layers.catalog import layer_named

    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{file.name} 要以 .xlsx 结尾", param_hint="FILE")
    wanted = layer_named(layer)
    with replacing(file) as unfinished:
        write(unfinished, wanted, code_prefix=load_settings(data=data).profile.code_prefix)
    click.echo(f"已写出 {file}")
