"""Days, moments and months in all the ways people write them, one text at a time. Chinese order: year, month, day."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

_DAY = r"(?P<y>\d{4}|\d{2})(?:年|[-./])(?P<m>\d{1,2})(?:月|[-./])(?P<d>\d{1,2})[日号]?\.?"
_COMPACT = r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
# hours alone are a zone only after seconds, as GDAL writes them into KML: 9:00-12 is a range
_CLOCK = (
    r"T?(?P<half>上午|下午|早上|清晨|凌晨|中午|傍晚|晚上|夜间|晚|am|pm)?T?(?P<h>\d{1,2})"
    r"(?::(?P<mi>\d{1,2})(?::(?P<s>\d{1,2})(?:\.(?P<f>\d+))?)?|[时点](?:(?P<mi2>\d{1,2})分?(?:(?P<s2>\d{1,2})秒)?|(?P<thirty>半)|整)?)"
    r"T?(?P<half2>am|pm)?(?P<zone>z|[+-]\d{2}:?\d{2}|(?(s)(?:[+-]0\d|\+1[0-4])|(?!)))?"
)
_STAMP = r"T?(?P<ch>\d{2})(?P<cmi>\d{2})(?P<cs>\d{2})?"
_MOMENT = re.compile(rf"(?:{_DAY}|{_COMPACT.replace('<', '<c')})(?:{_STAMP}|[T,]?{_CLOCK})?", re.IGNORECASE)
_MONTH = re.compile(
    r"(?:(?P<y>\d{4})(?:年|[-./])|(?P<yy>\d{2})年)(?P<m>\d{1,2})(?:月份?)?|(?P<cy>(?:19|20)\d{2})(?P<cm>\d{2})"
)
_MONTH_ALONE = re.compile(r"(\d{1,2}|十[一二]?|[一二三四五六七八九])月份?")
_YEAR = re.compile(r"((?:19|20)\d{2})(?:年|$|\D)")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?")
_CHINESE_YEAR = re.compile(r"[〇零○一二三四五六七八九]{4}年")
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE_TEN = re.compile(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)")
_AFTERNOON = ("下午", "傍晚", "晚上", "夜间", "晚", "pm")
#: serial 0 of a workbook counting from 1900, and the serials taken for dates (1954 to 2064)
_EPOCH, _SERIALS = datetime(1899, 12, 30), (20_000, 60_000)  # noqa: DTZ001 the profile's zone is added later
_YEARS = (1900, 2100)
_NOON = 12

Precision = Literal["month", "day", "moment"]


@dataclass(frozen=True, slots=True)
class Instant:
    """A date as written: naive unless the text states its zone; day 1 where only the month was written."""

    value: datetime
    precision: Precision


def instant(text: str) -> Instant | None:
    """The day, moment or month that ``text`` writes; None when it is none, impossible, a range or vague."""
    told = _tidy(text)
    if (found := _MOMENT.fullmatch(told)) is not None:
        return _moment(found)
    if (found := _MONTH.fullmatch(told)) is not None:
        return _month(found)
    if _SERIAL.fullmatch(told) and _SERIALS[0] <= float(told) <= _SERIALS[1]:
        return _serial(float(told))
    return None


def month_of(text: str, year: int | None = None) -> datetime | None:
    """The first day of the month that a heading or cell names; ``year`` serves where it names none."""
    told = _tidy(text)
    if (alone := _MONTH_ALONE.fullmatch(told)) is not None and year is not None:
        return _date(year, int(_digits(alone.group(1))), 1)
    found = instant(text)
    return None if found is None else found.value.replace(day=1, hour=0, minute=0, second=0)


def year_of(text: str) -> int | None:
    """The year that a title or heading names; None when it names none or several."""
    years = {int(year) for year in _YEAR.findall(_tidy(text))}
    return years.pop() if len(years) == 1 else None


def _tidy(text: str) -> str:
    told = _WEEKDAY.sub("", unicodedata.normalize("NFKC", text)).strip().replace("元月", "1月")
    told = re.sub(r"(?<=[年月日号点时分\-./:])\s+|\s+(?=[年月日号点时分\-./:])", "", told)
    told = re.sub(r"\s+", "T", told.replace("﹕", ":").replace("∶", ":"))
    return _digits(told) if _CHINESE_YEAR.match(told) else told


def _digits(text: str) -> str:
    tens = _CHINESE_TEN.sub(lambda ten: f"{ten.group(1) or '一'}{ten.group(2) or '〇'}", text)
    return tens.translate(_CHINESE_DIGITS)


def _moment(match: re.Match[str]) -> Instant | None:
    part = match.groupdict()
    day = _date(_full_year(part["y"] or part["cy"]), int(part["m"] or part["cm"]), int(part["d"] or part["cd"]))
    if day is None:
        return None
    if part["h"] is None and part["ch"] is None:
        return Instant(day, "day")
    clock = _clock(part)
    return None if clock is None else Instant(_zoned(day + clock, part["zone"]), "moment")


def _clock(part: dict[str, str | None]) -> timedelta | None:
    hour = int(part["h"] or part["ch"] or 0)
    minute = 30 if part["thirty"] else int(part["mi"] or part["mi2"] or part["cmi"] or 0)
    second = int(part["s"] or part["s2"] or part["cs"] or 0)
    half = (part["half"] or part["half2"] or "").casefold()
    if half in _AFTERNOON and hour < _NOON:
        hour += _NOON
    elif half == "am" and hour == _NOON:
        hour = 0
    if hour > 23 or minute > 59 or second > 59:
        return None
    fine = int((part["f"] or "")[:6].ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fine)


def _zoned(moment: datetime, zone: str | None) -> datetime:
    if zone is None:
        return moment
    if zone in "zZ":
        return moment.replace(tzinfo=UTC)
    sign, hours, minutes = (-1 if zone[0] == "-" else 1), int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    return moment.replace(tzinfo=timezone(sign * timedelta(hours=min(hours, 14), minutes=min(minutes, 59))))


def _month(match: re.Match[str]) -> Instant | None:
    part = match.groupdict()
    day = _date(_full_year(part["y"] or part["yy"] or part["cy"]), int(part["m"] or part["cm"]), 1)
    return None if day is None else Instant(day, "month")


def _serial(number: float) -> Instant:
    value = _EPOCH + timedelta(seconds=round(number * 86_400))
    return Instant(value, "day" if number.is_integer() else "moment")


def _full_year(year: str) -> int:
    return 2000 + int(year) if len(year) == 2 else int(year)


def _date(year: int, month: int, day: int) -> datetime | None:
    if not _YEARS[0] <= year <= _YEARS[1]:
        return None
    try:
        return datetime(year, month, day)  # noqa: DTZ001 the profile's zone is added later
    except ValueError:
        return None
