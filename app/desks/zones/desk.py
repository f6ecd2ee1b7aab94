"""A post reviews a zone: a suspected hotspot becomes a risk zone, or is dismissed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from app.core import texts
from app.core.words import EXPIRED_ZONE
from gis.errors import STALE, Conflict, Refused
from gis.grades import GRADES
from layers import pictures, posts, reviews, tips, write
from layers.actor import Actor
from layers.words import ENTERED_SINCE

LONGEST_REASON = 500
LONGEST_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a post decides of a zone; ``version`` is the one it was looked at, None where nobody looked."""

    reason: str
    expires_on: dt.date
    grade: str
    decision: Literal["confirmed", "dismissed"] = "confirmed"
    version: str | None = None


def show_zone(connection: sa.Connection, zone_id: str) -> dict[str, Any]:
    """A zone's standing: grade and dates, whether it has ``expired``, its ``version``, its ``reviews`` newest first.

    Raises:
        NotFound: no such zone.
    """
    zone, kept = reviews.zone(connection, zone_id), reviews.history(connection, zone_id)
    today = tips.today(connection)
    standing = {"today": today, "expired": zone["expires_on"] <= today}
    return zone | standing | {"version": _version(zone, len(kept)), "reviews": kept}


def review_zone(connection: sa.Connection, actor: Actor, zone_id: str, review: Review) -> dict[str, Any]:
    """Keep the review, today; return the zone's new standing, or ``{"dismissed": true}``.

    Raises:
        NotFound: no such zone.
        Refused: the reason is missing, the expiry is no day of the coming year, or there is no such grade.
        Conflict: kind stale, somebody else reviewed it meanwhile, or an analysis has replaced it.
        Conflict: it has expired.
    """
    post = posts.acting(connection, actor)
    today = tips.today(connection)
    _check(review, today)
    zone = reviews.zone(connection, zone_id, lock=True)
    kept = reviews.history(connection, zone_id)
    if review.version is not None and review.version != _version(zone, len(kept)):
        whose = f"{kept[0]['post']}刚才已核定这个热点" if kept else "新的分析刚才更新了这个热点"
        raise Conflict(f"{whose},{ENTERED_SINCE}", kind=STALE)
    if zone["expires_on"] <= today:
        raise Conflict(EXPIRED_ZONE.format(day=zone["expires_on"]), kind="zone_expired")
    decided = {
        "decision": review.decision,
        "grade": review.grade,
        "reason": texts.cleaned(review.reason),
        "post": post,
        "reviewed_on": today,
        "expires_on": review.expires_on,
    }
    reviews.keep(connection, zone, decided)
    return {"dismissed": True} if review.decision == "dismissed" else show_zone(connection, zone_id)


def bring_back(connection: sa.Connection, actor: Actor, analysis_id: int, shown: int) -> None:
    """Show the analysis that is set aside, and set aside the one ``shown``.

    Raises:
        Forbidden: the actor acts in no post's name.
        Conflict: kind stale, either is another by now.
    """
    _exchange(connection, actor, pictures.exchange, analysis_id, shown, action="analysis_exchanged")


def let_stand(connection: sa.Connection, actor: Actor, analysis_id: int, shown: int) -> None:
    """Let the analysis ``shown`` stand and forget the one set aside; raises as ``bring_back``."""
    _exchange(connection, actor, pictures.confirm, analysis_id, shown, action="analysis_confirmed")


def _exchange(
    connection: sa.Connection, actor: Actor, change: Callable[[sa.Connection, int, int], None], analysis_id: int,
    shown: int, *, action: str,
) -> None:  # fmt: skip
    detail = {"post": posts.acting(connection, actor), "analysis_id": analysis_id}
    change(connection, analysis_id, shown)
    write.note(connection, actor, action=action, layer="risk_zones", detail=detail)


def _check(review: Review, today: dt.date) -> None:
    faults = []
    if review.grade not in GRADES or review.decision not in ("confirmed", "dismissed"):
        faults.append(f"等级只能是 {'、'.join(GRADES)} 之一")
    if not texts.plain(review.reason):
        faults.append(f"请写明理由,最多 {LONGEST_REASON} 字")
    faults += filter(None, [texts.fault(review.reason, "理由", most=LONGEST_REASON, lines=True)])
    if not today < review.expires_on <= today + dt.timedelta(days=LONGEST_DAYS):
        faults.append("失效日期要在明天到一年之内")
    if faults:
        raise Refused(";".join(faults), kind="bad_review")


def _version(zone: dict[str, Any], count: int) -> str:
    """Another analysis may give the same number to another place, so that it is part of the version."""
    return f"{zone['analysis_id']}-{count}"
