"""Coordinates as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.intake.degrees import degrees, pair


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("118.1121", 118.1121),
        ("１１８．１８６１３４", 118.186134),
        (" 26.620472°\xa0", 26.620472),
        ("E118.113405", 118.113405),
        ("东经118.15度", 118.15),
        ("118°06′34.66″", 118.109628),
        ("118°8.4229′", 118.140382),
        ("118度9分36.86秒", 118.160239),
        ("113 15m 26.6968s E", 113.257416),
        ("26.6S", -26.6),
        ("-118.15", -118.15),
        ("118.15e0", 118.15),
        ("39512345.67", 39512345.67),
    ],
)
def test_one_coordinate(text: str, value: float) -> None:
    found = degrees(text)
    assert found is not None
    assert found.value == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "118度75分00秒",
        "118°6′75″",
        "118.1O52",
        "118,15",
        "118.15,26.64",
        "0x76",
        "NaN",
        "inf",
        "1e999",
        "#NUM!",
        "",
        "高德",
    ],
)
def test_what_is_no_coordinate(text: str) -> None:
    assert degrees(text) is None


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("118.15,26.65", "lonlat"),
        ("26.65，118.15", "latlon"),
        ("26.65 118.15", "latlon"),
        ("N26.65 E118.15", "lonlat"),
        ("118.15E26.65N", "latlon"),
        ("东经118.15 北纬26.65", "latlon"),
        ("北纬26度39分东经118度9分", "lonlat"),
        ("26 39m 0s N, 118 9m 0s E", "lonlat"),
        ("26°39′0″，118°9′0″", "latlon"),
        ("(118.15, 26.65)", "lonlat"),
        ("POINT(118.15 26.65)", "lonlat"),
        ("经度：118.15，纬度：26.65", "latlon"),
    ],
)
def test_letters_decide_and_else_the_order(text: str, order: str) -> None:
    found = pair(text, order)
    assert found is not None
    assert (found[0].value, found[1].value) == (pytest.approx(118.15), pytest.approx(26.65))


@pytest.mark.parametrize("text", ["118.15", "118.15,26.65,12", "E118.15,E118.16", "样板路3号", ""])
def test_what_is_no_pair(text: str) -> None:
    assert pair(text, "lonlat") is None


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = degrees(text)
    assert found is None or math.isfinite(found.value)
    pair(text, "lonlat")
