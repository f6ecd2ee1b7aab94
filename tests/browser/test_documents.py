import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.maps import documents, standalone
from layers.profile import CityProfile
from tests.browser.conftest import Visit
from tests.browser.drawn import labels, pixels
from tests.builders import slow

pytestmark = pytest.mark.browser

NAMES = ["zones", *slow(*(name for name in documents.DOCUMENTS if name != "zones"))]

HOSTILE = "</script><script>document.title='hacked'</script>\u2028`${document.title='hacked'}`"
PIXEL = standalone.data_uri(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501"
        "012718e3660000000049454e44ae426082"
    )
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_document_draws_its_layers_under_its_title(visit: Visit, name: str) -> None:
    page = visit(f"/maps/{name}")
    expect(page.locator("h1")).to_have_text(documents.DOCUMENTS[name].title)
    assert pixels(page, "border") > 1000
    expect(page.locator(".sheet-legend")).to_contain_text("县(市、区)界")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_on_a_disk_draws_without_any_network(
    open_file: Visit, tmp_path: Path, demo_profile: CityProfile, name: str
) -> None:
    file = tmp_path / f"{name}.html"
    file.write_text(standalone.page(name, profile=demo_profile, data=_data(), stamp="2026-02-01"), encoding="utf-8")
    page = open_file(str(file))
    assert pixels(page, "border") > 1000
    assert "青石镇" in {box[4] for box in labels(page)}
    expect(page.locator(".sheet-title")).to_contain_text("状态截至 2026-02-01")
    assert "hacked" not in page.title()


def test_a_zone_on_a_disk_explains_itself(open_file: Visit, tmp_path: Path, demo_profile: CityProfile) -> None:
    file = tmp_path / "zones.html"
    text = standalone.page("zones", profile=demo_profile, data=_data(), stamp="2026-02-01", internal=True)
    file.write_text(text, encoding="utf-8")
    page = open_file(str(file))
    page.locator(".label.mark-red").wait_for()
    spot = page.locator(".label.mark-red").bounding_box()
    assert spot is not None
    page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    expect(page.locator(".leaflet-popup")).to_contain_text("绝不是入户的依据")
    expect(page.locator(".leaflet-popup")).to_contain_text(HOSTILE[:20])
    expect(page.locator(".sheet-title")).to_contain_text("内部资料 不得公开")


def test_a_community_on_a_disk_tells_its_counts(open_file: Visit, tmp_path: Path, demo_profile: CityProfile) -> None:
    file = tmp_path / "heat.html"
    data = {key: value for key, value in _data().items() if key.startswith("areas")}
    file.write_text(standalone.page("heat", profile=demo_profile, data=data, stamp="2026-02-01"), encoding="utf-8")
    page = open_file(str(file))
    page.focus(".folium-map")
    page.keyboard.press("Enter")
    for words in ("990101001001", "西县 青石镇", HOSTILE[:20], "57.1"):
        expect(page.locator(".popup")).to_contain_text(words)
    assert "hacked" not in page.title()


def test_a_city_of_communities_alone_is_bordered_and_named_from_afar(
    open_file: Visit, tmp_path: Path, demo_profile: CityProfile
) -> None:
    square = [[[118.0, 27.0], [119.0, 27.0], [119.0, 28.0], [118.0, 28.0], [118.0, 27.0]]]
    data = {"areas:community": _collection("Polygon", square, {"code": "851", "name": "Harbour"})}
    file = tmp_path / "zones.html"
    file.write_text(standalone.page("zones", profile=demo_profile, data=data, stamp="2016-09-01"), encoding="utf-8")
    page = open_file(str(file))
    assert pixels(page, "border") > 1000
    assert [box[4] for box in labels(page)] == ["Harbour"]


def test_a_map_is_coloured_by_the_areas_that_have_borders(
    open_file: Visit, tmp_path: Path, demo_profile: CityProfile
) -> None:
    counted = _data()["areas:community"]
    nobody = {"type": "FeatureCollection", "numberMatched": 0, "numberReturned": 0, "features": []}
    data = {"areas:county": nobody, "areas:township": nobody, "areas:community": counted}
    file = tmp_path / "community.html"
    file.write_text(standalone.page("community", profile=demo_profile, data=data, stamp="2016-09-01"), encoding="utf-8")
    page = open_file(str(file))
    expect(page.get_by_role("heading", name="线索数(按社区(村))")).to_be_visible()
    page.evaluate("wuchuan.city.drawers.get('choropleth').state.level = 'county'")
    page.evaluate("wuchuan.city.refresh('choropleth')")
    expect(page.get_by_role("heading", name="线索数(按社区(村))")).to_be_visible()
    assert pixels(page, "choropleth") > 1000


def _data() -> dict[str, object]:
    square = [[[118.0, 27.0], [118.4, 27.0], [118.4, 27.4], [118.0, 27.4], [118.0, 27.0]]]
    counts = {"tips": 3, "findings": 1, "rental_units": 5, "venues": 2, "rate_per_100": 57.1}
    zone = {
        "zone_id": "z", "area_code": "990101001001", "grade": "red", "score": 4, "own_raid_share": 0, "tips": 3,
        "sources": 3, "findings": 0, "radius_m": 90, "expected": 1, "since": "2026-01-01", "until": "2026-02-01",
        "expires_on": "2026-05-01", "reasons": [HOSTILE], "method": "v1",
    }  # fmt: skip
    areas = {
        f"areas:{level}": _collection("Polygon", square, {"code": code, "name": name, **counts})
        for level, code, name in (
            ("county", "990101000000", "西县"),
            ("township", "990101001000", "青石镇"),
            ("community", "990101001001", HOSTILE),
        )
    }
    heat = {"image": PIXEL, "bounds": [118, 27, 118.4, 27.4], "peak_per_km2": 2.0, "breaks": [0.5, 1.0, 1.5]}
    raid = _collection("Point", [118.2, 27.2], {"action_no": HOSTILE, "outcome": "found"})
    points = {"raids": raid, "tips": json.loads(json.dumps(raid))}
    return areas | {"risk_zones": _collection("Polygon", square, zone), "heat": heat} | points


def _collection(kind: str, coordinates: object, properties: dict[str, object]) -> dict[str, object]:
    feature = {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}
    return {"type": "FeatureCollection", "numberMatched": 1, "numberReturned": 1, "features": [feature]}
