"""The gazetteer of what is stored: kept while nothing changes, built anew when something does."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from layers import gazetteer, write
from layers.catalog import LAYERS
from layers.profile import CityProfile
from tests.builders import CODES, communities

WEST, SOUTH = 118.0, 27.0


@pytest.fixture
def stored(connection: sa.Connection) -> sa.Connection:
    """Two communities of 0.01 degrees, a road through both, and two houses with flats in the first."""
    areas = communities().set_geometry(communities().scale(0.01, 0.01, origin=(0, 0)).translate(WEST, SOUTH))
    write.load(connection, LAYERS["communities"], areas)
    line = shapely.LineString([(WEST, SOUTH + 0.005), (WEST + 0.02, SOUTH + 0.005)])
    road = pd.DataFrame({"name": ["人民路"], "identity": ["r"]}).astype("str")
    write.load(connection, LAYERS["roads"], gpd.GeoDataFrame(road, geometry=[line], crs="EPSG:4490"))
    write.load(
        connection,
        LAYERS["rental_units"],
        units(["青山社区人民路1号101室", "青山社区人民路1号1单元202室", "青山社区人民路5号"]),
    )
    return connection


def units(addresses: list[str], *, placed: bool = True) -> gpd.GeoDataFrame:
    """Rental units U0, U1 … of the first community, 20 m apart along the road for each house number."""
    frame = pd.DataFrame({"unit_code": [f"U{n}{placed}" for n in range(len(addresses))], "address": addresses})
    frame = frame.assign(community_code=CODES[0], identity="no:" + frame["unit_code"]).astype("str")
    east = frame["address"].str.extract(r"(\d+)号")[0].astype(float) * 2e-4
    points = gpd.GeoSeries(shapely.points(WEST + east, SOUTH + 0.005), crs="EPSG:4490")
    return gpd.GeoDataFrame(frame, geometry=points if placed else [None] * len(frame), crs="EPSG:4490")


def test_a_house_is_found_by_the_flats_that_registers_have_in_it(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    first = gazetteer.places(stored, demo_profile, "青山社区人民路一号", limit=3)[0]
    assert first == {
        "name": "人民路1号", "kind": "house", "lon": 118.0002, "lat": 27.005, "radius_m": 30, "score": 1.0,
        "community_code": CODES[0],
    }  # fmt: skip


def test_a_road_has_one_place_for_each_community_it_runs_through(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    found = gazetteer.places(stored, demo_profile, "人民路", limit=9)
    assert sorted(one["community_code"] for one in found) == sorted(CODES)
    assert all(one["radius_m"] == pytest.approx(500, abs=10) for one in found)


def test_the_gazetteer_is_kept_until_a_source_changes(stored: sa.Connection, demo_profile: CityProfile) -> None:
    first = gazetteer.gazetteer(stored, demo_profile)
    assert gazetteer.gazetteer(stored, demo_profile) is first
    write.load(stored, LAYERS["rental_units"], units(["青山社区人民路9号"]))
    assert gazetteer.gazetteer(stored, demo_profile) is not first


def test_nothing_stored_gives_an_empty_gazetteer(connection: sa.Connection, demo_profile: CityProfile) -> None:
    assert gazetteer.places(connection, demo_profile, "人民路1号", limit=3) == []
