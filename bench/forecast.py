"""How much more `gis.evaluation.forecast` catches than prior counts, on the real cities of ../shared/data.

Cells of 250 and 500 m, 1 and 5 % of them flagged, by the protocol of `gis.backtest`. A thinned history keeps 5 % of the
events before each origin and all of those after it, and is the sum of ten thinnings.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

from bench.running import REPO
from bench.table import Row
from gis import backtest

INCIDENTS = REPO.parent / "shared" / "data" / "incidents"
CELLS_M, THINNINGS, KEPT = (250, 500), 10, 0.05
FRAUD = "DECEPTIVE PRACTICE"


@dataclass(frozen=True, kw_only=True)
class History:
    """One city's events in metres and days, and how its forecasts are tried; ``judged`` is false for a short one."""

    name: str
    xy: npt.NDArray[np.float64]
    days: npt.NDArray[np.datetime64]
    origins: npt.NDArray[np.datetime64]
    horizon_days: int
    kept: float = 1.0
    judged: bool = True


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The back-test of a history at one cell size and share: a row for each origin and method."""

    history: History
    name: str
    table: pd.DataFrame

    def hits(self, method: str) -> npt.NDArray[np.float64]:
        """The events caught, origin by origin."""
        return self.table[self.table["method"] == method].groupby("origin")["hits"].sum().to_numpy()


def rows(_run: object = None) -> Iterator[Row]:
    """A row for each setting and for the pools; one that says so where the data are absent."""
    if not INCIDENTS.is_dir():
        yield Row("forecast against prior counts", ours="not measured: ../shared/data is absent")
        return
    tried = [setting for history in histories() for setting in settings(history)]
    for setting in tried:
        ours = backtest.judged(setting.table, ["method"]).set_index("method").loc["forecast"]
        figures = (
            f"hit rate {ours['hit_rate']:.3f}, PAI {ours['pai']:.1f}, PEI {ours['pei']:.2f}, RRI {ours['rri']:.2f}"
        )
        asked = "upper end ≥ −1.5 %" if setting.history.judged else "descriptive"
        yield _row(setting.name, [setting], figures, asked)
    judged = [setting for setting in tried if setting.history.judged]
    yield _row("mean of all settings judged", judged, asked="≥ +1 %")
    yield _row("mean over fraud and thinned", [s for s in judged if sparse(s)], asked="≥ +8 %, lower end > 0")


def histories() -> Iterator[History]:
    """Chicago whole, its frauds alone, and thinned; Portland's August by weeks."""
    chicago = pd.read_csv(INCIDENTS / "chicago_crimes_sample25k_2017_2019.csv.gz").dropna(subset=["latitude"])
    origins = np.datetime64("2019-09-01") - 28 * np.arange(12)[::-1]
    fraud = chicago[chicago["primary_type"] == FRAUD]
    for name, frame, kept in (("all", chicago, 1.0), ("fraud", fraud, 1.0), ("thinned to 5 %", chicago, KEPT)):
        days = pd.to_datetime(frame["date"], format="%m/%d/%Y %H:%M").to_numpy().astype("datetime64[D]")
        xy = _metres(frame["longitude"], frame["latitude"], 26916)
        yield History(name=f"Chicago, {name}", xy=xy, days=days, origins=origins, horizon_days=28, kept=kept)
    calls = pd.read_csv(INCIDENTS / "portland_cfs_2016_08.csv.gz").query("lat > 0")
    yield History(
        name="Portland, weeks",
        xy=_metres(calls["lon"], calls["lat"], 26910),
        days=pd.to_datetime(calls["occ_date"]).to_numpy().astype("datetime64[D]"),
        origins=np.datetime64("2016-08-11") + 7 * np.arange(3),
        horizon_days=7,
        judged=False,
    )


def settings(history: History) -> Iterator[Setting]:
    """The four settings of one history."""
    area = backtest.study_area(history.xy, history.days, first=history.origins.min())
    for cell_m in CELLS_M:
        tables = [
            _tried(history, area, cell_m, np.random.default_rng(seed))
            for seed in range(1 if history.kept == 1 else THINNINGS)
        ]
        for share, table in pd.concat(tables).groupby("top_share"):
            yield Setting(history=history, name=f"{history.name}, {cell_m} m, {share:.0%}", table=table)


def gain(tried: list[Setting], rng: np.random.Generator) -> tuple[float, float, float]:
    """The mean gain of these settings, and its 5 and 95 % points when origins are drawn again, the same for each."""
    count = len(tried[0].history.origins)
    drawn = np.vstack([np.arange(count), rng.integers(0, count, (backtest.DRAWS, count))])
    hits = [(s.hits("forecast")[drawn].sum(axis=1), s.hits("prior_counts")[drawn].sum(axis=1)) for s in tried]
    gains = np.mean([ours / theirs - 1 for ours, theirs in hits], axis=0)
    return (float(gains[0]), *np.quantile(gains[1:], [0.05, 0.95]).tolist())


def sparse(setting: Setting) -> bool:
    """Whether the history is of the kind that a city's tips are."""
    return setting.history.judged and "all" not in setting.name


def _tried(history: History, area: object, cell_m: int, rng: np.random.Generator) -> pd.DataFrame:
    kept = rng.random(len(history.xy)) < history.kept
    tables = []
    for origin in history.origins:
        seen = kept | (history.days >= origin)
        trial = backtest.Trial(
            xy=history.xy[seen], days=history.days[seen], area=area, cell_m=cell_m, origin=origin,
            horizon_days=history.horizon_days,
        )  # fmt: skip
        tables.append(backtest.run(trial).table)
    return pd.concat(tables)


def _metres(lon: "pd.Series[float]", lat: "pd.Series[float]", epsg: int) -> npt.NDArray[np.float64]:
    return np.column_stack(pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat))


def _row(name: str, tried: list[Setting], figures: str = "", asked: str = "") -> Row:
    mean, low, high = gain(tried, np.random.default_rng(0))
    return Row(name, "prior counts", figures, f"{low:+.1%} … {high:+.1%}", f"{mean:+.1%}", asked)
