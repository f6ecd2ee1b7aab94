"""``wuchuan post``: the posts on duty, in whose name plans are made and approved."""

from pathlib import Path

import click

from app.core.shell import Group, at_work, visible, warn_of_names
from layers.actor import LOCAL


@click.group(cls=Group)
def post() -> None:
    """岗位:登记、清单、撤销。"""


@post.command()
@click.argument("title")
@click.option("--area", metavar="CODE", help="负责的区划代码,默认全市")
@click.pass_obj
def add(data: Path | None, title: str, area: str | None) -> None:
    """登记一个岗位,TITLE 是职务名称,不写人名。"""
    from app.desks.posts.desk import add_post

    warn_of_names(title)
    with at_work(data) as (settings, connection):
        add_post(connection, LOCAL, settings.profile, title, area=area)
    click.echo(visible(f"已登记岗位“{title}”"))


@post.command("list")
@click.pass_obj
def list_(data: Path | None) -> None:
    """在岗的岗位,全市的在前。"""
    from layers import posts

    with at_work(data) as (_, connection):
        click.echo(visible("\n".join(posts.titles(connection)) or "还没有岗位"))


@post.command()
@click.argument("title")
@click.pass_obj
def remove(data: Path | None, title: str) -> None:
    """撤销一个岗位,它经办的记录不变。"""
    from app.desks.posts.desk import remove_post

    with at_work(data) as (_, connection):
        remove_post(connection, LOCAL, title)
    click.echo(visible(f"已撤销岗位“{title}”"))
