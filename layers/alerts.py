"""Rows of early warning: tips by community as they were known, and alerts with task and history."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from gis.errors import STALE, Conflict, NotFound
from layers import history, read, sql, words
from layers.schema.tables import alerts as tables

# alerts are sent and listed without pandas
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

MOST_LISTED = 500
#: What of an alert a later day of its episode may change.
FIGURES = (
    "area_code", "communities", "since", "until", "observed", "expected", "llr", "level", "recurrence_days",
    "chance_days", "loud_on",
)  # fmt: skip


def tips_from(connection: sa.Connection, day: dt.date) -> int:
    """How many tips are dated that day or later."""
    query = sa.text("SELECT count(*) FROM tips WHERE received_at >= CAST(:day AS date)")
    return int(connection.execute(query, {"day": day}).scalar_one())


def first_day(connection: sa.Connection) -> dt.date | None:
    """The day of the first tip of all; None without any."""
    query = sa.text("SELECT CAST(min(received_at) AS date) FROM tips")
    day: dt.date | None = connection.execute(query).scalar_one()
    return day


def tips_known(connection: sa.Connection, *, since: dt.date, until: dt.date) -> gpd.GeoDataFrame:
    """Tips of a period as they were known when ``until`` began, oldest first, without their text.

    Columns: kind, day, channel, source_no, story (fingerprint of the text), community_code, geometry (Point or None).
    """
    import pandas as pd

    rows = connection.execute(sql.statement("tips_known"), {"since": since, "until": until}).mappings().all()
    names = ("kind", "day", "channel", "source_no", "story", "community_code", "lon", "lat")
    frame = pd.DataFrame([dict(row) for row in rows], columns=names)
    text = dict.fromkeys(("kind", "channel", "source_no", "story", "community_code"), "str")
    return read.located(frame.astype(text | {"day": "datetime64[s]"}))


def communities(connection: sa.Connection) -> gpd.GeoDataFrame:
    """The communities of today in the order of their codes: code, name, geometry (a point in each, None undrawn)."""
    import pandas as pd

    query = (
        "SELECT code, name, ST_X(inside) AS lon, ST_Y(inside) AS lat"
        " FROM (SELECT code, name, ST_PointOnSurface(geom) AS inside FROM areas"
        " WHERE level = 'community' AND valid_to IS NULL) AS known ORDER BY code"
    )
    rows = connection.execute(sa.text(query)).mappings().all()
    frame = pd.DataFrame([dict(row) for row in rows], columns=("code", "name", "lon", "lat"))
    return read.located(frame.astype({"code": "str", "name": "str"}))


def county_names(connection: sa.Connection) -> dict[str, str]:
    """The name of each county of today by its code."""
    rows = connection.execute(sa.text("SELECT code, name FROM areas WHERE level = 'county' AND valid_to IS NULL"))
    return {row.code: row.name for row in rows}


def watches(connection: sa.Connection) -> list[dict[str, Any]]:
    """How far each county is watched, in the order of their codes, with its name as ``county``."""
    query = (
        "SELECT watches.*, coalesce(areas.name, county_code) AS county FROM watches"
        " LEFT JOIN areas ON areas.code = county_code ORDER BY county_code"
    )
    return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def is_due(connection: sa.Connection) -> bool:
    """Whether it is six in the morning or later in the city and nobody has watched since."""
    query = (
        "SELECT localtime >= time '06:00' AND NOT EXISTS"
        " (SELECT 1 FROM watches WHERE made_at BETWEEN current_date + time '06:00' AND now())"
    )
    return bool(connection.execute(sa.text(query)).scalar_one())


def lock(connection: sa.Connection) -> None:
    """Lock the alerts against other watches until this transaction ends."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('alerts'))"))


def episodes(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every alert as the next watch must know it: alert_id, county_code, raised_on, closed_at and its figures.

    Nobody closes one until this transaction ends: what is closed keeps the figures it was closed with.
    """
    kept = tables.alerts.c
    columns = (kept.alert_id, kept.county_code, kept.raised_on, kept.closed_at, *(kept[name] for name in FIGURES))
    rows = connection.execute(sa.select(*columns).order_by(kept.alert_id).with_for_update()).mappings()
    return [dict(row) for row in rows]


def add(connection: sa.Connection, values: Mapping[str, Any]) -> int:
    """A new alert with its first step; return its alert_id."""
    kept = tables.alerts
    added = kept.insert().values(**values, geom=_ground(values["communities"])).returning(kept.c.alert_id)
    alert_id = int(connection.execute(added).scalar_one())
    _keep_step(connection, alert_id, step="raised", detail=values)
    return alert_id


def update(connection: sa.Connection, alert_id: int, figures: Mapping[str, Any]) -> None:
    """Give an open alert the figures of a later day, and keep them as a step; its task stays."""
    _set(connection, alert_id, **figures, geom=_ground(figures["communities"]))
    _keep_step(connection, alert_id, step="updated", detail=figures)


def linger(connection: sa.Connection, alert_id: int, *, loud_on: dt.date) -> None:
    """Record that the episode of a closed alert goes on; the alert itself does not change."""
    kept = tables.alerts
    connection.execute(kept.update().where(kept.c.alert_id == alert_id).values(loud_on=loud_on))


def close(connection: sa.Connection, alert_id: int, *, result: str, note: str, post: str, version: int | None) -> None:
    """Close the task with its result.

    Raises:
        NotFound: no such alert.
        Conflict: kind stale, it has changed since ``version``.
        Conflict: it is closed already.
    """
    closed_by = _locked(connection, alert_id, version)
    if closed_by is not None:
        raise Conflict(f"这条预警已由{closed_by}办结,不能再办一次", kind="already_closed")
    _set(connection, alert_id, result=result, note=note, closed_by=post, closed_at=sa.func.now())
    _keep_step(connection, alert_id, step="closed", detail={"result": result, "note": note}, post=post)


def reopen(
    connection: sa.Connection, alert_id: int, *, reason: str, due_on: dt.date, post: str, version: int | None
) -> None:
    """Make the task of a closed alert due anew; what it was closed with stays among its steps.

    Raises:
        NotFound: no such alert.
        Conflict: kind stale, it has changed since ``version``.
        Conflict: it is open.
    """
    if _locked(connection, alert_id, version) is None:
        raise Conflict("这条预警没有办结,不用重新打开", kind="not_closed")
    _set(connection, alert_id, result=None, note="", closed_by=None, closed_at=None, due_on=due_on)
    _keep_step(connection, alert_id, step="updated", detail={"reopened": reason, "due_on": due_on}, post=post)


def _locked(connection: sa.Connection, alert_id: int, version: int | None) -> str | None:
    """Who closed the alert, which nobody changes before the transaction ends; raises as ``close``."""
    kept = tables.alerts
    query = sa.select(kept.c.version, kept.c.closed_by).where(kept.c.alert_id == alert_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise _unknown(alert_id)
    if version is not None and version != row.version:
        news = f"刚由{row.closed_by}办结" if row.closed_by else "刚有变动"
        raise Conflict(f"这条预警{news},{words.ENTERED_SINCE}", kind=STALE)
    closed_by: str | None = row.closed_by
    return closed_by


def _set(connection: sa.Connection, alert_id: int, **values: Any) -> None:
    """Change these columns of an alert, which is another version then."""
    kept = tables.alerts
    query = kept.update().where(kept.c.alert_id == alert_id)
    connection.execute(query.values(**values, version=kept.c.version + 1))


def _keep_step(
    connection: sa.Connection, alert_id: int, *, step: str, detail: Mapping[str, Any], post: str = ""
) -> None:
    """Add a step to the history of an alert."""
    area = sa.select(tables.alerts.c.area_code).where(tables.alerts.c.alert_id == alert_id).scalar_subquery()
    history.keep(connection, tables.alert_steps, alert_id, step=step, detail=_plain(detail), post=post, area_code=area)


def steps(connection: sa.Connection, alert_id: int) -> list[dict[str, Any]]:
    """The history of an alert, oldest first: step, detail, post, at."""
    return history.of(connection, tables.alert_steps, alert_id, "step", "detail", "post", "at")


def listed(connection: sa.Connection, *, is_open: bool, limit: int = MOST_LISTED) -> list[dict[str, Any]]:
    """Open alerts by county, or closed ones from the newest on, with county, places, overdue and deliveries."""
    asked = {"alert_id": None, "is_open": is_open, "limit": limit}
    return [dict(row) for row in connection.execute(sql.statement("alerts"), asked).mappings()]


def one(connection: sa.Connection, alert_id: int) -> dict[str, Any]:
    """That alert, as ``listed`` tells it.

    Raises:
        NotFound: no such alert.
    """
    asked = {"alert_id": alert_id, "is_open": None, "limit": 1}
    return sql.one_row(connection, sql.statement("alerts"), asked, missing=_unknown(alert_id))


def post_in_charge(connection: sa.Connection, codes: Sequence[str]) -> str | None:
    """The post on duty of the smallest area that holds all these communities; None where none does."""
    found: str | None = connection.execute(sql.statement("post_in_charge"), {"codes": list(codes)}).scalar_one_or_none()
    return found


def _unknown(alert_id: int) -> NotFound:
    return NotFound(f"没有编号为 {alert_id} 的预警", kind="no_alert")


def _ground(codes: Sequence[str]) -> sa.ScalarSelect[Any]:
    """The ground of these communities as one shape."""
    query = sa.text(
        "SELECT ST_Multi(ST_UnaryUnion(ST_Collect(geom))) AS geom FROM areas WHERE code = ANY (:ground)"
    ).bindparams(sa.bindparam("ground", list(codes), type_=sa.ARRAY(sa.Text)))
    return query.columns(geom=tables.alerts.c.geom.type).scalar_subquery()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}
