"""Independent sources of incidents, and the premises nearest to them."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from gis.arrays import FloatArray, IntArray, at_least_zero, places, positive

#: The most sources of one place, day and channel: a flood of calls comes from one caller.
MOST_SOURCES = 3
_DISC = 32  # points that stand for where a vague address may lie


def sources(incidents: pd.DataFrame, *, xy: npt.ArrayLike) -> IntArray:
    """The number of the independent source of each incident, 0, 1, ... in order of first appearance.

    Incidents of one kind on one day, by one channel, with the same words, from the same metre on the ground are one
    source, and so are those with one source number. Missing words or channels are equal to each other, so that thirty
    calls without a text from one place and day count once. One place, day and channel has at most three sources: from
    the third on all others join it. ``incidents`` has the columns kind, day, channel, story, source_no; ``xy`` is
    their place in metres, NaN for those without one, which are told apart by community instead.
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
    box = told.groupby([name for name in told.columns if name != "story"], sort=False, dropna=False).ngroup()
    return np.asarray(pd.factorize(_bounded(box, joined))[0], dtype=np.int64)


def _bounded(box: "pd.Series[int]", source: npt.NDArray[np.integer]) -> IntArray:
    """The sources, at most three of one place, day and channel: further ones join the third."""
    pairs = pd.DataFrame({"box": box, "source": source})
    first = pairs.drop_duplicates()
    number = first.groupby("box").cumcount()
    third = first[number == MOST_SOURCES - 1].set_index("box")["source"]
    late = pairs.merge(first[number >= MOST_SOURCES].assign(late=True), how="left")["late"].notna().to_numpy()
    return np.where(late, pairs["box"].map(third).fillna(-1), source).astype(np.int64)


def possible_places(xy: npt.ArrayLike, error_m: npt.ArrayLike) -> tuple[IntArray, FloatArray, FloatArray]:
    """Where each place may lie: its position in ``xy``, points in metres, and the share of each point.

    An address that is good to ``error_m`` metres is spread evenly over the disc of that radius, by 32 points of equal
    share; with an error of 0 or none known it is one point.

    Raises:
        FrameError: degrees, a missing coordinate, or a negative or missing error.
    """
    points, error = places(xy), at_least_zero(error_m, name="error_m")
    vague = error > 0
    # a spiral of Vogel's: even over the disc, and the same for everyone
    turn, out = np.arange(_DISC) * np.pi * (3 - 5**0.5), np.sqrt((np.arange(_DISC) + 0.5) / _DISC)
    disc = np.column_stack([out * np.cos(turn), out * np.sin(turn)])
    spread = (points[vague, None] + error[vague, None, None] * disc).reshape(-1, 2)
    at = np.concatenate([np.flatnonzero(~vague), np.repeat(np.flatnonzero(vague), _DISC)])
    share = np.concatenate([np.ones(np.count_nonzero(~vague)), np.full(len(spread), 1 / _DISC)])
    return at, np.concatenate([points[~vague], spread]), share


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
