"""A rolling back-test: which cells a forecast would have flagged on past days, and how many later events fell in them.

Every method sees only the events before an origin, and flags the same share of the cells. Cells tied at the threshold
count in part, so that the order of ties gives no method hits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import FloatArray
from gis.density import Bounds, cell_counts, grid_shape
from gis.errors import FrameError
from gis.evaluation import (
    forecast,
    hit_rate,
    prediction_accuracy_index,
    prediction_efficiency_index,
    prior_counts,
    recapture_rate_index,
)

BUFFER_M = 1_000.0
DRAWS = 4_000
_YEAR_DAYS = 365
COLUMNS = ("hits", "events", "best", "past_hits", "past_events")

Scores = Callable[..., FloatArray]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One origin: the events (metres, days), the area and its cells, the day and the horizon."""

    xy: FloatArray
    days: npt.NDArray[np.datetime64]
    area: shapely.Geometry
    cell_m: float
    origin: np.datetime64
    horizon_days: int
    shares: tuple[float, ...] = (0.01, 0.05)
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """``table``: a row for each share and method with COLUMNS, flagged and cells (numbers of cells).

    ``caught``: for each share and method the part of each event after the origin that was caught, 0 to 1, in the order
    of ``events``, which are their positions in the trial.
    """

    table: pd.DataFrame
    events: npt.NDArray[np.int64]
    caught: Mapping[tuple[float, str], FloatArray]


def study_area(xy: npt.ArrayLike, days: npt.NDArray[np.datetime64], *, first: np.datetime64) -> shapely.Geometry:
    """The hull of the events before the first origin, buffered by a kilometre; later events do not change it.

    Raises:
        FrameError: there is no event before it.
    """
    past = np.asarray(xy, dtype=np.float64)[days < first]
    if not len(past):
        raise FrameError(f"no event before {first} to learn from")
    return shapely.MultiPoint(past).convex_hull.buffer(BUFFER_M)


def origins(until: np.datetime64, *, horizon_days: int, count: int) -> npt.NDArray[np.datetime64]:
    """The days on which forecasts start, oldest first: one per horizon, the last horizon ending at ``until``."""
    return until - horizon_days * np.arange(count, 0, -1)


def run(trial: Trial) -> Outcome:
    """What each method caught at one origin.

    Raises:
        FrameError: as ``gis.evaluation.forecast``; an area without a cell.
    """
    bounds, inside = _cells(trial.area, trial.cell_m)
    days = trial.days
    ahead = np.flatnonzero((days >= trial.origin) & (days < trial.origin + trial.horizon_days))
    cell = _cell_numbers(trial.xy[ahead], bounds, inside, trial.cell_m)
    total = int(inside.sum())
    after = np.bincount(cell[cell >= 0], minlength=total).astype(np.float64)
    scores = {name: _score(method, trial, bounds)[inside] for name, method in METHODS.items()}
    past = scores["prior_counts"]
    rows, caught = [], {}
    for name, score in scores.items():
        for share in trial.shares:
            flagged = int(np.floor(share * total + 0.5))
            part = taken(score, flagged)
            caught[share, name] = np.where(cell >= 0, part[cell], 0.0)
            figures = (part @ after, len(ahead), np.sort(after)[total - flagged :].sum(), part @ past)
            rows.append((share, name, *figures, int((days < trial.origin).sum()), flagged, total))
    names = ["top_share", "method", *COLUMNS, "flagged", "cells"]
    table = pd.DataFrame(rows, columns=names).assign(origin=trial.origin, cell_m=trial.cell_m)
    return Outcome(table=table, events=ahead, caught=caught)


def taken(score: FloatArray, flagged: int) -> FloatArray:
    """The flagged share of each cell: 1 above the threshold, 0 below; cells tied at it share the rest equally."""
    part = np.zeros(len(score))
    if flagged:
        threshold = np.partition(score, -flagged)[-flagged]
        sure, tied = score > threshold, score == threshold
        part[sure], part[tied] = 1.0, (flagged - sure.sum()) / tied.sum()
    return part


def judged(tables: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The sums of COLUMNS over the groups of ``by``, with hit_rate, pai, pei and rri (NaN where nothing happened)."""
    sums = tables.groupby(list(by), sort=True)[[*COLUMNS, "flagged", "cells"]].sum().reset_index()
    flagged, cells = sums["flagged"].to_numpy(), sums["cells"].to_numpy()
    hits, events = sums["hits"].to_numpy(), sums["events"].to_numpy()
    pai = prediction_accuracy_index(hits, events, flagged, cells)
    best = prediction_accuracy_index(sums["best"].to_numpy(), events, flagged, cells)
    return sums.assign(
        hit_rate=hit_rate(hits, events),
        pai=pai,
        pei=prediction_efficiency_index(pai, best),
        rri=recapture_rate_index(hits, sums["past_hits"].to_numpy(), events, sums["past_events"].to_numpy()),
    )


def gain(ours: FloatArray, theirs: FloatArray, *, rng: np.random.Generator) -> tuple[float, float, float]:
    """Our hits over theirs, less one, with the 5 and 95 % points of a paired bootstrap over origins.

    All are NaN where theirs has no hits; a point is NaN where too many draws have none to bound it.

    Source: Efron, Annals of Statistics 7 (1979), 1–26: the percentile bootstrap.
    """
    drawn = rng.integers(0, len(ours), (DRAWS, len(ours)))
    if not theirs.sum():
        return (float("nan"),) * 3
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = ours.sum() / theirs.sum() - 1
        points = np.nanquantile(ours[drawn].sum(axis=1) / theirs[drawn].sum(axis=1) - 1, [0.05, 0.95])
    low, high = np.where(np.isfinite(points), points, np.nan).tolist()
    return float(whole), low, high


def flagged_cells(
    trial: Trial, *, method: str, share: float, spare: str
) -> tuple[npt.NDArray[np.object_], FloatArray, FloatArray]:
    """The cells (squares) that a method flags at the trial's origin, their centres, and the forecast's count for each.

    Ties at the threshold are broken by the score of ``spare``, another method, and then from south-west to north-east.
    """
    bounds, inside = _cells(trial.area, trial.cell_m)
    score, second, likely = (_score(METHODS[name], trial, bounds)[inside] for name in (method, spare, "forecast"))
    chosen = np.lexsort((-second, -score))[: int(np.floor(share * inside.sum() + 0.5))]
    row, col = (index[chosen] for index in np.nonzero(inside))
    corner = np.column_stack([col, row]) * trial.cell_m + bounds[:2]
    squares = shapely.box(*corner.T, *(corner + trial.cell_m).T)
    return np.asarray(squares, dtype=object), corner + trial.cell_m / 2, likely[chosen]


def last_year_counts(
    xy: FloatArray,
    days: npt.NDArray[np.datetime64],
    *,
    bounds: Bounds,
    cell_m: float,
    today: np.datetime64,
    horizon_days: int,
    rng: np.random.Generator,  # noqa: ARG001 the arguments are those of every forecast
) -> FloatArray:
    """How many events each cell had in the same days of the year before, (rows, cols)."""
    since = today - _YEAR_DAYS
    then = (days >= since) & (days < min(since + horizon_days, today))
    return cell_counts(xy[then], bounds=bounds, cell_m=cell_m)


METHODS: Mapping[str, Scores] = {
    "forecast": forecast,
    "prior_counts": prior_counts,
    "last_year_counts": last_year_counts,
}


def _score(method: Scores, trial: Trial, bounds: Bounds) -> FloatArray:
    return method(
        trial.xy, trial.days, bounds=bounds, cell_m=trial.cell_m, today=trial.origin,
        horizon_days=trial.horizon_days, rng=np.random.default_rng(trial.seed),
    )  # fmt: skip


def _cells(area: shapely.Geometry, cell_m: float) -> tuple[Bounds, npt.NDArray[np.bool_]]:
    """The grid over the area, its edges multiples of the cell, and which cells have their centre inside."""
    west, south, east, north = (shapely.bounds(area) // cell_m * cell_m + [0, 0, cell_m, cell_m]).tolist()
    bounds = (west, south, east, north)
    rows, cols = grid_shape(bounds, cell_m)
    x, y = west + (np.arange(cols) + 0.5) * cell_m, south + (np.arange(rows) + 0.5) * cell_m
    inside = np.asarray(shapely.contains_xy(area, *np.meshgrid(x, y)))
    if not inside.any():
        raise FrameError(f"no cell of {cell_m} m has its centre in the area")
    return bounds, inside


def _cell_numbers(
    xy: FloatArray, bounds: Bounds, inside: npt.NDArray[np.bool_], cell_m: float
) -> npt.NDArray[np.int64]:
    """The number of each place's cell among those inside, −1 where it lies outside."""
    number = np.where(inside, np.cumsum(inside.ravel()).reshape(inside.shape) - 1, -1)
    col, row = np.floor((xy - bounds[:2]) / cell_m).astype(np.int64).T
    rows, cols = inside.shape
    on = (col >= 0) & (col < cols) & (row >= 0) & (row < rows)
    return np.where(on, number[row.clip(0, rows - 1), col.clip(0, cols - 1)], -1)
