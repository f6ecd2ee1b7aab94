"""Working days: when a legal deadline expires, and how many days are left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
TIP_WORKING_DAYS = 15


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Exceptions to the week: holidays, weekend days that are worked (调休), and the years these are known for."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def works(self, day: date) -> bool:
        """Whether that day is a working day; in a year that is not known, whether it is no weekend."""
        return day in self.workdays or (day.weekday() < SATURDAY and day not in self.holidays)


def due_day(received: date, calendar: Calendar, *, working_days: int = TIP_WORKING_DAYS) -> date:
    """The last of so many working days after the day of receipt, which itself does not count."""
    due = received
    for _ in range(working_days):
        due += timedelta(days=1)
        while not calendar.works(due):
            due += timedelta(days=1)
    return due


def last_late(until: date, calendar: Calendar) -> date:
    """The last day of receipt whose due day lies before ``until``."""
    day = until - timedelta(days=1)
    while due_day(day, calendar) >= until:
        day -= timedelta(days=1)
    return day


def days_left(today: date, due: date, calendar: Calendar) -> int:
    """Working days after ``today`` up to ``due``: 0 on the due day, less when it has passed, on a weekend too."""
    worked = sum(calendar.works(day) for day in _after(min(today, due), max(today, due)))
    return worked if today <= due else -max(worked, 1)


def unknown_years(since: date, until: date, calendar: Calendar) -> list[int]:
    """The years from one day to another for which weekdays alone are counted."""
    return [year for year in range(since.year, until.year + 1) if year not in calendar.years]


def _after(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
