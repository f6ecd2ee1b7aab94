"""The calendar file, shipped and spoilt."""

from datetime import date
from pathlib import Path

import pytest

from gis.errors import Refused
from layers.holidays import load_calendar
from layers.profile import CityProfile
from tests.conftest import REPO


def test_the_shipped_years_hold_as_many_days_off_as_the_notices_say() -> None:
    calendar = load_calendar(REPO / "profiles" / "holidays.toml")
    assert [sum(d.year == year for d in calendar.holidays) for year in (2025, 2026)] == [28, 33]
    assert all(day.weekday() >= 5 for day in calendar.workdays)
    assert calendar.works(date(2026, 2, 28))
    assert not calendar.works(date(2026, 10, 7))


def test_the_demo_city_uses_it_and_a_city_without_one_counts_weekdays(demo_profile: CityProfile) -> None:
    assert load_calendar(demo_profile.calendar).years == {2025, 2026}
    assert load_calendar(None).works(date(2026, 10, 1))


@pytest.mark.parametrize(
    "text",
    ["[2026", "[year]", "[2026]\nholidays = [2025-01-01]", "[2026]\nfree = []", '[2026]\nworkdays = ["soon"]'],
)
def test_a_spoilt_file_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refused, match=r"节假日文件 holidays\.toml"):
        load_calendar(path)
