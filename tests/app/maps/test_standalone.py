import re
from dataclasses import replace

import pytest

from app.maps import standalone
from gis.errors import NotFound
from layers.profile import CityProfile

EMPTY: dict[str, object] = {"type": "FeatureCollection", "features": []}
HOSTILE = "</script><script>alert(1)</script>&\u2028{{ 7 * 7 }}"


def _page(profile: CityProfile, **extra: object) -> str:
    feature = {"type": "Feature", "geometry": None, "properties": {"name": HOSTILE}}
    areas = {"type": "FeatureCollection", "features": [feature]}
    data = {"areas:county": areas, "areas:community": EMPTY, "risk_zones": EMPTY}
    return standalone.page("zones", profile=profile, data=data | extra, stamp="2026-02-01")


def test_the_page_links_nothing_and_forbids_every_fetch(demo_profile: CityProfile) -> None:
    page = _page(demo_profile)
    assert "/static/" not in page
    assert set(re.findall(r'\b(?:src|href)="([^"]*)"', re.sub(r"(?s)<(script|style).*?</\1>", "", page))) == {"data:,"}
    assert "default-src 'none'" in page.partition("<script")[0]


def test_names_in_the_data_cannot_end_the_script(demo_profile: CityProfile) -> None:
    page = _page(demo_profile)
    assert HOSTILE not in page
    assert "\u2028" not in page
    assert "\\u007b{ 7 * 7 }}" in page
    assert "\\u003c/script\\u003e\\u003cscript\\u003ealert(1)" in page


def test_layers_without_data_are_left_out(demo_profile: CityProfile) -> None:
    offered = re.findall(r'"key":"(\w+)"', _page(demo_profile))
    assert offered == ["risk_zones", "choropleth", "counties", "communities"]
    assert "heat" in re.findall(r'"key":"(\w+)"', _page(demo_profile, heat={}))


def test_data_that_the_map_does_not_draw_stay_out_of_the_file(demo_profile: CityProfile) -> None:
    point = {"type": "Feature", "geometry": None, "properties": {"address": "解放路1号"}}
    assert "解放路1号" not in _page(demo_profile, rental_units={"type": "FeatureCollection", "features": [point]})


@pytest.mark.parametrize("name", ["zones", "heat", "community"])
def test_points_at_hand_may_be_added_to_a_map_of_areas(demo_profile: CityProfile, name: str) -> None:
    data = {"areas:community": EMPTY, "tips": EMPTY, "raids": EMPTY, "venues": EMPTY}
    page = standalone.page(name, profile=demo_profile, data=data, stamp="2026-02-01", internal=True)
    assert {"tips", "raids", "venues"} <= set(re.findall(r'"key":"(\w+)"', page))


def test_points_are_drawn_without_tiles_and_the_page_is_marked(demo_profile: CityProfile) -> None:
    data = {"raids": EMPTY, "tips": EMPTY}
    page = standalone.page("raid", profile=demo_profile, data=data, stamp="2026-02-01", internal=True)
    assert '"draw":"tiles"' not in page
    assert demo_profile.handling_mark in page
    own = replace(demo_profile, handling_mark="秘密 只供联席会议")
    assert own.handling_mark in standalone.page("raid", profile=own, data=data, stamp="2026-02-01", internal=True)
    assert own.handling_mark not in standalone.page("raid", profile=own, data=data, stamp="2026-02-01")


def test_a_map_of_raids_without_raids_says_so(demo_profile: CityProfile) -> None:
    def told(name: str, **data: object) -> bool:
        return standalone.WITHOUT["raids"] in standalone.page(name, profile=demo_profile, data=data, stamp="2026-02-01")

    assert (told("raid"), told("raid", raids=EMPTY), told("zones")) == (True, False, False)


def test_an_unknown_map_is_named_with_those_there_are(demo_profile: CityProfile) -> None:
    with pytest.raises(NotFound, match="zones、heat、community、raid"):
        standalone.page("flat", profile=demo_profile, data={}, stamp="2026-02-01")
