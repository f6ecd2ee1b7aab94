"""``wuchuan map``, ``chart`` and ``atlas``: pages that open anywhere, sheets of paper, pictures for slides."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.core.shell import city
from layers.actor import LOCAL


@click.command("map")
@click.argument("name", type=click.Choice(["zones", "heat", "community", "raid"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--area", metavar="CODE", help="区划代码")
@click.option("--internal", is_flag=True, help="内部图:含点位,图上注明并留记录")
@click.pass_obj
def map_(data: Path | None, name: str, file: Path, area: str | None, internal: bool) -> None:
    """把地图写成一个文件:.html 可单独打开,.pdf .png .svg 供打印和投影。"""
    with _unswept():
        if file.suffix.lower() == ".html":
            from app.desks.prints.standalone import write_map as write
        else:
            from app.briefings.paper import kind_of
            from app.desks.prints.desk import print_map as write

            kind_of(file, ".html")
        with city(data) as (settings, engine):
            write(engine, LOCAL, settings.profile, name, file, area=area, internal=internal)
    click.echo(f"已写出 {file}")


@click.command()
@click.argument("area")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def chart(data: Path | None, area: str, file: Path) -> None:
    """画一个区划的社区区域分布图:.pdf 附名册,.png .svg 只有图。"""
    with _unswept():
        from app.desks.prints.desk import CHART, print_map

        with city(data) as (settings, engine):
            print_map(engine, LOCAL, settings.profile, CHART, file, area=area)
    click.echo(f"已写出 {file}")


@click.command()
@click.argument("area")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def atlas(data: Path | None, area: str, file: Path) -> None:
    """把一个区划之下每个社区(村)的分布图合成一个 .pdf。"""
    from app.desks.prints.desk import print_atlas

    with city(data) as (settings, engine):
        pages = print_atlas(engine, LOCAL, settings.profile, area, file)
    click.echo(f"已写出 {file},{pages} 页")


@contextmanager
def _unswept() -> Iterator[None]:
    """Without looking for garbage in cycles: one sheet makes little, and looking is a seventh of a reader's wait."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
