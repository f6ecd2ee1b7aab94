"""``wuchuan watch``: the daily watch; ``wuchuan alerts``: what it raised, and closing it with a result."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from app.core.shell import JSON, SEED, Group, at_work, bar, city, day, tell, visible, warn_of_names
from app.core.words import DEFAULT_UNTIL
from layers.actor import LOCAL


@click.command()
@click.option("--until", callback=lambda *a: day(a[2]), help=f"监测到哪一天,不含;{DEFAULT_UNTIL}")
@click.option("--seed", type=SEED, help="随机种子")
@JSON
@click.pass_obj
def watch(data: Path | None, until: dt.date | None, seed: int | None, as_json: bool) -> None:
    """预警:逐县看最近的线索是否异常聚集,误报有预算。"""
    from app.desks.alerts.outlets import outlets_of
    from app.desks.alerts.watch import watch_counties

    with city(data) as (settings, engine), bar("监测", quiet=as_json) as progress:
        summary = watch_counties(
            engine,
            LOCAL,
            settings.profile,
            spread_on=settings.engine,
            until=until,
            seed=seed,
            outlets=outlets_of(settings),
            progress=progress,
        )
    told = summary.to_json()
    tell(told, _as_text(told), as_json=as_json)


@click.group(cls=Group)
def alerts() -> None:
    """预警:清单、办结。"""


@alerts.command("list")
@click.option("--closed", is_flag=True, help="已办结的")
@JSON
@click.pass_obj
def list_(data: Path | None, closed: bool, as_json: bool) -> None:
    """未办结的预警,或最近办结的。"""
    from app.desks.alerts.desk import RESULTS, list_alerts

    with at_work(data) as (_, connection):
        told = list_alerts(connection)
    rows = told["closed" if closed else "open"]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for row in rows:
        places = "、".join(row["places"])
        click.echo(visible(f"{row['alert_id']}  {row['county']}  {places}:{row['sentence']}"))
        done = f"{row['closed_by']}办结:{RESULTS[row['result']]} {row['note']}" if row["result"] else _task(row)
        click.echo(visible(f"    {row['since']} 至 {row['until']}(不含)  {done}"))
    if not rows:
        click.echo("没有这样的预警")


@alerts.command()
@click.argument("alert_id", type=click.IntRange(1, 2**63 - 1))
@click.option("--result", required=True, help="查实、未发现、误报或已转办")
@click.option("--note", default="", help="说明;个人信息在保存时隐去")
@click.option("--post", default="本机值班", help="办结岗位")
@JSON
@click.pass_obj
def close(data: Path | None, alert_id: int, result: str, note: str, post: str, as_json: bool) -> None:
    """办结一条预警。"""
    from app.desks.alerts.desk import RESULTS, Closing, close_alert

    key = {title: key for key, title in RESULTS.items()}.get(result, result)
    warn_of_names(note)
    with at_work(data) as (_, connection):
        closing = Closing(result=key, note=note)
        told = close_alert(connection, LOCAL.at(post), alert_id, closing)
    tell(told, f"{alert_id} 已办结:{RESULTS[key]}", as_json=as_json)


def _task(row: dict[str, Any]) -> str:
    return f"{row['post']} {row['due_on']} 前核查{'(已逾期)' if row['overdue'] else ''}"


def _as_text(summary: dict[str, Any]) -> str:
    head = f"监测到 {summary['until']}(不含),{summary['watched']} 个县(市、区)"
    lines = [f"{head}:新预警 {summary['raised']} 条,更新 {summary['updated']} 条,未办结共 {summary['open']} 条"]
    lines += [f"{county}没有监测:{reason}" for county, reason in summary["silent"].items()]
    if summary["later_tips"]:
        lines.append(f"另有 {summary['later_tips']} 条线索的日期在这以后,没有计入")
    return "\n".join(lines)
