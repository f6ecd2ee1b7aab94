"""Alarms of one county: days whose scan reaches the county's own level, and the episode that each alarm belongs to."""

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gis.arrays import FloatArray, IntArray
from gis.surveillance import Watch, level, scan, zones

#: Alerts are counted by place, episodes by county: in one chance episode of eight a second place stands out.
ALERTS_PER_EPISODE = 1.13


@dataclass(frozen=True, kw_only=True)
class County:
    """One county to judge: ``counts`` is (communities, days) up to ``until``, its last ``days`` are judged.

    ``codes`` are in order, ``xy`` in metres.
    """

    code: str
    codes: tuple[str, ...]
    xy: FloatArray
    counts: IntArray
    until: dt.date
    days: int
    seed: int
    watch: Watch


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The result of a watch: the level (infinite where none is known), and each day that reaches it, oldest first."""

    level: float
    alarms: tuple[dict[str, Any], ...] = ()


def judge(county: County) -> Judged:
    """The county's level, and the alarms of the days judged.

    The level comes from shuffled histories of the days before the last ``quiet_days``: a present outbreak does not
    raise it, and it does not depend on how many days are judged. The budget counts episodes as ``follow`` makes them.
    """
    near = zones(county.xy, neighbours=county.watch.neighbours)
    rng = np.random.default_rng([county.seed, zlib.crc32(county.code.encode())])
    before = county.counts[:, : -county.watch.quiet_days]
    episodes = replace(county.watch, budget_per_year=county.watch.budget_per_year / ALERTS_PER_EPISODE)
    found = level(before, near, watch=episodes, rng=rng)
    told = county.counts[:, -(county.watch.record_days + county.days - 1) :]
    days = scan(told, near, watch=county.watch)
    alarms = []
    for position, day in days[(days["llr"] >= found.llr) & (days["zone"] >= 0)].iterrows():
        ends = int(str(position)) + 1
        members = np.flatnonzero(near[[int(day["zone"])]].toarray()[0])
        inside = told[members, ends - int(day["window_days"]) : ends].sum(axis=1)
        until = county.until - dt.timedelta(days=told.shape[1] - ends)
        alarms.append(
            {
                "area_code": county.codes[members[inside.argmax()]],
                "communities": [county.codes[member] for member in members],
                "since": until - dt.timedelta(days=int(day["window_days"])),
                "until": until,
                "observed": int(day["observed"]),
                "expected": float(day["expected"]),
                "llr": float(day["llr"]),
                "level": found.llr,
                "recurrence_days": float(found.recurrence_days(day["llr"])),
                "chance_days": found.days,
                "loud_on": until - dt.timedelta(days=1),
            }
        )
    return Judged(level=found.llr, alarms=tuple(alarms))


def follow(
    alarms: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], *, quiet_days: int
) -> list[dict[str, Any]]:
    """The episodes of one county that these alarms begin (``alert_id`` None) or change, in the order they began.

    An alarm belongs to the episode that shares most communities with it, unless more than ``quiet_days`` lie between.
    An alarm older than what is known of its episode changes nothing.
    """
    standing = [dict(episode) for episode in known]
    for alarm in alarms:
        same = max(standing, key=lambda episode: _shared(alarm, episode, quiet_days), default=None)
        if same is None or not _shared(alarm, same, quiet_days):
            standing.append({"alert_id": None, "closed_at": None, "raised_on": alarm["loud_on"], **alarm})
        elif alarm["loud_on"] >= same["loud_on"]:
            same.update(alarm)
    before = {episode["alert_id"]: dict(episode) for episode in known}
    return [episode for episode in standing if before.get(episode["alert_id"]) != episode]


def _shared(alarm: Mapping[str, Any], episode: Mapping[str, Any], quiet_days: int) -> int:
    """How many communities an alarm shares with an episode that has not ended by then."""
    quiet = dt.timedelta(days=quiet_days)
    if not episode["raised_on"] - quiet <= alarm["loud_on"] <= episode["loud_on"] + quiet:
        return 0
    return len({*alarm["communities"]} & {*episode["communities"]})
