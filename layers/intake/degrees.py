"""One coordinate as people write it: in degrees, in degrees and minutes, with seconds, with N or E or 东经."""

import math
import re
import unicodedata
from dataclasses import dataclass

_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?"
_DEGREES = re.compile(
    rf"(?P<sign>[+-]?)(?P<d>{_NUMBER})(?:[°度dº˚\s]+(?:(?P<m>{_NUMBER})(?:['′’m分\s]+(?:(?P<s>{_NUMBER})(?:[\"″”s秒]|''|′′|’’)?)?)?)?)?",
    re.IGNORECASE,
)
_SIDES = {
    "东经": "e",
    "西经": "w",
    "北纬": "n",
    "南纬": "s",
    "经度": "e",
    "纬度": "n",
    "lon": "e",
    "lng": "e",
    "lat": "n",
}
_SIDES |= {side: side for side in "ewns"}
_SIDE = "|".join(_SIDES)
_LEADING = re.compile(rf"^({_SIDE})[:=\s]*", re.IGNORECASE)
_TRAILING = re.compile(rf"[:\s]*({_SIDE})$", re.IGNORECASE)
#: how the two halves of a pair may be told apart, likeliest first
_BETWEEN = (
    re.compile(r"[,;、|/&]"),
    re.compile(rf"(?<=.)(?=(?:{_SIDE})[:\s]*\d)", re.IGNORECASE),
    re.compile(r"(?<=[enws])(?=\s*\d)|(?<=东经|西经|北纬|南纬)(?=\s*\d)", re.IGNORECASE),
    re.compile(r"\s+(?=\d{1,3}\.\d)"),
    re.compile(r"\s+"),
)
_WRAPPED = re.compile(r"^(?:point)?\s*[(\[{]+(.*?)[)\]}]+$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Degrees:
    """A number of degrees, negative in the west and south; ``side`` is e, w, n or s where the writer said it."""

    value: float
    side: str | None


def degrees(text: str) -> Degrees | None:
    """The coordinate that ``text`` writes (any size: projected metres too); None when it is none, or not finite."""
    told = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    side, found = None, _DEGREES.fullmatch(told)
    if found is None:  # otherwise a last s stands for seconds
        side, told = _side(told)
        found = _DEGREES.fullmatch(told.strip())
    if found is None:
        return None
    minutes, seconds = (float(found[name]) if found[name] else 0.0 for name in ("m", "s"))
    value = float(found["d"])
    if minutes >= 60 or seconds >= 60 or not math.isfinite(value):
        return None
    value += minutes / 60 + seconds / 3600
    negative = (found["sign"] == "-") != (side in ("w", "s"))
    return Degrees(-value if negative else value, side)


def pair(text: str, order: str) -> tuple[Degrees, Degrees] | None:
    """Longitude and latitude of one text that holds both, in ``order`` ("lonlat" or "latlon") unless letters say it."""
    told = unicodedata.normalize("NFKC", text).strip()
    if (wrapped := _WRAPPED.match(told)) is not None:
        told = wrapped.group(1)
    halves = next((both for between in _BETWEEN if (both := _both(between, told)) is not None), None)
    return None if halves is None else _ordered(*halves, order)


def _both(between: re.Pattern[str], text: str) -> tuple[Degrees, Degrees] | None:
    halves = [half for half in between.split(text) if half.strip()]
    if len(halves) != 2:
        return None
    first, second = degrees(halves[0]), degrees(halves[1])
    return None if first is None or second is None else (first, second)


def _ordered(first: Degrees, second: Degrees, order: str) -> tuple[Degrees, Degrees] | None:
    if _is_latitude(first, second):
        return second, first
    if _is_latitude(second, first):
        return first, second
    if first.side or second.side:
        return None
    return (first, second) if order == "lonlat" else (second, first)


def _is_latitude(one: Degrees, other: Degrees) -> bool:
    north, east = ("n", "s"), ("e", "w")
    return (one.side in north and other.side not in north) or (one.side is None and other.side in east)


def _side(text: str) -> tuple[str | None, str]:
    for pattern in (_LEADING, _TRAILING):
        if (found := pattern.search(text)) is not None:
            return _SIDES[found.group(1).casefold()], pattern.sub("", text, count=1)
    return None, text
