"""The weight of each piece of evidence, the score of a place, and which places to visit first, with every factor.

Formulas, limits and measured figures: docs/method.md. The score decides where officers go, so that findings would feed
back on themselves: a finding weighs less the more often its place is visited, and findings bring at most a fifth.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.arrays import BoolArray, FloatArray, IntArray, at_least_zero, day_numbers
from gis.errors import FrameError
from gis.exposure import expected_counts, rate_variance, shrunken_rate
from gis.reporting import reporting_rates, visit_chances

RANDOM_CHECK = "random_check"
#: The least variance of rates: where all could be chance, evidence still orders the places, with small differences.
LEAST_VARIANCE = 0.1
ROUNDING = 1e-12  # residuals below this after full cancellation count as zero


@dataclass(frozen=True, kw_only=True)
class Method:
    """The parameters of one analysis; ``name`` changes whenever a result could."""

    name: str = "wuchuan-3"
    clusters: str = "dbscan"  # what joins sources that are near each other to one zone; dbscan, hdbscan or optics
    cell_m: float = 100.0  # smaller than what a den's tips spread over, so that its neighbours speak too
    window_days: int = 120
    permutations: int = 199
    alpha: float = 0.05
    radius_m: float = 150.0
    min_sources: int = 3
    half_life_days: float = 60.0
    unverified_weight: float = 0.5
    check_weight: float = 0.5  # what a visit that finds nothing takes back: one unverified tip
    raid_cap_share: float = 0.2
    expiry_days: int = 90
    record_days: int = 1095  # how far back reporting and visits are learnt from
    prior_finds: float = 10.0
    prior_checks: float = 20.0
    sure_share: float = 0.35  # of what a typical place with evidence has, and it is half sure that a visit is due
    rested_days: int = 90  # a place not visited for so long waits for its turn no more than any other
    least_score: float = 0.5  # what one fresh unverified tip weighs
    red_score: float = 5.0
    orange_score: float = 2.5


def rank_places(
    places: pd.DataFrame, tips: pd.DataFrame, visits: pd.DataFrame, *, until: dt.date, method: Method | None = None
) -> pd.DataFrame:
    """Which places to visit first as of ``until`` (exclusive): the larger ``score``, the sooner; index as ``places``.

    ``places`` may have the columns exposure (≥ 0; else alike) and stratum (places that report alike; else one).
    ``tips`` has place (a key of the index) and day, and may have verified and source (copies of a story share one).
    ``visits`` has place, day, kind ("random_check" or another) and found. What is dated ``until`` or later is not seen.

    Columns: tips, checks (≤ 0) and raids, the parts of evidence, their sum; own_raid_share; reporting, the stratum's
    rate against the city's; expected, the evidence its exposure explains; rate, the evidence against that, shrunk;
    score, from 0 to 1. Without any tip all rates are 1, and the score says only how long a place has not been visited.

    Args:
        places: one row a place; any unique index.
        tips: one row a tip.
        visits: one row a visit.
        until: the day after the last one that counts.
        method: the parameters; those of the product where None.

    Returns:
        A frame with the index of ``places``; every column float64.

    Raises:
        FrameError: a missing column, day or exposure, a negative exposure, a place that is not in ``places``.
    """
    method = method or Method()
    record = Record.of(places, tips, visits, until=until, method=method)
    return rank(record, weigh(record, method=method), method=method)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of some places before a day: checked, places as positions, days as numbers.

    ``places`` has exposure and reporting, the rate of its stratum; ``tips`` and ``visits`` keep the index 0, 1, ... of
    the frames they came from.
    """

    places: pd.DataFrame
    tips: pd.DataFrame
    visits: pd.DataFrame
    today: float

    @classmethod
    def of(
        cls, places: pd.DataFrame, tips: pd.DataFrame, visits: pd.DataFrame, *, until: dt.date, method: Method
    ) -> "Record":
        """The record of these frames, as ``rank_places`` takes them."""
        today = float(day_numbers(np.array(until, dtype="datetime64[D]"), name="until"))
        told = tips.assign(verified=_flags(tips, "verified"), source=_sources(tips))
        told = _seen(told, places.index, today, ("verified", "source"), name="tips")
        made = _seen(visits, places.index, today, ("kind", "found"), name="visits")
        made = made.assign(found=_flags(made, "found"))
        exposure = _exposure(places)
        rates = _rates(exposure, _stratum(places), told, made, since=today - method.record_days, method=method)
        known = pd.DataFrame({"exposure": exposure, "reporting": rates}, index=places.index)
        return cls(places=known, tips=told, visits=made, today=today)


def weigh(record: Record, *, method: Method) -> pd.DataFrame:
    """The weight of each tip and each visit of the last ``window_days``; one row a piece of evidence.

    Columns: kind (tip, check: a visit that found nothing, finding), row (position in the record), place, day, and the
    factors whose product ``weight`` is: trust (verified 1, else ``unverified_weight``; a check −``check_weight``), fade
    (halved every ``half_life_days``), share (1 / copies of the source), chance (``visit_chances``; 1 but for findings)
    and boost (1 / reporting rate; 1 but for tips). All copies of a source have trust and fade of the one that weighs
    most. Rows are ordered by place and day, a visit after the tips of its day.
    """
    tips, visits = record.tips, record.visits
    boost = 1 / record.places["reporting"].to_numpy()
    chance = visit_chances(visits["place"], visits["day"], visits["kind"] == RANDOM_CHECK, places=len(record.places))
    recent, late = (frame["day"].to_numpy() >= record.today - method.window_days for frame in (tips, visits))
    tips, visits = tips[recent], visits[late]
    found = visits["found"].to_numpy()
    told = _standing(tips, today=record.today, method=method)
    pieces = pd.DataFrame({
        "kind": np.concatenate([np.full(len(tips), "tip"), np.where(found, "finding", "check")]),
        "row": np.concatenate([tips.index, visits.index]),
        "place": np.concatenate([tips["place"], visits["place"]]),
        "day": np.concatenate([tips["day"], visits["day"]]),
        "trust": np.concatenate([told["trust"], np.where(found, 1.0, -method.check_weight)]),
        "fade": np.concatenate([told["fade"], _fade(visits["day"], today=record.today, method=method)]),
        "share": np.concatenate([told["share"], np.ones(len(visits))]),
        "chance": np.concatenate([np.ones(len(tips)), np.where(found, chance[late], 1.0)]),
        "boost": np.concatenate([boost[tips["place"]], np.ones(len(visits))]),
    })  # fmt: skip
    pieces["weight"] = pieces["trust"] * pieces["fade"] * pieces["share"] * pieces["chance"] * pieces["boost"]
    order = np.lexsort((pieces["kind"] != "tip", pieces["day"], pieces["place"]))
    return pieces.iloc[order].reset_index(drop=True)


def settled(pieces: pd.DataFrame, *, method: Method) -> FloatArray:
    """What each piece adds to its place: its ``weight``, limited so that no total is negative or mostly findings.

    A check subtracts at most what earlier tips added and no earlier check subtracted. The findings of a place are
    scaled so that they are at most ``raid_cap_share`` of its total. ``pieces`` is ordered as by ``weigh``, by place.
    """
    place, weight = pieces["place"].to_numpy(), pieces["weight"].to_numpy()
    finding = pieces["kind"].to_numpy() == "finding"
    spoken = pd.Series(np.where(finding, 0.0, weight)).groupby(place)
    owed = spoken.cumsum().mul(-1).clip(lower=0).groupby(place).cummax()
    given_back = owed.to_numpy() - owed.groupby(place).shift(fill_value=0.0).to_numpy()
    left = np.where(pieces["kind"] == "check", np.minimum(weight + given_back, 0.0), weight)
    brought = np.where(finding, 0.0, left)
    _, at = np.unique(place, return_inverse=True)
    net = np.bincount(at, brought)
    most = np.where(net > ROUNDING, net, 0.0) * method.raid_cap_share / (1 - method.raid_cap_share)
    raided = np.bincount(at, np.where(finding, weight, 0.0))
    scale = np.minimum(1.0, most / np.maximum(raided, 1e-300))
    return np.where(finding, weight * scale[at], brought)


def rank(record: Record, pieces: pd.DataFrame, *, method: Method) -> pd.DataFrame:
    """The table that ``rank_places`` describes, of pieces that ``weigh`` gave."""
    count, at = len(record.places), pieces["place"].to_numpy(dtype=np.int64)
    brought = settled(pieces, method=method)
    parts = {
        name: np.bincount(at, np.where(pieces["kind"] == kind, brought, 0.0), minlength=count)
        for name, kind in (("tips", "tip"), ("checks", "check"), ("raids", "finding"))
    }
    table = pd.DataFrame(parts, index=record.places.index)
    table["evidence"] = np.maximum(parts["tips"] + parts["checks"], 0.0) + parts["raids"]
    table["own_raid_share"] = parts["raids"] / np.maximum(table["evidence"], 1e-300)
    table["reporting"] = record.places["reporting"]
    table["expected"] = expected_counts(record.places["exposure"], total=float(table["evidence"].sum()))
    one = float((brought**2 / pieces["share"]).sum() / max(np.abs(brought).sum(), 1e-300)) or 1.0  # a source's weight
    seen, explained = table["evidence"] / one, table["expected"] / one
    variance = max(rate_variance(seen, explained), LEAST_VARIANCE)
    table["rate"] = shrunken_rate(seen, explained, variance=variance)
    table["score"] = _likely(table["rate"].to_numpy(), method=method) * _rested(record, method=method)
    return table


def _likely(rate: FloatArray, *, method: Method) -> FloatArray:
    """A saturating score, 0 to 1: ½ at ``sure_share`` of the mean rate over pieces of evidence.

    It saturates because twice the tips need no second visit: places with strong evidence take turns.
    """
    half = method.sure_share * (rate**2).sum() / max(rate.sum(), 1e-300)
    return np.asarray(rate**3 / np.maximum(rate**3 + half**3, 1e-300))


def _rested(record: Record, *, method: Method) -> FloatArray:
    """The days since a place was last visited, as a share of ``rested_days``, at most 1."""
    last = np.full(len(record.places), -np.inf)
    np.maximum.at(last, record.visits["place"].to_numpy(), record.visits["day"].to_numpy())
    return np.minimum((record.today - last) / method.rested_days, 1.0)


def _rates(
    exposure: FloatArray, stratum: IntArray, tips: pd.DataFrame, visits: pd.DataFrame, *, since: float, method: Method
) -> FloatArray:
    """The reporting rate of each place's stratum, estimated from the tips and checks since then."""
    told = stratum[tips.loc[tips["day"] >= since].drop_duplicates("source")["place"].to_numpy()]
    checks = visits[(visits["day"] >= since) & (visits["kind"] == RANDOM_CHECK)]
    made = stratum[checks["place"].to_numpy()]
    count = stratum.max(initial=-1) + 1
    rates = reporting_rates(
        np.bincount(told, minlength=count),
        np.bincount(stratum, exposure, minlength=count),
        np.bincount(made, minlength=count),
        np.bincount(made, checks["found"].to_numpy(dtype=np.float64), minlength=count),
        prior_finds=method.prior_finds,
        prior_checks=method.prior_checks,
    )
    return rates[stratum]


def _standing(tips: pd.DataFrame, *, today: float, method: Method) -> dict[str, FloatArray]:
    """Trust, fade and share of each tip, those of its source's best copy."""
    trust = np.where(tips["verified"], 1.0, method.unverified_weight)
    fade = _fade(tips["day"], today=today, method=method)
    _, source, copies = np.unique(tips["source"].to_numpy(), return_inverse=True, return_counts=True)
    best_first = np.lexsort((-trust * fade, source))
    best = best_first[np.searchsorted(source[best_first], source)]
    return {"trust": trust[best], "fade": fade[best], "share": 1.0 / copies[source]}


def _fade(day: "pd.Series[float]", *, today: float, method: Method) -> FloatArray:
    return np.asarray(0.5 ** ((today - 1 - day.to_numpy()) / method.half_life_days))


def _flags(frame: pd.DataFrame, name: str) -> BoolArray:
    """Where the column says so; what is missing says nothing."""
    return np.asarray(frame[name].isin([True])) if name in frame.columns else np.zeros(len(frame), dtype=np.bool_)


def _sources(tips: pd.DataFrame) -> IntArray:
    """Sources as numbers; a tip without one is a source of its own."""
    own = np.arange(len(tips))
    named = pd.factorize(tips["source"])[0] if "source" in tips.columns else np.full(len(tips), -1)
    return np.where(named < 0, len(tips) + own, named)


def _seen(frame: pd.DataFrame, places: pd.Index, today: float, columns: tuple[str, ...], *, name: str) -> pd.DataFrame:
    """The rows before today, with place as position and day as number."""
    if missing := [column for column in ("place", "day", *columns) if column not in frame.columns]:
        raise FrameError(f"{name}: no column {', '.join(missing)}")
    at = places.get_indexer(pd.Index(frame["place"]))
    if (at < 0).any():
        raise FrameError(f"{name}: place {frame['place'].to_numpy()[at < 0][0]} is not among the places")
    seen = frame[list(columns)].reset_index(drop=True)
    seen = seen.assign(place=at, day=day_numbers(frame["day"].to_numpy(), name=f"{name}: day"))
    return seen[seen["day"] < today]


def _exposure(places: pd.DataFrame) -> FloatArray:
    if "exposure" not in places.columns:
        return np.ones(len(places))
    return at_least_zero(places["exposure"], name="exposure")


def _stratum(places: pd.DataFrame) -> IntArray:
    if "stratum" not in places.columns:
        return np.zeros(len(places), dtype=np.int64)
    return np.asarray(pd.factorize(places["stratum"], sort=True)[0], dtype=np.int64)
