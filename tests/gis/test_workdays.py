"""Working days against a calendar a reader can check."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.workdays import Calendar, days_left, due_day, last_late, unknown_years
from layers.holidays import load_calendar
from tests.conftest import REPO

SHIPPED = load_calendar(REPO / "profiles" / "holidays.toml")
DAYS = st.dates(date(2025, 1, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 23)),  # three plain weeks
        (date(2026, 2, 9), date(2026, 3, 6)),  # 10-14 February, nine days off, 24-28 February, 2-6 March
        (date(2025, 9, 26), date(2025, 10, 23)),  # 28-30 September, 9-11, 13-17, 20-23 October
    ],
)
def test_fifteen_working_days_after_receipt_are_counted_around_holidays(received: date, due: date) -> None:
    assert due_day(received, SHIPPED) == due


@given(DAYS)
def test_days_left_count_down_from_fifteen_to_none_and_below(received: date) -> None:
    due = due_day(received, SHIPPED)
    assert days_left(received, due, SHIPPED) == 15
    assert days_left(due, due, SHIPPED) == 0
    assert days_left(due + timedelta(days=1), due, SHIPPED) == -1
    assert days_left(due + timedelta(days=14), due, SHIPPED) < -1
    assert days_left(due, received, SHIPPED) == -15


@given(DAYS)
def test_what_came_by_the_last_late_day_is_due_before_and_what_came_later_is_not(until: date) -> None:
    last = last_late(until, SHIPPED)
    assert due_day(last, SHIPPED) < until <= due_day(last + timedelta(days=1), SHIPPED)


@given(DAYS)
def test_the_count_is_numpys_business_day_count(received: date) -> None:
    assert due_day(received, Calendar()) == np.busday_offset(received, 15, roll="backward").astype(date)


def test_years_without_a_table_are_named() -> None:
    assert unknown_years(date(2026, 12, 20), date(2027, 1, 12), SHIPPED) == [2027]
    assert unknown_years(date(2026, 1, 1), date(2026, 1, 12), SHIPPED) == []
