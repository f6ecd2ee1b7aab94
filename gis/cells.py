"""The city as square cells: exposure and evidence in each, which cells stand out, and which to visit first."""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.special import betainc

from gis import assign, exposure, grid
from gis.arrays import FloatArray, IntArray
from gis.exposure import shrunken_rate, variance_elsewhere
from gis.hotspots import gi_star, permutation_p, significant
from gis.risk import Method, Record, rank, weigh

_DRAWS = 10_000_000
ALONE_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Premises in metres with their exposure; ``area`` is the land that is used where no premises are known."""

    premises_xy: FloatArray
    exposure: FloatArray
    area: shapely.Geometry

    @classmethod
    def of(cls, premises_xy: npt.ArrayLike, rooms: npt.ArrayLike | None, area: shapely.Geometry) -> "Ground":
        """The ground of these premises; without ``rooms`` all count alike."""
        xy = np.asarray(premises_xy, dtype=np.float64).reshape(-1, 2)
        return cls(premises_xy=xy, exposure=exposure.units(np.ones(len(xy)) if rooms is None else rooms), area=area)


def weighed(
    ground: Ground, tips: gpd.GeoDataFrame, visits: gpd.GeoDataFrame, *, until: dt.date, method: Method
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The weight of each piece of evidence (``gis.risk.weigh``), and the cells, ordered, with their parts and score.

    The cells are those with premises (or, without any, those of the area) and those with a tip or a visit; index
    (col, row), columns as ``gis.risk.rank_places`` and ``exposure``. A tip with a vague address counts in every cell it
    may lie in, by its share.
    """
    at_home = grid.counted(grid.cell_of(ground.premises_xy, cell_m=method.cell_m), ground.exposure)
    possible = at_home.index if len(at_home) else grid.inside(ground.area, cell_m=method.cell_m)
    told, made = (grid.cell_of(xy_of(frame), cell_m=method.cell_m) for frame in (tips, visits))
    at, spread, share = assign.possible_places(xy_of(tips), tips["place_error_m"])
    reached = grid.cell_of(spread, cell_m=method.cell_m)
    every = possible.union(reached).union(told).union(made).unique()
    names = pd.MultiIndex.from_tuples(every, names=grid.NAMES)
    held = at_home if len(at_home) else pd.Series(1.0, index=possible)
    places = pd.DataFrame({
        "exposure": held.reindex(names, fill_value=0.0).to_numpy(),
        "stratum": exposure.density_class(_centres(names, method), ground.premises_xy, ground.exposure),
    })  # fmt: skip
    tips, visits = (
        frame.assign(place=names.get_indexer(cell)) for frame, cell in ((tips, told), (visits, made))
    )  # by number, not by name: a hundred times faster
    record = Record.of(places, pd.DataFrame(tips), pd.DataFrame(visits), until=until, method=method)
    pieces = weigh(record, method=method)
    cells = rank(record, _moved(pieces, at, names.get_indexer(reached), share), method=method)
    return pieces, cells.assign(exposure=places["exposure"], possible=names.isin(possible)).set_axis(names)


def tested(cells: pd.DataFrame, tips: gpd.GeoDataFrame, *, method: Method, rng: np.random.Generator) -> pd.DataFrame:
    """The cells with exposure or a tip, with the columns sources (observed), expected, likely, z, p and stands_out.

    ``tips`` are those of the window, with their source. ``likely`` is the shrunk estimate of the sources in a period
    as long; where rates do not differ beyond chance it is what exposure explains. A cell stands out together with its
    neighbours (Gi*, by permutation) or alone (``_alone_p``: all tips of one building lie in one cell). The false
    discovery rate is controlled over all cells and split nine to one between the two tests.
    """
    first = tips.drop_duplicates("source")
    _, spread, share = assign.possible_places(xy_of(first), first["place_error_m"])
    counts = grid.counted(grid.cell_of(spread, cell_m=method.cell_m), share)
    table = cells[cells["possible"] | cells.index.isin(counts.index)].copy()
    table["sources"] = counts.reindex(table.index, fill_value=0.0)
    reported = table["exposure"] * table["reporting"]
    table["expected"] = exposure.expected_counts(reported, total=float(table["sources"].sum()))
    table["likely"] = table["expected"] * shrunken_rate(table["sources"], table["expected"])
    # logarithms, or a few extreme cells dominate the null distribution
    rate = np.log(exposure.relative_rate(table["sources"], table["expected"]))
    near = grid.neighbours(pd.MultiIndex.from_tuples(table.index, names=grid.NAMES))
    table["z"] = gi_star(rate, near)
    # the null is pooled over all cells, so that many cells need few shuffles
    shuffles = int(np.clip(_DRAWS / max(len(table), 1), 20, method.permutations))
    together = permutation_p(rate, near, permutations=shuffles, rng=rng) if len(table) else np.empty(0)
    alone = _alone_p(table["sources"].to_numpy(), table["expected"].to_numpy(), near)
    table["p"] = np.minimum(np.minimum(together / (1 - ALONE_SHARE), alone / ALONE_SHARE), 1.0)
    table["stands_out"] = significant(table["p"], alpha=method.alpha) & (table["sources"] > table["expected"])
    return table


def _alone_p(seen: FloatArray, expected: FloatArray, near: csr_array) -> FloatArray:
    """The upper tail p of each cell's sources under a negative binomial with the variance of the cells elsewhere.

    The expected number is at least the mean over all cells: registers are incomplete, so that tips can come from a
    cell without known premises.
    """
    size = 1 / np.maximum(variance_elsewhere(seen, expected, near), 1e-6)
    mean = np.maximum(expected, expected.mean() if len(expected) else 0.0)
    # the tail as scipy.stats has it, which takes every command half a second to load
    return np.where(seen > 0, betainc(np.ceil(seen), size, mean / (size + mean)), 1.0)


def xy_of(frame: gpd.GeoDataFrame) -> FloatArray:
    """The coordinates of a frame's points."""
    return np.asarray(shapely.get_coordinates(frame.geometry.to_numpy()), dtype=np.float64)


def _centres(names: pd.MultiIndex, method: Method) -> FloatArray:
    return np.column_stack([(names.get_level_values(axis).to_numpy() + 0.5) * method.cell_m for axis in grid.NAMES])


def _moved(pieces: pd.DataFrame, at: IntArray, cell: IntArray, share: FloatArray) -> pd.DataFrame:
    """The pieces with each tip in every cell it may lie in, its weight by the share there."""
    where = pd.DataFrame({"row": at, "cell": cell, "part": share}).groupby(["row", "cell"])["part"].sum().reset_index()
    told = pieces[pieces["kind"] == "tip"].merge(where, on="row")
    told = told.assign(place=told["cell"], weight=told["weight"] * told["part"], share=told["share"] * told["part"])
    moved = pd.concat([told[pieces.columns], pieces[pieces["kind"] != "tip"]], ignore_index=True)
    order = np.lexsort((moved["kind"] != "tip", moved["day"], moved["place"]))
    return moved.iloc[order].reset_index(drop=True)
