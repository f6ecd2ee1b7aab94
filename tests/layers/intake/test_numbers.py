"""Numbers as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.intake.numbers import is_empty_mark, number


@pytest.mark.parametrize(
    ("text", "unit", "value", "about"),
    [
        ("80", "㎡", 80, False),
        ("８６．５", "㎡", 86.5, False),
        ("1,200.5 平方米", "㎡", 1200.5, False),
        ("1,024", "人", 1024, False),
        ("97人", "人", 97, False),
        ("４８间", "间", 48, False),
        ("80m²", "㎡", 80, False),
        ("-5", "人", -5, False),
        ("约80㎡", "㎡", 80, True),
        ("≈75平米", "㎡", 75, True),
        ("80㎡左右", "㎡", 80, True),
        ("约 120 张", "张", 120, True),
        ("3.5万元", "元", 35_000, False),
        ("1,500元/月", "元", 1500, False),
        ("７５％", "%", 0.75, False),
        ("118.15e0", None, 118.15, False),
    ],
)
def test_numbers(text: str, unit: str | None, value: float, about: bool) -> None:
    found = number(text, unit)
    assert found is not None
    assert (found.value, found.about) == (pytest.approx(value), about)


WORDS = ("三室一厅", "十二", "未统计", "#REF!", "", "80多")
SEVERAL = ("80-90", "80~90", "100+5", "12 13", "12,34", "3人2间", "1e999", "inf", "nan", "0x10")


@pytest.mark.parametrize("text", [*WORDS, *SEVERAL])
def test_words_ranges_and_sums_are_none(text: str) -> None:
    assert number(text, "人") is None


def test_a_unit_of_something_else_is_none() -> None:
    assert number("80人", "㎡") is None


def test_the_headings_unit_scales_only_what_states_none() -> None:
    bare, stated = number("3.5", "元", "万元"), number("3.5万元", "元", "万元")
    assert bare is not None
    assert stated is not None
    assert bare.value == stated.value == 35_000


@pytest.mark.parametrize("text", ["—", "-", "/", "／", " — ", "无", "N/A"])
def test_marks_for_nothing(text: str) -> None:
    assert is_empty_mark(text)
    assert number(text, "人") is None


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = number(text, "人")
    assert found is None or math.isfinite(found.value)
