"""Analysis from rows to stored zones: seeded, dated by the records and never by the clock."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from app.workflows.refresh_zones import refresh_zones
from gis.errors import Refused
from layers import read, write
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.builders import tips

NEWEST = dt.date(2026, 5, 20)


@pytest.fixture
def stored(own_engine: sa.Engine) -> sa.Engine:
    """A tight group of 12 tips on 12 days, and 100 over the land about it, in degrees."""
    rng = np.random.default_rng(8)
    group, others = rng.normal((118.1, 26.7), 0.0005, (12, 2)), rng.uniform((118, 26.6), (118.2, 26.8), (100, 2))
    places = np.concatenate([group, others])
    days = [pd.Timestamp(NEWEST, tz="Asia/Shanghai") - pd.Timedelta(days=n % 30) for n in range(len(places))]
    with transaction(own_engine) as connection:
        write.load(connection, LAYERS["tips"], tips([tuple(p) for p in places], received_at=days))
    return own_engine


def _zones(engine: sa.Engine) -> pd.DataFrame:
    with transaction(engine) as connection:
        return read.layer(connection, "risk_zones")


def test_a_tight_group_becomes_a_stored_zone_dated_by_the_records(stored: sa.Engine, demo_profile: CityProfile) -> None:
    summary = refresh_zones(stored, demo_profile)
    assert (summary.until, summary.incidents, summary.method) == (dt.date(2026, 5, 21), 112, "wuchuan-2")
    zone = _zones(stored).iloc[0]
    assert sum(summary.zones.values()) == len(_zones(stored)) == 1
    assert zone["sources"] == 12
    assert (zone["until"], zone["expires_on"], zone["reviewed_on"]) == (summary.until, dt.date(2026, 8, 18), None)
    assert zone.geometry.distance(shapely.Point(118.1, 26.7)) == 0


def test_the_same_seed_stores_the_same_zones_again(stored: sa.Engine, demo_profile: CityProfile) -> None:
    refresh_zones(stored, demo_profile, seed=3)
    first = _zones(stored).to_wkb().to_csv()
    refresh_zones(stored, demo_profile, seed=3)
    assert _zones(stored).to_wkb().to_csv() == first


def test_who_lives_there_has_no_door_into_the_score(stored: sa.Engine, demo_profile: CityProfile) -> None:
    premises = """
        INSERT INTO rental_units (address, rooms, occupants, rent_yuan, area_m2, identity, geom)
        SELECT n, 1 + n % 5, n % 9, 900, 60, md5('unit' || n)::uuid,
               ST_SetSRID(ST_MakePoint(118.07 + 0.001 * (n % 60), 26.67 + 0.001 * (n / 60)), 4490)
        FROM generate_series(0, 3599) AS n"""
    register = """
        INSERT INTO counts (community_code, month, register, count, identity)
        SELECT '990101001001', DATE '2026-05-01', register, 100, md5(register)::uuid
        FROM unnest(ARRAY['floating', 'outgoing', 'rental', 'unemployed', 'resident']) AS register"""
    with transaction(stored) as connection:
        connection.execute(sa.text(premises))
        connection.execute(sa.text(register))
    before = _results(stored, demo_profile)
    assert len(_zones(stored)) == 1
    with transaction(stored) as connection:
        connection.execute(sa.text("UPDATE counts SET count = count * 50, community_code = '990101001002'"))
        connection.execute(sa.text("UPDATE rental_units SET occupants = 40 - occupants, rent_yuan = 90, area_m2 = 8"))
        connection.execute(sa.text("DELETE FROM counts WHERE register = 'resident'"))
    assert _results(stored, demo_profile) == before
    with transaction(stored) as connection:  # and rooms, which are no people, do count
        connection.execute(sa.text("UPDATE rental_units SET rooms = 9 WHERE address::int % 2 = 0"))
    assert _results(stored, demo_profile) != before


def _results(engine: sa.Engine, profile: CityProfile) -> list[str]:
    """Everything an analysis stores, to the last digit."""
    refresh_zones(engine, profile)
    tables = {"risk_zones": "analysis_id", "hotspots": "analysis_id, hotspot_id"}
    with transaction(engine) as connection:
        rows = [row for table in tables for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()]
    return sorted(str({k: v for k, v in row.items() if k not in ("analysis_id", "hotspot_id")}) for row in rows)


def test_visits_that_find_nothing_count_against_a_zone_and_its_parts_are_stored(
    stored: sa.Engine, demo_profile: CityProfile
) -> None:
    refresh_zones(stored, demo_profile)
    alone = _zones(stored).iloc[0]
    visits = """
        INSERT INTO raids (action_no, date, kind, outcome, identity, geom)
        SELECT n, DATE '2026-05-20', 'inspection', outcome, md5('raid' || n)::uuid, geom
        FROM (SELECT n, outcome, geom FROM unnest(ARRAY['nothing', 'unknown']) WITH ORDINALITY AS o(outcome, n),
              (SELECT geom FROM tips ORDER BY geom <-> 'SRID=4490;POINT(118.1 26.7)' LIMIT 1) AS first) AS made"""
    with transaction(stored) as connection:
        connection.execute(sa.text(visits))
    refresh_zones(stored, demo_profile)
    zone = _zones(stored).iloc[0]
    assert (alone["checks_score"], zone["checks_score"]) == (0, -0.5)
    assert zone["score"] == pytest.approx(zone["tips_score"] - 0.5)
    assert zone["priority"] < alone["priority"]
    assert 0 < zone["likely"] < zone["sources"]


def test_a_city_of_english_is_told_in_english(stored: sa.Engine, demo_profile: CityProfile) -> None:
    refresh_zones(stored, replace(demo_profile, language="en"))
    assert "independent sources" in _zones(stored).iloc[0]["reasons"][0]


def test_a_day_before_the_records_is_refused_and_leaves_the_zones(stored: sa.Engine, demo_profile: CityProfile) -> None:
    refresh_zones(stored, demo_profile)
    with pytest.raises(Refused, match="没有记录"):
        refresh_zones(stored, demo_profile, until=dt.date(2026, 1, 1))
    assert len(_zones(stored)) == 1


def test_a_reviewed_zone_outlives_the_next_analysis_and_is_not_shown_twice(
    stored: sa.Engine, demo_profile: CityProfile
) -> None:
    refresh_zones(stored, demo_profile)
    with transaction(stored) as connection:
        connection.execute(sa.text("UPDATE risk_zones SET reviewed_on = '2026-05-21'"))
    refresh_zones(stored, demo_profile)
    assert _zones(stored)["zone_id"].to_list() == ["20260521-001"]


def test_progress_ends_at_its_total(stored: sa.Engine, demo_profile: CityProfile) -> None:
    told: list[tuple[int, int]] = []
    refresh_zones(stored, demo_profile, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


def test_no_records_are_refused_in_one_sentence(own_engine: sa.Engine, demo_profile: CityProfile) -> None:
    with pytest.raises(Refused, match="还没有举报线索"):
        refresh_zones(own_engine, demo_profile)
