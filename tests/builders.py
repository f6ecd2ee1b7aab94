"""Small frames with numbers a reader checks by hand: two unit squares side by side as communities, points in them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from layers import database
from layers.actor import LOCAL
from layers.database import make_engine, transaction
from layers.host import embedded

CODES = ("990101001001", "990101001002")


def slow(*values: object) -> list[Any]:
    """Values of a parameter that `make test-all` alone tries: they go the way of those beside them."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


@contextmanager
def as_owner(cluster: embedded.Cluster, engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction of whoever owns that engine's database: to undo what the service's own role may not."""
    owner = make_engine(cluster.url("owner", str(engine.url.database)))
    try:
        with transaction(owner, LOCAL) as connection:
            yield connection
    finally:
        owner.dispose()


@contextmanager
def looking(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction of whoever sees the whole city that leaves nothing behind."""
    with engine.connect() as connection, connection.begin() as begun:
        connection.execute(database._ACTOR, LOCAL.settings())
        yield connection
        begun.rollback()


def communities(*, border: float = 1.0) -> gpd.GeoDataFrame:
    """Two communities, x from 0 to ``border`` and from there to 2, y from 0 to 1."""
    shapes = [shapely.box(0, 0, border, 1), shapely.box(border, 0, 2, 1)]
    values = {"code": list(CODES), "name": ["青山社区", "绿水村"], "level": "community", "identity": list(CODES)}
    return gpd.GeoDataFrame(values, geometry=shapes, crs="EPSG:4490")


def tips(places: Sequence[tuple[float, float]], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Tips T0, T1, ... at these lon/lat places, received at midnight UTC of 2026-01-01 unless told otherwise."""
    numbers = [f"T{n}" for n in range(len(places))]
    frame = pd.DataFrame({"tip_no": numbers, "received_at": pd.Timestamp("2026-01-01", tz="UTC"), "status": "new"})
    frame = frame.assign(**{name: list(values) for name, values in columns.items()})
    dtypes = {"tip_no": "str", "received_at": "datetime64[us, UTC]", "verified": "boolean", "due_on": "datetime64[s]"}
    frame = frame.astype({name: dtype for name, dtype in dtypes.items() if name in frame.columns})
    frame["identity"] = [f"no:{number}" for number in numbers]
    points = [shapely.Point(place) for place in places]
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4490")


def raids(codes: Sequence[str], **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Raids R0, R1, ... in these communities on 2026-01-15, without a point."""
    numbers = [f"R{n}" for n in range(len(codes))]
    frame = pd.DataFrame({"action_no": numbers, "date": pd.Timestamp("2026-01-15"), "community_code": list(codes)})
    frame = frame.assign(**{name: list(values) for name, values in columns.items()})
    whole = {name: "Int64" for name in ("dens", "rescued") if name in frame.columns}
    frame = frame.astype({"action_no": "str", "date": "datetime64[s]", **whole})
    frame["identity"] = [f"no:{number}" for number in numbers]
    return gpd.GeoDataFrame(frame, geometry=[None] * len(codes), crs="EPSG:4490")


def incidents(
    places: Sequence[tuple[float, float]] | np.ndarray, days: Sequence[dt.date], **columns: object
) -> gpd.GeoDataFrame:
    """Unverified tips tip:0, tip:1, ... at these metric places and days, all in the first community."""
    frame = pd.DataFrame({"incident_id": [f"tip:{n}" for n in range(len(days))]}).astype("str")
    frame["day"] = pd.Series(list(days), dtype="datetime64[s]")
    text = {"kind": "tip", "channel": None, "source_no": None, "story": None, "community_code": CODES[0]}
    for name, default in (text | {"verified": False, "dens": 0}).items():
        frame[name] = columns.get(name, default)
    frame = frame.astype(dict.fromkeys(text, "str") | {"verified": "bool", "dens": "int64"})
    frame["place_error_m"] = columns.get("place_error_m", 0.0)
    points = shapely.points(np.asarray(places, dtype=float).reshape(-1, 2))
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4548")


def days_before(until: dt.date, days_ago: Sequence[int]) -> "pd.Series[pd.Timestamp]":
    """The days so many days before ``until``."""
    return pd.Series([until - dt.timedelta(days=int(n)) for n in days_ago], dtype="datetime64[s]")


def visits(
    places: Sequence[tuple[float, float]] | np.ndarray, days: Sequence[dt.date], **columns: object
) -> gpd.GeoDataFrame:
    """Inspections raid:0, raid:1, ... that found nothing, at these metric places and days, in the first community."""
    frame = pd.DataFrame({"incident_id": [f"raid:{n}" for n in range(len(days))]}).astype("str")
    frame["day"] = pd.Series(list(days), dtype="datetime64[s]")
    defaults = {"kind": "inspection", "found": False, "dens": 0, "community_code": CODES[0], "place_error_m": 0.0}
    frame = frame.assign(**(defaults | columns))
    points = shapely.points(np.asarray(places, dtype=float).reshape(-1, 2))
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4548")
