"""The three years of a demo city, up to the last day asked for."""

from datetime import date

import numpy as np

Days = np.typing.NDArray[np.datetime64]

#: the last day of the city that tests and benches look at
LAST_DAY = date(2026, 10, 31)
DAYS = 1096
MONTHS = 12


def first_day(last_day: date) -> np.datetime64:
    """The first of ``DAYS`` days, both ends included."""
    return np.datetime64(last_day) - np.timedelta64(DAYS - 1, "D")


def whole_months(last_day: date) -> Days:
    """The last twelve months that are over when that day is."""
    end = (np.datetime64(last_day) + 1).astype("datetime64[M]")
    return np.arange(end - MONTHS, end)


def compact(days: Days) -> list[str]:
    """Days as register numbers write them: 20261031."""
    return [day.replace("-", "") for day in days.astype("datetime64[D]").astype(str).tolist()]
