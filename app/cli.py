"""The commands: the same workflows as the pages. Exit 0 all well, 2 some rows refused, 1 failed or misused."""

import datetime as dt
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from app.core.shell import SEED, Group, bar, city, day, visible
from app.desks.actions.commands import plan
from app.desks.alerts.commands import alerts, watch
from app.desks.backtests.commands import backtest
from app.desks.imports.commands import place, template
from app.desks.posts.commands import post
from app.desks.prints.commands import atlas, chart, map_
from app.desks.tips.commands import tip, zone
from app.settings import Settings, load_settings
from gis.errors import Refused

click.UsageError.exit_code = 1
SHOWN_FAULTS = 20
STATES = {"absent": "未建立", "stopped": "已停止", "starting": "正在启动", "stopping": "正在停止", "running": "运行中"}


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """无传一张图:社区、点位、线索、行动一张图。"""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    context.obj = data


@main.command()
@click.option("--port", type=int, help="端口,默认 5050")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录")
@click.option("--demo/--no-demo", default=True, help="空库时是否装入演示市(虚构)")
@click.pass_obj
def up(base: Path | None, port: int | None, data: Path | None, demo: bool) -> None:
    """启动:数据库、迁移、演示市、分析、后台、网页;打印一个网址。"""
    from app.service.serve_city import serve_city

    settings = load_settings(data=data or base, port=port)
    serve_city(settings, demo=demo, tell=_tell, announce=lambda url: click.echo(f"open {url}"))


@main.command()
@click.option("--parent", type=int, hidden=True)
@click.pass_obj
def worker(data: Path | None, parent: int | None) -> None:
    """后台:处理排队的导入和分析。"""
    from app.worker import work

    with city(data) as (settings, engine):
        work(settings, engine, parent=parent)


@main.command()
@click.option("--port", type=int, help="服务的端口;不说就用正在运行的那个")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录")
@click.pass_obj
def link(base: Path | None, port: int | None, data: Path | None) -> None:
    """打印正在运行的服务的一个新的一次性登录网址。"""
    from app.service.serve_city import new_link

    click.echo(f"open {new_link(load_settings(data=data or base), port=port)}")


@main.command()
@click.pass_obj
def layers(data: Path | None) -> None:
    """列出图层:代号、名称、行数、最近变更。"""
    from layers import read
    from layers.catalog import LAYERS
    from layers.database import transaction

    with city(data) as (settings, engine), transaction(engine) as connection:
        versions = read.versions(connection)
        for layer in LAYERS.values():
            changed = versions[layer.table][1].astimezone(settings.profile.zone)
            rows = read.count(connection, layer.key)
            click.echo(
                f"{layer.key}\t{layer.title}\t{rows}\t{changed:%Y-%m-%d %H:%M}"
                if rows
                else f"{layer.key}\t{layer.title}\t0\t-"
            )


@main.command("import")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--datum", type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]), help="坐标基准,不猜测")
@click.option("--crs", help="坐标系,如 EPSG:4548")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=HEADING", help="字段对应的表头")
@click.option("--order", type=click.Choice(["lonlat", "latlon"]), default="lonlat", help="一列坐标里的先后")
@click.option("--sheet", help="工作表或图层名")
@click.option("--drop", multiple=True, metavar="HEADING", help="不读取的列")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
@click.pass_context
def import_(
    context: click.Context, /, layer: str, file: Path, mapping: tuple[str, ...], as_json: bool, **stated: Any
) -> None:
    """导入一个文件到一个图层。"""
    from app.service.hand_over import import_anywhere
    from layers.intake.options import ReadOptions

    options = ReadOptions(mapping=_pairs(mapping), **stated)
    with city(context.obj) as (settings, engine), bar("导入", quiet=as_json) as progress:
        report = import_anywhere(
            engine, settings.profile, settings.data, layer=layer, path=file, options=options, progress=progress
        )
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else visible(_told(report, layer)))
    context.exit(1 if report["file"] else 2 if report["refused"] else 0)


@main.command()
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
    from app.desks.imports.desk import ACCOUNT
    from layers.read import Cut

    if days["since"] and days["until"] and days["since"] >= days["until"]:
        raise click.UsageError("--since 要早于 --until")
    with city(data) as (settings, engine):
        cut = Cut(placed=False if unplaced else None, **days)
        rows = export_layer(engine, settings.profile, layer, file, cut=cut, area=area, crs=crs, account=ACCOUNT)
    click.echo(f"已导出 {rows} 行到 {file}")


@main.command()
@click.option("--until", callback=lambda *a: day(a[2]), help="状态截至哪一天,不含;默认最新一条记录的次日")
@click.option("--seed", type=SEED, help="随机种子")
@click.option("--check", is_flag=True, help="不分析,只用上一次分析的快照重算,核对结果是否逐字节相同")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
@click.pass_obj
def analyse(data: Path | None, until: dt.date | None, seed: int | None, check: bool, as_json: bool) -> None:
    """重新计算疑似热点。"""
    from app.service.hand_over import analyse_anywhere

    if check and (until is not None or seed is not None):
        raise click.UsageError("--check 用上一次分析自己的日期和种子,不能与 --until 或 --seed 同用")
    if check:
        _check_analysis(data)
        return
    with city(data) as (settings, engine), bar("分析", quiet=as_json) as progress:
        summary = analyse_anywhere(
            engine, settings.profile, data=settings.data, spread_on=settings.engine, until=until, seed=seed,
            progress=progress,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    zones, kept = summary["zones"], summary["reviewed"]
    graded = f"图上有热点红 {zones['red']}、橙 {zones['orange']}、黄 {zones['yellow']},其中已核定 {kept},其余为疑似"
    graded = graded if sum(zones.values()) else "没有稳定的热点"
    click.echo(f"状态截至 {summary['until']}:{summary['incidents']} 条记录,{graded},用时 {summary['seconds']} 秒")
    for warning in summary["warnings"]:
        click.echo(f"提醒:{warning['sentence']}")


@main.command()
@click.pass_obj
def doctor(data: Path | None) -> None:
    """检查数据库、角色、索引标记、前端文件、密钥,说出哪里不对。"""
    from app.service.examine import examine

    findings = examine(load_settings(data=data))
    for finding in findings:
        click.echo(f"{'正常' if finding.well else '不对'}\t{finding.name}\t{finding.sentence}")
    if not all(finding.well for finding in findings):
        raise click.ClickException("有不对的地方,见上")


@main.group()
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
        told = "服务正在运行,会把停下的数据库再启动;请先在运行 make run 或 wuchuan up 的窗口按 Ctrl-C 结束服务"
        raise Refused(told, kind="served")
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
    from layers.host.backup import restore

    profile = _private(data).profile
    _with_cluster(data, lambda cluster, name: restore(cluster, name, file, profile=profile))
    click.echo(f"已从 {file} 恢复")


@db.command()
@click.pass_obj
def psql(data: Path | None) -> None:
    """打开 psql。"""
    _with_cluster(data, lambda cluster, name: _become(cluster.psql(name)))


def _check_analysis(data: Path | None) -> None:
    from app.desks.zones.analysis import same_again
    from layers import read
    from layers.database import transaction

    with city(data) as (settings, engine):
        with transaction(engine) as connection:
            run = read.last_analysis(connection)
        if run is None:
            raise Refused("还没有分析过", kind="no_analysis")
        if not same_again(settings.data, run):
            raise Refused(
                f"第 {run['analysis_id']} 次分析重算的结果不同:分析以后升级过程序或计算库", kind="not_the_same"
            )
    click.echo(f"第 {run['analysis_id']} 次分析(状态截至 {run['until']}):用它的快照重算,结果逐字节相同")


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


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)


def _pairs(mapping: tuple[str, ...]) -> dict[str, str]:
    for pair in mapping:
        if "=" not in pair:
            raise click.BadParameter(f"“{pair}”要写成 字段=表头", param_hint="--map")
    pairs = [(field, heading) for field, _, heading in (pair.partition("=") for pair in mapping)]
    if twice := [field for field, times in Counter(field for field, _ in pairs).items() if times > 1]:
        raise click.BadParameter(f"{'、'.join(twice)} 对应了不止一个表头", param_hint="--map")
    return dict(pairs)


def _told(report: Mapping[str, Any], layer: str) -> str:
    if report["file"]:
        return f"整个文件未导入:{report['file']['sentence']}{_cure(report['file']['kind'], layer)}"
    kept = f"新增 {report['accepted']},更新 {report['updated']},未变 {report['unchanged']}"
    rows = len({(fault["sheet"], fault["row"]) for fault in report["refused"]})
    lines = [f"{kept},跳过 {report['skipped']},未导入 {rows} 行"]
    for title, faults in (("未导入", report["refused"]), ("提醒", report["warnings"])):
        lines += [f"{title}:{_where(fault)}{fault['sentence']}" for fault in faults[:SHOWN_FAULTS]]
        if len(faults) > SHOWN_FAULTS:
            lines.append(f"{title}:另有 {len(faults) - SHOWN_FAULTS} 条")
    return "\n".join(lines)


def _cure(kind: str, layer: str) -> str:
    """By which option a command mends what a page mends by a menu."""
    from layers.catalog import layer_named
    from layers.intake.lexicon import known_fields

    if kind == "personal_data_columns":
        return "(--drop 列名)"
    return (
        f"(--map 字段=列名,字段有:{'、'.join(known_fields(layer_named(layer)))})" if kind == "missing_required" else ""
    )


def _where(fault: Mapping[str, Any]) -> str:
    sheet = f"工作表“{fault['sheet']}”" if fault["sheet"] else ""
    return f"{sheet}第 {fault['row']} 行," if fault["row"] is not None else sheet


for _command in (backtest, watch, alerts, tip, zone, post, plan, place, template, map_, chart, atlas):
    main.add_command(_command)

if __name__ == "__main__":
    main()
