"""``wuchuan backtest``: the house's own score."""

from pathlib import Path
from typing import Any

import click

from app.core.shell import JSON, Number, bar, city, tell
from layers.actor import LOCAL


@click.command()
@click.option("--cell-m", type=Number(50, 5000), default=250.0, help="格子边长,米")
@click.option("--horizon-days", type=click.IntRange(1, 365), default=28, help="向前预测的天数")
@click.option("--top-share", type=Number(0.0001, 0.5), default=0.01, help="标出的面积占比")
@JSON
@click.pass_obj
def backtest(data: Path | None, cell_m: float, horizon_days: int, top_share: float, as_json: bool) -> None:
    """回头检验:过去每期的预测命中多少,与历史总数、去年同期相比。"""
    from app.desks.backtests import desk as workflow

    shares = tuple(sorted({top_share, *workflow.SHARES}))
    setup = workflow.Setup(cell_m=cell_m, horizon_days=horizon_days, shares=shares)
    with city(data) as (settings, engine), bar("回测", quiet=as_json) as progress:
        trials = workflow.backtest(
            engine,
            LOCAL,
            settings.profile,
            data=settings.data,
            spread_on=settings.engine,
            setup=setup,
            progress=progress,
        )
    wanted = [trial for trial in trials if trial["top_share"] == top_share]
    tell(wanted, _as_text(wanted), as_json=as_json)


def _as_text(trials: list[dict[str, Any]]) -> str:
    from app.desks.backtests.scorecard import METHOD_TITLES

    lines = []
    for method, title in METHOD_TITLES.items():
        hits, events = (sum(t[name] for t in trials if t["method"] == method) for name in ("hits", "events"))
        lines.append(f"{title}:{events} 条中命中 {hits:.0f} 条" + (f"({hits / events:.1%})" if events else ""))
    return "\n".join(lines)
