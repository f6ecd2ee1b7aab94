"""Export: every kind of file opens again with another library, and text is text."""

import csv
import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import sqlalchemy as sa

from app.desks.exports.desk import export_layer
from gis.errors import NotFound, Refused
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from layers.read import Cut
from tests.builders import communities, tips
from tests.conftest import NewDatabase

ZONE_COLUMNS = [
    "zone_id", "area_code", "grade", "score", "own_raid_share", "tips", "sources", "findings", "radius_m", "expected",
    "since", "until", "last_confirmed_on", "expires_on", "reviewed_on", "reasons", "method",
    "tips_score", "checks_score", "raids_score", "priority", "likely", "reporting", "wkt",
]  # fmt: skip


@pytest.fixture(scope="module")
def stored(new_database: NewDatabase, worker_name: str) -> Iterator[sa.Engine]:
    """Two communities and a tip in each. An export changes nothing."""
    with new_database(f"export_{worker_name}") as engine:
        with transaction(engine, LOCAL) as connection:
            write.load(connection, LAYERS["communities"], communities())
            frame = tips([(0.5, 0.5), (1.5, 0.5)], address=["=HYPERLINK(1)", "=1+1"], text=["私密", "私密"])
            write.load(connection, LAYERS["tips"], frame)
        yield engine


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.kml", "a.shp.zip", "a.parquet"])
def test_vector_files_open_again_with_their_places(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, name: str
) -> None:
    assert export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / name) == 2
    reader = gpd.read_parquet if name.endswith("parquet") else gpd.read_file  # noqa: TID251
    frame = reader(tmp_path / name)
    assert sorted(frame.geometry.x.round(6)) == [0.5, 1.5]
    assert "私密" not in frame.to_csv()


def test_a_csv_has_a_bom_codes_as_text_and_no_formula(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.csv")
    raw = (tmp_path / "a.csv").read_bytes()
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b'"990101001001"' in raw
    assert [row["address"] for row in rows] == ["'=HYPERLINK(1)", "'=1+1"]
    assert rows[0]["received_at"] == "2026-01-01 08:00:00"


def test_a_workbook_holds_text_where_text_looks_like_a_formula(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}


@pytest.mark.parametrize("code", ["EPSG:4527", "EPSG:4528", "EPSG:4548", "EPSG:4549"])
def test_the_three_degree_zones_are_written(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, code: str
) -> None:
    export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.gpkg", crs=code)
    assert gpd.read_file(tmp_path / "a.gpkg").crs == code  # noqa: TID251


def test_period_and_area_cut_the_rows(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    first = communities()["code"][0]
    assert export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.csv", area=first) == 1
    later = Cut(since=dt.date(2027, 1, 1))
    assert export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "b.csv", cut=later) == 0


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "kml", "shp.zip", "csv", "xlsx", "parquet"])
def test_counts_are_written_as_a_table_and_refused_as_a_map(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"a.{kind}"
    if kind in ("csv", "xlsx", "parquet"):
        assert export_layer(stored, LOCAL, demo_profile, "counts", path) == 0
        assert path.exists()
        return
    with pytest.raises(Refused, match=r"没有位置,不能写成 a\..*,可用的有:.csv、.xlsx"):
        export_layer(stored, LOCAL, demo_profile, "counts", path)
    assert not path.exists()


def test_zones_have_the_columns_the_contract_names(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    export_layer(stored, LOCAL, demo_profile, "risk_zones", tmp_path / "z.csv")
    heading = (tmp_path / "z.csv").read_text("utf-8-sig").strip().replace('"', "").split(",")
    assert heading == ZONE_COLUMNS


def test_what_cannot_be_written_is_said_and_nothing_is_left(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    for path, options, kind in (
        (tmp_path / "a.docx", {}, "bad_extension"),
        (tmp_path / "a.csv", {"crs": "EPSG:abc"}, "bad_crs"),
        (tmp_path / "a.csv", {"crs": "EPSG:5773"}, "bad_crs"),  # heights alone
        (tmp_path / "a.csv", {"crs": "EPSG:4978"}, "bad_crs"),  # from the middle of the earth
        (tmp_path / "a.gpkg", {"crs": "EPSG:9518"}, "bad_crs"),  # degrees and heights
        (tmp_path / "no" / "a.csv", {}, "not_writable"),
    ):
        with pytest.raises(Refused) as refused:
            export_layer(stored, LOCAL, demo_profile, "tips", path, **options)
        assert refused.value.kind == kind
    with pytest.raises(NotFound):
        export_layer(stored, LOCAL, demo_profile, "people", tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_shapefile_says_that_it_is_utf8(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    export_layer(stored, LOCAL, demo_profile, "communities", tmp_path / "a.shp.zip")
    with zipfile.ZipFile(tmp_path / "a.shp.zip") as archive:
        assert archive.read("a.cpg").decode().upper() == "UTF-8"


def test_a_planted_link_is_replaced_and_never_followed(
    stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    (tmp_path / "victim").write_text("keep", "utf-8")
    (tmp_path / "a.csv").symlink_to(tmp_path / "victim")
    export_layer(stored, LOCAL, demo_profile, "tips", tmp_path / "a.csv")
    assert (tmp_path / "victim").read_text("utf-8") == "keep"
    assert not (tmp_path / "a.csv").is_symlink()
