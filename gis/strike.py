"""Assign teams to targets for one simultaneous start: the latest arrival is the earliest possible."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from gis.arrays import FloatArray, IntArray
from gis.errors import FrameError, Refused


@dataclass(frozen=True, kw_only=True)
class StrikePlan:
    """Who goes where and arrives when; ``latest`` is the last arrival and ``total`` the sum of all.

    ``team`` (indices) and ``arrival_minutes`` are (targets, agencies), agencies in the order of ``agencies``.
    """

    agencies: tuple[str, ...]
    team: IntArray
    arrival_minutes: FloatArray
    latest: float
    total: float


def assign(
    travel_minutes: npt.ArrayLike, *, agencies: Sequence[str], ready_minutes: npt.ArrayLike | None = None
) -> StrikePlan:
    """Assign one team of each agency to each target, minimising first the latest arrival, then the sum of all.

    ``travel_minutes`` is (teams, targets), inf where there is no way; ``agencies`` names the agency of each team and
    ``ready_minutes`` (default 0) when each can leave. Arrival is ready + travel; a team goes to one target at most.
    Agencies share no team, so the least latest arrival is that of the slowest agency, and below it each agency's sum
    is an assignment of its own. Without targets the plan is empty.

    Args:
        travel_minutes: (teams, targets), in minutes; inf where there is no way.
        agencies: the agency of each team.
        ready_minutes: (teams,) when each can leave, in minutes; 0 where none are given.

    Returns:
        A StrikePlan: ``team`` and ``arrival_minutes`` are (targets, agencies), ``latest`` and ``total`` in minutes.

    Raises:
        Refused: an agency has too few teams, or cannot reach all targets at once; the sentence names both.
        FrameError: shapes that do not fit, NaN, or a time below zero.

    Source: bottleneck assignment by thresholds, Burkard, Dell'Amico & Martello, Assignment Problems (2009), ch. 6.
    """
    arrival = _arrivals(travel_minutes, agencies, ready_minutes)
    names = tuple(dict.fromkeys(agencies))
    targets = arrival.shape[1]
    rows = [np.flatnonzero(np.array(agencies) == name) for name in names]
    if not targets:
        empty = np.empty((0, len(names)))
        return StrikePlan(agencies=names, team=empty.astype(np.int64), arrival_minutes=empty, latest=0.0, total=0.0)
    if not names:
        raise Refused("没有队伍", kind="no_teams")
    latest = max(_bottleneck(arrival[own], name) for own, name in zip(rows, names, strict=True))
    allowed = np.where(arrival <= latest, arrival, np.inf)
    team = np.column_stack([own[_least_total(allowed[own])] for own in rows])
    when = arrival[team, np.arange(targets)[:, None]]
    return StrikePlan(
        agencies=names, team=team, arrival_minutes=when, latest=float(when.max()), total=float(when.sum())
    )


def _arrivals(travel: npt.ArrayLike, agencies: Sequence[str], ready: npt.ArrayLike | None) -> FloatArray:
    minutes = np.asarray(travel, dtype=np.float64)
    waits = np.zeros(len(agencies)) if ready is None else np.asarray(ready, dtype=np.float64)
    if minutes.ndim != 2 or len(minutes) != len(agencies) or waits.shape != (len(agencies),):
        raise FrameError(f"travel_minutes {minutes.shape}, {len(agencies)} agencies and ready_minutes {waits.shape}")
    if np.isnan(minutes).any() or not np.isfinite(waits).all() or (minutes < 0).any() or (waits < 0).any():
        raise FrameError("travel_minutes and ready_minutes must be numbers of at least zero")
    return minutes + waits[:, None]


def _bottleneck(arrival: FloatArray, agency: str) -> float:
    """The least latest arrival with which this agency serves every target."""
    teams, targets = arrival.shape
    if teams < targets:
        raise Refused(
            f"{agency}只有 {teams} 支队伍,目标有 {targets} 个,还缺 {targets - teams} 支", kind="too_few_teams"
        )
    times = np.unique(arrival[np.isfinite(arrival)])
    if not len(times) or not _serves_all(arrival, times[-1]):
        lost = np.flatnonzero(~np.isfinite(arrival).any(axis=0))
        which = f"第 {'、'.join(str(target + 1) for target in lost)} 个目标" if len(lost) else "全部目标"
        raise Refused(f"{agency}没有足够的队伍能按道路到达{which}", kind="unreachable")
    low, high = 0, len(times) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _serves_all(arrival, times[middle]) else (middle + 1, high)
    return float(times[low])


def _serves_all(arrival: FloatArray, latest: float) -> bool:
    matched = maximum_bipartite_matching(csr_array((arrival <= latest).T), perm_type="column")
    return bool((matched >= 0).all())


def _least_total(allowed: FloatArray) -> IntArray:
    """For each target the row of its team."""
    row, column = linear_sum_assignment(allowed)
    return np.asarray(row[np.argsort(column)], dtype=np.int64)
