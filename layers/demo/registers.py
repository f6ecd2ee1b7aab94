"""Registers of the demo city: monthly counts by community and building, and premises under an official decision."""

from datetime import date
from typing import cast

import numpy as np
import pandas as pd

from layers.demo.days import MONTHS, Days, whole_months
from layers.demo.names import Texts
from layers.demo.premises import Buildings
from layers.demo.terrain import Floats, Ints

#: by month, January first: who works away comes home for the spring festival
AWAY = np.array([0.85, 0.55, 0.95, 1.03, 1.05, 1.05, 1.04, 1.02, 1.0, 0.98, 1.0, 0.97])
BY_BUILDING = 8
TYPICAL_UNITS = 400
DECISIONS = 20


def counts(
    units: pd.DataFrame, community: Ints, urban: np.typing.NDArray[np.bool_], code: Texts, rng: np.random.Generator, *,
    last_day: date,
) -> pd.DataFrame:  # fmt: skip
    """Four registers of every community for the last twelve months, and two of them by building for eight of them.

    ``community`` is each unit's, by position; ``urban`` and ``code`` are the communities'. ``rental`` counts the units
    registered by the end of the month, ``floating`` those who live in them and some more.
    """
    number, months = len(code), whole_months(last_day)
    people = np.where(urban, rng.lognormal(8.1, 0.4, number), rng.lognormal(6.9, 0.5, number))[:, None]
    share = AWAY[months.astype(np.int64) % MONTHS]
    away = np.where(urban, 0.04, 0.24)[:, None] * rng.uniform(0.6, 1.4, (number, 1)) * share
    idle = rng.uniform(0.004, 0.016, (number, 1)) * rng.uniform(0.9, 1.1, (number, MONTHS))
    tenants = _by_month(units, community, units["occupants"].to_numpy(), number, months)
    registers = {
        "floating": tenants * rng.uniform(1.02, 1.3, (number, 1)),
        "outgoing": people * away,
        "rental": _by_month(units, community, np.ones(len(units)), number, months),
        "unemployed": people * idle,
    }
    parts = [_long(name, values, code, np.full(number, None), months) for name, values in registers.items()]
    frame = pd.concat([*parts, *_by_building(units, community, code, months)], ignore_index=True)
    whole = "of:" + frame["community_code"] + ":" + frame["month"].dt.strftime("%Y-%m") + ":" + frame["register"]
    frame["identity"] = whole.where(frame["building"].isna(), whole + ":building=" + frame["building"])
    return frame


def decisions(
    houses: Buildings, venues: pd.DataFrame, code: Texts, county: Texts, rng: np.random.Generator, *, last_day: date
) -> pd.DataFrame:
    """Premises under an official decision, by number: fourteen let houses and six venues, some decisions run out.

    ``county`` is the name of each community's county.
    """
    building = rng.choice(len(houses.share), DECISIONS, replace=False, p=houses.share)
    shop = venues.iloc[rng.choice(len(venues), DECISIONS, replace=False)].reset_index(drop=True)
    home = np.arange(DECISIONS) < 14
    address = np.where(home, houses.address[building], shop["address"])
    community = np.where(home, code[houses.community[building]], shop["community_code"])
    county_of = dict(zip(code.tolist(), county.tolist(), strict=True))
    decided = np.sort(np.datetime64(last_day) - 11 - rng.integers(20, 600, DECISIONS).astype("timedelta64[D]"))
    years = decided.astype("datetime64[Y]").astype(str)
    return pd.DataFrame(
        {
            "number": [f"演市监公示〔{year}〕{n:03d}号" for n, year in enumerate(years, start=1)],
            "kind": np.where(home, "违规出租公示", "责令停业整顿"),
            "premises": shop["venue_no"].where(~home, None),
            "address": address,
            "community_code": community,
            "authority": [f"{county_of[c]}市场监督管理局" for c in community],
            "decided_on": decided,
            "expires_on": decided + np.timedelta64(365, "D"),
            "east": np.where(home, houses.xy[building, 0], shop["east"]),
            "north": np.where(home, houses.xy[building, 1], shop["north"]),
        }
    )


def _by_month(
    units: pd.DataFrame, group: Ints, weight: np.typing.NDArray[np.generic], number: int, months: Days
) -> Floats:
    """(groups, months): the weight registered by the end of each month."""
    registered = units["registered_on"].to_numpy().astype("datetime64[M]")
    month = np.searchsorted(months, registered).clip(0, MONTHS)
    total = np.bincount(group * (MONTHS + 1) + month, weight, number * (MONTHS + 1))
    return cast("Floats", total.reshape(number, -1).cumsum(axis=1)[:, :MONTHS])


def _long(
    register: str, values: Floats, code: Texts, building: np.typing.NDArray[np.object_], months: Days
) -> pd.DataFrame:
    """One row per place and month."""
    return pd.DataFrame(
        {
            "community_code": np.repeat(code, MONTHS),
            "month": np.tile(months.astype("datetime64[s]"), len(code)),
            "register": register,
            "count": values.ravel().round().astype(np.int64),
            "building": np.repeat(building, MONTHS),
        }
    )


def _by_building(units: pd.DataFrame, community: Ints, code: Texts, months: Days) -> list[pd.DataFrame]:
    """Rental units and those who live in them, by building of a few ordinary town communities."""
    size = np.bincount(community, minlength=len(code))
    chosen = np.argsort(np.abs(size - TYPICAL_UNITS), kind="stable")[:BY_BUILDING]
    rows = np.isin(community, chosen)
    some = units[rows]
    building, group = np.unique(some["building"].to_numpy(), return_inverse=True)
    first = some.drop_duplicates("building").sort_values("building")
    name = first["address"].str.extract(r"(?:社区|村)(.+?号)", expand=False).to_numpy(dtype=object)
    place = first["community_code"].to_numpy()
    return [
        _long(register, _by_month(some, group, weight, len(building), months), place, name, months)
        for register, weight in (("rental", np.ones(len(some))), ("floating", some["occupants"].to_numpy()))
    ]
