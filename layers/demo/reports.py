"""What people report in the demo city: who saw what, when and where. ``tips`` turns it into records."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from layers.demo.days import DAYS, first_day
from layers.demo.dens import Dens
from layers.demo.premises import Buildings
from layers.demo.terrain import Flags, Floats, Ints, length

TIPS = 20_000
COPIES = 0.05
#: reports by month (January first) and weekday (Monday first), 1 = as usual; quiet around the new year
SEASON = np.array([0.75, 0.6, 1.15, 1.25, 1.2, 1.0, 1.05, 1.1, 1.15, 1.0, 0.95, 0.8])
WEEKDAY = np.array([1.3, 1.15, 1.1, 1.05, 1.1, 0.7, 0.6])


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Reports: day from the first one, point in metres, building meant, den seen (−1 none), and whose call it copies.

    ``copy_of`` is −1, or the position of the report that came from the same source.
    """

    day: Ints
    xy: Floats
    building: Ints
    den: Ints
    copy_of: Ints


def reporting_rates(communities: int, rng: np.random.Generator) -> Floats:
    """The share of what is seen that is reported, by community, 0.2 to 0.8."""
    return 0.2 + 0.6 * rng.beta(2, 2, communities)


def den_reports(dens: Dens, rate: Floats, rng: np.random.Generator) -> Reports:
    """What neighbours see of each den while it is there: 8 to 24 sights a month, reported at the local rate.

    Reports lie within 150 m; about one in five copies an earlier one of the same den.
    """
    months = (dens.until.clip(None, DAYS) - dens.since.clip(0, None)) / 30
    number = 2 + rng.poisson(months.clip(0) * rng.uniform(8, 24, len(months)) * rate[dens.community])
    den = np.repeat(np.arange(len(number)), number)
    start, end = dens.since.clip(0, None)[den], dens.until.clip(None, DAYS)[den]
    day = (start + rng.uniform(size=len(den)) * (end - start)).astype(np.int64)
    order = np.lexsort((day, den))
    away = rng.normal(0, 55, (len(den), 2))
    away *= np.minimum(1, 145 / length(away))[:, None]
    told = Reports(
        day=day[order],
        xy=dens.xy[den] + away,
        building=dens.building[den],
        den=den,
        copy_of=np.full(len(den), -1),
    )
    follows = np.append(False, den[1:] == den[:-1])
    return _copied(told, follows & (rng.uniform(size=len(den)) < 0.2))


def other_reports(houses: Buildings, rate: Floats, number: int, rng: np.random.Generator, *, last_day: date) -> Reports:
    """Reports that have nothing to do with dens: everywhere flats are let, at the local rate; one on the last day."""
    share = houses.share * rate[houses.community] * np.exp(0.3 * rng.normal(size=len(rate)))[houses.community]
    building = rng.choice(len(share), number, p=share / share.sum())
    day = rng.choice(DAYS, number, p=_usual(last_day))
    day[-1] = DAYS - 1
    told = Reports(
        day=day,
        xy=houses.xy[building] + rng.normal(0, 20, (number, 2)),
        building=building,
        den=np.full(number, -1),
        copy_of=np.full(number, -1),
    )
    copied = rng.uniform(size=number) < COPIES
    copied[[0, -1]] = False
    return _copied(told, copied)


def joined(one: Reports, other: Reports) -> Reports:
    """Both, in that order."""
    shifted = np.where(other.copy_of >= 0, other.copy_of + len(one.day), -1)
    return Reports(
        day=np.concatenate([one.day, other.day]),
        xy=np.concatenate([one.xy, other.xy]),
        building=np.concatenate([one.building, other.building]),
        den=np.concatenate([one.den, other.den]),
        copy_of=np.concatenate([one.copy_of, shifted]),
    )


def selected(reports: Reports, chosen: Flags) -> Reports:
    """The chosen reports; a copy whose original goes becomes a report of its own."""
    position = np.append(np.where(chosen, np.cumsum(chosen) - 1, -1), -1)
    return Reports(
        day=reports.day[chosen],
        xy=reports.xy[chosen],
        building=reports.building[chosen],
        den=reports.den[chosen],
        copy_of=position[reports.copy_of][chosen],
    )


def _copied(reports: Reports, copies: Flags) -> Reports:
    """Marked reports become copies of the last unmarked one before them, one to three days later if in time."""
    original = np.maximum.accumulate(np.where(copies, 0, np.arange(len(copies))))
    day = reports.day[original] + 1 + np.arange(len(copies)) % 3
    copies = copies & (day < DAYS)
    return Reports(
        day=np.where(copies, day, reports.day),
        xy=np.where(copies[:, None], reports.xy[original], reports.xy),
        building=np.where(copies, reports.building[original], reports.building),
        den=reports.den,
        copy_of=np.where(copies, original, -1),
    )


def _usual(last_day: date) -> Floats:
    """The share of all reports by day: season, weekday, and an eighth more each year."""
    days = first_day(last_day) + np.arange(DAYS)
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    weekday = (days.astype(np.int64) + 3) % 7
    weight: Floats = SEASON[month] * WEEKDAY[weekday] * 1.12 ** (np.arange(DAYS) / 365)
    return weight / float(weight.sum())
