"""Which incidents tell the same story, and which premises they point at."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from gis.arrays import IntArray, places, positive


def sources(incidents: pd.DataFrame, *, xy: npt.ArrayLike) -> IntArray:
    """The number of the independent source of each incident, 0, 1, ... in order of first appearance.

    Incidents of one kind on one day, by one channel, with the same words, from the same metre on the ground are one
    source however often they came; so are those that carry one source number. Missing words or channels are equal to
    each other, so that thirty silent calls from one place and day count once. ``incidents`` has the columns kind, day,
    channel, story, source_no; ``xy`` is their place in metres, missing for those without one, which then count apart
    by community.
    """
    spot = pd.DataFrame(np.round(np.asarray(xy, dtype="float64").reshape(-1, 2)), columns=["x", "y"])
    told = incidents[["kind", "day", "channel", "story", "community_code"]].reset_index(drop=True).join(spot)
    told["community_code"] = told["community_code"].where(told["x"].isna())
    same_story = told.groupby(list(told.columns), sort=False, dropna=False).ngroup().to_numpy()
    number = incidents["source_no"].to_numpy(dtype=object)
    numbered = ~pd.isna(number)
    first_of = pd.Series(same_story[numbered]).groupby(number[numbered]).transform("first")
    joined = same_story.copy()
    joined[numbered] = first_of
    return np.asarray(pd.factorize(joined)[0], dtype=np.int64)


def premises(xy: npt.ArrayLike, premises_xy: npt.ArrayLike, *, within_m: float) -> IntArray:
    """The position of the nearest premises at most ``within_m`` away, −1 where there is none; metres.

    Raises:
        FrameError: degrees, a missing coordinate, or a distance not above zero.
    """
    points, known = places(xy, length_m=within_m), places(premises_xy, length_m=within_m, name="premises_xy")
    positive(within_m, name="within_m")
    if not len(points) or not len(known):
        return np.full(len(points), -1, dtype=np.int64)
    distance, nearest = cKDTree(known).query(points, distance_upper_bound=np.nextafter(within_m, np.inf))
    return np.where(np.isfinite(distance), nearest, -1).astype(np.int64)
