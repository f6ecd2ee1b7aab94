import datetime as dt

import pytest

from app.core.periods import Period
from app.maps.base import MAP_LAYERS
from app.maps.documents import DOCUMENTS, GROUND, document, layers_of
from gis.errors import NotFound
from layers.profile import CityProfile

PERIOD = Period(first=dt.date(2024, 1, 1), since=dt.date(2025, 1, 1), until=dt.date(2026, 1, 1))


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_a_document_holds_known_layers_and_shows_its_own_on_the_ground(name: str) -> None:
    layers = layers_of(name)
    assert {layer.key for layer in layers} == {*DOCUMENTS[name].shown, *DOCUMENTS[name].offered, *GROUND}
    assert {layer.key for layer in layers} <= {layer.key for layer in MAP_LAYERS}
    assert {layer.key for layer in layers if layer.shown} == {*DOCUMENTS[name].shown, *GROUND}


def test_a_document_is_small_and_titled_and_links_local_files_alone(demo_profile: CityProfile) -> None:
    page = document("zones", demo_profile, period=PERIOD, nonce="n0nce")
    assert len(page) < 30_000
    assert "<title>演示市(虚构) 重点关注区和疑似热点图</title>" in page
    assert "://" not in page


def test_an_unknown_document_is_named_with_those_there_are(demo_profile: CityProfile) -> None:
    with pytest.raises(NotFound, match="zones、heat、community、raid"):
        document("flat", demo_profile, period=PERIOD, nonce="n0nce")
