"""``wuchuan export``."""

from pathlib import Path
from typing import Any

import click

from app.core.shell import city, day
from layers.actor import LOCAL


@click.command()
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", callback=lambda *a: day(a[2]), help="从哪一天起,含")
@click.option("--until", callback=lambda *a: day(a[2]), help="到哪一天止,不含")
@click.option("--area", metavar="CODE", help="区划代码")
@click.option("--crs", default="EPSG:4490", help="坐标系")
@click.option("--unplaced", is_flag=True, help="只要没有位置的行")
@click.pass_obj
def export(
    data: Path | None, /, layer: str, file: Path, area: str | None, crs: str, unplaced: bool, **days: Any
) -> None:
    """导出一个图层,类型由扩展名决定。"""
    from app.desks.exports.desk import export_layer
    from layers.read import Cut

    if days["since"] and days["until"] and days["since"] >= days["until"]:
        raise click.UsageError("--since 要早于 --until")
    with city(data) as (settings, engine):
        cut = Cut(placed=False if unplaced else None, **days)
        rows = export_layer(engine, LOCAL, settings.profile, layer, file, cut=cut, area=area, crs=crs)
    click.echo(f"已导出 {rows} 行到 {file}")
