"""The house's own score: what its forecasts of the past year caught, against prior counts and against last year."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from app.core import engines, periods, snapshots
from gis import assign
from gis.backtest import Outcome, Trial, flagged_cells, gain, judged, origins, run, study_area
from gis.errors import Refused
from layers import copy, read, tips, write
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile

SHARES = (0.01, 0.05)
ORIGINS = 12
SEED = 20160401


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How the past is cut: cells, horizon, shares of the area that are flagged; ``until`` ends the last horizon."""

    cell_m: float = 250.0
    horizon_days: int = 28
    shares: tuple[float, ...] = SHARES
    until: dt.date | None = None


def backtest(
    engine: sa.Engine, actor: Actor, profile: CityProfile, *, data: Path, spread_on: str, setup: Setup = Setup(),
    progress: copy.Progress | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The trials, one for each share, origin and method; kept with the counties' gains, the misses and the next cells.

    Events are independent tips. Findings are none: they lie where was looked. Each row has cell_m, top_share, origin,
    method, hits, events, pai, pei, rri (None where nothing happened).

    Raises:
        Refused: there are too few placed tips, or they cover less than two horizons.
    """
    tell = progress or (lambda _done, _total: None)
    tell(0, 3)
    with transaction(engine, actor.computing()) as connection:
        events, until = _events(connection, profile, setup)
    pieces = _trials(events, until, setup)
    tell(1, 3)
    outcomes = engines.spread(spread_on, run, pieces)
    table = pd.concat([outcome.table for outcome in outcomes], ignore_index=True)
    counties = _counties(events, outcomes, setup)
    cells = _next_cells(events, replace(pieces[-1], origin=np.datetime64(until)), counties, profile)
    tell(2, 3)
    table["origin"] = table["origin"].dt.strftime("%Y-%m-%d")
    trials = _plain(table)
    kept = {
        "until": until, "seed": SEED, "snapshot_sha256": snapshots.keep_snapshot(data, events),
        "parameters": {"cell_m": setup.cell_m, "horizon_days": setup.horizon_days, "shares": setup.shares},
        "trials": trials, "counties": counties,
    }  # fmt: skip
    with transaction(engine, actor.computing()) as connection:
        write.store_backtest(connection, run=kept, misses=_misses(events, outcomes[-1], setup), cells=cells)
    tell(3, 3)
    return figures_of(trials)


def _events(connection: sa.Connection, profile: CityProfile, setup: Setup) -> tuple[gpd.GeoDataFrame, dt.date]:
    """The first placed tip of each independent source, in metres, oldest first; and the day after the last horizon."""
    newest = read.newest_incident(connection, today=tips.today(connection))
    until = setup.until or (newest + dt.timedelta(days=1) if newest else periods.FIRST_DAY)
    told = read.incidents(connection, since=periods.FIRST_DAY, until=until)
    placed = told[(told["kind"] == "tip") & told.geometry.notna()].to_crs(profile.metric_crs)
    xy = shapely.get_coordinates(placed.geometry.to_numpy())
    first = ~pd.Series(assign.sources(placed, xy=xy)).duplicated().to_numpy()
    events = placed.loc[first, ["incident_id", "day", "community_code", "geometry"]].reset_index(drop=True)
    events["county"] = (
        events["community_code"].str[: read.DIGITS["county"]].fillna("") if profile.parent == "prefix" else ""
    )
    return events, until


def _trials(events: gpd.GeoDataFrame, until: dt.date, setup: Setup) -> list[Trial]:
    days, end = events["day"].to_numpy("datetime64[D]"), np.datetime64(until)
    if not len(days):
        when = f"{setup.until} 之前没有" if setup.until else "还没有"
        raise Refused(f"{when}带位置的举报线索,无从检验", kind="no_incidents")
    fitting = int((end - days.min()).astype(int)) // setup.horizon_days - 1
    if fitting < 1:
        raise Refused(
            f"{until} 之前的线索不足两个 {setup.horizon_days} 天,还没有可以回头检验的预测", kind="too_short_a_history"
        )
    xy = shapely.get_coordinates(events.geometry.to_numpy())
    starts = origins(end, horizon_days=setup.horizon_days, count=min(ORIGINS, fitting))
    area = study_area(xy, days, first=starts[0])
    first = Trial(
        xy=xy, days=days, area=area, cell_m=setup.cell_m, origin=starts[0], horizon_days=setup.horizon_days,
        shares=setup.shares, seed=SEED,
    )  # fmt: skip
    return [replace(first, origin=origin) for origin in starts]


def _counties(events: gpd.GeoDataFrame, outcomes: list[Outcome], setup: Setup) -> list[dict[str, Any]]:
    """The whole city and each county with a tip, on the share that the map flags: events, hits of both, the gain."""
    county, share = events["county"].to_numpy(), min(setup.shares)
    names = ["", *sorted({code for code in county if code})]
    told = []
    for name in names:
        held = [county[outcome.events] == name if name else np.ones(len(outcome.events), bool) for outcome in outcomes]
        ours, theirs = (
            np.array([o.caught[share, method][here].sum() for o, here in zip(outcomes, held, strict=True)])
            for method in ("forecast", "prior_counts")
        )
        whole, low, high = gain(ours, theirs, rng=np.random.default_rng(SEED))
        told.append({
            "county": name, "events": int(sum(here.sum() for here in held)), "hits": float(ours.sum()),
            "prior_hits": float(theirs.sum()), "gain": _number(whole), "low": _number(low), "high": _number(high),
            "loses": bool(high < 0),
        })  # fmt: skip
    return told


def _next_cells(
    events: gpd.GeoDataFrame, ahead: Trial, counties: list[dict[str, Any]], profile: CityProfile
) -> gpd.GeoDataFrame:
    """The cells to flag from ``until`` on; where the forecast loses to prior counts, those of prior counts."""
    losing = {told["county"] for told in counties if told["loses"]}
    share, found = min(ahead.shares), []
    for method, spare in (("forecast", "prior_counts"), ("prior_counts", "forecast")):
        squares, centres, likely = flagged_cells(ahead, method=method, share=share, spare=spare)
        nearest = events.sindex.nearest(shapely.points(centres), return_all=False)[1]
        county = events["county"].to_numpy()[nearest]
        kept = np.isin(county, list(losing)) == (method == "prior_counts")
        columns = {"area_code": county[kept], "method": method, "likely": likely[kept]}
        found.append(gpd.GeoDataFrame(columns, geometry=squares[kept], crs=profile.metric_crs))
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True)).to_crs(read.SRID)


def _misses(events: gpd.GeoDataFrame, last: Outcome, setup: Setup) -> gpd.GeoDataFrame:
    """The events of the last horizon outside even the widest share of flagged cells."""
    missed = last.events[last.caught[max(setup.shares), "forecast"] < 0.5]
    frame = events.iloc[missed][["county", "day", "geometry"]].rename(columns={"county": "area_code"})
    return gpd.GeoDataFrame(frame.reset_index(drop=True)).to_crs(read.SRID)


def figures_of(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The kept trials with their figures, as ``wuchuan backtest --json`` prints them."""
    by = ["cell_m", "top_share", "origin", "method"]
    return _plain(judged(pd.DataFrame(trials), by)[[*by, "hits", "events", "pai", "pei", "rri"]])


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _number(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _number(value: Any) -> Any:
    """The value, None instead of NaN: JSON knows none."""
    return None if isinstance(value, float) and np.isnan(value) else value
