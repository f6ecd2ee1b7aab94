"""Which days a page or an answer speaks of where the request leaves them open."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from layers import measures, read
from layers.read import Cut

FIRST_DAY = dt.date(1900, 1, 1)
SHOWN_AT_FIRST = dt.timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days there are records for (``first`` to ``until``) and the stretch shown at first; until is exclusive."""

    first: dt.date
    since: dt.date
    until: dt.date
    analysed_until: dt.date | None = None


def closed(connection: sa.Connection, cut: Cut, zone: ZoneInfo) -> tuple[dt.date, dt.date]:
    """Both ends of the cut's period; open ones are a day before all records and the day after the newest."""
    return cut.since or FIRST_DAY, cut.until or _end(connection, zone)


def at_first(connection: sa.Connection, zone: ZoneInfo) -> Period:
    """The days there are records for, the year before their end to be shown at first, and the newest analysis."""
    analysis = read.last_analysis(connection)
    until = analysis["until"] if analysis else _end(connection, zone)
    since = until - SHOWN_AT_FIRST
    first = measures.first_incident(connection) or since
    return Period(
        first=min(first, since), since=since, until=until, analysed_until=analysis["until"] if analysis else None
    )


def _end(connection: sa.Connection, zone: ZoneInfo) -> dt.date:
    newest = read.newest_incident(connection)
    # an empty database knows no day of its own
    today = dt.datetime.now(zone).date()  # noqa: TID251
    return (newest or today) + dt.timedelta(days=1)
