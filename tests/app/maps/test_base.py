import dataclasses
import datetime as dt
import json
import re

from app.core.periods import Period
from app.maps.base import MAP_LAYERS, PANES, configuration
from app.maps.workbench import workbench
from layers.catalog import LAYERS
from layers.profile import CityProfile

PERIOD = Period(first=dt.date(2024, 1, 1), since=dt.date(2025, 1, 1), until=dt.date(2026, 1, 1))


def _script(profile: CityProfile) -> str:
    context = workbench(profile, figures={"tips": 3}, counties=[], period=PERIOD, nonce="n")
    return context["map"].script  # type: ignore[attr-defined, no-any-return]


def test_every_layer_and_pane_stands_in_the_page_and_no_feature_does(demo_profile: CityProfile) -> None:
    script = _script(demo_profile)
    for name in (*PANES, *(layer.key for layer in MAP_LAYERS)):
        assert f'"{name}"' in script
    assert "FeatureCollection" not in script
    assert len(script) < 20_000


def test_two_pages_do_not_share_their_lists_of_scripts(demo_profile: CityProfile) -> None:
    assert _script(demo_profile).count("L.map(") == _script(demo_profile).count("L.map(") == 1


def test_private_text_has_no_field_on_the_map(demo_profile: CityProfile) -> None:
    fields = configuration(demo_profile, MAP_LAYERS)["fields"]
    private = {(layer.key, field.name) for layer in LAYERS.values() for field in layer.fields if field.private}
    assert {("tips", "text"), ("raids", "text")} <= private
    assert not private & {(key, field["name"]) for key, list_ in fields.items() for field in list_}


def test_a_hostile_city_name_cannot_leave_the_configuration(demo_profile: CityProfile) -> None:
    name = "</script><script>alert(1)</script>&\u2028{{ 7 * 7 }}{% raw %}{#{{{ https://evil.example"
    script = _script(dataclasses.replace(demo_profile, name=name))
    assert script.lower().count("</script") == 1
    assert "\u2028" not in script
    told = re.search(r'"name":"((?:[^"\\]|\\.)*)"', script)
    assert told is not None
    assert json.loads(f'"{told[1]}"') == name


def test_a_profile_with_a_basemap_gets_its_layer(demo_profile: CityProfile, tmp_path: object) -> None:
    with_one = dataclasses.replace(demo_profile, basemap=tmp_path)
    assert '"basemap"' in _script(with_one)
    assert '"basemap"' not in _script(demo_profile)
