"""Raids of the demo city: visits to reported places and random checks; four of five that meet a den find it."""

from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import pandas as pd

from layers.demo import days, names
from layers.demo.dens import Dens
from layers.demo.premises import Buildings
from layers.demo.reports import Reports
from layers.demo.terrain import Flags, Ints

RAIDS = 600
RANDOM_CHECKS = 60
DETECTION = 0.8
#: a den found is gone for good in so many cases; else it goes on until its time is over
CLOSING = 0.7
TIPS_TO_ACT = 3
AGENCIES = ("公安、市场监管", "市场监管、街道", "公安、市场监管、社区", "公安、市场监管、住建、街道")
TEXTS = {
    "found": "现场发现聚集人员,已按程序处置,后续巩固回访。",
    "unknown": "现场无人应答,未能核实,另行安排。",
    "nothing": "现场检查未发现异常,已向房屋管理人员宣传告知。",
}


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Visits: day, building, the den there (−1 none) and whether it was found, random check or not."""

    day: Ints
    building: Ints
    den: Ints
    detected: Flags
    random: Flags


def visit_dens(dens: Dens, reports: Reports, rng: np.random.Generator) -> tuple[Visits, Dens]:
    """Up to four visits to each den some weeks after its first reports, and the dens as the visits left them."""
    rows: list[tuple[int, int, bool]] = []
    until = dens.until.copy()
    for place in range(len(until)):
        told = np.sort(reports.day[(reports.den == place) & (reports.copy_of < 0)])
        if len(told) >= TIPS_TO_ACT:
            visits, until[place] = _visits_to(int(until[place]), told, rng)
            rows += [(when, place, seen) for when, seen in visits]
    day, den, found = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    building, random = dens.building[den], np.zeros(len(day), dtype=bool)
    return Visits(day=day, building=building, den=den, detected=found > 0, random=random), replace(dens, until=until)


def _visits_to(until: int, reported: Ints, rng: np.random.Generator) -> tuple[list[tuple[int, bool]], int]:
    """Days and findings of the visits to a den reported on those days, and the day it is gone."""
    visits: list[tuple[int, bool]] = []
    day = int(reported[min(len(reported) - 1, int(rng.integers(TIPS_TO_ACT - 1, 8)))] + rng.integers(4, 30))
    while len(visits) < 4 and day < min(days.DAYS, until + 40):
        found = bool(day < until and rng.uniform() < DETECTION)
        visits.append((day, found))
        if found and rng.uniform() < CLOSING:
            until = day + 1
        day += int(rng.integers(25, 70))
    return visits, until


def other_visits(dens: Dens, reports: Reports, houses: Buildings, number: int, rng: np.random.Generator) -> Visits:
    """Random checks of communities where flats are let, and visits after reports that meant no den."""
    share = houses.share * houses.urban
    checked = rng.choice(len(share), RANDOM_CHECKS, p=share / share.sum())
    told = np.flatnonzero((reports.den < 0) & (reports.copy_of < 0) & (reports.day < days.DAYS - 40))
    told = rng.choice(told, number - RANDOM_CHECKS, replace=False)
    building = np.concatenate([checked, reports.building[told]])
    day = np.concatenate(
        [rng.integers(0, days.DAYS, RANDOM_CHECKS), reports.day[told] + rng.integers(3, 30, len(told))]
    )
    random = np.arange(number) < RANDOM_CHECKS
    den = _den_there(dens, houses, building, day, random)
    found = (den >= 0) & (rng.uniform(size=number) < DETECTION)
    return Visits(day=day, building=building, den=den, detected=found, random=random)


def _den_there(dens: Dens, houses: Buildings, building: Ints, day: Ints, random: Flags) -> Ints:
    """The den a visit can find: in the community for a random check, within 60 m for another visit; −1 for none."""
    here = houses.community[building][:, None] == dens.community
    near = np.hypot(*(houses.xy[building][:, None] - dens.xy).transpose(2, 0, 1)) <= 60
    fits = dens.there(day) & np.where(random[:, None], here, near)
    return np.where(fits.any(axis=1), fits.argmax(axis=1), -1)


def raid_rows(
    visits: list[Visits], dens: Dens, houses: Buildings, flats: Ints, code: names.Texts, rng: np.random.Generator, *,
    last_day: date,
) -> pd.DataFrame:  # fmt: skip
    """Raids by date: columns of the layer, ``east``, ``north``. ``flats`` is the number of units by community."""
    made = _in_order(visits)
    count, found = len(made.day), made.detected
    building = np.where(found, dens.building[made.den], made.building)
    community = houses.community[building]
    joint = found | (~made.random & (rng.uniform(size=count) < 0.15))
    banned = found & (rng.uniform(size=count) < 0.3)
    outcome = np.where(found, "found", np.where(rng.uniform(size=count) < 0.05, "unknown", "nothing"))
    households = np.where(made.random, rng.integers(20, 70, count), rng.integers(1, 14, count))
    households = np.minimum(households, flats[community].clip(1))
    officers = np.where(joint, rng.integers(12, 46, count), rng.integers(2, 9, count))
    on = days.first_day(last_day) + made.day
    columns = {
        "action_no": [f"XD{day}{number:04d}" for number, day in enumerate(days.compact(on), start=1)],
        "date": on,
        "community_code": code[community],
        "place": houses.address[building],
        "kind": np.select([made.random, banned, joint], ["random_check", "ban", "joint"], "inspection"),
        "agencies": np.where(joint, rng.choice(AGENCIES, count), "市场监管、社区"),
        "outcome": outcome,
        "officers": officers,
        "vehicles": officers // 5 + 1,
        "households": households,
        "rate": (households / flats[community].clip(1)).round(3),
        "text": pd.Series(outcome).map(TEXTS),
        "east": houses.xy[building, 0],
        "north": houses.xy[building, 1],
    }
    return pd.DataFrame(columns | _findings(found, outcome == "unknown", rng))


def _in_order(visits: list[Visits]) -> Visits:
    """All the visits by day and building."""
    joined = {f.name: np.concatenate([getattr(part, f.name) for part in visits]) for f in fields(Visits)}
    order = np.lexsort((joined["building"], joined["day"]))
    return Visits(**{name: values[order] for name, values in joined.items()})


def _findings(detected: Flags, unknown: Flags, rng: np.random.Generator) -> dict[str, pd.Series]:
    """Counts of what was found: zero where nothing was, missing where the outcome is unknown."""
    count = len(detected)
    dens = np.where(detected, rng.choice([1, 2, 3], count, p=[0.65, 0.25, 0.1]), 0)
    people = dens * rng.integers(5, 26, count)
    rescued = np.minimum(people, rng.poisson(0.18 * people))
    detained = np.minimum(people - rescued, rng.poisson(0.12 * people))
    columns = {
        "dens": dens,
        "people": people,
        "dispersed": people - rescued - detained,
        "rescued": rescued,
        "detained": detained,
        "cases_filed": np.where(detected, (detained > 0) + rng.integers(0, 2, count), 0),
        "amount_yuan": (people * rng.lognormal(9.2, 0.5, count)).round(-2),
    }
    return {name: pd.Series(values).mask(unknown) for name, values in columns.items()}
