"""Reviews of zones: the decisions of posts, and how a later analysis respects them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gis.errors import NotFound
from gis.grades import GRADES
from layers.history import of
from layers.schema.tables import desk, results
from layers.sql import one_row

#: A new zone that shares so much of its ground with a reviewed one is the same place.
SAME_PLACE = 0.3


def zone(connection: sa.Connection, zone_id: str, *, lock: bool = False) -> dict[str, Any]:
    """A zone's zone_id, analysis_id, area_code, grade, sources, reviewed_on, expires_on; ``lock`` lets others wait.

    Raises:
        NotFound: no such zone; a newer analysis may have replaced it.
    """
    kept = results.risk_zones.c
    columns = (kept.zone_id, kept.analysis_id, kept.area_code, kept.grade, kept.sources)
    query = sa.select(*columns, kept.reviewed_on, kept.expires_on).where(kept.zone_id == zone_id)
    missing = NotFound(f"没有编号为“{zone_id}”的热点,可能已被新的分析取代,请刷新", kind="no_zone")
    return one_row(connection, query.with_for_update() if lock else query, missing=missing)


def history(connection: sa.Connection, zone_id: str) -> list[dict[str, Any]]:
    """The reviews of a zone, newest first: decision, grade_before, grade, reason, post, reviewed_on, expires_on."""
    names = ("decision", "grade_before", "grade", "reason", "post", "reviewed_on", "expires_on")
    return of(connection, desk.zone_reviews, zone_id, *names)[::-1]


def dismissed(connection: sa.Connection) -> set[str]:
    """The numbers of all zones that a post has dismissed; none of them is given again."""
    kept = desk.zone_reviews.c
    return set(connection.execute(sa.select(kept.zone_id).where(kept.decision == "dismissed")).scalars())


def keep(connection: sa.Connection, zone: Mapping[str, Any], review: Mapping[str, Any]) -> None:
    """Keep a review; a confirmed zone takes over its grade and dates, a dismissed one leaves the map.

    A zone that was reviewed earlier on the ground of a confirmed one gives way to it.
    """
    zones, kept = results.risk_zones, desk.zone_reviews
    names = ("zone_id", "area_code", "grade_before", "sources", *review)
    told = [sa.literal(value, kept.c[name].type) for name, value in review.items()]
    this = zones.c.zone_id == zone["zone_id"]
    chosen = sa.select(zones.c.zone_id, zones.c.area_code, zones.c.grade, zones.c.sources, *told, zones.c.geom)
    connection.execute(kept.insert().from_select([*names, "geom"], chosen.where(this)))
    if review["decision"] == "dismissed":
        connection.execute(zones.delete().where(this))
    else:
        taken = {name: review[name] for name in ("grade", "reviewed_on", "expires_on")}
        connection.execute(sa.text(f"{_FORMER} {_SHARED}"), {"zone_id": zone["zone_id"], "same": SAME_PLACE})
        connection.execute(zones.update().where(this).values(**taken))


def settle(connection: sa.Connection, *, until: dt.date, known: Sequence[str] = ()) -> None:
    """Merge the zones of an analysis as of ``until`` with the reviewed ones: decisions stand, no place is shown twice.

    A new zone on the ground of a reviewed one that has not expired gives way to it, unless its grade is higher: then it
    stands beside it as a suspected hotspot, until a post has reviewed it too. Where a post has set a lower grade than
    was computed, that grade comes back only when more sources tell of it. A new zone on expired ground takes the place
    of the expired one. A dismissed place stays away until the dismissal expires or more sources tell of it. Zones that
    stood beside one of the reviewed ``known`` already do not give way to it now.
    """
    place = {"until": until, "same": SAME_PLACE}
    connection.execute(sa.text(f"{_FRESH} {_SHARED}"), place | {"grades": list(GRADES), "known": list(known)})
    connection.execute(sa.text(f"{_EXPIRED} {_SHARED}"), place)
    connection.execute(sa.text(f"{_DISMISSED} {_SHARED}"), place)


_SHARED = (
    "AND fresh.reviewed_on IS NULL AND fresh.geom && kept.geom"
    " AND ST_Area(ST_Intersection(fresh.geom, kept.geom)) >= :same * ST_Area(fresh.geom)"
)
_FRESH = """
    DELETE FROM risk_zones AS fresh USING risk_zones AS kept
    WHERE kept.reviewed_on IS NOT NULL AND kept.expires_on > :until
    AND kept.zone_id <> ALL(CAST(:known AS text[])) AND (
        array_position(CAST(:grades AS text[]), fresh.grade) >= array_position(CAST(:grades AS text[]), kept.grade)
        OR EXISTS (SELECT FROM zone_reviews AS seen
                   WHERE seen.zone_id = kept.zone_id AND seen.decision = 'confirmed' AND seen.sources >= fresh.sources
                     AND array_position(CAST(:grades AS text[]), seen.grade_before)
                         <= array_position(CAST(:grades AS text[]), fresh.grade)))
"""
_FORMER = (
    "DELETE FROM risk_zones AS kept USING risk_zones AS fresh"
    " WHERE fresh.zone_id = :zone_id AND kept.zone_id <> :zone_id AND kept.reviewed_on IS NOT NULL"
)
_EXPIRED = (
    "DELETE FROM risk_zones AS kept USING risk_zones AS fresh"
    " WHERE kept.reviewed_on IS NOT NULL AND kept.expires_on <= :until"
)
_DISMISSED = (
    "DELETE FROM risk_zones AS fresh USING zone_reviews AS kept"
    " WHERE kept.decision = 'dismissed' AND kept.expires_on > :until AND fresh.sources <= kept.sources"
)
