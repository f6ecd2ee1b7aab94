"""Refresh hotspots and risk zones as of a day."""

import datetime as dt
import time
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gis import zones
from gis.errors import Refused
from gis.risk import Method
from layers import read, write
from layers.copy import Progress
from layers.database import transaction
from layers.profile import CityProfile

SEED = 20160401
NEAR_M = 1_000.0
STEPS = 3  # gather, decide, store


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One analysis in figures; ``until`` is exclusive."""

    until: dt.date
    seed: int
    method: str
    incidents: int
    zones: dict[str, int]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The object that ``analyse --json`` prints."""
        return asdict(self) | {"until": self.until.isoformat()}


def refresh_zones(
    engine: sa.Engine,
    profile: CityProfile,
    *,
    until: dt.date | None = None,
    seed: int | None = None,
    method: Method | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Hotspots and zones from what is stored, put in place of the former ones that nobody has reviewed.

    ``until`` defaults to the day after the newest incident; the clock has no say. Same rows, day and seed: same zones.

    Raises:
        Refused: there is no incident to work on; the zones stay as they are.
    """
    began, method = time.perf_counter(), method or Method()
    seed = SEED if seed is None else seed
    tell = progress or (lambda _done, _total: None)
    tell(0, STEPS)
    with transaction(engine) as connection:
        until = until or _day_after_newest(connection)
        record = {"since": until - dt.timedelta(days=method.record_days), "until": until}
        incidents, visits = read.incidents(connection, **record), read.visits(connection, **record)
        premises = read.premises(connection)
        ground = read.ground(connection) if not len(premises) else None
    recent = incidents[incidents["day"] >= pd.Timestamp(until) - pd.Timedelta(days=method.window_days)]
    if not len(recent):
        raise Refused(f"{until} 之前 {method.window_days} 天里没有记录,无从分析", kind="no_incidents")
    tell(1, STEPS)
    found = zones.find(
        incidents.to_crs(profile.metric_crs),
        shapely.get_coordinates(premises.geometry.to_crs(profile.metric_crs).to_numpy()),
        rooms=premises["rooms"].to_numpy(),
        visits=visits.to_crs(profile.metric_crs),
        area=_area(ground, recent, profile),
        until=until,
        method=method,
        rng=np.random.default_rng(seed),
        language=profile.language,
    )
    run = {
        "method": method.name,
        "seed": seed,
        "until": until,
        "parameters": asdict(method),
        "incidents": len(recent),
    }
    with transaction(engine) as connection:
        write.store_analysis(connection, run=run, hotspots=_stored(found.hotspots), zones=_stored(found.zones))
    tell(STEPS, STEPS)
    grades = found.zones["grade"].value_counts()
    return Summary(
        until=until,
        seed=seed,
        method=method.name,
        incidents=len(recent),
        zones={grade: int(grades.get(grade, 0)) for grade in zones.GRADES},
        seconds=round(time.perf_counter() - began, 3),
    )


def _day_after_newest(connection: sa.Connection) -> dt.date:
    newest = read.newest_incident(connection)
    if newest is None:
        raise Refused("还没有举报线索或执法行动,无从分析;请先导入", kind="no_incidents")
    return newest + dt.timedelta(days=1)


def _area(ground: gpd.GeoSeries | None, incidents: gpd.GeoDataFrame, profile: CityProfile) -> shapely.Geometry:
    """Where tips could come from when no premises are known: the city's land within a kilometre of some tip."""
    placed = incidents[incidents.geometry.notna()].to_crs(profile.metric_crs)
    # one by one and then united: buffering all points as one shape takes minutes
    discs: shapely.Geometry = placed.buffer(NEAR_M, quad_segs=2).union_all()
    if ground is None or ground.is_empty.all():
        return discs
    land: shapely.Geometry = shapely.intersection(discs, ground.to_crs(profile.metric_crs).to_numpy()[0])
    return land


def _stored(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame = frame.to_crs(read.SRID)
    for name in frame.select_dtypes("datetime").columns:
        frame[name] = frame[name].dt.date.where(frame[name].notna(), None)
    return frame
