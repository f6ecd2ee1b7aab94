"""The gazetteer of the city: what it is made from, who may know what, and when the stored one is made anew."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from gis.addresses import parse
from gis.gazetteer import indexed, tables
from gis.places import candidates
from layers import gazetteer, write
from layers.actor import LOCAL
from layers.catalog import LAYERS, VENUE_KINDS
from layers.database import transaction
from layers.profile import CityProfile
from layers.toponyms import gathered
from tests.builders import CODES, communities

WEST, SOUTH = 118.0, 27.0


@pytest.fixture
def stored(connection: sa.Connection) -> sa.Connection:
    """The city of ``_store``."""
    _store(connection)
    return connection


def _store(connection: sa.Connection) -> None:
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
    known = gazetteer.present(stored, demo_profile)
    found = candidates(known, parse("青山社区人民路一号"), limit=1)
    assert gazetteer.described(known, demo_profile, found)[0] == {
        "name": "人民路1号", "kind": "house", "area": "青山社区", "lon": 118.0002, "lat": 27.005, "radius_m": 30,
        "score": 1.0, "community_code": CODES[0],
    }  # fmt: skip


def test_a_road_has_one_place_for_each_community_it_runs_through(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    found = candidates(gazetteer.present(stored, demo_profile), parse("人民路"), limit=9)
    assert sorted(str(one.code) for one in found) == sorted(CODES)
    assert all(one.radius_m == pytest.approx(500, abs=10) for one in found)


def test_a_stored_gazetteer_is_made_anew_when_a_source_has_changed_and_only_then(
    own_engine: sa.Engine, demo_profile: CityProfile
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        assert gazetteer.stored(connection) is None
        _store(connection)
    assert gazetteer.renew(own_engine, LOCAL, demo_profile)
    assert not gazetteer.renew(own_engine, LOCAL, demo_profile)
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["rental_units"], units(["青山社区人民路9号"]))
        before, now = gazetteer.stored(connection), gazetteer.present(connection, demo_profile)
    assert before is not None
    assert [len(known.streets["人民路"][CODES[0]].numbers) for known in (before.everything, now)] == [2, 3]
    assert gazetteer.renew(own_engine, LOCAL, demo_profile)
    with transaction(own_engine, LOCAL) as connection:
        after = gazetteer.stored(connection)
    assert after is not None
    assert len(after.everything.streets["人民路"][CODES[0]].numbers) == 3


def test_anybody_may_know_areas_roads_and_public_premises_and_nothing_else(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    kinds = list(VENUE_KINDS)
    venues = pd.DataFrame({"venue_no": kinds, "kind": kinds, "name": [f"{kind}-1" for kind in kinds]}).astype("str")
    venues = venues.assign(community_code=CODES[0], address="青山社区人民路7号", identity="no:" + venues["venue_no"])
    points = gpd.GeoSeries([shapely.Point(WEST + 0.001, SOUTH + 0.005)] * len(kinds), crs="EPSG:4490")
    write.load(stored, LAYERS["venues"], gpd.GeoDataFrame(venues, geometry=points))
    public = indexed(tables(**gathered(stored, demo_profile.metric_crs)), public=True)
    private = {f"{kind}-1" for kind in ("training", "meeting", "office", "other")}
    assert set(public.sites) == {f"{kind}-1" for kind in kinds} - private
    assert (list(public.roads), public.streets, public.doors) == (["人民路"], {}, {})
    assert set(public.communities) == set(CODES)


def test_nothing_stored_gives_an_empty_gazetteer(connection: sa.Connection, demo_profile: CityProfile) -> None:
    assert candidates(gazetteer.present(connection, demo_profile), parse("人民路1号"), limit=3) == []
