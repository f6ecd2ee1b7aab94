"""A joint action as a page or a program sends it: JSON read strictly, every text short and visible."""

import datetime as dt
import sys
from typing import Any
from zoneinfo import ZoneInfo

from app.core import parameters, texts
from app.desks.actions.desk import BUFFER_MINUTES, DOCUMENTS, Action, Target
from gis.errors import Refused

LONGEST_NAME = 60
#: What the one page of a team's order has room for.
LONGEST_TEXT, LONGEST_EVIDENCE = 40, 100
LONGEST_BUFFER_MINUTES = 120
LONGEST_PLACE = 200
MOST_TARGETS = 60
ROOM = dict.fromkeys(DOCUMENTS, LONGEST_TEXT) | {"evidence": LONGEST_EVIDENCE}
WINDOW = dt.timedelta(hours=2)
LONGEST_WINDOW = dt.timedelta(hours=12)
#: No number is larger, but a whole one that JSON spells out.
LARGEST = sys.float_info.max


def read_action(body: dict[str, Any], zone: ZoneInfo) -> Action:
    """The action that is asked for.

    A window without an end is two hours long; one that ends before it begins ends the next day, where that makes it
    no longer than half a day.

    Raises:
        Refused: something is not as it must be; one sentence names it.
    """
    since = moment(text(body, "date"), text(body, "since"), zone)
    until = moment(text(body, "date"), text(body, "until"), zone) if text(body, "until") else since + WINDOW
    if until < since:
        until += dt.timedelta(days=1)
    if until - since > LONGEST_WINDOW:
        raise Refused("结束时间在开始时间之前;跨过午夜的行动不能超过 12 小时", kind="bad_window")
    return Action(
        name=text(body, "name", longest=LONGEST_NAME),
        since=since,
        until=until,
        agencies=tuple(_list(body, "agencies", str)),
        targets=tuple(_target(each) for each in _list(body, "targets", dict)),
        buffer_minutes=_buffer(body.get("buffer_minutes", BUFFER_MINUTES)),
    )


def read_documents(body: dict[str, Any]) -> dict[str, Any]:
    """Those columns of a target that are told: its documents, and whether people live there.

    Raises:
        Refused: as ``read_action``.
    """
    values: dict[str, Any] = {name: text(body, name, longest=ROOM[name]) for name in DOCUMENTS if name in body}
    if "dwelling" in body:
        values["dwelling"] = _flag(body["dwelling"])
    if not values or set(body) - {*DOCUMENTS, "dwelling"}:
        raise Refused(f"这里只收 {'、'.join(DOCUMENTS)} 和 dwelling", kind="bad_request")
    return values


def moment(date: str, time: str, zone: ZoneInfo) -> dt.datetime:
    """That moment in the city's time.

    Raises:
        Refused: one of them is missing or none.
    """
    try:
        day = parameters.a_day(date)
    except ValueError as error:
        raise Refused(
            f"行动日期“{date}”不对,要写成 2026-05-03 这样的日期" if date else "请填写行动日期", kind="bad_date"
        ) from error
    try:
        return dt.datetime.combine(day, dt.time.fromisoformat(time).replace(tzinfo=None), zone)
    except ValueError as error:
        raise Refused("请填写统一行动时间,如 10:00", kind="bad_time") from error


def text(body: dict[str, Any], name: str, *, longest: int = LONGEST_TEXT) -> str:
    """The text of that name, "" where there is none.

    Raises:
        Refused: it is no text, too long, or holds what cannot be seen.
    """
    title = TITLES.get(name, name)
    return texts.take(body.get(name) or None, title, most=longest, kind=f"bad_{name}", lines=name in DOCUMENTS)


#: What a field is called on the page.
TITLES = {
    "name": "行动名称",
    "address": "目标名称",
    "evidence": "证据依据",
    "legal_basis": "法律依据",
    "authority": "批准机关",
    "document_no": "文号",
    "police_document_no": "公安文号",
    "dwelling": "有人居住",
}


def _target(fields: dict[str, Any]) -> Target:
    at = [fields.get(name) for name in ("lon", "lat")]
    lon, lat = (float(value) if isinstance(value, int | float) and abs(value) <= LARGEST else None for value in at)
    return Target(
        place=text(fields, "place", longest=LONGEST_PLACE),
        lon=lon,
        lat=lat,
        address=text(fields, "address", longest=LONGEST_NAME),
        zone_id=text(fields, "zone_id") or None,
        dwelling=None if fields.get("dwelling") is None else _flag(fields["dwelling"]),
        documents={name: text(fields, name, longest=ROOM[name]) for name in DOCUMENTS},
    )


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused("“有人居住”要是是或否", kind="bad_dwelling")
    return value


def _buffer(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_BUFFER_MINUTES:
        raise Refused(f"等候时间要是 0 到 {LONGEST_BUFFER_MINUTES} 分钟", kind="bad_buffer")
    return float(value)


def _list(body: dict[str, Any], name: str, kind: type) -> list[Any]:
    values = body.get(name) or []
    if not isinstance(values, list) or len(values) > MOST_TARGETS or not all(isinstance(v, kind) for v in values):
        raise Refused(f"{name} 要是列表,最多 {MOST_TARGETS} 项", kind=f"bad_{name}")
    return values
