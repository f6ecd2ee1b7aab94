"""``wuchuan analyse``, and ``wuchuan zone review``."""

import datetime as dt
import json
from datetime import datetime
from pathlib import Path

import click

from app.core.shell import JSON, SEED, Group, at_work, bar, city, day, tell, warn_of_names
from app.core.words import DEFAULT_UNTIL
from gis.errors import Refused
from layers.actor import LOCAL
from layers.profile import CLUSTERS


@click.command()
@click.option("--until", callback=lambda *a: day(a[2]), help=f"状态截至哪一天,不含;{DEFAULT_UNTIL}")
@click.option("--seed", type=SEED, help="随机种子")
@click.option("--clusters", type=click.Choice(CLUSTERS), help="把来源连成热点的方法,默认城市配置里的")
@click.option("--check", is_flag=True, help="不分析,只用上一次分析的快照重算,核对结果是否逐字节相同")
@JSON
@click.pass_obj
def analyse(
    data: Path | None, until: dt.date | None, seed: int | None, clusters: str | None, check: bool, as_json: bool
) -> None:
    """重新计算疑似热点。"""
    from app.desks.zones.hand_over import analyse_anywhere

    if check and (until is not None or seed is not None or clusters is not None):
        raise click.UsageError("--check 用上一次分析自己的日期和种子,不能与 --until、--seed 或 --clusters 同用")
    if check:
        _check_analysis(data)
        return
    with city(data) as (settings, engine), bar("分析", quiet=as_json) as progress:
        summary = analyse_anywhere(
            engine, LOCAL, settings.profile, data=settings.data, spread_on=settings.engine, until=until, seed=seed,
            clusters=clusters, progress=progress,
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


@click.group(cls=Group)
def zone() -> None:
    """热点和重点关注区。"""


@zone.command()
@click.argument("zone_id")
@click.option("--grade", type=click.Choice(("red", "orange", "yellow")), required=True, help="核定的等级")
@click.option("--reason", required=True, help="理由")
@click.option("--post", required=True, help="核定岗位")
@click.option("--expires", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="失效日期")
@click.option("--dismiss", is_flag=True, help="不予认定")
@JSON
@click.pass_obj
def review(
    data: Path | None, zone_id: str, grade: str, reason: str, post: str, expires: datetime, dismiss: bool, as_json: bool
) -> None:
    """核定一个疑似热点。"""
    from app.desks.zones.desk import Review, review_zone

    warn_of_names(reason)
    with at_work(data) as (_, connection):
        decided = Review(
            reason=reason,
            expires_on=expires.date(),
            grade=grade,
            decision="dismissed" if dismiss else "confirmed",
        )
        found = review_zone(connection, LOCAL.at(post), zone_id, decided)
    sentence = f"{zone_id} 不予认定" if dismiss else f"{zone_id} 已核定,{expires:%Y-%m-%d} 失效"
    tell(found, sentence, as_json=as_json)


def _check_analysis(data: Path | None) -> None:
    from app.desks.zones.analysis import same_again
    from layers import runs
    from layers.database import transaction

    with city(data) as (settings, engine):
        with transaction(engine, LOCAL) as connection:
            run = runs.last(connection, "analysis")
        if run is None:
            raise Refused("还没有分析过", kind="no_analysis")
        if not same_again(settings.data, run):
            raise Refused(
                f"第 {run['analysis_id']} 次分析重算的结果不同:分析以后升级过程序或计算库", kind="not_the_same"
            )
    click.echo(f"第 {run['analysis_id']} 次分析(状态截至 {run['until']}):用它的快照重算,结果逐字节相同")
