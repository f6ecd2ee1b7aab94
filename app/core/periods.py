"""The default period of a page or an answer, where the request names none."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from layers import measures, read, runs

FIRST_DAY = dt.date(1900, 1, 1)
NO_RECORDS = "—(还没有线索和行动记录)"
_DAY = dt.timedelta(days=1)
SHOWN_AT_FIRST = dt.timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days there are records for (``first`` to ``until``) and the stretch shown at first; until is exclusive.

    ``stamp`` is what a map says its state is of: the day, or that there is no record yet. ``today`` is the day in
    the city, by which a page says how old the analysis is.
    """

    first: dt.date
    since: dt.date
    until: dt.date
    analysed_until: dt.date | None = None
    stamp: str = ""
    today: dt.date | None = None


def closed(connection: sa.Connection, cut: read.Cut, zone: ZoneInfo) -> tuple[dt.date, dt.date]:
    """Both ends of the cut's period; open ones are a day before all records and the day after the newest."""
    return cut.since or FIRST_DAY, cut.until or _end(connection, zone)


def at_first(connection: sa.Connection, zone: ZoneInfo) -> Period:
    """The days there are records for, the year before their end to be shown at first, and the newest analysis."""
    analysis = runs.last(connection, "analysis")
    until = min(analysis["until"], _today(zone) + _DAY) if analysis else _end(connection, zone)
    since = until - SHOWN_AT_FIRST
    oldest = measures.first_incident(connection)
    return Period(
        first=min(oldest or since, since),
        since=since,
        until=until,
        analysed_until=analysis["until"] if analysis else None,
        stamp=until.isoformat() if analysis or oldest else NO_RECORDS,
        today=_today(zone),
    )


def _end(connection: sa.Connection, zone: ZoneInfo) -> dt.date:
    today = _today(zone)
    # an empty database knows no day of its own
    return (read.newest_incident(connection, today=today) or today) + _DAY


def _today(zone: ZoneInfo) -> dt.date:
    return dt.datetime.now(zone).date()  # noqa: TID251
