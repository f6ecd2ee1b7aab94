"""Dates as people write them."""

# ruff: noqa: DTZ001 (naive on purpose: the profile's zone is added later)

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.intake.dates import instant, month_of, year_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2016-05-03", (2016, 5, 3)),
        ("2016.5.3", (2016, 5, 3)),
        ("2016/5/3", (2016, 5, 3)),
        ("16-5-3", (2016, 5, 3)),
        ("20160503", (2016, 5, 3)),
        ("42493", (2016, 5, 3)),
        ("2016年5月3日", (2016, 5, 3)),
        ("2016 年 5 月 3 号", (2016, 5, 3)),
        ("２０１６年５月３日", (2016, 5, 3)),
        ("二〇一六年十二月二十三日", (2016, 12, 23)),
        ("2024年2月9日(星期五)", (2024, 2, 9)),
        ("2024-02-29", (2024, 2, 29)),
    ],
)
def test_days(text: str, day: tuple[int, int, int]) -> None:
    found = instant(text)
    assert found is not None
    assert (found.value, found.precision) == (datetime(*day), "day")


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2024-02-09 20:05", (20, 5, 0)),
        ("2024.2.9 20：05", (20, 5, 0)),
        ("2024-02-09T20:05:59", (20, 5, 59)),
        ("2024年2月9日下午3点半", (15, 30, 0)),
        ("2024年2月9日 下午 3:00", (15, 0, 0)),
        ("2024年2月9日9时5分", (9, 5, 0)),
        ("2024/2/9 8:05 PM", (20, 5, 0)),
        ("202402092005", (20, 5, 0)),
        ("45331.5", (12, 0, 0)),
    ],
)
def test_moments(text: str, clock: tuple[int, int, int]) -> None:
    found = instant(text)
    assert found is not None
    assert (found.value, found.precision) == (datetime(2024, 2, 9, *clock), "moment")


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-09T20:05:00+08:00", "2024-02-09T20:05:00+0800", "2024/02/09 20:05:00+08"),
        *("2024/02/09 20:05:00.000+08", "2024/02/09 12:05:00+00", "2024/02/09 04:05:00-08", "2024-02-09T12:05Z"),
    ],
)
def test_a_stated_zone_is_kept(text: str) -> None:
    found = instant(text)
    assert found is not None
    assert found.value.astimezone(UTC) == datetime(2024, 2, 9, 12, 5, tzinfo=UTC)


def test_a_part_of_a_second_is_kept() -> None:
    found = instant("2024/02/09 20:05:00.25")
    assert found is not None
    assert found.value == datetime(2024, 2, 9, 20, 5, 0, 250_000)


@pytest.mark.parametrize("text", ["2016年5月", "2016-5", "2016.05", "201605", "16年5月"])
def test_months(text: str) -> None:
    found = instant(text)
    assert found is not None
    assert (found.value, found.precision) == (datetime(2016, 5, 1), "month")


@pytest.mark.parametrize(
    "text",
    [
        *("2016/13/3", "2023年2月30日", "2023-02-29", "5/3/2016", "99999", "160503", "0", "1"),  # impossible, ambiguous
        *("不详", "2009年国庆", "上周三下午", "2016年", "2016年5月上旬", "2024-2-9 20:05左右"),  # vague
        *("2016.5.3-2016.6.1", "2024-2-9 9:00-12", "2024-2-9 9:00:00-17", "2024-2-9 9:00:00-12", "2024-2-9 25:00"),
        *("", "#REF!"),
    ],
)
def test_impossible_and_vague_dates_are_none(text: str) -> None:
    assert instant(text) is None


def test_a_month_alone_takes_the_year_of_the_title() -> None:
    assert month_of("3月", 2024) == datetime(2024, 3, 1)
    assert month_of("十二月份", 2024) == datetime(2024, 12, 1)
    assert month_of("3月") is None
    assert month_of("平均", 2024) is None
    assert year_of("2024年上半年分组人口统计表") == 2024
    assert year_of("2023年至2024年") is None


@given(
    st.text(max_size=30)
    | st.from_regex(r"\d{1,4}[-./年]\d{1,3}[-./月]\d{0,3}日?( \d{1,3}[:时]\d{0,3})?", fullmatch=True)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    found = instant(text)
    assert found is None or 1900 <= found.value.year <= 2100
