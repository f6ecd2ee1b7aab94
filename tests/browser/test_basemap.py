"""A vector basemap that the profile names, drawn in the browser."""

import dataclasses
import gzip
import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from app.maps.styles import LIGHT
from tests.browser.conftest import Site, Visit, serving
from tests.layers.test_basemap import archive_of, layer, message, varints

#: Where its only place stands, in the middle of the city.
TOWN = (118.25, 27.1)


def world() -> bytes:
    """Zoom 0: water all over, and a town where the city is. Source: the Mapbox Vector Tile specification, 2.1."""
    lon, lat = TOWN
    mercator = math.asinh(math.tan(math.radians(lat))) / math.pi
    at = (round((lon + 180) / 360 * 4096), round((1 - mercator) / 2 * 4096))
    everywhere = varints(9, 0, 0, 26, 8192, 0, 0, 8192, 8191, 0, 15)
    dot = varints(9, 2 * at[0], 2 * at[1])
    return message((3, layer("water", 3, everywhere)), (3, layer("places", 1, dot, kind="locality", name="东镇")))


def mbtiles(path: Path) -> Path:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        file.execute("INSERT INTO tiles VALUES (0, 0, 0, ?)", [gzip.compress(world())])
    file.close()
    return path


def pmtiles(path: Path) -> Path:
    return archive_of(path, world(), most_zoom=0)


def colour_of_canvases(page: Page) -> set[str]:
    """The colours in the middle of the canvases of the basemap's pane."""
    middles = page.evaluate(
        """() => [...document.querySelectorAll(".leaflet-land-pane canvas.leaflet-tile")]
             .filter((canvas) => canvas.width)
             .map((canvas) => canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data)
             .map((middle) => [...middle])"""
    )
    return {"#" + bytes(middle[:3]).hex() for middle in middles}


@pytest.mark.parametrize("made", [mbtiles, pmtiles])
def test_a_vector_basemap_of_the_profile_draws_in_the_colours_of_the_ground_with_its_names(
    site: Site, browser: Browser, tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    path = made(tmp_path / f"底图.{made.__name__}")
    profile = dataclasses.replace(site.settings.profile, basemap=path)
    settings = dataclasses.replace(site.settings, profile=profile)
    with browser.new_context() as context, serving(settings, site.engine, context) as own:
        visit = Visit(context, own.url)
        page = visit()
        page.wait_for_function("() => document.querySelectorAll('.leaflet-land-pane canvas.leaflet-tile').length > 0")
        assert colour_of_canvases(page) == {LIGHT.river}
        page.wait_for_function("() => wuchuan.city.labels.sets.has('basemap')")
        names = page.evaluate("wuchuan.city.labels.sets.get('basemap').entries.map((name) => name.text)")
        assert names == ["东镇"]
        visit.end()


def test_a_city_without_one_asks_for_none(visit: Visit) -> None:
    asked: list[str] = []
    visit.context.on("request", lambda request: asked.append(request.url))
    page = visit()
    assert [url for url in asked if "/basemap" in url] == []
    assert not colour_of_canvases(page)
