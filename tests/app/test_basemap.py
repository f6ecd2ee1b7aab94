"""The basemap over HTTP."""

import dataclasses
import gzip
from pathlib import Path

import sqlalchemy as sa

from app import create_app
from app.settings import Settings
from layers import basemap
from tests.layers.test_basemap import RED, archive_of, mbtiles, png, vector_tile

from .conftest import signed_in


def test_over_http_a_tile_is_its_picture_and_a_gap_is_clear(
    settings: Settings, city_engine: sa.Engine, tmp_path: Path
) -> None:
    path = mbtiles(tmp_path / "base.mbtiles", {(0, 0, 0): png(RED)})
    profile = dataclasses.replace(settings.profile, basemap=path)
    client = signed_in(create_app(dataclasses.replace(settings, profile=profile), city_engine))
    assert client.get("/basemap/0/0/0").data == png(RED)
    gap = client.get("/basemap/1/0/0")
    assert (gap.status_code, gap.mimetype) == (200, "image/png")
    assert gap.data == basemap.clear()
    assert client.get("/basemap/1/9/0").status_code == 400


def test_over_http_a_basemap_of_vectors_says_so_and_is_handed_out_packed(
    settings: Settings, city_engine: sa.Engine, tmp_path: Path
) -> None:
    profile = dataclasses.replace(
        settings.profile, basemap=archive_of(tmp_path / "v.pmtiles", vector_tile(), most_zoom=1)
    )
    client = signed_in(create_app(dataclasses.replace(settings, profile=profile), city_engine))
    assert client.get("/basemap").get_json() == {"vector": True, "most_zoom": 1}
    tile = client.get("/basemap/1/0/1")
    assert (tile.mimetype, tile.content_encoding) == (basemap.VECTOR, "gzip")
    assert gzip.decompress(tile.data) == vector_tile()
    gap = client.get("/basemap/2/0/0")
    assert (gap.status_code, gap.data) == (204, b"")


def test_a_city_without_a_basemap_says_so(settings: Settings, city_engine: sa.Engine) -> None:
    answer = signed_in(create_app(settings, city_engine)).get("/basemap/0/0/0")
    assert (answer.status_code, answer.get_json()["error"]) == (404, "no_basemap")
