"""The alert desk: open alerts with their sentence and task, and a post that closes one with what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import Refused
from layers import alerts
from layers.intake.privacy import masked

RESULTS: Mapping[str, str] = {
    "confirmed": "查实",
    "nothing": "未发现",
    "false_alarm": "误报",
    "transferred": "已转办",
}
STANCE = "预警只用于安排核查走访,不是入户执法的依据。"
LONGEST_NOTE = 500
MOST_CLOSED = 50
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What a post found; ``version`` is the one it looked at, None where nobody looked."""

    result: str
    post: str
    note: str = ""
    version: int | None = None


def list_alerts(connection: sa.Connection) -> dict[str, Any]:
    """``open`` and ``closed`` alerts with their ``sentence``, and ``watches``: how far each county is watched."""
    told = {
        name: [row | {"sentence": sentence(row)} for row in alerts.listed(connection, is_open=is_open, limit=limit)]
        for name, is_open, limit in (("open", True, alerts.MOST_LISTED), ("closed", False, MOST_CLOSED))
    }
    return told | {"watches": alerts.watches(connection)}


def close_alert(connection: sa.Connection, alert_id: int, closing: Closing) -> dict[str, Any]:
    """Close the task of an alert with its result, and return the alert; personal data in the note are masked.

    Raises:
        NotFound: no such alert.
        Refused: there is no such result, or the note is too long.
        Conflict: it is closed already, or has new figures.
    """
    faults = [] if closing.result in RESULTS else ["结果只能是" + "、".join(RESULTS.values())]
    if len(closing.note) > LONGEST_NOTE or "\0" in closing.note:
        faults.append(f"说明太长或有不能保存的字符,最多 {LONGEST_NOTE} 字")
    if faults:
        raise Refused(";".join(faults), kind="bad_closing")
    note = masked(closing.note.strip())
    alerts.close(connection, alert_id, result=closing.result, note=note, post=closing.post, version=closing.version)
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
