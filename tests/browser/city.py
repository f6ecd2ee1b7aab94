"""Ten square counties of four communities each, with a few hundred places and records and three graded zones."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import posts, write
from layers.actor import LOCAL
from layers.catalog import LAYERS, VENUE_KINDS
from layers.database import transaction

BOUNDS = (118.0, 27.0, 118.5, 27.2)
SIDE = 0.1
#: The post on duty, as which whoever enters acts.
POST = "值班岗"
UNTIL = dt.date(2026, 2, 1)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">`${document.title='hacked'}`</script>"
RED, ORANGE, YELLOW = (118.05, 27.05), (118.25, 27.05), (118.25, 27.15)


def fill(engine: sa.Engine) -> None:
    """Store the whole city and its analysis."""
    rng = np.random.default_rng(7)
    with transaction(engine, LOCAL) as connection:
        lines = (("roads", _roads()), ("rivers", _rivers()))
        for key, frame in (("areas", _areas()), *lines, *_places(rng), *_records(rng)):
            write.load(connection, LAYERS[key], frame)
        posts.add(connection, POST, area_code="99")
        run = {"method": "test-1", "seed": 1, "until": UNTIL, "parameters": {}, "incidents": 0}
        write.store_analysis(connection, run=run, hotspots=pd.DataFrame({"geometry": []}), zones=_zones())


def _areas() -> gpd.GeoDataFrame:
    rows = [row for n in range(10) for row in _county(n)]
    frame = pd.DataFrame(rows, columns=["code", "name", "level", "geometry"]).assign(identity=lambda f: f["code"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4490")


def _county(n: int) -> list[tuple[str, str, str, shapely.Geometry]]:
    west, south = BOUNDS[0] + SIDE * (n % 5), BOUNDS[1] + SIDE * (n // 5)
    code, half = f"99{n + 1:02d}01", SIDE / 2
    rows = [(f"{code}000000", f"{'东南西北中春夏秋冬元'[n]}山县", "county", _square(west, south, SIDE))]
    for t in range(2):
        left, town = west + t * half, f"{code}{t + 1:03d}"
        squares = [_square(left, low, half) for low in (south, south + half)]
        rows.append((f"{town}000", f"{'青红'[t]}石镇", "township", shapely.union_all(squares)))
        names = [HOSTILE if (n, t) == (0, 0) else "上湾村", "下湾村"]
        rows += [(f"{town}{c + 1:03d}", names[c], "community", squares[c]) for c in range(2)]
    return rows


def _square(west: float, south: float, side: float) -> shapely.Geometry:
    return shapely.box(west, south, west + side, south + side)


def _roads() -> gpd.GeoDataFrame:
    middle = shapely.LineString([(BOUNDS[0], 27.11), (BOUNDS[2], 27.11)])
    rows = {"name": ["一号路"], "class": ["trunk"], "identity": ["road"]}
    return gpd.GeoDataFrame(rows, geometry=[middle], crs="EPSG:4490")


def _rivers() -> gpd.GeoDataFrame:
    bend = shapely.LineString([(118.0, 27.02), (118.2, 27.09), (118.5, 27.18)])
    return gpd.GeoDataFrame({"name": ["清溪"], "identity": ["river"]}, geometry=[bend], crs="EPSG:4490")


def _places(rng: np.random.Generator) -> list[tuple[str, gpd.GeoDataFrame]]:
    units = pd.DataFrame({"unit_code": [f"U{n}" for n in range(600)], "address": "解放路1号"})
    kinds = list(VENUE_KINDS)
    venues = pd.DataFrame({"venue_no": [f"V{n}" for n in range(33)], "kind": kinds * 3, "name": HOSTILE})
    return [
        ("rental_units", _around(units, RED, 0.004, rng, "unit_code")),
        ("venues", _around(venues, RED, 0.004, rng, "venue_no")),
    ]


def _records(rng: np.random.Generator) -> list[tuple[str, gpd.GeoDataFrame]]:
    received = pd.Timestamp("2024-02-01", tz="UTC") + pd.to_timedelta(np.linspace(0, 730, 240), unit="D")
    verified = pd.array(np.arange(240) % 2 == 0, dtype="boolean")
    tips = pd.DataFrame({"tip_no": [f"T{n}" for n in range(240)], "status": "new", "verified": verified})
    tips = tips.assign(received_at=received.astype("datetime64[us, UTC]"))
    days = pd.Series(pd.date_range("2025-03-01", periods=12, freq="MS")).astype("datetime64[s]")
    raids = pd.DataFrame({"action_no": [f"R{n}" for n in range(12)], "date": days, "outcome": ["found", "nothing"] * 6})
    raids = raids.assign(dens=pd.array([1, 0] * 6, dtype="Int64"), rescued=pd.array([2, 0] * 6, dtype="Int64"))
    return [
        ("tips", _around(tips, RED, 0.01, rng, "tip_no")),
        ("raids", _around(raids, ORANGE, 0.01, rng, "action_no")),
    ]


def _around(
    rows: pd.DataFrame, place: tuple[float, float], spread: float, rng: np.random.Generator, number: str
) -> gpd.GeoDataFrame:
    points = shapely.points(rng.normal(place, spread, (len(rows), 2)))
    return gpd.GeoDataFrame(rows.assign(identity="no:" + rows[number]), geometry=points, crs="EPSG:4490")


def _zones() -> gpd.GeoDataFrame:
    rows = [
        _zone("red", RED, reasons=[f"近120天有9个相互独立的举报来源{HOSTILE}", "2个来源已核实"]),
        _zone("orange", ORANGE, reviewed_on=dt.date(2026, 1, 20)),
        _zone("yellow", YELLOW),
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs="EPSG:4490")


def _zone(grade: str, place: tuple[float, float], **told: object) -> dict[str, object]:
    code = {RED: "990101001001", ORANGE: "990301001001", YELLOW: "990801001001"}[place]
    return {
        "zone_id": f"2026-02-{grade}-001",
        "area_code": code,
        "grade": grade,
        "score": 5.0,
        "own_raid_share": 0.25,
        "tips": 11,
        "sources": 9,
        "findings": 1,
        "radius_m": 300.0,
        "expected": 1.5,
        "since": dt.date(2025, 10, 4),
        "until": UNTIL,
        "last_confirmed_on": None,
        "expires_on": dt.date(2099, 5, 1),
        "reviewed_on": None,
        "reasons": ["近120天有9个相互独立的举报来源"],
        "evidence": [],
        "method": "test-1",
        "geometry": shapely.MultiPolygon([shapely.Point(place).buffer(0.003)]),
    } | told
