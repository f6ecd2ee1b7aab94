"""Files of which no record has a geometry, and moments without a zone, in every format."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from layers.catalog import layer_named
from layers.intake.raw import RawTable
from layers.intake.readers import geojson, geopackage, kml, parquet
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, areas, read_with
from tests.layers.intake.test_dbf import cells, columns, zipped
from tests.layers.intake.test_dbf import read as read_shapes

VALUES = {
    "tip_no": ["N1", "N2"],
    "received_at": ["2026-03-01 10:00", "2026-03-02 11:00"],
    "address": ["一路1号", "一路2号"],
}


def frame(crs: int | None = 4490) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(VALUES, geometry=[None, None], crs=crs)


def as_geojson(_: Path) -> list[RawTable]:
    return read_with(geojson.read, frame(None).to_json(drop_id=True))


def as_geopackage(folder: Path) -> list[RawTable]:
    frame().to_file(folder / "a.gpkg", geometry_type="Point")
    return read_with(geopackage.read, (folder / "a.gpkg").read_bytes())


def as_geopackage_table(folder: Path) -> list[RawTable]:
    frame().to_file(folder / "a.gpkg", geometry_type="Unknown")
    return read_with(geopackage.read, (folder / "a.gpkg").read_bytes())


def as_geopackage_attributes(folder: Path) -> list[RawTable]:
    pyogrio.write_dataframe(pd.DataFrame(VALUES), folder / "a.gpkg")
    with sqlite3.connect(folder / "a.gpkg") as database:
        assert database.execute("SELECT data_type FROM gpkg_contents").fetchall() == [("attributes",)]
    database.close()
    return read_with(geopackage.read, (folder / "a.gpkg").read_bytes())


def as_parquet(folder: Path) -> list[RawTable]:
    frame().to_parquet(folder / "a.parquet")
    return read_with(parquet.read, (folder / "a.parquet").read_bytes())


def as_kml(_: Path) -> list[RawTable]:
    marks = "".join(
        "<Placemark><ExtendedData>"
        + "".join(f'<Data name="{name}"><value>{values[n]}</value></Data>' for name, values in VALUES.items())
        + "</ExtendedData></Placemark>"
        for n in range(2)
    )
    return read_with(kml.read, f"<kml><Document>{marks}</Document></kml>")


FORMATS = [as_geojson, as_geopackage, as_geopackage_table, as_geopackage_attributes, as_parquet, as_kml]


@pytest.mark.parametrize("make", FORMATS)
def test_records_without_any_geometry_are_taken_by_their_address(
    make: Callable[[Path], list[RawTable]], tmp_path: Path
) -> None:
    register = understand(make(tmp_path), layer_named("tips"), profile=CITY, codes=areas())
    check(register)


def test_a_shapefile_of_null_shapes_is_taken_too() -> None:
    rows = [cells("utf-8", *values) for values in zip(*VALUES.values(), strict=True)]
    check(read_shapes(zipped(columns("utf-8", *VALUES), rows), "tips"))


def check(register: Register) -> None:
    assert register.frame["address"].tolist() == VALUES["address"]
    assert register.frame.geometry.isna().all()
    assert register.refused == ()
    assert [fault.row for fault in register.warnings if fault.kind == "no_location"] == [1, 2]


def test_areas_without_any_border_are_listed_and_roads_without_a_line_refused() -> None:
    named = gpd.GeoDataFrame({"code": ["990102001003"], "name": ["新测社区"]}, geometry=[None])
    tables = read_with(geojson.read, named.to_json())
    register = understand(tables, layer_named("areas"), profile=CITY, codes=areas())
    assert register.frame["name"].tolist() == ["新测社区"]
    roads = read_with(geojson.read, gpd.GeoDataFrame({"name": ["一路"]}, geometry=[None]).to_json())
    refused = understand(roads, layer_named("roads"), profile=CITY, codes=areas()).refused
    assert [fault.kind for fault in refused] == ["missing_required"]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-01T23:30:00", "2026-03-01 15:30"),
        ("2026-03-01 23:30:00", "2026-03-01 15:30"),
        ("2026-03-01T23:30:00Z", "2026-03-01 23:30"),
        ("2026-03-01T23:30:00.250Z", "2026-03-01 23:30"),
        ("2026-03-01T23:30:00+08:00", "2026-03-01 15:30"),
    ],
)
def test_a_moment_of_a_geopackage_is_what_it_says(written: str, utc: str, tmp_path: Path) -> None:
    point = gpd.GeoDataFrame({"tip_no": ["N1"], "address": ["一路"]}, geometry=[shapely.Point(118.1, 26.6)], crs=4490)
    point.to_file(tmp_path / "a.gpkg")
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        database.execute("ALTER TABLE a ADD COLUMN received_at DATETIME")
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE a SET received_at = ?", [written])
    database.close()
    tables = read_with(geopackage.read, (tmp_path / "a.gpkg").read_bytes())
    register = understand(tables, layer_named("tips"), profile=CITY, codes=areas())
    assert register.frame["received_at"].dt.strftime("%Y-%m-%d %H:%M").tolist() == [utc]
