"""The three cities of the shared files, from file to zones, through the same workflows as the commands."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.desks.imports.desk import import_file
from app.desks.zones.analysis import refresh_zones
from layers import read
from layers.actor import LOCAL
from layers.database import transaction
from layers.intake.options import ReadOptions
from layers.profile import CityProfile, load_profile
from tests.conftest import REPO

pytestmark = pytest.mark.real

GUANGZHOU = CityProfile(
    name="广州市",
    code_prefix="4401",
    code_pattern="^4401[0-9]{8}$",
    bounds=(112.9, 22.4, 114.1, 24.0),
    metric_crs="EPSG:4526",
    default_datum="wgs84",
)
PORTLAND = CityProfile(
    name="Portland",
    code_prefix="",
    code_pattern="^[0-9]{3}$",
    bounds=(-123.0, 45.2, -122.2, 45.8),
    metric_crs="EPSG:32610",
    timezone="America/Los_Angeles",
    default_datum="wgs84",
    parent="none",
)


def _here(shared_data: Path, name: str, folder: Path) -> Path:
    """A link in a folder of our own: refused rows are written beside the file, and the real ones are read-only."""
    link = folder / Path(name).name
    link.symlink_to(shared_data / name)
    return link


def test_nanping_counties_townships_and_villages(own_engine: sa.Engine, shared_data: Path, tmp_path: Path) -> None:
    profile = load_profile(REPO / "profiles" / "nanping.toml")
    for name, datum, rows in (
        ("nanping/nanping_counties_datav_GCJ02.geojson", "gcj02", 10),
        ("nanping/nanping_streets_2023.csv", None, 142),
        ("nanping/nanping_villages_2023.csv", None, 1943),
    ):
        file, options = _here(shared_data, name, tmp_path), ReadOptions(datum=datum)
        report = import_file(own_engine, LOCAL, profile, layer="areas", path=file, options=options)
        assert (report.accepted, report.refused, report.file) == (rows, (), None)
    with transaction(own_engine, LOCAL) as connection:
        areas = read.areas(connection)
    assert areas["level"].value_counts().to_dict() == {"community": 1943, "township": 142, "county": 10}
    assert areas.loc[areas.geometry.notna(), "level"].unique().tolist() == ["county"]
    west, south, east, north = areas.total_bounds
    assert (round(west, 2), round(south, 2), round(east, 2), round(north, 2)) == (117.0, 26.25, 119.27, 28.32)


def test_guangzhou_rentals_with_both_coordinates_in_one_column(
    own_engine: sa.Engine, shared_data: Path, tmp_path: Path
) -> None:
    file = _here(shared_data, "poi/guangzhou_lianjia_rentals_2020.csv", tmp_path)
    options = ReadOptions(mapping={"coordinates": "Geometry"}, order="latlon")
    report = import_file(own_engine, LOCAL, GUANGZHOU, layer="rental_units", path=file, options=options)
    assert (report.accepted, len(report.refused)) == (10_722, 406)
    assert {fault.kind for fault in report.refused} == {"duplicate"}
    with transaction(own_engine, LOCAL) as connection:
        frame = read.layer(connection, "rental_units")
    assert frame["community_code"].isna().all()
    assert 113 < frame.geometry.x.median() < 113.6


@pytest.mark.slow
def test_portland_calls_become_tips_and_zones(own_engine: sa.Engine, shared_data: Path, tmp_path: Path) -> None:
    districts = _here(shared_data, "incidents/portland_police_districts.gpkg", tmp_path)
    named = ReadOptions(mapping={"community_code": "DISTRICT", "name": "DISTRICT"})
    report = import_file(own_engine, LOCAL, PORTLAND, layer="communities", path=districts, options=named)
    assert (report.accepted, report.refused) == (60, ())
    calls = _here(shared_data, "incidents/portland_cfs_2016_08.csv.gz", tmp_path)
    stated = ReadOptions(datum="wgs84", mapping={"received_at": "occ_date"})
    first, second = (
        import_file(own_engine, LOCAL, PORTLAND, layer="tips", path=calls, options=stated) for _ in range(2)
    )
    assert (first.accepted, second.accepted, second.unchanged) == (19_375, 0, 19_375)
    assert {fault.row for fault in first.refused} == {19_377}
    summary = refresh_zones(own_engine, LOCAL, PORTLAND, data=tmp_path, spread_on="local")
    assert (summary.until.isoformat(), summary.incidents) == ("2016-09-01", 19_375)
    assert sum(summary.zones.values()) > 5
    with transaction(own_engine, LOCAL) as connection:
        zones, areas = read.layer(connection, "risk_zones"), read.areas(connection)
    assert set(zones["area_code"]) <= set(areas["code"])
