"""Rows without a point stand where their address says, when it says one place; the others are kept and counted."""

import geopandas as gpd
import pytest
import sqlalchemy as sa

from gis.addresses import parse
from gis.places import candidates
from layers import gazetteer, read, write
from layers.catalog import LAYERS
from layers.placing import place_rows
from layers.profile import CityProfile
from layers.read import Cut
from tests.builders import CODES, communities

from .test_gazetteer import SOUTH, WEST, units

UNITS = LAYERS["rental_units"]


@pytest.fixture
def stored(connection: sa.Connection) -> sa.Connection:
    """Two communities, and the houses 1 and 5 of a road in the first, 80 m apart."""
    areas = communities().set_geometry(communities().scale(0.01, 0.01, origin=(0, 0)).translate(WEST, SOUTH))
    write.load(connection, LAYERS["communities"], areas)
    write.load(connection, UNITS, units(["青山社区人民路1号", "青山社区人民路5号"]))
    return connection


def _imported(connection: sa.Connection, profile: CityProfile, frame: gpd.GeoDataFrame) -> tuple[int, int]:
    known = gazetteer.present(connection, profile)
    write.load(connection, UNITS, frame, batch_id=7)
    found = place_rows(connection, profile, UNITS, known, batch_id=7)
    return found.placed, found.left


def _row(connection: sa.Connection, number: str) -> tuple[object, ...]:
    query = "SELECT round(ST_X(geom)::numeric, 4)::float8, place_error_m, community_code FROM rental_units"
    return tuple(connection.execute(sa.text(f"{query} WHERE unit_code = :number"), {"number": number}).one())


def test_a_known_address_is_placed_with_its_error_and_its_community(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    frame = units(["青山社区人民路五号2单元301室", "人民路附近"], placed=False).drop(columns="community_code")
    assert _imported(stored, demo_profile, frame) == (1, 1)
    assert _row(stored, "U0False") == (118.001, 30.0, CODES[0])
    assert _row(stored, "U1False") == (None, None, CODES[0])
    assert read.layer(stored, "rental_units", Cut(placed=False))["unit_code"].tolist() == ["U1False"]
    assert len(read.layer(stored, "rental_units", Cut(placed=True))) == 3


def test_a_row_with_a_point_of_its_own_keeps_it_and_has_no_error(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    known = gazetteer.present(stored, demo_profile)
    assert place_rows(stored, demo_profile, UNITS, known).placed == 0
    assert _row(stored, "U0True") == (118.0002, None, CODES[0])


def test_a_point_that_an_address_gave_moves_with_the_address_and_gives_way_to_a_surveyed_one(
    stored: sa.Connection, demo_profile: CityProfile
) -> None:
    _imported(stored, demo_profile, units(["人民路1号"], placed=False))
    _imported(stored, demo_profile, units(["人民路1号"], placed=False))
    assert _row(stored, "U0False")[:2] == (118.0002, 30.0)
    _imported(stored, demo_profile, units(["人民路5号"], placed=False))
    assert _row(stored, "U0False")[:2] == (118.001, 30.0)
    own = units(["人民路5号"], placed=False)
    write.load(stored, UNITS, own.set_geometry(gpd.points_from_xy([WEST + 0.003], [SOUTH + 0.005], crs="EPSG:4490")))
    assert _row(stored, "U0False")[:2] == (118.003, None)
    _imported(stored, demo_profile, units(["人民路1号"], placed=False))
    assert _row(stored, "U0False")[:2] == (118.003, None)


def test_what_an_address_placed_teaches_the_gazetteer_nothing(stored: sa.Connection, demo_profile: CityProfile) -> None:
    _imported(stored, demo_profile, units(["人民路3号"], placed=False))
    known = gazetteer.present(stored, demo_profile)
    assert candidates(known, parse("青山社区人民路3号"))[0].kind == "between"
