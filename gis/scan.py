"""Scan statistics: where, and since when, more cases lie together than chance allows. SaTScan's conventions.

A zone is a centre with the locations nearest to it; it grows while its size stays under a share of the whole. Among
equal distances the smaller first coordinate comes first, then the second, then the lower index. A zone counts with at
least two cases and more than expected; the same holds in the replicas.

Source: Kulldorff, Communications in Statistics 26 (1997), Poisson model; Kulldorff et al., PLoS Medicine 2 (2005),
space-time permutation model; SaTScan 10.3 for ties, secondary clusters and the early stop.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from gis import cylinders
from gis.arrays import FloatArray, IntArray, day_numbers, numbers, places, positive, same_length
from gis.compiled import compiled
from gis.cylinders import Counts
from gis.errors import FrameError

Window = tuple[np.datetime64 | None, np.datetime64 | None]

_EARTH_M = 6_367_000.0  # SaTScan's sphere
_ABREAST = 128  # replicas without time, one in each lane of a table
_TOGETHER = 32  # tables of replicas in time made at once, and two of the others: not by the machine, as rng moves on
_EQUAL = 1e-9  # log-likelihood ratios nearer than this are tied


@dataclass(frozen=True, kw_only=True)
class ScanCluster:
    """One cluster. ``locations`` are indices by distance from ``centre`` (an index too), those without cases included.

    ``until`` is exclusive; both days are None in a purely spatial scan. ``relative_risk`` is observed over expected
    inside, over the same outside (infinite when every case is inside). ``radius_m`` has the unit of the coordinates,
    metres with ``lonlat``.
    """

    locations: IntArray
    centre: int
    radius_m: float
    since: np.datetime64 | None
    until: np.datetime64 | None
    observed: int
    expected: float
    relative_risk: float
    llr: float
    p: float


def poisson_scan(
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    xy: npt.ArrayLike,
    *,
    max_population_share: float = 0.5,
    lonlat: bool = False,
    replications: int = 999,
    stop_early: bool = True,
    rng: np.random.Generator,
) -> list[ScanCluster]:
    """Return the circles with more cases than their population explains, strongest first, none sharing a location.

    ``cases`` and ``population`` are numbers per location. Coordinates count in whatever planar unit they have, or as
    longitude and latitude in degrees with ``lonlat``. No location, no case, no zone above expectation: an empty list.
    p is the rank among the replicas' strongest zones; with ``stop_early`` it is settled once (replications + 1) / 20
    of them are stronger. A further cluster that no replica fails to reach (p = 1) is not listed.

    Args:
        cases: (n,) whole numbers ≥ 0.
        population: (n,) numbers ≥ 0, in any unit.
        xy: (n, 2) coordinates.
        max_population_share: the most of the population that a circle may hold, 0 to 1.
        lonlat: whether ``xy`` is longitude and latitude in degrees; radii are then in metres.
        replications: how many replicas, at least 1.
        stop_early: whether to stop once p can no longer be small.
        rng: the source of chance; the same state gives the same p.

    Returns:
        A list of ScanCluster, each with its locations, radius, figures, llr and p.

    Raises:
        FrameError: a missing or negative number, cases that are not whole or lie where no population is, unequal
            lengths, a share outside 0–1, no replications.
    """
    count, size = _counts("cases", cases, whole=True), _counts("population", population)
    points, ties = _located(xy, lonlat=lonlat)
    same_length(count, size, names="cases and population")
    same_length(count, points, names="cases and xy")
    if (count[size == 0] > 0).any():
        raise FrameError(f"population: none at {int(np.flatnonzero((size == 0) & (count > 0))[0])}, which has cases")
    total = int(count.sum())
    limit = _share(max_population_share) * size.sum()
    if total == 0:
        return []
    zones = cylinders.grow(points, ties, size, limit=limit, cases=np.array([total]), total=total)
    chance = size[zones.members] / size.sum()
    best = cylinders.strongest(_with_nobody(count[zones.members, None].astype(np.int64), total), zones)
    draws = (
        partial(_with_nobody, rng.multinomial(total, chance, size=_ABREAST).T, total)
        for _ in range(0, replications, _ABREAST)
    )
    maxima = cylinders.maxima(zones, draws, together=2, abreast=True)
    return _clusters(
        zones, best, maxima, [(None, None)], lonlat=lonlat, replications=replications, stop_early=stop_early
    )


def space_time_permutation_scan(
    location: npt.ArrayLike,
    day: npt.ArrayLike,
    xy: npt.ArrayLike,
    *,
    since: date | np.datetime64,
    until: date | np.datetime64,
    step_days: int = 7,
    max_window_days: int = 182,
    max_case_share: float = 0.5,
    max_radius_m: float | None = None,
    lonlat: bool = False,
    replications: int = 999,
    stop_early: bool = True,
    rng: np.random.Generator,
) -> list[ScanCluster]:
    """Return the cylinders ending at ``until`` with more cases than place and time alone explain, strongest first.

    ``location`` is an index into ``xy`` per case and ``day`` its day; cases outside since–until (exclusive) are left
    out. Time is cut backwards from ``until`` into steps, a shorter first remainder joins the next; windows are the last
    1, 2, … steps up to ``max_window_days``. What each location and each step has in total is taken as given, so that
    neither population nor season matters: replicas shuffle the days among the cases. Clusters share no location; p is
    as in ``poisson_scan``; no case or no cylinder above expectation gives an empty list. With ``lonlat`` distances are
    chords, ``max_radius_m`` too, and ``radius_m`` is the arc.

    Args:
        location: (cases,) indices into ``xy``.
        day: (cases,) days as datetime64[D].
        xy: (n, 2) coordinates in metres, or in degrees with ``lonlat``.
        since: the first day of the period.
        until: the day after the last one.
        step_days: days of one step of time.
        max_window_days: the longest window, in days.
        max_case_share: the most of the cases that a circle may hold, 0 to 1.
        max_radius_m: the widest circle, in the unit of distances; None for any.
        lonlat: whether ``xy`` is longitude and latitude in degrees.
        replications: how many replicas, at least 1.
        stop_early: whether to stop once p can no longer be small.
        rng: the source of chance; the same state gives the same p.

    Returns:
        A list of ScanCluster, each with its locations, radius, days, figures, llr and p.

    Raises:
        FrameError: a missing day or coordinate, degrees without ``lonlat``, a location that is not an index of ``xy``,
            a share outside 0–1, a period or longest window below one step, no replications.
    """
    points, ties = _located(xy if lonlat else places(xy, length_m=max_radius_m), lonlat=lonlat)
    where, back, steps = _steps_back(location, day, since, until, step_days)
    windows = min(int(max_window_days // step_days), steps)
    if windows < 1 or where.max(initial=-1) >= len(points):
        raise FrameError(f"{windows} windows of {step_days} days; location {where.max(initial=-1)} of {len(points)}")
    limit = _share(max_case_share) * len(where)
    max_radius = np.inf if max_radius_m is None else positive(max_radius_m, name="max_radius_m")
    if len(where) == 0:
        return []
    size = np.bincount(where, minlength=len(points)).astype(np.float64)
    cases = np.cumsum(np.bincount(back, minlength=steps))[:windows]
    zones = cylinders.grow(points, ties, size, limit=limit, max_radius=max_radius, cases=cases, total=len(where))
    position = np.zeros(len(points), dtype=np.int64)
    position[zones.members] = np.arange(len(zones.members))
    tabulate = partial(_tabulated, position[where], shape=(len(zones.members), windows))
    draws = (partial(tabulate, rng.permutation(back)) for _ in range(replications))
    last = np.array([until], dtype="datetime64[D]")[0]
    spans: list[Window] = [(last - int(step_days) * length, last) for length in range(1, windows + 1)]
    best = cylinders.strongest(tabulate(back), zones)
    maxima = cylinders.maxima(zones, draws, together=_TOGETHER)
    return _clusters(zones, best, maxima, spans, lonlat=lonlat, replications=replications, stop_early=stop_early)


def rank(llr: float, replica_llr: npt.ArrayLike) -> int:
    """Return 1 + how many replicas reach ``llr``; ties (within 1e-9) count against it.

    Args:
        llr: the observed log-likelihood ratio.
        replica_llr: (replications,) those of the replicas.

    Returns:
        A whole number from 1; p is this over replications + 1.

    Raises:
        FrameError: a missing or infinite ``replica_llr``.
    """
    return 1 + int((numbers(replica_llr, name="replica_llr") >= llr - _EQUAL).sum())


def _counts(name: str, values: npt.ArrayLike, *, whole: bool = False) -> FloatArray:
    array = numbers(values, name=name)
    if (wrong := (array < 0) | (whole & (array % 1 != 0))).any():
        raise FrameError(f"{name}: {array[wrong][0]} is no count")
    return array


def _share(share: float) -> float:
    if not 0 < share <= 1:
        raise FrameError(f"share is {share}, outside 0–1")
    return share


def _located(xy: npt.ArrayLike, *, lonlat: bool) -> tuple[FloatArray, FloatArray]:
    """Return points whose Euclidean distances count, and the coordinates that order equal distances."""
    flat = numbers(xy, name="xy").reshape(-1, 2)
    if not lonlat:
        return flat, flat
    if (np.abs(flat) > (180.0, 90.0)).any():
        raise FrameError("xy: not longitude and latitude in degrees")
    lon, lat = np.radians(flat).T
    return _EARTH_M * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]), flat


def _steps_back(
    location: npt.ArrayLike,
    day: npt.ArrayLike,
    since: date | np.datetime64,
    until: date | np.datetime64,
    step_days: int,
) -> tuple[IntArray, IntArray, int]:
    """Return location and steps back from ``until`` (0 = the last) of the cases inside, and the number of steps."""
    where, when = _counts("location", location, whole=True), day_numbers(day)
    same_length(where, when, names="location and day")
    begin, end = (float(day_numbers(np.array(d, dtype="datetime64[D]"), name="since, until")) for d in (since, until))
    steps = int((end - begin) // positive(step_days, name="step_days"))
    inside = (when >= begin) & (when < end)
    back = np.minimum((end - 1 - when[inside]) // step_days, steps - 1)
    return where[inside].astype(np.int64), back.astype(np.int64), steps


def _tabulated(member: IntArray, back: IntArray, shape: tuple[int, int]) -> Counts:
    """Return the cases of each member in the last 1, 2, … steps."""
    table = cylinders.in_lanes(np.zeros((shape[0] + 1, shape[1]), dtype=np.int64), len(back))
    _tally(member, back, shape[1], table)
    return table


@compiled
def _tally(member: IntArray, back: IntArray, windows: int, table: Counts) -> None:
    """Add each case to its window in a table of zeros, and to the longer ones."""
    for case in range(len(back)):
        if back[case] < windows:
            table[member[case], back[case]] += 1
    for window in range(1, windows):
        table[:, window] += table[:, window - 1]


def _with_nobody(counts: IntArray, total: int) -> Counts:
    """Return counts (members, windows) with a last member who has none."""
    return cylinders.in_lanes(np.concatenate([counts, np.zeros_like(counts[:1])]), total)


def _clusters(
    zones: cylinders.Zones,
    best: cylinders.Best,
    maxima: Iterator[float],
    spans: list[Window],
    *,
    lonlat: bool,
    replications: int,
    stop_early: bool,
) -> list[ScanCluster]:
    if replications < 1:
        raise FrameError(f"replications is {replications}, below 1")
    kept = _apart(zones, best)
    if not kept:
        return []
    llrs = best.llr[list(kept)]
    clusters: list[ScanCluster] = []
    ps = _p(llrs, islice(maxima, replications), replications, stop_early)
    for (centre, (locations, radius)), p in zip(kept.items(), ps, strict=True):
        if p >= 1 and clusters:
            break  # every replica has a stronger one than this and the rest
        observed, expected = int(best.observed[centre]), float(best.expected[centre])
        outside = (zones.total - observed) / (zones.total - expected)
        clusters.append(
            ScanCluster(
                locations=locations,
                centre=centre,
                radius_m=2 * _EARTH_M * float(np.arcsin(radius / (2 * _EARTH_M))) if lonlat else radius,
                since=spans[best.window[centre]][0],
                until=spans[best.window[centre]][1],
                observed=observed,
                expected=expected,
                relative_risk=observed / expected / outside if outside else np.inf,
                llr=float(best.llr[centre]),
                p=p,
            )
        )
    return clusters


def _apart(zones: cylinders.Zones, best: cylinders.Best) -> dict[int, tuple[IntArray, float]]:
    """Return locations and radius by centre: strongest first, then fewer locations, then index; none overlapping."""
    order = np.argsort(-best.llr, kind="stable")
    order = order[best.llr[order] > 0]
    reach = zones.reach(best.last) * (1 - 1e-9)
    nearest_taken = np.full(len(reach), np.inf)  # a zone that reaches beyond it is out without being listed
    taken: set[int] = set()
    kept = {}
    for tied in np.split(order, np.flatnonzero(-np.diff(best.llr[order]) > _EQUAL) + 1):
        free = tied[nearest_taken[tied] >= reach[tied]].tolist()
        rivals = {centre: zones.around(centre, best.last[centre]) for centre in free}
        for centre in sorted(rivals, key=lambda centre: (len(rivals[centre][0]), centre)):
            locations = rivals[centre][0]
            if taken.isdisjoint(locations.tolist()):
                taken.update(locations.tolist())
                kept[centre] = rivals[centre]
                nearest_taken = np.minimum(nearest_taken, cdist(zones.points, zones.points[locations]).min(axis=1))
    return kept


def _p(llrs: FloatArray, maxima: Iterable[float], replications: int, stop_early: bool) -> list[float]:
    """Return p of each cluster, strongest first; when stopped early, the shares of the replicas done so far."""
    done: list[float] = []
    stronger = 0
    for value in maxima:
        done.append(value)
        stronger += bool(value > llrs[0] + _EQUAL)
        if stop_early and stronger >= (replications + 1) / 20:
            return [stronger / len(done), *((rank(llr, done) - 1) / len(done) for llr in llrs[1:])]
    return [rank(llr, done) / (replications + 1) for llr in llrs]
