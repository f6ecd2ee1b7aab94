"""The daily watch: what each county's communities told lately, against their own half year and a false-alarm budget.

Every county is judged by itself, so that they are computed wherever ``spread`` puts them, with the same result. One
alarm is raised for one episode in one place: as long as it goes on its alert is updated, and never raised again.
"""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from app.core import engines, words
from app.desks.alerts.desk import DUE_WORKING_DAYS
from app.desks.alerts.outlets import Outlets
from gis import arrays, assign, workdays
from gis.alarms import County, Judged, follow, judge
from gis.errors import Refused
from gis.surveillance import Watch
from layers import alerts, copy, deliveries, holidays, read, runs, tips
from layers.actor import NO_POST, Actor
from layers.database import transaction
from layers.profile import CityProfile

METHOD = "wuchuan-watch-1"
SEED = 20160401
#: Days on which the level is found, beside the record behind each of them.
CHANCE_DAYS = 365
#: Forty-nine years of chance for each county: enough for one alarm a year, in half the time of ninety-nine.
WATCH = Watch(histories=49)
COUNTY_DIGITS, CODE_DIGITS = 6, 12
NOWHERE = Outlets()


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One watch: how many counties can be alarmed, why the others cannot, what was raised and what goes on."""

    until: dt.date
    seed: int
    watched: int
    silent: dict[str, str]
    later_tips: int
    raised: int
    updated: int
    is_open: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The object that ``watch --json`` prints."""
        named = {name: value for name, value in vars(self).items() if name != "is_open"}
        return named | {"until": self.until.isoformat(), "method": METHOD, "open": self.is_open}


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What was gathered: the counts of each community from ``start`` to ``until``, how far each county is watched."""

    communities: gpd.GeoDataFrame
    counts: arrays.IntArray
    names: Mapping[str, str]
    start: dt.date
    until: dt.date
    watched: Mapping[str, dt.date]
    later_tips: int


def watch_counties(
    engine: sa.Engine, actor: Actor, profile: CityProfile, *, spread_on: str = "local", until: dt.date | None = None,
    seed: int | None = None, watch: Watch = WATCH, outlets: Outlets = NOWHERE, progress: copy.Progress | None = None,
) -> Summary:  # fmt: skip
    """Watch every county up to ``until`` (exclusive; the day after the newest incident), and keep what it alarms.

    Judged are the days since the last watch, at most as many as end an episode; the newest is judged again, in case
    more is known of it. Same rows, day and seed: the same alerts, and a second time nothing changes. What is to be
    sent of a new alert is put into the outbox with it.

    Raises:
        Refused: there is no tip or no community, or ``until`` lies ahead.
    """
    began, seed = time.perf_counter(), SEED if seed is None else seed
    tell = progress or (lambda _done, _total: None)
    tell(0, 3)
    with transaction(engine, actor.computing()) as connection:
        record = _gathered(connection, profile, until, watch)
    tell(1, 3)
    pieces, silent = _pieces(record, watch, seed)
    judged = dict(zip(pieces, engines.spread(spread_on, judge, list(pieces.values())), strict=True))
    silent |= {code: _no_level(pieces[code]) for code, found in judged.items() if np.isinf(found.level)}
    tell(2, 3)
    with transaction(engine, actor.computing()) as connection:
        raised, updated = _store(connection, profile, record, judged, silent, watch=watch, seed=seed, outlets=outlets)
        still_open = len(alerts.listed(connection, is_open=True))
    tell(3, 3)
    return Summary(
        until=record.until,
        seed=seed,
        watched=len(record.names) - len(silent),
        silent={record.names[code]: reason for code, reason in sorted(silent.items())},
        later_tips=record.later_tips,
        raised=raised,
        updated=updated,
        is_open=still_open,
        seconds=round(time.perf_counter() - began, 3),
    )


def _gathered(connection: sa.Connection, profile: CityProfile, until: dt.date | None, watch: Watch) -> _Record:
    known = alerts.communities(connection).to_crs(profile.metric_crs)
    if not len(known):
        raise Refused("还没有社区(村),无从监测;请先导入社区", kind="no_communities")
    known["county"] = _counties(known["code"], profile)
    first, until = alerts.first_day(connection), _last_day(connection, until)
    if first is None or first >= until:
        raise Refused(f"{until} 之前没有举报线索,无从监测;请先导入", kind="no_incidents")
    start = max(first, until - dt.timedelta(days=watch.record_days + CHANCE_DAYS + watch.quiet_days))
    told = alerts.tips_known(connection, since=start, until=until)
    return _Record(
        communities=known,
        counts=_counts(told, known, start, until, profile),
        names=_names(known["county"], alerts.county_names(connection), profile),
        start=start,
        until=until,
        watched={row["county_code"]: row["until"] for row in alerts.watches(connection)},
        later_tips=alerts.tips_from(connection, until),
    )


def _counties(codes: "pd.Series[str]", profile: CityProfile) -> "pd.Series[str]":
    """The county of each community; a city whose codes tell none is watched as one."""
    if profile.parent == "none":
        return pd.Series(profile.city_code, index=codes.index)
    return codes.str[:COUNTY_DIGITS].str.ljust(CODE_DIGITS, "0")


def _names(counties: "pd.Series[str]", known: Mapping[str, str], profile: CityProfile) -> dict[str, str]:
    """The name of each county, also of one without communities, which is told to be watched by nobody."""
    codes = {*counties, *(known if profile.parent == "prefix" else ())}
    return {code: known.get(code, profile.name if code == profile.city_code else code) for code in sorted(codes)}


def _last_day(connection: sa.Connection, until: dt.date | None) -> dt.date:
    """The day after the newest incident that is not of the future."""
    today = tips.today(connection)
    newest, tomorrow = read.newest_incident(connection, today=today), today + dt.timedelta(days=1)
    if newest is None:
        raise Refused(f"{words.NO_INCIDENTS},无从监测;请先导入", kind="no_incidents")
    if until is not None and until > tomorrow:
        raise Refused(f"{until} 还没有到,最晚监测到 {tomorrow}", kind="future_day")
    return until or newest + dt.timedelta(days=1)


def _counts(
    tips: gpd.GeoDataFrame, known: gpd.GeoDataFrame, start: dt.date, until: dt.date, profile: CityProfile
) -> arrays.IntArray:
    """Independent tips of each community on each day: a source counts on the day and in the place it was first told."""
    places = np.asarray(tips.geometry.to_crs(profile.metric_crs))
    xy = np.column_stack([shapely.get_x(places), shapely.get_y(places)])  # NaN without a place
    first = tips[~pd.Series(assign.sources(tips, xy=xy)).duplicated().to_numpy()]
    place = pd.Index(known["code"]).get_indexer(first["community_code"])
    day = (first["day"] - pd.Timestamp(start)).dt.days.to_numpy()
    counts = np.zeros((len(known), (until - start).days), dtype=np.int64)
    np.add.at(counts, (place[place >= 0], day[place >= 0]), 1)
    return counts


def _pieces(record: _Record, watch: Watch, seed: int) -> tuple[dict[str, County], dict[str, str]]:
    """The counties to judge, and why the others cannot be."""
    pieces, silent = {}, {}
    known, needed = record.communities, watch.record_days + 2 * watch.quiet_days
    drawn = known.geometry.notna() & ~known.geometry.is_empty
    for code in sorted(record.names):
        rows = np.flatnonzero((known["county"] == code) & drawn)
        if not (known["county"] == code).any():
            silent[code] = "还没有社区(村)"
        elif not len(rows):
            silent[code] = "社区都还没有边界"
        elif record.counts.shape[1] < needed:
            silent[code] = f"线索从 {record.start} 起只有 {record.counts.shape[1]} 天,满 {needed} 天才能监测"
        else:
            pieces[code] = County(
                code=code,
                codes=tuple(known["code"].iloc[rows]),
                xy=shapely.get_coordinates(np.asarray(known.geometry)[rows]),
                counts=record.counts[rows],
                until=record.until,
                days=_days_to_judge(record, code, watch),
                seed=seed,
                watch=watch,
            )
    return pieces, silent


def _days_to_judge(record: _Record, code: str, watch: Watch) -> int:
    """The days since the last watch and at least the newest.

    On a first watch, and when the record ends before the last one, as many as end an episode.
    """
    watched = record.watched.get(code)
    if watched is None or watched > record.until:
        return watch.quiet_days
    return min(max((record.until - watched).days, 1), watch.quiet_days)


def _no_level(county: County) -> str:
    return f"近一年只有 {int(county.counts.sum())} 条线索,打乱时间也从不突出,定不出警戒线"


def _store(
    connection: sa.Connection, profile: CityProfile, record: _Record, judged: Mapping[str, Judged],
    silent: Mapping[str, str], *, watch: Watch, seed: int, outlets: Outlets,
) -> tuple[int, int]:  # fmt: skip
    """Keep the alarms and how far each county is watched; return how many alerts are new and how many changed."""
    alerts.lock(connection)
    calendar, known = holidays.load_calendar(profile.calendar), alerts.episodes(connection)
    due_on = workdays.due_day(record.until - dt.timedelta(days=1), calendar, working_days=DUE_WORKING_DAYS)
    raised = updated = 0
    for code in sorted(record.names):
        found = judged.get(code, Judged(level=np.inf))
        ours = [episode for episode in known if episode["county_code"] == code]
        for episode in follow(found.alarms, ours, quiet_days=watch.quiet_days):
            figures = {name: episode[name] for name in alerts.FIGURES}
            if episode["closed_at"] is not None:
                alerts.linger(connection, episode["alert_id"], loud_on=episode["loud_on"])
            elif episode["alert_id"] is not None:
                alerts.update(connection, episode["alert_id"], figures)
                updated += 1
            else:
                post = alerts.post_in_charge(connection, episode["communities"]) or NO_POST
                told = {"county_code": code, "raised_on": episode["raised_on"], "post": post, "due_on": due_on}
                alert_id = alerts.add(connection, figures | told | {"method": METHOD, "seed": seed})
                for channel, address in outlets.to(episode["communities"]):
                    deliveries.queue(connection, alert_id, channel=channel, address=address)
                raised += 1
        runs.keep(connection, "watch", _watch_row(record, code, found, silent.get(code, ""), watch=watch, seed=seed))
    return raised, updated


def _watch_row(
    record: _Record, code: str, outcome: Judged, reason: str, *, watch: Watch, seed: int
) -> dict[str, Any]:  # fmt: skip
    """How far a county is watched, as it is stored."""
    here = (record.communities["county"] == code).to_numpy()
    return {
        "county_code": code,
        "until": record.until,
        "reason": reason,
        "communities": int(here.sum()),
        "undrawn": int(record.communities.geometry[here].isna().sum()),
        "tips": int(record.counts[here, -watch.record_days :].sum()),
        "level": None if np.isinf(outcome.level) else outcome.level,
        "budget_per_year": watch.budget_per_year,
        "method": METHOD,
        "seed": seed,
    }
