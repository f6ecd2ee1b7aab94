"""From incidents to graded zones: which cells stand out, which evidence they hold, and why a zone has its grade.

A zone is a suspected hotspot. It says where to look first, never what is found behind a door.
"""

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis import assign, exposure, grid
from gis.arrays import IntArray
from gis.clusters import dbscan
from gis.hotspots import gi_star, permutation_p, significant
from gis.risk import Method, Score, score, weights

MARGIN_M = 60.0
PREMISES_WITHIN_M = 50.0
DRAWS = 10_000_000
GRADES = ("red", "orange", "yellow")
#: The response each grade asks for: a first check within so many days.
CHECK_WITHIN_DAYS = {"red": 7, "orange": 14, "yellow": 30}
ZONE_COLUMNS = (
    "zone_id", "area_code", "grade", "score", "own_raid_share", "tips", "sources", "findings", "radius_m", "expected",
    "since", "until", "last_confirmed_on", "expires_on", "reasons", "evidence", "method", "geometry",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Result:
    """Significant cells and graded zones, both in the metric CRS, zones by falling score."""

    hotspots: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame


def find(
    incidents: gpd.GeoDataFrame,
    premises_xy: npt.ArrayLike,
    *,
    area: shapely.Geometry,
    until: dt.date,
    method: Method,
    rng: np.random.Generator,
) -> Result:
    """The significant cells and the graded zones of the ``method.window_days`` before ``until`` (exclusive).

    ``incidents`` is what ``layers.read.incidents`` gives, in a metric CRS; those without a point do not take part.
    ``premises_xy`` are rental units and venues, the exposure; with none, every cell of ``area`` is expected to have
    the same. Tips alone decide which cells stand out; raids only add to the score of a zone that tips have made.
    No incident, or nothing above chance, gives empty frames with all columns.
    """
    seen = _in_window(incidents, until=until, method=method)
    xy = shapely.get_coordinates(seen.geometry.to_numpy())
    seen = seen.assign(source=assign.sources(seen, xy=xy))
    seen["weight"] = weights(seen, seen["source"], until=until, method=method)
    known = np.asarray(premises_xy, dtype=np.float64).reshape(-1, 2)
    cells = _cells(seen, known, area=area, method=method, rng=rng)
    everything = shapely.STRtree(seen.geometry.to_numpy())
    found = [
        _zone(outline, seen.iloc[np.sort(everything.query(outline, predicate="intersects"))], cells, known,
              until=until, method=method)
        for outline in _outlines(seen, cells, method=method)
    ]  # fmt: skip
    return Result(hotspots=_hotspots(cells, seen, method=method), zones=_ranked(found, seen, until=until))


def _in_window(incidents: gpd.GeoDataFrame, *, until: dt.date, method: Method) -> gpd.GeoDataFrame:
    end = pd.Timestamp(until)
    recent = (incidents["day"] < end) & (incidents["day"] >= end - pd.Timedelta(days=method.window_days))
    placed = ~(incidents.geometry.isna() | incidents.geometry.is_empty)
    return incidents[recent & placed].reset_index(drop=True)


def _cells(
    seen: gpd.GeoDataFrame, known: npt.NDArray[np.float64], *, area: shapely.Geometry, method: Method,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Sources seen and expected, z, p and whether it stands out, for each cell where a tip could come from."""
    told = seen[seen["kind"] == "tip"].drop_duplicates("source")
    counts = grid.counted(grid.cell_of(_xy(told), cell_m=method.cell_m))
    units = grid.counted(grid.cell_of(known, cell_m=method.cell_m))
    index = _index(counts, units, area=area, method=method)
    cells = pd.DataFrame({"sources": counts.reindex(index, fill_value=0), "units": units.reindex(index, fill_value=0)})
    cells["expected"] = exposure.expected_counts(cells["units"], total=float(cells["sources"].sum()))
    # logarithms, or a few extreme cells fill the null with what they alone could explain
    rate = np.log(exposure.relative_rate(cells["sources"], cells["expected"]))
    near = grid.neighbours(index)
    cells["z"] = gi_star(rate, near)
    # the null is pooled over all cells, so that many cells need few shuffles
    shuffles = int(np.clip(DRAWS / max(len(cells), 1), 20, method.permutations))
    cells["p"] = permutation_p(rate, near, permutations=shuffles, rng=rng) if len(cells) else []
    cells["stands_out"] = significant(cells["p"], alpha=method.alpha) & (cells["sources"] > cells["expected"])
    return cells


def _index(
    counts: "pd.Series[float]", units: "pd.Series[float]", *, area: shapely.Geometry, method: Method
) -> pd.MultiIndex:
    """The cells a tip could come from: those with premises or tips; without any premises known, the whole area's."""
    possible = units.index if len(units) else grid.inside(area, cell_m=method.cell_m)
    return pd.MultiIndex.from_frame(possible.union(counts.index).to_frame(), names=grid.NAMES)


def _outlines(seen: gpd.GeoDataFrame, cells: pd.DataFrame, *, method: Method) -> list[shapely.MultiPolygon]:
    """The shape of each zone, around a dense cluster of sources in cells that stand out."""
    standing = cells.index[cells["stands_out"]]
    lying = grid.cell_of(_xy(seen), cell_m=method.cell_m)
    held = np.flatnonzero(lying.isin(standing))
    told = held[(seen["kind"].to_numpy()[held] == "tip") & ~seen["source"].duplicated().to_numpy()[held]]
    labels = dbscan(_xy(seen)[told], radius_m=method.radius_m, min_points=method.min_sources)
    return [_outline(seen, told[labels == label]) for label in range(labels.max(initial=-1) + 1)]


def _outline(seen: gpd.GeoDataFrame, members: IntArray) -> shapely.MultiPolygon:
    hull = shapely.MultiPoint(seen.geometry.to_numpy()[members]).convex_hull
    return shapely.MultiPolygon([hull.buffer(MARGIN_M)])


def _zone(
    outline: shapely.MultiPolygon, held: gpd.GeoDataFrame, cells: pd.DataFrame, known: npt.NDArray[np.float64], *,
    until: dt.date, method: Method,
) -> dict[str, object] | None:  # fmt: skip
    """One zone of all the incidents held in its outline, or None when they are too old or their sources too few."""
    tips, findings = held[held["kind"] == "tip"], held[held["kind"] == "finding"]
    expires_on = held["day"].max() + pd.Timedelta(days=method.expiry_days)
    if expires_on <= pd.Timestamp(until) or tips["source"].nunique() < method.min_sources:
        return None
    weight = score(float(tips["weight"].sum()), float(findings["weight"].sum()), method=method)
    touched = grid.cell_of(_xy(tips), cell_m=method.cell_m)
    facts = _Facts(
        tips=len(tips),
        sources=int(tips["source"].nunique()),
        days=int(tips["day"].nunique()),
        verified=int(tips.loc[tips["verified"], "source"].nunique()),
        dens=int(findings["dens"].sum()),
        premises=int(np.unique(near[near >= 0]).size) if (near := _premises(held, known)).size else 0,
        exposed=bool(len(known)),
        radius_m=float(shapely.minimum_bounding_radius(shapely.multipoints(tips.geometry.to_numpy()))),
        expected=float(cells.loc[cells.index.isin(touched), "expected"].sum()),
        last_seen=held["day"].max(),
        last_confirmed=held.loc[held["verified"], "day"].max(),
        expires_on=expires_on,
    )
    grade = _grade(facts, weight, method=method)
    return {
        "area_code": _main_area(held),
        "grade": grade,
        "score": weight.total,
        "own_raid_share": weight.own_raid_share,
        "tips": facts.tips,
        "sources": facts.sources,
        "findings": len(findings),
        "radius_m": facts.radius_m,
        "expected": facts.expected,
        "since": held["day"].min(),
        "until": pd.Timestamp(until),
        "last_confirmed_on": facts.last_confirmed,
        "expires_on": expires_on,
        "reasons": [*_reasons(facts, method=method), f"按分级应在{CHECK_WITHIN_DAYS[grade]}天内核查走访"],
        "evidence": _evidence(held, weight),
        "method": method.name,
        "geometry": outline,
    }


@dataclass(frozen=True, kw_only=True)
class _Facts:
    tips: int
    sources: int
    days: int
    verified: int
    dens: int
    premises: int
    exposed: bool
    radius_m: float
    expected: float
    last_seen: pd.Timestamp
    last_confirmed: pd.Timestamp
    expires_on: pd.Timestamp


def _grade(facts: _Facts, weight: Score, *, method: Method) -> str:
    """Red needs something confirmed, or ten sources on five days: a few repeated words do not make a zone red."""
    sure = facts.verified > 0 or facts.dens > 0 or (facts.sources >= 10 and facts.days >= 5)
    if weight.total >= method.red_score and sure:
        return "red"
    return "orange" if weight.total >= method.orange_score else "yellow"


def _reasons(facts: _Facts, *, method: Method) -> list[str]:
    copies = f"(共{facts.tips}条)" if facts.tips > facts.sources else ""
    basis = "按出租屋和场所数量推算" if facts.exposed else "按全境处处相同推算(没有出租屋和场所数据)"
    lines = [
        f"近{method.window_days}天有{facts.sources}个相互独立的举报来源{copies},分布在{facts.days}个不同日期,"
        f"集中在半径{max(facts.radius_m, 1):.0f}米内",
        f"{basis},同期应有{facts.expected:.1f}个来源,实际为其{_times(facts)}",
    ]
    if facts.premises:
        lines.append(f"举报指向{facts.premises}处已登记点位({PREMISES_WITHIN_M:.0f}米以内)")
    if facts.verified or facts.dens:
        known = [f"{facts.verified}个来源已核实"] * bool(facts.verified) + [f"执法行动曾发现窝点{facts.dens}个"] * bool(
            facts.dens
        )
        lines.append(f"{','.join(known)},最近一次证实于{facts.last_confirmed:%Y-%m-%d}")
    else:
        lines.append("尚无一条得到证实")
    lines.append(f"最近一次证据为{facts.last_seen:%Y-%m-%d};如无新证据,{facts.expires_on:%Y-%m-%d}自动失效")
    return lines


def _times(facts: _Facts) -> str:
    return f"{facts.sources / facts.expected:.1f}倍" if facts.expected >= 0.1 else f"{facts.sources / 0.1:.0f}倍以上"


def _premises(held: gpd.GeoDataFrame, known: npt.NDArray[np.float64]) -> IntArray:
    return assign.premises(_xy(held), known, within_m=PREMISES_WITHIN_M)


def _main_area(held: pd.DataFrame) -> str:
    """The community most of the weight lies in; the smaller code when two are equal; "" where none is known."""
    by_code = held.dropna(subset="community_code").groupby("community_code")["weight"].sum()
    return str(by_code.idxmax()) if len(by_code) else ""


def _evidence(held: pd.DataFrame, weight: Score) -> list[dict[str, object]]:
    """Incident and weight of each piece; findings scaled by the cap, so that the weights add up to the score."""
    findings = held["kind"] == "finding"
    brought = held.loc[findings, "weight"].sum()
    scale = np.where(findings, weight.raids / brought if brought else 0.0, 1.0)
    pairs = zip(held["incident_id"], held["weight"] * scale, strict=True)
    return [{"incident_id": name, "weight": float(value)} for name, value in pairs]


def _ranked(found: list[dict[str, object] | None], seen: gpd.GeoDataFrame, *, until: dt.date) -> gpd.GeoDataFrame:
    zones = pd.DataFrame([zone for zone in found if zone is not None], columns=list(ZONE_COLUMNS))
    zones = zones.sort_values(["score", "area_code"], ascending=[False, True], kind="stable", ignore_index=True)
    zones["zone_id"] = [f"{until:%Y%m%d}-{number:03d}" for number in range(1, len(zones) + 1)]
    return gpd.GeoDataFrame(zones, geometry="geometry", crs=seen.crs)


def _hotspots(cells: pd.DataFrame, seen: gpd.GeoDataFrame, *, method: Method) -> gpd.GeoDataFrame:
    standing = cells[cells["stands_out"]]
    shapes = grid.squares(pd.MultiIndex.from_tuples(standing.index, names=grid.NAMES), cell_m=method.cell_m)
    lying = grid.cell_of(_xy(seen), cell_m=method.cell_m)
    codes = pd.Series(seen["community_code"].to_numpy(), index=lying).groupby(level=[0, 1]).first()
    frame = standing[["sources", "z", "p"]].rename(columns={"sources": "incidents"}).astype({"incidents": "int64"})
    frame["area_code"] = codes.reindex(standing.index).fillna("").to_numpy()
    return gpd.GeoDataFrame(frame.reset_index(drop=True), geometry=shapes, crs=seen.crs)


def _xy(frame: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(frame.geometry.to_numpy()), dtype=np.float64)
