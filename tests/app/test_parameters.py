"""Query parameters read strictly."""

import contextlib
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.core.parameters import Parameters, number, read_days, read_query, within
from gis.errors import Refused


def test_what_is_not_asked_for_is_open() -> None:
    asked = read_query(MultiDict(), "area", "bbox", "limit", "level")
    assert (asked.area, asked.cut.bbox, asked.cut.since, asked.cut.until, asked.cut.limit) == (None,) * 5


def test_an_empty_value_is_as_none() -> None:
    assert read_query(MultiDict({"since": "", "bbox": ""}), "bbox").cut.since is None


def test_good_values_are_typed() -> None:
    given_ = {"since": "2026-01-02", "bbox": "117,-26.5,+119,28", "limit": "10", "level": "county", "area": "990101"}
    asked = read_query(MultiDict(given_), "area", "bbox", "limit", "level")
    assert asked.cut.since == date(2026, 1, 2)
    assert (asked.cut.bbox, asked.cut.limit, asked.cut.level) == ((117, -26.5, 119, 28), 10, "county")
    assert asked.area == "990101"


def test_equal_questions_are_one_question_whatever_their_order() -> None:
    one = read_query(MultiDict([("limit", "5"), ("bbox", "1,2,3,4")]), "bbox", "limit")
    other = read_query(MultiDict([("bbox", "1.0,2.0,3,4"), ("limit", "05")]), "bbox", "limit")
    assert hash(one) == hash(other)
    assert one == other


@given(st.text(alphabet=string.printable + "一٣\x00", max_size=12))
def test_any_text_is_a_value_or_a_refusal_and_never_anything_else(text: str) -> None:
    for name in ("since", "until", "area", "bbox", "limit", "level"):
        with contextlib.suppress(Refused):
            read_query(MultiDict({name: text}), "area", "bbox", "limit", "level")


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_keep_to_their_bounds(value: int) -> None:
    parse = within(1, 50)
    if 1 <= value <= 50:
        assert parse(str(value)) == value
    else:
        with pytest.raises(ValueError):  # noqa: PT011
            parse(str(value))


@pytest.mark.parametrize("text", ["nan", "inf", "1e5", "1_0", "0x10", "", " 1", "1,5", "--1"])
def test_numbers_are_plain_decimals(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        number(0, 1e9)(text)


@pytest.mark.parametrize(("day", "rule"), [("9999-12-31", "1900 年到 2099 年之间"), ("2026-02-30", "2026-05-03 这样")])
def test_a_day_out_of_range_is_told_from_none(day: str, rule: str) -> None:
    parameters = Parameters(MultiDict({"until": day}))
    read_days(parameters)
    with pytest.raises(Refused, match=rf"参数有误:until 要.*{rule}[^;]*$"):
        parameters.done()


def test_since_must_come_before_until() -> None:
    parameters = Parameters(MultiDict({"since": "2026-02-01", "until": "2026-01-01"}))
    read_days(parameters)
    with pytest.raises(Refused, match="since 要早于 until"):
        parameters.done()
