"""From incidents to graded zones: significant cells, the evidence in them, and the reasons of each grade.

A zone is a suspected hotspot. It says where to look first, never what is found behind a door.
"""

import datetime as dt
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis import assign, grid
from gis.cells import Ground, tested, weighed, xy_of
from gis.clusters import dbscan, hdbscan, optics
from gis.exposure import rate_variance, shrunken_rate
from gis.frames import INCIDENTS, VISITS, ZONES, check_frame, typed
from gis.grades import CHECK_WITHIN_DAYS, PREMISES_WITHIN_M
from gis.reasons import Facts, Language, sentences
from gis.risk import Method, settled

MARGIN_M = 60.0
#: A visit answers the tips about places this near.
ANSWERED_WITHIN_M = 60.0
ZONE_COLUMNS = (
    "zone_id", "area_code", "grade", "score", "tips_score", "checks_score", "raids_score", "own_raid_share", "priority",
    "tips", "sources", "findings", "radius_m", "expected", "likely", "reporting", "since", "until",
    "last_confirmed_on", "expires_on", "reasons", "evidence", "method", "geometry",
)  # fmt: skip
FACTORS = ("trust", "fade", "share", "chance", "boost", "certain")


@dataclass(frozen=True, kw_only=True)
class Result:
    """Significant cells and graded zones, both in the metric CRS, zones by falling score."""

    hotspots: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One outline, the evidence inside with the position of the premises each points at, and the cells of its tips."""

    outline: shapely.MultiPolygon
    evidence: gpd.GeoDataFrame
    touched: pd.DataFrame


Zone = dict[str, object] | None
Spread = Callable[[Callable[[_Piece], Zone], Sequence[_Piece]], Sequence[Zone]]


def here(function: Callable[[_Piece], Zone], pieces: Sequence[_Piece]) -> list[Zone]:
    """The function of each piece, one after another."""
    return [function(piece) for piece in pieces]


def find(
    incidents: gpd.GeoDataFrame,
    premises_xy: npt.ArrayLike,
    *,
    area: shapely.Geometry,
    until: dt.date,
    method: Method,
    rng: np.random.Generator,
    rooms: npt.ArrayLike | None = None,
    visits: gpd.GeoDataFrame | None = None,
    language: Language = "zh",
    spread: Spread = here,
) -> Result:
    """The significant cells and the graded zones of the ``method.window_days`` before ``until`` (exclusive).

    ``incidents`` is what ``layers.read.incidents`` gives, in a metric CRS; those without a point do not take part, and
    of findings those of ``visits`` do. Older tips, and ``visits`` as ``layers.read.visits`` gives them, serve to
    estimate reporting rates and visit chances. ``premises_xy`` are rental units and venues with their ``rooms``, the
    exposure; with none, every cell of ``area`` is expected to have the same. Tips alone decide which cells stand out;
    raids only add to the score of a zone that tips have made. Nothing above chance gives empty frames with all columns.
    ``spread`` says where the zones are computed, each by itself; it gives their results in the same order.

    Args:
        incidents: as ``gis.frames.INCIDENTS``, in a metric CRS.
        premises_xy: (m, 2) metric coordinates of rental units and venues.
        area: the land in metres, which is used where no premises are known.
        until: the day after the last one that counts.
        method: the parameters.
        rng: the source of chance; the same state gives the same zones.
        rooms: (m,) rooms of the premises, NaN where unknown; 1 each where none are given.
        visits: as ``gis.frames.VISITS``, in the same CRS; the findings among the incidents where None.
        language: of the reasons.
        spread: computes the zones, each by itself, in the same order.

    Returns:
        Hotspot cells and zones, both in the CRS of the incidents.

    Raises:
        FrameError: degrees, or a missing day or a negative place error.
    """
    check_frame(incidents, INCIDENTS.metric)
    if visits is not None:
        check_frame(visits, VISITS.metric)
    tips = _placed(incidents[incidents["kind"] == "tip"], until=until, method=method)
    tips["source"] = assign.sources(tips, xy=xy_of(tips))
    made = _placed(_visits_of(incidents) if visits is None else visits, until=until, method=method)
    ground = Ground.of(premises_xy, rooms, area)
    pieces, places = weighed(ground, tips, made, until=until, method=method)
    seen = _joined(pieces, tips, made)
    told = seen[seen["kind"] == "tip"]
    cells = tested(places, told, method=method, rng=rng)
    # once for all zones: a tree of a province's premises takes a second
    seen["premises"] = assign.premises(xy_of(seen), ground.premises_xy, within_m=PREMISES_WITHIN_M)
    zone = partial(
        _zone, exposed=len(ground.premises_xy) > 0, variance=_variance(cells, method=method), until=until,
        method=method, language=language,
    )  # fmt: skip
    found = spread(
        zone, [_piece(outline, seen, cells, method=method) for outline in _outlines(told, cells, method=method)]
    )
    return Result(hotspots=_hotspots(cells, told, method=method), zones=_ranked(found, seen, until=until))


def _placed(frame: gpd.GeoDataFrame, *, until: dt.date, method: Method) -> gpd.GeoDataFrame:
    """The rows of the record that have a point, with a place error."""
    end = pd.Timestamp(until)
    known = (frame["day"] < end) & (frame["day"] >= end - pd.Timedelta(days=method.record_days)) | frame["day"].isna()
    placed = ~(frame.geometry.isna() | frame.geometry.is_empty)
    error = frame["place_error_m"] if "place_error_m" in frame.columns else 0.0
    return frame.assign(place_error_m=error)[known & placed].reset_index(drop=True)


def _visits_of(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The findings among the incidents as visits of no known kind."""
    return incidents[incidents["kind"] == "finding"].assign(kind="", found=True)


def _joined(pieces: pd.DataFrame, tips: gpd.GeoDataFrame, visits: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The pieces with what is known of the incident each came from, by day, a visit after the tips of its day."""
    facts = ["incident_id", "day", "community_code", "place_error_m", "verified", "source", "dens", "geometry"]
    made = visits.assign(verified=visits["found"], source=-1)
    told = pieces["kind"] == "tip"
    sides = [
        pieces[here].drop(columns="day").join(frame[facts], on="row") for here, frame in ((told, tips), (~told, made))
    ]
    seen = gpd.GeoDataFrame(pd.concat(sides, ignore_index=True), geometry="geometry", crs=tips.crs)
    return seen.assign(late=seen["kind"] != "tip").sort_values(["day", "late", "incident_id"], ignore_index=True)


def _outlines(tips: gpd.GeoDataFrame, cells: pd.DataFrame, *, method: Method) -> list[shapely.MultiPolygon]:
    """The shape of each zone, around a dense cluster of sources in cells that stand out; vague places shape none."""
    standing = cells.index[cells["stands_out"]]
    held = grid.cell_of(xy_of(tips), cell_m=method.cell_m).isin(standing)
    sure = tips[held & (tips["place_error_m"] <= method.radius_m)].drop_duplicates("source")
    labels = _clustered(xy_of(sure), method)
    return [_outline(sure, labels == label) for label in range(labels.max(initial=-1) + 1)]


def _clustered(xy: npt.NDArray[np.float64], method: Method) -> npt.NDArray[np.int64]:
    if method.clusters == "hdbscan":
        return hdbscan(xy, min_points=method.min_sources, min_cluster=max(method.min_sources, 2))
    joined = optics if method.clusters == "optics" else dbscan
    return joined(xy, radius_m=method.radius_m, min_points=method.min_sources)


def _outline(sure: gpd.GeoDataFrame, members: npt.NDArray[np.bool_]) -> shapely.MultiPolygon:
    hull = shapely.MultiPoint(sure.geometry.to_numpy()[members]).convex_hull
    return shapely.MultiPolygon([hull.buffer(MARGIN_M)])


def _piece(outline: shapely.MultiPolygon, seen: gpd.GeoDataFrame, cells: pd.DataFrame, *, method: Method) -> _Piece:
    held = seen.iloc[seen.sindex.query(outline, predicate="intersects", sort=True)]
    at = cells.index.get_indexer(grid.cell_of(xy_of(held[held["kind"] == "tip"]), cell_m=method.cell_m))
    return _Piece(outline=outline, evidence=held, touched=cells.iloc[np.unique(at[at >= 0])])


def _zone(piece: _Piece, *, exposed: bool, variance: float, until: dt.date, method: Method, language: Language) -> Zone:
    """The zone of the incidents inside its outline; None when they are too old, too few, or outweighed by checks."""
    held, touched = _settled(_answering(piece.evidence), piece.outline, method=method), piece.touched
    tips, checks, findings = (held[held["kind"] == kind] for kind in ("tip", "check", "finding"))
    score = math.fsum(held["brought"])
    last_seen = pd.concat([tips["day"], findings["day"]]).max()
    expires_on = last_seen + pd.Timedelta(days=method.expiry_days)
    if expires_on <= pd.Timestamp(until) or tips["source"].nunique() < method.min_sources or score < method.least_score:
        return None
    expected, sources = float(touched["expected"].sum()), int(tips["source"].nunique())
    days, verified = int(tips["day"].nunique()), int(tips.loc[tips["verified"], "source"].nunique())
    grade = _grade(score, sources=sources, days=days, sure=verified + len(findings), method=method)
    facts = Facts(
        window_days=method.window_days,
        tips=len(tips),
        sources=sources,
        days=days,
        verified=verified,
        dens=int(findings["dens"].sum()),
        checks=len(checks),
        premises=int(tips.loc[tips["premises"] >= 0, "premises"].nunique()),
        premises_within_m=PREMISES_WITHIN_M,
        exposed=exposed,
        vague=int((tips["place_error_m"] > 0).sum()),
        radius_m=float(shapely.minimum_bounding_radius(shapely.multipoints(tips.geometry.to_numpy()))),
        expected=expected,
        likely=expected * float(shrunken_rate(sources, expected, variance=variance)),
        taken_back=-math.fsum(checks["brought"]),
        reporting=float(1 / tips["boost"].mean()),
        check_within_days=CHECK_WITHIN_DAYS[grade],
        last_seen=last_seen,
        last_confirmed=held.loc[held["verified"], "day"].max(),
        expires_on=expires_on,
    )
    return {
        "area_code": _main_area(held),
        "grade": grade,
        "score": score,
        "tips_score": math.fsum(tips["brought"]),
        "checks_score": -facts.taken_back,
        "raids_score": math.fsum(findings["brought"]),
        "own_raid_share": math.fsum(findings["brought"]) / score,
        "priority": float(touched["score"].max()),
        "tips": facts.tips,
        "sources": facts.sources,
        "findings": len(findings),
        "radius_m": facts.radius_m,
        "expected": facts.expected,
        "likely": facts.likely,
        "reporting": facts.reporting,
        "since": held["day"].min(),
        "until": pd.Timestamp(until),
        "last_confirmed_on": facts.last_confirmed,
        "expires_on": expires_on,
        "reasons": sentences(facts, language=language),
        "evidence": _evidence(held),
        "method": method.name,
        "geometry": piece.outline,
    }


def _answering(evidence: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The pieces without the visits that found nothing and had no earlier tip near them."""
    tips, check = evidence[evidence["kind"] == "tip"], evidence["kind"] == "check"
    checks = evidence[check]
    apart = shapely.distance(checks.geometry.to_numpy()[:, None], tips.geometry.to_numpy())
    before = tips["day"].to_numpy() <= checks["day"].to_numpy()[:, None]
    answering = (before & (apart <= ANSWERED_WITHIN_M)).any(axis=1)
    return evidence.drop(index=checks.index[np.flatnonzero(~answering)])


def _settled(evidence: gpd.GeoDataFrame, outline: shapely.MultiPolygon, *, method: Method) -> gpd.GeoDataFrame:
    """With ``certain``, the part of each tip's possible places inside, and ``brought``, what each adds to the score."""
    at, possible, share = assign.possible_places(xy_of(evidence), evidence["place_error_m"])
    inside = np.bincount(at, share * shapely.contains_xy(outline, possible), minlength=len(evidence))
    is_vague = (evidence["place_error_m"] > 0) & (evidence["kind"] == "tip")
    evidence = evidence.assign(certain=np.where(is_vague, inside, 1.0), place=0)
    # one by one: whoever multiplies the listed factors gets the same last digit
    evidence["weight"] = [math.prod(factors) for factors in evidence[list(FACTORS)].itertuples(index=False)]
    return evidence.assign(brought=settled(evidence, method=method))


def _variance(cells: pd.DataFrame, *, method: Method) -> float:
    """How much rates vary between places of a zone's size, by which its count is shrunk."""
    side = max(round(2 * method.radius_m / method.cell_m), 1)
    block = [cells.index.get_level_values(name) // side for name in grid.NAMES]
    blocks = cells[["sources", "expected"]].groupby(block).sum()
    return rate_variance(blocks["sources"], blocks["expected"])


def _grade(score: float, *, sources: int, days: int, sure: int, method: Method) -> str:
    """Red needs a finding or verified tip, or ten sources on five days: a few repeated tips do not make a zone red."""
    if score >= method.red_score and (sure or (sources >= 10 and days >= 5)):
        return "red"
    return "orange" if score >= method.orange_score else "yellow"


def _main_area(evidence: pd.DataFrame) -> str:
    """The community most of the weight lies in; the smaller code when two are equal; "" where none is known."""
    by_code = evidence.dropna(subset="community_code").groupby("community_code")["brought"].sum()
    return str(by_code.idxmax()) if len(by_code) else ""


def _evidence(pieces: pd.DataFrame) -> list[dict[Hashable, object]]:
    """Each piece: incident, kind, day, its factors and its ``weight``; the weights add up to the score by fsum."""
    listed = pieces.assign(weight=pieces["brought"], day=pieces["day"].dt.strftime("%Y-%m-%d"))
    return listed[["incident_id", "kind", "day", *FACTORS, "weight"]].to_dict("records")


def _ranked(computed: Sequence[Zone], seen: gpd.GeoDataFrame, *, until: dt.date) -> gpd.GeoDataFrame:
    zones = pd.DataFrame([zone for zone in computed if zone is not None], columns=list(ZONE_COLUMNS))
    zones = zones.sort_values(["score", "area_code"], ascending=[False, True], kind="stable", ignore_index=True)
    zones["zone_id"] = [f"{until:%Y%m%d}-{number:03d}" for number in range(1, len(zones) + 1)]
    return typed(gpd.GeoDataFrame(zones, geometry="geometry", crs=seen.crs), ZONES.metric)


def _hotspots(cells: pd.DataFrame, tips: gpd.GeoDataFrame, *, method: Method) -> gpd.GeoDataFrame:
    standing = cells[cells["stands_out"]]
    shapes = grid.squares(pd.MultiIndex.from_tuples(standing.index, names=grid.NAMES), cell_m=method.cell_m)
    lying = grid.cell_of(xy_of(tips), cell_m=method.cell_m)
    codes = pd.Series(tips["community_code"].to_numpy(), index=lying).groupby(level=[0, 1]).first()
    frame = standing[["sources", "likely", "z", "p"]].rename(columns={"sources": "incidents"})
    frame["incidents"] = frame["incidents"].round().astype("int64")
    frame["area_code"] = codes.reindex(standing.index).fillna("").to_numpy()
    return gpd.GeoDataFrame(frame.reset_index(drop=True), geometry=shapes, crs=tips.crs)
