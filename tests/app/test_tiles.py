"""Vector tiles over HTTP, read back with the format's own decoder in GDAL."""

import math
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from flask.testing import FlaskClient

from .conftest import EAST, WEST

MIDDLE = (118.05, 27.05)


def place(zoom: int, lon: float = MIDDLE[0], lat: float = MIDDLE[1]) -> tuple[int, int, int]:
    side = 2**zoom
    column = int((lon + 180) / 360 * side)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
    return zoom, column, row


def tile(client: FlaskClient, folder: Path, layer: str, zoom: int, query: str = "") -> gpd.GeoDataFrame:
    z, x, y = place(zoom)
    answer = client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    path = folder / str(z) / str(x) / f"{y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(answer.data)
    return pyogrio.read_dataframe(path)


def test_near_every_place_stands_by_itself_with_its_fields(visitor: FlaskClient, tmp_path: Path) -> None:
    units = tile(visitor, tmp_path, "rental_units", 14)
    assert len(units) == 40
    assert sorted(units["unit_code"])[:2] == ["U0", "U1"]
    assert set(units["community_code"]) == {WEST}


def test_far_places_are_counted_by_cell(visitor: FlaskClient, tmp_path: Path) -> None:
    for zoom in (6, 10, 13):
        units = tile(visitor, tmp_path, "rental_units", zoom)
        assert units["count"].sum() == 40
        assert len(units) < 40
        lon, lat = units.to_crs(4326).geometry.iloc[0].coords[0]
        assert (lon, lat) == (pytest.approx(118.05, abs=0.05), pytest.approx(27.05, abs=0.05))


def test_days_are_those_of_the_city_and_periods_narrow(visitor: FlaskClient) -> None:
    x, y = place(14, 118.15, 27.05)[1:]
    answer = visitor.get(f"/tiles/tips/14/{x}/{y}.mvt?since=2026-02-01&until=2026-02-02")
    assert b"2026-02-01" in answer.data
    assert visitor.get(f"/tiles/tips/14/{x}/{y}.mvt?until=2026-02-01").data == b""


def test_communities_are_borders_at_any_zoom(visitor: FlaskClient, tmp_path: Path) -> None:
    shapes = tile(visitor, tmp_path, "communities", 8)
    assert sorted(shapes["code"]) == [WEST, EAST]
    assert set(shapes.geom_type) <= {"Polygon", "MultiPolygon"}
    assert len(tile(visitor, tmp_path, "areas", 8, "?level=county")) == 2


def test_where_nothing_lies_the_tile_is_empty_and_no_error(visitor: FlaskClient) -> None:
    answer = visitor.get("/tiles/tips/5/0/0.mvt")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("zoom", [*range(23)])
def test_every_zoom_answers(visitor: FlaskClient, zoom: int) -> None:
    z, x, y = place(zoom)
    assert visitor.get(f"/tiles/rental_units/{z}/{x}/{y}.mvt").status_code == 200


@pytest.mark.parametrize(
    "at", ["23/0/0", "1/2/0", "1/0/2", "-1/0/0", "a/0/0", "1/0/x", "1/٣/0", "1/0/1.5", "1/00000000000/0"]
)
def test_a_tile_that_cannot_be_is_400(visitor: FlaskClient, at: str) -> None:
    answer = visitor.get(f"/tiles/tips/{at}.mvt")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "bad_parameter")


@pytest.mark.parametrize("layer", ["people", "counts", "areas; DROP TABLE tips", "risk_zones"])
def test_a_layer_without_tiles_is_404(visitor: FlaskClient, layer: str) -> None:
    assert visitor.get(f"/tiles/{layer}/1/0/0.mvt").status_code == 404


def test_tiles_are_asked_about_again_and_told_unchanged(visitor: FlaskClient) -> None:
    z, x, y = place(10)
    first = visitor.get(f"/tiles/tips/{z}/{x}/{y}.mvt")
    again = visitor.get(f"/tiles/tips/{z}/{x}/{y}.mvt", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
