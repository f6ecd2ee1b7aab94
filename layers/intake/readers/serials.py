"""Numbers of workbook cells as canonical text: days and times where their format shows them, else plain numbers."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

Shown = Literal["number", "day", "time"]

#: built-in formats by number, with those of Chinese Excel; 45 and 47 are minutes and seconds
_DAYS = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58}
_TIMES = {*range(18, 22), *range(32, 36), 45, 47, 55, 56}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_WHOLE = re.compile(r"-?[1-9][0-9]{0,14}|0")
_DAY_SECONDS = 86_400
_LAST_SERIAL = 2_958_466  # 10000-01-01
#: Excel believes in a 29 February 1900
_FALSE_DAY = 60
_FIRST_1900 = datetime(1899, 12, 31)  # noqa: DTZ001 — a workbook knows no zones
_FIRST_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
#: whole numbers from here on are written by Python with an exponent
_LONGEST_WHOLE = 1e21


def shown_as(number: int, code: str | None) -> Shown:
    """What a cell format shows, by its built-in ``number`` or the workbook's ``code``; elapsed time is a number."""
    if code is None:
        return "day" if number in _DAYS else "time" if number in _TIMES else "number"
    letters = _LITERAL.sub("", code.split(";")[0]).lower()
    if _ELAPSED.search(letters) or "general" in letters:
        return "number"
    if re.search(r"[yd年日]", letters):
        return "day"
    if re.search(r"[hs]", letters):
        return "time"
    return "day" if "m" in letters else "number"


def number_text(raw: str, shown: Shown, *, date1904: bool) -> str:
    """``raw``, a number as the file spells it, as RawTable has it; what is no number or no day comes back as it is."""
    if shown == "number" and _WHOLE.fullmatch(raw):
        return raw
    try:
        value = float(raw)
    except ValueError:
        return raw
    moment = None if shown == "number" else _moment_text(value, shown, date1904=date1904)
    return moment or _plain(value)


def _plain(value: float) -> str:
    """Without ".0"; a code of up to 20 digits keeps the digits that are known, followed by zeros."""
    if value.is_integer() and abs(value) < _LONGEST_WHOLE:
        return f"{Decimal(repr(value)):.0f}"
    return repr(value)


def _moment_text(value: float, shown: Shown, *, date1904: bool) -> str | None:
    if not 0 <= value < _LAST_SERIAL or (not date1904 and _FALSE_DAY <= value < _FALSE_DAY + 1):
        return None
    seconds = round(value * _DAY_SECONDS)
    first = _FIRST_1904 if date1904 else _FIRST_1900 - timedelta(days=value > _FALSE_DAY)
    moment = first + timedelta(seconds=seconds)
    if shown == "time" and value < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if seconds % _DAY_SECONDS == 0 else moment.isoformat()
