"""What an incident weighs as evidence, with the parts kept, so that a score can be worked out again by hand."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Method:
    """The parameters of one analysis; ``name`` changes whenever a result could."""

    name: str = "wuchuan-1"
    cell_m: float = 100.0  # smaller than what a den's tips spread over: one hot cell alone never stands out of chance
    window_days: int = 120
    permutations: int = 199
    alpha: float = 0.05
    radius_m: float = 150.0
    min_sources: int = 3
    half_life_days: float = 60.0
    unverified_weight: float = 0.5
    raid_cap_share: float = 0.2
    expiry_days: int = 90
    red_score: float = 5.0
    orange_score: float = 2.5


def weights(incidents: pd.DataFrame, source: "pd.Series[int]", *, until: dt.date, method: Method) -> FloatArray:
    """What each incident weighs: verified 1, else ``unverified_weight``, halved every ``half_life_days``.

    The copies of one source share one weight, that of the copy that weighs most. Age counts to the day before
    ``until``; an incident after it weighs nothing.
    """
    age = (pd.Timestamp(until) - incidents["day"]).dt.days.to_numpy() - 1
    trust = np.where(incidents["verified"], 1.0, method.unverified_weight)
    alone = pd.Series(np.where(age >= 0, trust * 0.5 ** (age / method.half_life_days), 0.0), index=source.index)
    group = alone.groupby(source)
    return np.asarray(group.transform("max") / group.transform("size"))


@dataclass(frozen=True, kw_only=True)
class Score:
    """A zone's score and its parts: what tips brought, what one's own raids brought, and the share of the latter."""

    tips: float
    raids: float

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.tips + self.raids

    @property
    def own_raid_share(self) -> float:
        """The part of the score that one's own raids brought; never over the method's cap."""
        return self.raids / self.total if self.total else 0.0


def score(tips: float, raids: float, *, method: Method) -> Score:
    """The score of that much weight; raids count at most ``raid_cap_share`` of it, so that a map never feeds on them.

    Where to raid is what the map decides; findings alone would therefore confirm themselves for ever. With no tip
    the score is zero.
    """
    most = tips * method.raid_cap_share / (1 - method.raid_cap_share)
    return Score(tips=tips, raids=min(raids, most))
