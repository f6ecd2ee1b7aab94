"""Store frames and single facts, always in the caller's transaction; nothing here commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.errors import IntakeError
from layers import pictures, reviews, runs
from layers.catalog import POINT, Layer
from layers.schema.tables import METADATA, backtests, desk, house, results
from layers.schema.tables.columns import kinds_of

# who writes a fact needs nothing of what loads frames
if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from layers import batches
    from layers.actor import Actor
    from layers.copy import Progress


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many rows of a frame were added, changed and left alone."""

    accepted: int
    unchanged: int
    updated: int


def load(
    connection: sa.Connection,
    layer: Layer,
    frame: pd.DataFrame,
    *,
    batch_id: int | None = None,
    progress: Progress | None = None,
) -> Tally:
    """Add new rows, overwrite the given columns of changed ones, leave equal ones alone; say how many of each.

    ``frame`` holds what ``layer.spec()`` asks for; columns it lacks, and the place of a row that has none, keep what is
    stored. A row is recognised by ``identity`` (areas by code; ``id:`` begins what an export says it is). A community
    that a row does not state is the one its point lies in, found for the whole batch at once. Into an empty layer rows
    go without a comparison. Only one load per layer runs at a time.

    Raises:
        IntakeError: new rows of lines or borders have no shape.
    """
    from layers import batches

    lock(connection, layer)
    _assigned(connection, "on")
    if layer.geometry in ((), POINT) and _is_empty(connection, layer):
        batches.fill(connection, layer, frame, batch_id=batch_id, progress=progress)
        tally = Tally(accepted=len(frame), unchanged=0, updated=0)
    else:
        tally = _merged(connection, batches.stage(connection, layer, frame, batch_id=batch_id, progress=progress))
    _assigned(connection, "")
    return tally


def lock(connection: sa.Connection, layer: Layer) -> None:
    """Take the lock of this layer's loads until the transaction ends, waiting for a load that runs."""
    if layer.geometry == POINT:  # no border moves while its points are being placed
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(hashtext('areas'))"))
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": layer.table})


def _assigned(connection: sa.Connection, value: str) -> None:
    """Tell the triggers whether this batch finds its communities itself; room for its joins while it does."""
    settings = "SELECT set_config('wuchuan.assigned', :value, true), set_config('work_mem', :memory, true)"
    connection.execute(sa.text(settings), {"value": value, "memory": "256MB" if value else "32MB"})


def _is_empty(connection: sa.Connection, layer: Layer) -> bool:
    held = sa.select(sa.select(METADATA.tables[layer.table]).exists())
    return not connection.execute(held).scalar_one()


def _merged(connection: sa.Connection, plan: batches.Plan) -> Tally:
    """Staged rows beside those that are stored.

    Raises:
        IntakeError: new rows of lines or borders have no shape, or two rows would be called the same.
    """
    rows, new, changed, bare = connection.execute(plan.counted()).one()
    if bare and plan.layer.geometry_required:
        raise IntakeError(
            f"有 {bare} 行没有图形,库里也没有这些行的图形;请导入带图形的文件,或在“图形”列填写 WKT",
            kind="missing_required",
        )
    if changed:
        if (steps := plan.steps()) is not None:
            connection.execute(steps)
        try:
            connection.execute(plan.updated())
        except sa.exc.IntegrityError as error:
            told = "改了名称或编号的行和别的行重名;请先改开,再导入"
            raise IntakeError(told, kind="duplicate") from error
    if new:
        connection.execute(plan.inserted())
    connection.execute(sa.text("DROP TABLE staged"))
    return Tally(accepted=new, updated=changed, unchanged=rows - new - changed)


def append(connection: sa.Connection, table: str, frame: pd.DataFrame) -> int:
    """Add a frame's rows to a table as they are, without looking for rows that it has already.

    Its columns go into those of their name; the others of the frame stay out.
    """
    import geopandas as gpd

    from layers.copy import copy_frame

    if isinstance(frame, gpd.GeoDataFrame):
        frame = frame.set_geometry(frame.geometry.map(_as_many))
    return copy_frame(connection, table, frame, kinds=kinds_of(METADATA.tables[table], frame.columns))


def _as_many(shape: Any) -> Any:
    """Polygons and lines as the many-part kind that the tables hold; points as they are."""
    import shapely

    many: Any = {"Polygon": shapely.MultiPolygon, "LineString": shapely.MultiLineString}.get(shape.geom_type)
    return shape if many is None else many([shape])


def open_batch(connection: sa.Connection, *, layer: str, file_name: str, sha256: str, account: str) -> int:
    """A new import batch; its report is written by ``close_batch``."""
    values = {"layer": layer, "file_name": file_name, "sha256": sha256, "account": account, "report": {}}
    added = house.import_batches.insert().values(values).returning(house.import_batches.c.batch_id)
    return int(connection.execute(added).scalar_one())


def close_batch(connection: sa.Connection, batch_id: int, report: Mapping[str, Any]) -> None:
    """Keep the report beside the batch."""
    kept = house.import_batches
    connection.execute(kept.update().where(kept.c.batch_id == batch_id).values(report=dict(report)))


def note(connection: sa.Connection, actor: Actor, *, action: str, layer: str, detail: Mapping[str, Any]) -> None:
    """Keep who did what to which layer; the role that writes it cannot change or remove it."""
    values = {"account": actor.account, "action": action, "layer": layer, "detail": dict(detail)}
    connection.execute(house.audit.insert().values(values).inline())  # whoever adds may not be one who reads


def add_entry_token(connection: sa.Connection, token_sha256: str, *, expires_at: dt.datetime) -> None:
    """A one-time link's token, kept as its hash only."""
    connection.execute(house.entry_tokens.insert().values(token_sha256=token_sha256, expires_at=expires_at))


def spend_entry_token(connection: sa.Connection, token_sha256: str, *, account_id: int | None = None) -> bool:
    """Whether the token was there, for that account or for this machine, unspent and in time; it is spent now."""
    tokens = house.entry_tokens
    spent = connection.execute(
        tokens.update()
        .values(spent_at=sa.func.now())
        .where(
            tokens.c.token_sha256 == token_sha256,
            tokens.c.account_id.is_not_distinct_from(account_id),
            tokens.c.spent_at.is_(None),
            tokens.c.expires_at > sa.func.now(),
            tokens.c.created_at < sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 1),  # not by a clock ahead
        )
    )
    return spent.rowcount == 1


def set_progress(
    connection: sa.Connection, job_id: int, *, done: int, total: int, note: str, result: Mapping[str, Any] | None = None
) -> None:
    """Where a job stands, for the page and the command line."""
    values = {"done": done, "total": total, "note": note, "result": result, "at": sa.func.clock_timestamp()}
    connection.execute(
        insert(house.job_progress)
        .values(job_id=job_id, **values)
        .on_conflict_do_update(index_elements=["job_id"], set_=values)
    )


def store_analysis(
    connection: sa.Connection,
    *,
    run: Mapping[str, Any],
    hotspots: pd.DataFrame,
    zones: pd.DataFrame,
    hold: bool = False,
    today: dt.date | None = None,
) -> pictures.Loss:
    """Replace the hotspots and the zones nobody has reviewed by those of a new run; return what of them is gone.

    Where more than half is gone ``today``, those of before are set aside; with ``hold`` the new ones are, and the map
    stays as it was.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('analyses'))"))
    hold = pictures.put_aside(connection) and hold
    connection.execute(results.risk_zones.delete().where(results.risk_zones.c.reviewed_on.is_(None)))
    connection.execute(results.hotspots.delete())
    zones = zones.assign(zone_id=_free_ids(connection, zones["zone_id"].tolist()))
    analysis_id = runs.keep(connection, "analysis", run)
    for table, frame in ((results.hotspots, hotspots), (results.risk_zones, zones)):
        if len(frame):
            connection.execute(table.insert(), _rows(frame, analysis_id=analysis_id))
    pictures.show(connection, analysis_id)
    reviews.settle(connection, until=run["until"])
    return pictures.settled(connection, hold=hold, today=today)


def store_backtest(
    connection: sa.Connection, *, run: Mapping[str, Any], misses: gpd.GeoDataFrame, cells: gpd.GeoDataFrame
) -> int:
    """Add a back-test; its misses and next cells take the place of the former one's. Return its backtest_id."""
    backtest_id: int = runs.keep(connection, "backtest", run)
    for table, frame in ((backtests.misses, misses), (backtests.forecast_cells, cells)):
        connection.execute(table.delete())
        if len(frame):
            connection.execute(table.insert(), _rows(frame, backtest_id=backtest_id))
    return backtest_id


def _free_ids(connection: sa.Connection, wanted: Sequence[str]) -> list[str]:
    """The wanted ids, numbered past the highest of their day that a zone keeps or that a post has reviewed."""
    ids = (sa.select(table.c.zone_id) for table in (results.risk_zones, desk.zone_reviews))
    last: dict[str, int] = {}
    for name in connection.execute(sa.union(*ids)).scalars():
        day, _, number = name.rpartition("-")
        last[day] = max(last.get(day, 0), int(number))
    parts = (name.rsplit("-", 1) for name in wanted)
    return [f"{day}-{int(number) + last.get(day, 0):03d}" for day, number in parts]


def _rows(frame: pd.DataFrame, **result: int) -> list[dict[str, Any]]:
    import pandas as pd

    flat = pd.DataFrame(frame.drop(columns="geometry")).astype(object)
    flat = flat.where(flat.notna(), None).assign(**result)
    flat["geom"] = [f"SRID=4490;{shape.wkt}" for shape in frame["geometry"]]
    return [dict(zip(flat.columns, row, strict=True)) for row in flat.itertuples(index=False)]
