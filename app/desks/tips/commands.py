"""``wuchuan tip``: the tip desk by command."""

from pathlib import Path
from typing import Any

import click

from app.core.shell import JSON, Group, at_work, tell, warn_of_names
from app.core.words import PERSONS_MASKED, TIP_STATUSES
from layers.actor import LOCAL

_POST = click.option("--post", default="本机值班", help="经办岗位")
_REASON = click.option("--reason", default="", help="理由")


@click.group(cls=Group)
def tip() -> None:
    """线索:登记、清单、受理、判重、移送、不予受理。"""


@tip.command()
@click.argument("text")
@click.option("--channel", default="举报电话", help="渠道")
@click.option("--category", default="其他", help="类别")
@click.option("--address", default="", help="地址")
@click.option("--source-no", default="", help="来源编号(12315 或接警单)")
@click.option("--community", "community_code", default="", help="社区代码")
@click.option("--lon", type=float, help="经度(CGCS2000)")
@click.option("--lat", type=float, help="纬度(CGCS2000)")
@_POST
@JSON
@click.pass_obj
def add(data: Path | None, /, post: str, as_json: bool, **fields: Any) -> None:
    """登记一条线索,保存时隐去个人信息。"""
    from app.desks.tips import desk, place
    from layers.gazetteer import stored

    warn_of_names(*(value for value in fields.values() if isinstance(value, str)))
    with at_work(data) as (settings, connection):
        known = stored(connection)
        new = place.placed(settings.profile, known and known.everything, desk.NewTip(**fields))
        kept = desk.add_tip(connection, LOCAL.at(post), settings.profile, new)
    hidden = PERSONS_MASKED if kept["masked"] else ""
    tell(kept, f"已登记 {kept['tip_no']},{kept['due_on']} 前办结{hidden}", as_json=as_json)


@tip.command("list")
@click.option("--status", type=click.Choice(list(TIP_STATUSES)), default="new", help="状态")
@JSON
@click.pass_obj
def list_(data: Path | None, status: str, as_json: bool) -> None:
    """某一状态的线索,最急的在前;不显示内容。"""
    from app.desks.tips.desk import list_tips

    with at_work(data) as (settings, connection):
        found = list_tips(connection, settings.profile, status=status)
    if found["warning"]:
        click.echo(found["warning"], err=True)
    if len(found["tips"]) < found["counts"][status]:
        click.echo(f"共 {found['counts'][status]} 条,只列出前 {len(found['tips'])} 条", err=True)
    lines = [
        "  ".join((row["tip_no"] or f"#{row['tip_id']}", _clock(row), row["address"] or "")) for row in found["tips"]
    ]
    tell(found, "\n".join(lines) or "没有这样的线索", as_json=as_json)


@tip.command()
@click.argument("number")
@_REASON
@_POST
@JSON
@click.pass_obj
def accept(data: Path | None, number: str, reason: str, post: str, as_json: bool) -> None:
    """受理。"""
    _step(data, number, as_json=as_json, step="accepted", reason=reason, post=post)


@tip.command()
@click.argument("number")
@click.argument("original")
@_REASON
@_POST
@JSON
@click.pass_obj
def duplicate(data: Path | None, number: str, original: str, reason: str, post: str, as_json: bool) -> None:
    """判为重复,ORIGINAL 是原线索的编号。"""
    _step(data, number, as_json=as_json, original_no=original, step="duplicate", reason=reason, post=post)


@tip.command()
@click.argument("number")
@click.argument("receiver")
@_REASON
@_POST
@JSON
@click.pass_obj
def transfer(data: Path | None, number: str, receiver: str, reason: str, post: str, as_json: bool) -> None:
    """移送,RECEIVER 是接收单位。"""
    _step(data, number, as_json=as_json, step="transferred", transferred_to=receiver, reason=reason, post=post)


@tip.command()
@click.argument("number")
@click.option("--reason", required=True, help="理由")
@_POST
@JSON
@click.pass_obj
def reject(data: Path | None, number: str, reason: str, post: str, as_json: bool) -> None:
    """不予受理。"""
    _step(data, number, as_json=as_json, step="rejected", reason=reason, post=post)


def _step(data: Path | None, number: str, *, as_json: bool, post: str, original_no: str = "", **fields: str) -> None:
    from app.desks.tips.desk import Step, take_step
    from layers import tips

    warn_of_names(*fields.values())
    with at_work(data) as (_, connection):
        tip_id = tips.numbered(connection, number)
        version = tips.one(connection, tip_id, lock=True)["version"]
        original = tips.numbered(connection, original_no) if original_no else None
        step = Step(version=version, original=original, **fields)
        taken = take_step(connection, LOCAL.at(post), tip_id, step)
    tell(taken, f"{number} 已处理", as_json=as_json)


def _clock(tip: dict[str, Any]) -> str:
    """The clock runs for new tips only."""
    days = tip["days_left"]
    if tip["status"] != "new":
        return TIP_STATUSES[tip["status"]]
    return f"超期 {-days} 个工作日" if days < 0 else f"剩 {days} 个工作日"
