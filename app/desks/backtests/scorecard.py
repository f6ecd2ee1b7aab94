"""The newest back-test as a page shows it: how the methods compare, period by period and county by county."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from layers import read, runs

METHOD_TITLES = {"forecast": "本系统的预测", "prior_counts": "历史总数", "last_year_counts": "去年同期"}
FIGURES = ("hit_rate", "pai", "pei", "rri")
#: The drawing's own units.
WIDTH, HEIGHT = 640, 200


@dataclass(frozen=True, kw_only=True)
class Line:
    """One method's hit rates over the periods that had events, as points of a polyline; ``key`` names its look."""

    key: str
    title: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What was caught on one share of the area: each method's figures, its line, and the gain over prior counts.

    ``periods`` are (origin, events, the hit rate of each method or None where nothing happened).
    """

    share: float
    methods: tuple[Mapping[str, Any], ...]
    periods: tuple[tuple[str, int, tuple[float | None, ...]], ...]
    lines: tuple[Line, ...]
    gain: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """One back-test; ``counties`` are its kept rows with the names of the counties, the whole city first."""

    until: str
    horizon_days: int
    cell_m: float
    origins: tuple[str, ...]
    shares: tuple[Share, ...]
    counties: tuple[Mapping[str, Any], ...]
    snapshot_sha256: str

    @property
    def loses(self) -> bool:
        """Whether the forecast caught less than prior counts in the whole city, beyond chance."""
        return bool(self.counties[0]["loses"])


def scorecard(connection: sa.Connection) -> Scorecard | None:
    """The newest back-test's score; None before the first."""
    kept = runs.last(connection, "backtest")
    if kept is None:
        return None
    trials = pd.DataFrame(kept["trials"])
    counties = read.areas(connection, "county").set_index("code")["name"]
    return Scorecard(
        until=kept["until"].isoformat(),
        horizon_days=kept["parameters"]["horizon_days"],
        cell_m=kept["parameters"]["cell_m"],
        origins=tuple(sorted(trials["origin"].unique())),
        shares=tuple(_share(share, held, seed=kept["seed"]) for share, held in trials.groupby("top_share")),
        counties=tuple(row | {"name": _name(row["county"], counties)} for row in kept["counties"]),
        snapshot_sha256=kept["snapshot_sha256"],
    )


def _share(share: Any, trials: pd.DataFrame, *, seed: int) -> Share:
    from gis.backtest import gain, judged  # noqa: PLC0415 - the page of a city never tested needs no kernels

    hits, events, rates = (
        judged(trials, ["method", "origin"]).pivot_table(index="origin", columns="method", values=name, dropna=False)
        for name in ("hits", "events", "hit_rate")
    )
    known = rates[list(METHOD_TITLES)].to_numpy().tolist()
    totals = judged(trials, ["method"]).set_index("method")
    # with the seed of the run, so that the city's interval is the one among its counties
    rng = np.random.default_rng(seed)
    whole, low, high = gain(hits["forecast"].to_numpy(), hits["prior_counts"].to_numpy(), rng=rng)
    return Share(
        share=float(share),
        methods=tuple({"title": title, **totals.loc[key, list(FIGURES)]} for key, title in METHOD_TITLES.items()),
        periods=tuple(
            (origin, int(count), tuple(map(_known, row)))
            for origin, count, row in zip(rates.index, events["forecast"], known, strict=True)
        ),
        lines=tuple(Line(key=key, title=title, points=_points(rates[key])) for key, title in METHOD_TITLES.items()),
        gain=_known(whole),
        low=_known(low),
        high=_known(high),
    )


def _points(rates: "pd.Series[float]") -> tuple[tuple[float, float], ...]:
    """Periods from left to right, none to all from bottom to top; no point for a period without events."""
    x = np.linspace(0, WIDTH, len(rates)) if len(rates) > 1 else np.array([WIDTH / 2])
    y = HEIGHT * (1 - rates.to_numpy())
    return tuple((round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y, strict=True) if not np.isnan(b))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _name(county: str, names: "pd.Series[str]") -> str:
    return str(names.get(county.ljust(12, "0"), county)) if county else "全境"
