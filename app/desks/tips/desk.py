"""The tip desk: take a tip in, list the inbox by working days left, and take the steps that end its clock."""

import datetime as dt
import math
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from app.core import texts, words
from app.desks.tips.contact import SentContact, keep_contact
from gis.errors import STALE, Conflict, Refused
from gis.workdays import days_left, due_day, unknown_years
from layers import catalog, holidays, posts, tips, write
from layers.actor import Actor
from layers.profile import CityProfile

LONGEST = {"text": 4000, "address": 200, "source_no": 60, "reason": 500, "transferred_to": 80}
TITLES = {
    "text": "内容",
    "address": "地址",
    "source_no": "来源编号",
    "reason": "理由",
    "transferred_to": "移送单位",
}
MANY_LINES = ("text", "reason")
TYPED = ("text", "address", "source_no")
PAGE = 300
MOST_ERROR_M = 100_000
ENDS = ("accepted", "duplicate", "transferred", "rejected")


@dataclass(frozen=True, kw_only=True)
class NewTip:
    """What is told of a tip; ``lon`` and ``lat`` are degrees in the storage datum, '' and None where not known.

    ``place_error_m`` is how far off the point may be, where it is an address's.
    """

    text: str
    channel: str = catalog.TIP_CHANNELS[0]
    category: str = "其他"
    address: str = ""
    source_no: str = ""
    community_code: str = ""
    lon: float | None = None
    lat: float | None = None
    place_error_m: float | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a post does with a tip; ``version`` is how many steps it had when it was looked at."""

    step: str
    version: int
    reason: str = ""
    original: int | None = None
    transferred_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Placing:
    """Where a post puts a tip: a point in degrees, how far off it may be, its community, its name."""

    lon: float
    lat: float
    place_error_m: float
    version: int
    community_code: str = ""
    name: str = ""


def add_tip(
    connection: sa.Connection, actor: Actor, profile: CityProfile, new: NewTip, *,
    received: dt.datetime | None = None, contact: SentContact | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Keep a tip with its personal data masked; return tip_id, tip_no, due_on, and whether anything was masked.

    A ``contact`` is stored beside it, sealed.

    It is ``received`` now, where no other moment is named; of the public form the day alone is stored.

    Raises:
        Refused: it says nothing, is too long, or lies outside the city, every fault being named; or it was received on
            a day that has not come or is too long ago; or ``keep_contact`` refuses.
    """
    post = posts.acting(connection, actor)
    _check(connection, profile, new)
    day = received.astimezone(profile.zone).date() if received else tips.today(connection)
    _check_day(day, today=tips.today(connection))
    clean = asdict(new) | {name: texts.cleaned(getattr(new, name)) for name in TYPED}
    hidden = any(clean[name] != texts.plain(getattr(new, name)) for name in TYPED)
    clean = {name: value if value != "" else None for name, value in clean.items()}
    clean |= {
        "tip_no": f"X{day:%Y%m%d}-{secrets.token_hex(4).upper()}",
        "received_at": received or sa.func.act_moment(),
        "status": "new",
        "due_on": due_day(day, holidays.load_calendar(profile.calendar)),
    }
    tip_id = tips.add(connection, clean, post=post)
    if contact is not None:
        keep_contact(connection, tip_id, contact, post=post)
    return {"tip_id": tip_id, "tip_no": clean["tip_no"], "due_on": clean["due_on"], "masked": hidden}


def list_tips(
    connection: sa.Connection, profile: CityProfile, *, status: str = "new", text: str = "", start: int = 0
) -> dict[str, Any]:
    """A page of the inbox of one status: ``tips`` from the most urgent on, at most ``PAGE`` from ``start`` on.

    With ``text`` only those that hold it in a number, the address or the community; so are the ``counts`` by status
    and ``overdue``, the number of new ones whose due day has passed ``today``. ``warning`` is a sentence or None.
    Working days left come first, then the grade of the zone a tip lies in. Tips that came without a due day get
    fifteen working days from receipt.
    """
    calendar, day = holidays.load_calendar(profile.calendar), tips.today(connection)
    counted = tips.counts(connection, text=text)
    rows = tips.inbox(connection, status=status, text=text, start=start, limit=PAGE)
    for row in (*counted, *rows):
        row["due_on"] = row["due_on"] or due_day(row["received_on"], calendar)
    for row in rows:
        row["days_left"] = days_left(day, row["due_on"], calendar)
    if status == "new":
        rows.sort(key=_urgency)
    last = max((row["due_on"] for row in rows), default=day)
    missing = unknown_years(day, max(day, last), calendar)
    years = "、".join(map(str, missing))
    absent = f"节假日文件里没有 {years} 年" if profile.calendar else "城市配置里没有节假日文件"
    warning = f"{absent},期限只按周一至周五计算" if missing else None
    late = sum(group["tips"] for group in counted if group["status"] == "new" and group["due_on"] < day)
    counts = {name: sum(group["tips"] for group in counted if group["status"] == name) for name in catalog.TIP_STATUSES}
    told = {"today": day, "counts": counts, "overdue": late, "start": start, "page": PAGE}
    return told | {"warning": warning, "tips": rows}


def show_tip(connection: sa.Connection, profile: CityProfile, tip_id: int) -> dict[str, Any]:
    """A tip with its text and its ``steps``.

    Raises:
        NotFound: no such tip.
    """
    tip = tips.one(connection, tip_id)
    calendar, day = holidays.load_calendar(profile.calendar), tips.today(connection)
    tip["due_on"] = tip["due_on"] or due_day(tip["received_on"], calendar)
    left = days_left(day, tip["due_on"], calendar)
    return tip | {"days_left": left, "steps": tips.steps(connection, tip_id)}


def take_step(connection: sa.Connection, actor: Actor, tip_id: int, step: Step) -> dict[str, Any]:
    """Take a step with a tip and keep it; return its new status and version.

    Raises:
        NotFound: no such tip, or no such original.
        Refused: the step lacks its reason, its original or where to.
        Conflict: kind stale, somebody else has taken a step meanwhile.
    """
    post = posts.acting(connection, actor)
    _check_step(step, tip_id)
    tip = tips.one(connection, tip_id, lock=True)
    if tip["version"] != step.version:
        raise Conflict(_meanwhile(connection, tip_id), kind=STALE)
    if step.original is not None:
        original = tips.one(connection, step.original)
        if original["status"] == "duplicate":
            raise Refused("选的那条本身也是重复线索,请选最早的那一条", kind="not_original")
    values = {
        "status": step.step,
        "duplicate_of": step.original,
        "transferred_to": texts.cleaned(step.transferred_to) or None,
    }
    tips.keep_step(connection, tip_id, step=step.step, reason=texts.cleaned(step.reason), post=post)
    to = texts.cleaned(step.transferred_to)
    if step.step == "transferred" and (desk := tips.desk_of(connection, to)):
        tips.hand_on(connection, tip_id, desk, to=to)
        return {"tip_id": tip_id, "status": "new", "version": step.version + 1}
    tips.move(connection, tip_id, values)
    return {"tip_id": tip_id, "status": step.step, "version": step.version + 1}


def put_tip(
    connection: sa.Connection, actor: Actor, profile: CityProfile, tip_id: int, placing: Placing
) -> dict[str, Any]:
    """Put a tip at the place chosen for its address, as a step of its own; return its status and version.

    One that stands by its address may be put elsewhere; a point that somebody marked stays. The audit notes it.

    Raises:
        NotFound: no such tip.
        Refused: the place lies outside the city, or is none.
        Conflict: its point is no address's.
        Conflict: kind stale, somebody else has taken a step meanwhile.
    """
    post = posts.acting(connection, actor)
    faults = [
        *_place_faults(profile, placing.lon, placing.lat),
        *_error_faults(placing.place_error_m),
        *_community_faults(connection, placing.community_code),
        *_text_faults(placing, {"name": "address"}),
    ]
    for kind, sentence in faults:
        raise Refused(sentence, kind=kind)
    tip = tips.one(connection, tip_id, lock=True)
    if tip["version"] != placing.version:
        raise Conflict(_meanwhile(connection, tip_id), kind=STALE)
    if tip["lon"] is not None and tip["place_error_m"] is None:
        raise Conflict("这条线索的位置是地图上标出的,不按地址改", kind="has_place")
    reason = texts.cleaned(f"{placing.name},误差约 {placing.place_error_m:.0f} 米".lstrip(","))
    tips.keep_step(connection, tip_id, step="placed", reason=reason, post=post)
    tips.put(
        connection, tip_id, lon=placing.lon, lat=placing.lat, place_error_m=placing.place_error_m,
        code=placing.community_code or None,
    )  # fmt: skip
    write.note(connection, actor, action="tip_placed", layer="tips", detail={"tip_id": tip_id, "post": post})
    return {"tip_id": tip_id, "status": tip["status"], "version": placing.version + 1}


def _check(connection: sa.Connection, profile: CityProfile, new: NewTip) -> None:
    """Every fault is told; a single one by the kind that names its field."""
    faults = [] if texts.plain(new.text) else [("bad_text", "请写明线索内容")]
    faults += _text_faults(new, dict(zip(TYPED, TYPED, strict=True)))
    if new.channel not in catalog.TIP_CHANNELS or new.category not in catalog.TIP_CATEGORIES:
        faults.append(("bad_choice", "渠道或类别不在可选的范围里"))
    faults += _place_faults(profile, new.lon, new.lat)
    if new.place_error_m is not None:
        faults += _error_faults(math.nan if new.lon is None else new.place_error_m)
    faults += _community_faults(connection, new.community_code)
    if faults:
        kind = faults[0][0] if len(faults) == 1 else "bad_tip"
        raise Refused(";".join(sentence for _, sentence in faults), kind=kind)


def _check_day(day: dt.date, *, today: dt.date) -> None:
    first, last = catalog.happened_days(today)
    if not first <= day <= last:
        raise Refused(f"接报时间要在 {first} 到 {last} 之间,不能是 {day}", kind="bad_date")


def check_place(profile: CityProfile, lon: float | None, lat: float | None) -> None:
    """Nothing, where the point lies in the city or there is none.

    Raises:
        Refused: bad_place.
    """
    for kind, sentence in _place_faults(profile, lon, lat):
        raise Refused(sentence, kind=kind)


def _place_faults(profile: CityProfile, lon: float | None, lat: float | None) -> list[tuple[str, str]]:
    west, south, east, north = profile.bounds
    if lon is None and lat is None:
        return []
    if lon is None or lat is None:
        return [("bad_place", "地点要同时有经度和纬度")]
    inside = west <= lon <= east and south <= lat <= north
    return [] if inside else [("bad_place", f"地点不在{profile.name}范围内")]


def _error_faults(place_error_m: float) -> list[tuple[str, str]]:
    known = 0 <= place_error_m <= MOST_ERROR_M
    return [] if known else [("bad_place", f"位置误差要和地点一起写,在 0 到 {MOST_ERROR_M} 米之间")]


def _community_faults(connection: sa.Connection, code: str) -> list[tuple[str, str]]:
    if "\0" in code:
        return [("bad_community", "社区里有不能保存的字符")]
    known = not code or tips.community_named(connection, code)
    return [] if known else [("bad_community", f"没有代码为“{code[:20]}”的社区")]


def _check_step(step: Step, tip_id: int) -> None:
    if step.step not in ENDS:
        raise Refused("没有这种处理", kind="bad_step")
    for _, sentence in _text_faults(step, {name: name for name in ("reason", "transferred_to")}):
        raise Refused(sentence, kind="bad_step")
    if step.step == "rejected" and not step.reason.strip():
        raise Refused("不予受理要写明理由", kind="no_reason")
    if step.step == "transferred" and not step.transferred_to.strip():
        raise Refused("移送要写明移送给哪个单位", kind="no_receiver")
    if (step.step == "duplicate") != (step.original is not None) or step.original == tip_id:
        raise Refused("重复线索要指明它重复了哪一条", kind="no_original")


def _text_faults(entered: object, fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with these texts, each by the field of a tip whose rules it has."""
    sentences = {
        name: texts.fault(getattr(entered, each), TITLES[name], most=LONGEST[name], lines=name in MANY_LINES)
        for each, name in fields.items()
    }
    return [(f"bad_{name}", sentence) for name, sentence in sentences.items() if sentence]


def _meanwhile(connection: sa.Connection, tip_id: int) -> str:
    kept = tips.steps(connection, tip_id)
    if not kept:
        return "这条线索已有变动,请刷新后再处理"
    return f"{kept[-1]['post']}刚才已把这条线索{words.TIP_STEPS[kept[-1]['step']]},您填的内容还在,请看过后再处理"


def _urgency(row: dict[str, Any]) -> tuple[int, int, dt.datetime]:
    grades = {"red": 0, "orange": 1, "yellow": 2}
    return row["days_left"], grades.get(row["grade"], 3), row["received_at"]
