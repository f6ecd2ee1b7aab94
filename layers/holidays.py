"""The calendar file: for each year, days off and the weekend days that are worked instead."""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from gis.errors import Refused
from gis.workdays import Calendar

KEYS = {"holidays", "workdays"}


def load_calendar(path: Path | None) -> Calendar:
    """The calendar in that TOML file; an empty one without a file.

    A table is named by its year; ``holidays`` are days or [first, last], ``workdays`` days.

    Raises:
        Refused: the file is missing or is not TOML, or something in it is no year or no day of it.
    """
    if path is None:
        return Calendar()
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        years = {int(year): _check(table) for year, table in raw.items()}
        holidays = {day for table in years.values() for span in table.get("holidays", []) for day in _days(span)}
        workdays = {day for table in years.values() for span in table.get("workdays", []) for day in _days(span)}
    except (OSError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise Refused(f"读不了节假日文件 {path.name}:{error}", kind="bad_calendar") from error
    if stray := sorted(day for day in holidays | workdays if day.year not in years):
        raise Refused(f"节假日文件 {path.name} 里 {stray[0]} 不在它所属的年份下", kind="bad_calendar")
    return Calendar(holidays=frozenset(holidays), workdays=frozenset(workdays), years=frozenset(years))


def _check(table: Any) -> dict[str, Any]:
    if not isinstance(table, dict) or set(table) - KEYS:
        raise ValueError("每年只写 holidays 和 workdays")
    return table


def _days(span: Any) -> list[date]:
    first, last = span if isinstance(span, list) else (span, span)
    if not isinstance(first, date) or not isinstance(last, date) or last < first:
        raise ValueError(f"{span} 不是日期或一段日期")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
