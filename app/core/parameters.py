"""Strict parsing of query parameters: one sentence names all faults of a request."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from app.core.current import FIELD, NAMES
from gis.errors import Refused
from layers import catalog, read
from layers.read import Cut

_Bounds = tuple[float, float, float, float]
Value = TypeVar("Value")

DEFAULT_LIMIT = 5_000
MOST_FEATURES = 50_000
MOST_ZOOM = 22
#: The largest number of a row that the database can count to.
LAST_ID = 2**63 - 1
LONGEST_SEARCH = 40
_WHOLE = re.compile(r"[0-9]{1,9}|[1-9][0-9]{9,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEARS = (1900, 2099)
_OF_ANY_FORM = ("csrf_token", FIELD, "version", NAMES)
_CODE = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a request asks for: a cut of a layer, and the area it lies in, whose prefix only the database knows."""

    cut: Cut
    area: str | None = None

    def cut_in(self, connection: sa.Connection, *, city: str) -> Cut:
        """The cut with the area's prefix; ``city`` is the code of the whole city.

        Raises:
            NotFound: there is no such area.
            Forbidden: it lies outside the actor's own.
        """
        area = self.area
        prefix = read.prefix_of(connection, area, city=city) if area else read.own_prefix(connection)
        return replace(self.cut, prefix=prefix) if prefix else self.cut


class OutOfRange(ValueError):
    """A value of the right form but outside the allowed ones; the message is the rule."""


class Parameters:
    """The parameters of one request, taken one by one; ``done`` refuses the request if any was bad or unknown.

    Taken in a ``with`` block, they are done at its end.
    """

    def __init__(self, given: MultiDict[str, str]) -> None:
        self._given = given
        self._taken: set[str] = set()
        self._faults: list[str] = []

    def __enter__(self) -> "Parameters":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.done()

    def take(self, name: str, parse: Callable[[str], Value], rule: str) -> Value | None:
        """The value of that parameter, or None where it is absent, empty or bad."""
        self._taken.add(name)
        values = self._given.getlist(name)
        if not values or values == [""]:
            return None
        try:
            if len(values) == 1:
                return parse(values[0])
        except OutOfRange as error:
            rule = str(error)
        except ValueError:
            pass
        self._faults.append(f"{name} {rule}")
        return None

    def refuse(self, fault: str) -> None:
        """Note a fault that lies between parameters."""
        self._faults.append(fault)

    def done(self) -> None:
        """End the reading.

        Raises:
            Refused: naming every bad and every unknown parameter.
        """
        unknown = [name for name in self._given if name not in self._taken]
        if unknown:
            self._faults.append("这里只用 " + "、".join(sorted(self._taken)) + " 这些参数")
        if self._faults:
            raise Refused("参数有误:" + ";".join(self._faults), kind="bad_parameter")


def form_parameters(form: MultiDict[str, str]) -> Parameters:
    """The fields of a form but for those that every form may have: the session's token, its own id, the version."""
    return Parameters(MultiDict((name, value) for name, value in form.items(multi=True) if name not in _OF_ANY_FORM))


def read_query(given: MultiDict[str, str], *names: str) -> Query:
    """``since`` and ``until``, and those of ``area``, ``bbox``, ``limit`` and ``level`` that are named.

    Raises:
        Refused: naming every fault.
    """
    with Parameters(given) as parameters:
        since, until = read_days(parameters)
        found: dict[str, Any] = {name: parameters.take(name, *RULES[name]) for name in names}
    area = found.pop("area", None)
    return Query(cut=Cut(since=since, until=until, **found), area=area)


def read_days(parameters: Parameters) -> tuple[date | None, date | None]:
    """``since`` and ``until``, the first before the second."""
    since = parameters.take("since", a_day, "要写成 2026-05-03 这样的日期")
    until = parameters.take("until", a_day, "要写成 2026-05-03 这样的日期")
    if since and until and since >= until:
        parameters.refuse("since 要早于 until")
    return since, until


def tile_place(parameters: Parameters, zoom: str, column: str, row: str) -> tuple[int, int, int]:
    """The place of a tile as numbers; one that does not exist is noted as a fault."""
    try:
        z = within(0, MOST_ZOOM)(zoom)
        return z, within(0, 2**z - 1)(column), within(0, 2**z - 1)(row)
    except ValueError:
        parameters.refuse(f"瓦片编号 {zoom}/{column}/{row} 不存在")
        return 0, 0, 0


def within(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers between two bounds, both allowed."""

    def parse(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return parse


def one_of(choices: Collection[str]) -> Callable[[str], str]:
    """A parser that takes these words only."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """A parser of plain decimal numbers between two bounds, both allowed."""

    def parse(text: str) -> float:
        if not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
            raise ValueError(text)
        return float(text)

    return parse


def a_day(text: str) -> date:
    """A day of this or the last century written in full."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise OutOfRange(f"要在 {_YEARS[0]} 年到 {_YEARS[1]} 年之间")
    return day


def searched(text: str) -> str:
    """A text to look for: at most 40 letters."""
    if not (0 < len(text) <= LONGEST_SEARCH and text.isprintable()):
        raise ValueError(text)
    return text


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(text)
    return text


def _bbox(text: str) -> _Bounds:
    parts = text.split(",")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(text)
    west, south, east, north = (float(part) for part in parts)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(text)
    return west, south, east, north


#: How each parameter of a cut is read, and the rule told when it does not hold.
RULES: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "area": (_code, "要是区划代码"),
    "bbox": (_bbox, "要写成 西,南,东,北 四个度数"),
    "limit": (within(1, MOST_FEATURES), f"要是 1 到 {MOST_FEATURES} 的整数"),
    "placed": (lambda text: one_of(("yes", "no"))(text) == "yes", "要是 yes 或 no"),
    "level": (one_of(catalog.LEVELS), "要是 " + "、".join(catalog.LEVELS) + " 之一"),
}
