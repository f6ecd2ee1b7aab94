"""Refresh hotspots and risk zones as of a day; compute a former refresh again from its snapshots alone."""

import datetime as dt
import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from app.core import engines, words
from app.core.snapshots import keep_snapshot, read_snapshot, sweep_snapshots
from gis import grades, reasons, zones
from gis.errors import Refused
from gis.risk import Method
from layers import copy, pictures, read, runs, tips, write
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile

SEED = 20160401
NEAR_M = 1_000.0
STEPS = 3  # gather, decide, store


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One analysis in figures; ``until`` is exclusive.

    ``zones`` counts by grade what stands afterwards as of ``until``, of which posts have ``reviewed`` so many before.
    """

    until: dt.date
    seed: int
    method: str
    incidents: int
    zones: dict[str, int]
    reviewed: int
    seconds: float
    warnings: tuple[dict[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The object that ``analyse --json`` prints."""
        return asdict(self) | {"until": self.until.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What zones are computed from, in the metric CRS; ``area`` has a row only where no premises are known."""

    incidents: gpd.GeoDataFrame
    visits: gpd.GeoDataFrame
    premises: gpd.GeoDataFrame
    area: gpd.GeoDataFrame


def method_of(clusters: str) -> Method:
    """The parameters of an analysis that joins sources by that method; all but the default show in its name."""
    method = Method(clusters=clusters)
    return method if clusters == Method.clusters else replace(method, name=f"{method.name}+{clusters}")


def refresh_zones(
    engine: sa.Engine,
    actor: Actor,
    profile: CityProfile,
    *,
    data: Path,
    spread_on: str,
    until: dt.date | None = None,
    seed: int | None = None,
    clusters: str | None = None,
    hold: bool = False,
    today: dt.date | None = None,
    progress: copy.Progress | None = None,
) -> Summary:
    """Hotspots and zones from what is stored, put in place of the former ones that nobody has reviewed.

    ``until`` defaults to the day after the newest incident that is not of the future; the clock has no other say. Same
    rows, day and seed: same zones, wherever they are computed (``spread_on``, see ``app.core.engines``). What they were
    computed from is kept in ``data``, its hashes and the result's with the run; for how long says ``layers.runs``.

    ``clusters`` says what joins sources to zones, by default what the profile says.

    Where more than half of the zones that stand ``today`` would be gone, a warning says so, and the former ones are set
    aside so that a page can bring them back. With ``hold`` they stay instead until a post takes the new ones.

    Raises:
        Refused: there is no incident to work on, or ``data`` cannot be written; the zones stay as they are.
    """
    began, method = time.perf_counter(), method_of(clusters or profile.clusters)
    tell = progress or (lambda _done, _total: None)
    tell(0, STEPS)
    with transaction(engine, actor.computing()) as connection:
        until = until or _day_after_newest(connection)
        basis, recent = _gathered(connection, profile, until=until, method=method)
    tell(1, STEPS)
    seed = SEED if seed is None else seed
    found = _decided(basis, until=until, seed=seed, method=method, language=profile.language, spread_on=spread_on)
    run = {
        "method": method.name,
        "seed": seed,
        "until": until,
        "parameters": asdict(method)
        | {
            "language": profile.language,
            "snapshots": {part.name: keep_snapshot(data, getattr(basis, part.name)) for part in fields(Basis)},
            "result_sha256": _digest(found),
        },
        "incidents": recent,
    }
    with transaction(engine, actor.computing()) as connection:
        loss = write.store_analysis(
            connection, run=run, hotspots=_stored(found.hotspots), zones=_stored(found.zones), hold=hold, today=today
        )
        waits = pictures.waiting(connection, today=today)
        shown, named = read.risk_zones(connection, today=until), runs.snapshots(connection)
    sweep_snapshots(data, named)
    tell(STEPS, STEPS)
    standing = shown[~shown["expired"]]
    return Summary(
        until=until,
        seed=seed,
        method=method.name,
        incidents=recent,
        zones={grade: int((standing["grade"] == grade).sum()) for grade in grades.GRADES},
        reviewed=int(standing["reviewed_on"].notna().sum()),
        seconds=round(time.perf_counter() - began, 3),
        warnings=_warnings(until, loss, is_withheld=waits is not None and not waits.is_former),
    )


def same_again(data: Path, run: Mapping[str, Any]) -> bool:
    """Whether the run, as ``layers.runs.last`` returns it, gives every byte of its result again from its snapshots.

    Raises:
        NotFound: a snapshot is not there, also of runs that kept none.
        Refused: a snapshot was changed.
    """
    parameters = dict(run["parameters"])
    kept = parameters.get("snapshots", {})
    basis = Basis(**{part.name: read_snapshot(data, kept.get(part.name, "")) for part in fields(Basis)})
    method = Method(**{part.name: parameters[part.name] for part in fields(Method) if part.name in parameters})
    language = parameters["language"]
    found = _decided(basis, until=run["until"], seed=run["seed"], method=method, language=language, spread_on="local")
    return bool(_digest(found) == parameters["result_sha256"])


def _gathered(connection: sa.Connection, profile: CityProfile, *, until: dt.date, method: Method) -> tuple[Basis, int]:
    """What there is to go by as of that day, and how many incidents of it lie in the window."""
    record = {"since": until - dt.timedelta(days=method.record_days), "until": until}
    # most of all rows: what is given up on the way to metres serves those that follow
    premises = read.premises(connection).to_crs(profile.metric_crs)
    incidents, visits = read.incidents(connection, **record), read.visits(connection, **record)
    recent = incidents[incidents["day"] >= pd.Timestamp(until) - pd.Timedelta(days=method.window_days)]
    if not len(recent):
        raise Refused(f"{until} 之前 {method.window_days} 天里没有记录,无从分析", kind="no_incidents")
    area = [] if len(premises) else [_area(read.ground(connection), recent, profile)]
    basis = Basis(
        incidents=incidents.to_crs(profile.metric_crs),
        visits=visits.to_crs(profile.metric_crs),
        premises=premises,
        area=gpd.GeoDataFrame(geometry=area, crs=profile.metric_crs),
    )
    return basis, len(recent)


def _decided(
    basis: Basis, *, until: dt.date, seed: int, method: Method, language: reasons.Language, spread_on: str
) -> zones.Result:
    return zones.find(
        basis.incidents,
        shapely.get_coordinates(basis.premises.geometry.to_numpy()),
        rooms=basis.premises["rooms"].to_numpy(),
        visits=basis.visits,
        area=basis.area.union_all(),
        until=until,
        method=method,
        rng=np.random.default_rng(seed),
        language=language,
        spread=partial(engines.spread, spread_on),
    )


def _digest(result: zones.Result) -> str:
    """The SHA-256 of all that was found, to the last digit."""
    told = (frame.to_wkb(hex=True).to_csv() for frame in (result.hotspots, result.zones))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _warnings(until: dt.date, loss: pictures.Loss, *, is_withheld: bool) -> tuple[dict[str, str], ...]:
    if not loss.is_heavy:
        return ()
    lost = f"原有的 {loss.before} 处热点里有 {loss.gone} 处不见了"
    sentence = (
        f"按状态截至 {until} 重新分析,{lost};没有采用,图上仍是原来的,请在地图页上确认"
        if is_withheld
        else f"这次分析以后,{lost};如果不对,可在地图页上恢复上一次"
    )
    return ({"kind": "zones_gone", "sentence": sentence},)


def _day_after_newest(connection: sa.Connection) -> dt.date:
    newest = read.newest_incident(connection, today=tips.today(connection))
    if newest is None:
        raise Refused(f"{words.NO_INCIDENTS},无从分析;请先导入", kind="no_incidents")
    return newest + dt.timedelta(days=1)


def _area(ground: gpd.GeoSeries, incidents: gpd.GeoDataFrame, profile: CityProfile) -> shapely.Geometry:
    """Where tips could come from when no premises are known: the city's land within a kilometre of some tip."""
    placed = incidents[incidents.geometry.notna()].to_crs(profile.metric_crs)
    # one by one and then united: buffering all points as one shape takes minutes
    discs: shapely.Geometry = placed.buffer(NEAR_M, quad_segs=2).union_all()
    if ground.is_empty.all():
        return discs
    land: shapely.Geometry = shapely.intersection(discs, ground.to_crs(profile.metric_crs).to_numpy()[0])
    return land


def _stored(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame = frame.to_crs(read.SRID)
    for name in frame.select_dtypes("datetime").columns:
        frame[name] = frame[name].dt.date.where(frame[name].notna(), None)
    return frame
