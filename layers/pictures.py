"""The analysis that the map shows, and another one set aside: the former, to go back to, or a new one to confirm."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import STALE, Conflict
from layers import reviews, tips
from layers.schema.tables import results

_PAIRS = ((results.risk_zones, results.risk_zones_aside), (results.hotspots, results.hotspots_aside))


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Of the zones that stood ``before`` an analysis, so many are ``gone``: none after it touches their ground."""

    before: int
    gone: int

    @property
    def is_heavy(self) -> bool:
        """Whether more than half of them are gone."""
        return 2 * self.gone > self.before


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What is set aside: the analysis of which day, whether it is older than the one shown, and what the newer lost.

    ``shown_id`` is the version that a decision about it is made from: the analysis shown.
    """

    analysis_id: int
    until: dt.date
    is_former: bool
    shown_id: int
    shown_until: dt.date
    loss: Loss


def waiting(connection: sa.Connection, *, today: dt.date | None = None) -> Waiting | None:
    """What is set aside beside the analysis shown; None where nothing is."""
    runs = _runs(connection)
    if False not in runs:
        return None
    shown, aside = runs[True], runs[False]
    is_former = bool(aside["analysis_id"] < shown["analysis_id"])
    return Waiting(
        analysis_id=aside["analysis_id"], until=aside["until"], is_former=is_former,
        shown_id=shown["analysis_id"], shown_until=shown["until"],
        loss=_loss(connection, newer_is_shown=is_former, today=today or tips.today(connection)),
    )  # fmt: skip


def day_to_analyse(connection: sa.Connection) -> dt.date | None:
    """The day in the city where it is six in the morning or later and a zone has lapsed since the last analysis.

    None otherwise. An analysis of the future, of when there were such, counts for none.
    """
    query = (
        "SELECT current_date WHERE localtime >= time '06:00' AND EXISTS (SELECT FROM risk_zones"
        " WHERE expires_on <= current_date AND expires_on > coalesce("
        "(SELECT max(until) FROM analyses WHERE until <= current_date), '-infinity'))"
    )
    day: dt.date | None = connection.execute(sa.text(query)).scalar_one_or_none()
    return day


def put_aside(connection: sa.Connection) -> bool:
    """Set the zones and hotspots shown aside, before others take their place; return whether it did.

    Where a former analysis waits already because nobody has confirmed what came after it, that one stays.
    """
    runs = _runs(connection)
    if False in runs and runs[False]["analysis_id"] < runs[True]["analysis_id"]:
        return False
    _drop(connection)
    if True in runs:
        _copy_aside(connection)
        connection.execute(results.pictures.update().values(is_shown=False))
    return True in runs


def show(connection: sa.Connection, analysis_id: int) -> None:
    """Write down that the map shows this analysis from now on."""
    connection.execute(results.pictures.delete().where(results.pictures.c.is_shown))
    connection.execute(results.pictures.insert().values(is_shown=True, analysis_id=analysis_id))


def settled(connection: sa.Connection, *, hold: bool, today: dt.date | None) -> Loss:
    """What the analysis just stored has lost against what is set aside.

    Where that is not heavy nothing stays aside; else with ``hold`` it is itself set aside, and what was shown before it
    is shown again.
    """
    runs = _runs(connection)
    if False not in runs:
        return Loss(before=0, gone=0)
    loss = _loss(connection, newer_is_shown=True, today=today or tips.today(connection))
    if not loss.is_heavy:
        _drop(connection)
    elif hold:
        exchange(connection, runs[False]["analysis_id"], runs[True]["analysis_id"])
    return loss


def exchange(connection: sa.Connection, analysis_id: int, shown: int) -> None:
    """Show what is set aside, and set aside what was shown; what posts have reviewed on the map stays on it.

    Raises:
        Conflict: kind stale, another analysis is shown by now, or another one or none is set aside.
    """
    runs = _checked(connection, analysis_id, shown)
    back = [_rows(connection, aside) for _, aside in _PAIRS]
    _empty_aside(connection)
    _copy_aside(connection)
    zones, hotspots = results.risk_zones, results.hotspots
    connection.execute(zones.delete().where(zones.c.reviewed_on.is_(None)))
    connection.execute(hotspots.delete())
    decided = (zones.c.zone_id, zones.c.reviewed_on, zones.c.grade)
    stays = {row.zone_id: tuple(row) for row in connection.execute(sa.select(*decided))}
    seen = {tuple(row[column.name] for column in decided) for row in back[0]}  # the picture of then had them as well
    there, lapsed = {*stays, *reviews.dismissed(connection)}, max(run["until"] for run in runs.values())
    for (table, _), rows in zip(_PAIRS, back, strict=True):
        fresh = [row for row in rows if row.get("zone_id") not in there and _comes_back(row, lapsed)]
        if fresh:
            connection.execute(table.insert(), fresh)
    pictures = results.pictures
    connection.execute(pictures.delete())
    swapped = [{"is_shown": not was_shown, "analysis_id": run["analysis_id"]} for was_shown, run in runs.items()]
    connection.execute(pictures.insert(), swapped)
    known = [zone_id for zone_id, decision in stays.items() if decision in seen]
    reviews.settle(connection, until=runs[False]["until"], known=known)


def confirm(connection: sa.Connection, analysis_id: int, shown: int) -> None:
    """Let what is shown stand, and forget what is set aside; raises as ``exchange``."""
    _checked(connection, analysis_id, shown)
    _drop(connection)


def _drop(connection: sa.Connection) -> None:
    """Forget what is set aside."""
    _empty_aside(connection)
    connection.execute(results.pictures.delete().where(~results.pictures.c.is_shown))


def _checked(connection: sa.Connection, analysis_id: int, shown: int) -> dict[bool, Mapping[str, Any]]:
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('analyses'))"))
    runs = _runs(connection)
    if {is_shown: run["analysis_id"] for is_shown, run in runs.items()} != {True: shown, False: analysis_id}:
        raise Conflict("刚才已有人处理过,或有了新的分析,请刷新页面再看", kind=STALE)
    return runs


def _runs(connection: sa.Connection) -> dict[bool, Mapping[str, Any]]:
    """The analysis shown (True) and the one set aside (False), those there are: analysis_id, until."""
    runs, pictures = results.analyses, results.pictures
    query = sa.select(pictures.c.is_shown, runs.c.analysis_id, runs.c.until).join_from(pictures, runs)
    return {row["is_shown"]: dict(row) for row in connection.execute(query).mappings()}


def _loss(connection: sa.Connection, *, newer_is_shown: bool, today: dt.date) -> Loss:
    aside, shown = results.risk_zones_aside, results.risk_zones
    before, after = (aside, shown) if newer_is_shown else (shown, aside)
    meets = sa.exists().where(after.c.expires_on > today, sa.func.ST_Intersects(after.c.geom, before.c.geom))
    counted = sa.select(sa.func.count(), sa.func.count().filter(~meets)).where(before.c.expires_on > today)
    row = connection.execute(counted).one()
    return Loss(before=int(row[0]), gone=int(row[1]))


def _comes_back(row: Mapping[str, Any], lapsed: dt.date) -> bool:
    """Whether no post has decided on it: a reviewed zone that stands leaves the map by a decision alone."""
    return row.get("reviewed_on") is None or row["expires_on"] <= lapsed


def _copy_aside(connection: sa.Connection) -> None:
    for table, aside in _PAIRS:
        names = aside.c.keys()
        connection.execute(aside.insert().from_select(names, sa.select(*(table.c[name] for name in names))))


def _empty_aside(connection: sa.Connection) -> None:
    for _, aside in _PAIRS:
        connection.execute(aside.delete())


def _rows(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]
