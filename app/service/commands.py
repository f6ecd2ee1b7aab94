"""The commands that run the service and look after it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.core.shell import city
from app.service import house_commands
from app.settings import Settings, load_settings
from gis.errors import Refused

STATES = {"absent": "未建立", "stopped": "已停止", "starting": "正在启动", "stopping": "正在停止", "running": "运行中"}


@click.command()
@click.option("--port", type=int, help="端口,默认 5050")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录")
@click.option("--demo/--no-demo", default=True, help="空库时是否装入演示市(虚构)")
@click.pass_obj
def up(base: Path | None, port: int | None, data: Path | None, demo: bool) -> None:
    """启动:数据库、迁移、演示市、分析、后台、网页;打印一个网址。"""
    from app.service.serve_city import serve_city

    settings = load_settings(data=data or base, port=port)
    serve_city(
        settings,
        demo=demo,
        tell=lambda sentence: click.echo(sentence, err=True),
        announce=lambda url: click.echo(f"open {url}"),
    )


@click.command()
@click.option("--parent", type=int, hidden=True)
@click.pass_obj
def worker(data: Path | None, parent: int | None) -> None:
    """后台:处理排队的导入和分析。"""
    from app.worker import work

    with city(data) as (settings, engine):
        work(settings, engine, parent=parent)


@click.command()
@click.option("--port", type=int, help="服务的端口;不说就用正在运行的那个")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录")
@click.pass_obj
def link(base: Path | None, port: int | None, data: Path | None) -> None:
    """打印正在运行的服务的一个新的一次性登录网址。"""
    from app.service.links import new_link

    click.echo(f"open {new_link(load_settings(data=data or base), port=port)}")


@click.command()
@click.pass_obj
def doctor(data: Path | None) -> None:
    """检查数据库、角色、索引标记、前端文件、密钥,说出哪里不对。"""
    from app.service.examine import examine

    findings = examine(load_settings(data=data))
    for finding in findings:
        click.echo(f"{'正常' if finding.well else '不对'}\t{finding.name}\t{finding.sentence}")
    if not all(finding.well for finding in findings):
        raise click.ClickException("有不对的地方,见上")


@click.group()
def db() -> None:
    """私有数据库的启停、备份与恢复。"""


@db.command()
@click.pass_obj
def start(data: Path | None) -> None:
    """启动私有数据库。"""
    with city(data):
        click.echo("数据库已启动")


@db.command()
@click.pass_obj
def stop(data: Path | None) -> None:
    """停止私有数据库。"""
    from app.core.serving import service_on
    from layers.host import embedded

    folder = _private(data).data
    if service_on(folder) is not None:
        raise Refused(
            "服务正在运行,会把停下的数据库再启动;请先在运行 make run 或 wuchuan up 的窗口按 Ctrl-C 结束服务",
            kind="served",
        )
    embedded.stop(folder)
    click.echo("数据库已停止")


@db.command()
@click.pass_obj
def status(data: Path | None) -> None:
    """私有数据库的状态。"""
    from layers.host import embedded

    click.echo(STATES[embedded.status(_private(data).data)])


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup_(data: Path | None, file: Path) -> None:
    """备份到一个文件。"""
    from layers.host.backup import backup

    _with_cluster(data, lambda cluster, name: backup(cluster, name, file))
    click.echo(f"已备份到 {file}")


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore_(data: Path | None, file: Path) -> None:
    """从备份文件恢复,替换现有数据。"""
    from layers import audit
    from layers.actor import LOCAL
    from layers.database import transaction
    from layers.host.backup import restore

    settings = _private(data)
    _with_cluster(data, lambda cluster, name: restore(cluster, name, file, profile=settings.profile))
    with city(data) as (_, engine), transaction(engine, LOCAL) as connection:
        audit.note_restore(connection, settings.data)
    click.echo(f"已从 {file} 恢复")


@db.command()
@click.pass_obj
def psql(data: Path | None) -> None:
    """打开 psql。"""
    _with_cluster(data, lambda cluster, name: _become(cluster.psql(name)))


def _become(arguments: list[str]) -> None:
    sys.stdout.flush()
    os.execvp(arguments[0], arguments)  # noqa: S606 - psql takes the terminal over


def _private(data: Path | None) -> Settings:
    settings = load_settings(data=data)
    if settings.database_url:
        raise Refused("设置了 WUCHUAN_DATABASE_URL,外部数据库请用它自己的工具管理", kind="external")
    return settings


def _with_cluster(data: Path | None, act: Callable[[Any, str], None]) -> None:
    from app.core.open_city import database_name
    from layers.host import embedded

    settings = _private(data)
    act(embedded.start(settings.data), database_name(settings.profile))


COMMANDS = (up, worker, link, doctor, db, house_commands.tls_)
