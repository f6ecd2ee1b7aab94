"""The alert desk: open alerts with their sentence and task; a post closes one with what it found, or opens it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core import texts
from gis.errors import Refused
from gis.workdays import due_day
from layers import alerts, holidays, posts, tips
from layers.actor import Actor
from layers.profile import CityProfile

RESULTS: Mapping[str, str] = {
    "confirmed": "查实",
    "nothing": "未发现",
    "false_alarm": "误报",
    "transferred": "已转办",
}
LONGEST_NOTE = 500
DUE_WORKING_DAYS = 5
MOST_CLOSED = 50
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What a post found; ``version`` is the one it looked at, None where nobody looked."""

    result: str
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reopening:
    """Why a post opens a closed alert again; ``version`` is the one it looked at, None where nobody looked."""

    reason: str
    version: int | None = None


def list_alerts(connection: sa.Connection) -> dict[str, Any]:
    """``open`` and ``closed`` alerts with their ``sentence``, and ``watches``: how far each county is watched."""
    told = {
        name: [row | {"sentence": sentence(row)} for row in alerts.listed(connection, is_open=is_open, limit=limit)]
        for name, is_open, limit in (("open", True, alerts.MOST_LISTED), ("closed", False, MOST_CLOSED))
    }
    return told | {"watches": alerts.watches(connection)}


def reopen_alert(
    connection: sa.Connection, actor: Actor, profile: CityProfile, alert_id: int, reopening: Reopening
) -> dict[str, Any]:
    """Open a closed alert again, due after as many working days as a new one, and return it.

    The reason stands in its history with its personal data masked, and so does what it was closed with.

    Raises:
        NotFound: no such alert.
        Refused: the reason is missing or too long.
        Conflict: it is open, or has changed meanwhile.
    """
    post = posts.acting(connection, actor)
    reason = texts.take(reopening.reason, "理由", most=LONGEST_NOTE, kind="no_reason", lines=True)
    if not reason:
        raise Refused(f"请写明重新打开的理由,最多 {LONGEST_NOTE} 字", kind="no_reason")
    due_on = due_day(tips.today(connection), holidays.load_calendar(profile.calendar), working_days=DUE_WORKING_DAYS)
    alerts.reopen(connection, alert_id, reason=reason, due_on=due_on, post=post, version=reopening.version)
    return alerts.one(connection, alert_id)


def close_alert(connection: sa.Connection, actor: Actor, alert_id: int, closing: Closing) -> dict[str, Any]:
    """Close the task of an alert with its result, and return the alert; personal data in the note are masked.

    Raises:
        NotFound: no such alert.
        Refused: there is no such result, or the note is too long.
        Conflict: it is closed already, or has new figures.
    """
    post = posts.acting(connection, actor)
    faults = [] if closing.result in RESULTS else ["结果只能是" + "、".join(RESULTS.values())]
    faults += filter(None, [texts.fault(closing.note, "说明", most=LONGEST_NOTE, lines=True)])
    if faults:
        raise Refused(";".join(faults), kind="bad_closing")
    note = texts.cleaned(closing.note)
    alerts.close(connection, alert_id, result=closing.result, note=note, post=post, version=closing.version)
    return alerts.one(connection, alert_id)


def sentence(alert: Mapping[str, Any]) -> str:
    """What an alert says, in plain words: how much came in, how much was to be expected, how rare that is by chance."""
    days = (alert["until"] - alert["since"]).days
    told = f"近{days}天内收到{alert['observed']}条线索,按往常应约{alert['expected']:.1f}条"
    return f"{told};{interval(alert['recurrence_days'], most=alert['chance_days'])}"


def interval(days: float, *, most: float) -> str:
    """How often chance alone brings as much; where it never did, that much is said."""
    if days >= most:
        return f"这样的巧合在{most / DAYS_OF_A_YEAR:.0f}年的随机模拟里至多一次"
    years = days / DAYS_OF_A_YEAR
    if years < 1:
        return f"这样的巧合约每{max(days / 30.4, 1):.0f}个月一次"
    return f"这样的巧合约每{f'{years:.1f}'.removesuffix('.0')}年一次"
