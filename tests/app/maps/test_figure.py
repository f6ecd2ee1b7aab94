import re

import folium
import pytest

from app.maps.figure import APP, STATIC, LocalFigure, asset, localise
from gis.errors import Unavailable

OWN = [*(STATIC / "shared").rglob("*.*"), *(APP / "desks").glob("*/*.*"), *(APP / "templates").iterdir()]


def test_links_of_folium_become_local_files_and_every_script_carries_the_nonce() -> None:
    drawn = folium.Map(tiles=None)
    drawn.default_js = [("leaflet", "https://cdn.example/leaflet@1.9.3/dist/leaflet.js")]
    drawn.default_css = [("leaflet_css", "https://cdn.example/leaflet@1.9.3/dist/leaflet.css")]
    figure = LocalFigure("n0nce")
    drawn.add_to(figure)
    page = figure.render()
    assert re.findall(r'(?:src|href)="([^"?]+)', page) == [
        "/static/vendor/leaflet/leaflet.js",
        "/static/vendor/leaflet/leaflet.css",
    ]
    assert len(re.findall("<script|<style", page)) == page.count('nonce="n0nce"') > 3


def test_a_link_without_a_local_file_is_refused_by_name() -> None:
    figure = LocalFigure("n0nce")
    folium.Map(tiles=None).add_to(figure)
    with pytest.raises(Unavailable, match="jquery"):
        figure.render()


def test_a_tile_address_of_another_host_is_refused() -> None:
    with pytest.raises(Unavailable, match=r"tile\.example"):
        localise('<script>L.tileLayer("https://tile.example/{z}/{x}/{y}.png")</script>', "n")
    with pytest.raises(Unavailable, match=r"tile\.example"):
        localise("<style>@import url(//tile.example/a.css)</style>", "n")


def test_an_address_changes_with_the_content_of_its_file_alone() -> None:
    assert asset("shared/city.js") == asset("shared/city.js")
    assert re.fullmatch(r"/static/shared/city\.js\?v=[0-9a-f]{10}", asset("shared/city.js"))
    with pytest.raises(Unavailable, match="make install"):
        asset("nothing.js")


def test_our_own_files_name_no_other_host() -> None:
    own = [path for path in OWN if path.suffix in {".js", ".css", ".html"}]
    assert own
    for path in own:
        named = set(re.findall(r"https?://[^\"'\s)]+", path.read_text("utf-8")))
        assert named <= {"http://www.w3.org/2000/svg"}, path.name


def test_the_fonts_that_our_sheet_names_carry_the_mark_of_their_content() -> None:
    named = re.findall(r'url\("(.+?)\?v=(\w+)"\)', (STATIC / "shared" / "fonts.css").read_text("utf-8"))
    assert [path.rpartition("-chinese-simplified-")[2] for path, _ in named] == ["400-normal.woff2", "600-normal.woff2"]
    assert [mark for _, mark in named] == [asset(path.removeprefix("../")).partition("?v=")[2] for path, _ in named]
