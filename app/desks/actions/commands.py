"""``wuchuan plan``: a joint action from the command line."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from app.core.shell import JSON, Number, city, tell, visible, warn_of_names
from app.core.words import ACTION_STATUSES, EARLIEST
from layers.actor import LOCAL


@click.group()
def plan() -> None:
    """联合行动:目标、队伍、路线、出发时间。"""


@plan.command("new")
@click.argument("name")
@click.option("--date", required=True, help="行动日期")
@click.option(
    "--target",
    "targets",
    multiple=True,
    required=True,
    metavar="AREA_OR_PREMISES",
    help="区划代码、点位编号、名称或地址",
)
@click.option("--agency", "agencies", multiple=True, metavar="NAME", help="参加部门,默认城市配置里的全部")
@click.option("--since", default="10:00", help=EARLIEST)
@click.option("--until", help="早于,默认两小时后")
@click.option("--buffer-minutes", type=Number(0, 120), default=10.0, help="到达后等候的分钟")
@click.pass_obj
def new(
    data: Path | None, name: str, date: str, targets: tuple[str, ...], agencies: tuple[str, ...], since: str,
    until: str | None, buffer_minutes: float,
) -> None:  # fmt: skip
    """新建一个行动;目标先是待核。"""
    from app.desks.actions import desk, form
    from layers import registers
    from layers.database import transaction

    warn_of_names(name, *targets)
    with city(data) as (settings, engine):
        told = {"name": name, "date": date, "since": since, "until": until, "buffer_minutes": buffer_minutes}
        with transaction(engine, LOCAL) as connection:
            who = list(agencies or registers.agencies(connection, settings.profile))
        aims = [{"place": target} for target in targets]
        asked = form.read_action(told | {"agencies": who, "targets": aims}, settings.profile.zone)
        desk.new_action(engine, LOCAL, settings.profile, asked, now=_now())
    click.echo(visible(f"已新建行动“{name}”,{len(targets)} 个目标,待排定"))


@plan.command()
@click.argument("name")
@click.pass_obj
def solve(data: Path | None, name: str) -> None:
    """排定队伍、路线和出发时间。"""
    from app.desks.actions.desk import plan_strike
    from layers import actions
    from layers.database import transaction

    with city(data) as (settings, engine):
        with transaction(engine, LOCAL) as connection:
            action = actions.action(connection, name)
        plan_strike(engine, LOCAL, settings.profile, action["action_id"], now=_now())
        click.echo(visible(_as_text(_shown(engine, settings.profile.zone, name))))


@plan.command()
@click.argument("name")
@JSON
@click.pass_obj
def show(data: Path | None, name: str, as_json: bool) -> None:
    """列出谁去哪里、几点出发。"""
    with city(data) as (settings, engine):
        shown = _shown(engine, settings.profile.zone, name)
    tell(shown, _as_text(shown), as_json=as_json)


@plan.command("print")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def print_(data: Path | None, name: str, file: Path) -> None:
    """印行动单,每队一页 PDF。"""
    from app.desks.actions.order import print_order

    with city(data) as (settings, engine):
        print_order(engine, LOCAL, settings.profile, name, file)
    click.echo(visible(f"已写出 {file}"))


def _shown(engine: Any, zone: ZoneInfo, name: str) -> dict[str, Any]:
    """The action with its targets and legs, moments in the city's time."""
    from app.core.geojson import records
    from layers import actions
    from layers.database import transaction

    with transaction(engine, LOCAL) as connection:
        action = actions.action(connection, name)
        targets, legs = (read(connection, action["action_id"]) for read in (actions.targets, actions.legs))
        shared = actions.shared(connection, action["action_id"])
    moments = {
        key: value.astimezone(zone).isoformat() for key, value in action.items() if isinstance(value, dt.datetime)
    }
    told = {"shared": shared, "targets": records(targets, zone=zone), "legs": records(legs, zone=zone)}
    return action | moments | told


def _as_text(shown: dict[str, Any]) -> str:
    head = f"{shown['name']}({ACTION_STATUSES[shown['status']]}){shown['date']}"
    lines = [head + (f",统一行动时间 {shown['h_hour'][11:16]}" if shown["h_hour"] else ",还没有排定")]
    if shown["h_hour"]:
        lines[0] += f",提前 {shown['buffer_minutes']:g} 分钟到达等候"
    lines += [
        f"注意:{each['team']}当天还在“{each['action']}”({ACTION_STATUSES[each['status']]})里"
        for each in shown["shared"]
    ]
    for target in shown["targets"]:
        lines.append(f"{target['number']}. {target['address']}{'(待核)' if target['pending'] else ''}")
        lines += [
            f"   {leg['agency']} {leg['team']}:{leg['leave_at'][11:16]} 出发,{leg['km']:.1f} 公里,"
            f"{leg['travel_minutes']:.0f} 分钟,{leg['arrive_at'][11:16]} 到达"
            for leg in shown["legs"]
            if leg["number"] == target["number"]
        ]
    return "\n".join(lines)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - a window is past or not by the clock
