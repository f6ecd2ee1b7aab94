"""Frames and small facts into the database, always in the caller's transaction; nothing here commits."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.errors import IntakeError
from layers import reviews
from layers.catalog import Layer
from layers.copy import Progress, copy_frame
from layers.tables import METADATA, backtests, desk, house, results
from layers.tables.columns import SQL_TYPES

#: a tenth of a millimetre: what workbooks round is no change of place
SAME_DEG = 1e-9


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of the rows of one frame."""

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
    that a row does not state is the one its point lies in, found for the whole batch in one statement. Only one load
    per layer runs at a time.

    Raises:
        IntakeError: new rows of lines or borders have no shape.
    """
    if layer.geometry == ("Point",):  # no border moves while its points are being placed
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(hashtext('areas'))"))
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": layer.table})
    _assigned(connection, "on")
    columns = [f.name for f in layer.fields if f.name in frame.columns]
    _stage(connection, layer, frame, columns, progress)
    plan = _Plan(layer=layer, columns=columns)
    new, changed, bare = connection.execute(plan.counted()).one()
    if bare and layer.geometry_required:
        told = f"有 {bare} 行没有图形,库里也没有这些行的图形;请导入带图形的文件,或在“图形”列填写 WKT"
        raise IntakeError(told, kind="missing_required")
    if changed:
        connection.execute(plan.updated(batch_id))
    if new:
        connection.execute(plan.inserted(batch_id))
    connection.execute(sa.text("DROP TABLE staged, lying"))
    _assigned(connection, "")
    return Tally(accepted=new, updated=changed, unchanged=len(frame) - new - changed)


def _assigned(connection: sa.Connection, value: str) -> None:
    """Tell the triggers whether this batch finds its communities itself; room for its sort while it does."""
    settings = "SELECT set_config('wuchuan.assigned', :value, true), set_config('work_mem', :memory, true)"
    connection.execute(sa.text(settings), {"value": value, "memory": "256MB" if value else "32MB"})


def _stage(
    connection: sa.Connection, layer: Layer, frame: pd.DataFrame, columns: Sequence[str], progress: Progress | None
) -> None:
    """The frame as the temporary table ``staged``, and in ``lying`` the community each of its points lies in."""
    kinds = {f.name: f.kind for f in layer.fields if f.name in columns}
    kinds["row"] = "whole"
    key = "code" if layer.family == "areas" else "identity"
    held = [sa.Column(name, SQL_TYPES[kind]) for name, kind in kinds.items()]
    if key == "identity":
        kinds[key] = "text"
        held.append(sa.Column("key", sa.Text))
    quoted = ", ".join(f'"{c.name}" {c.type.compile(connection.dialect)}' for c in held)
    named = '"code"' if key == "code" else "key"
    connection.execute(
        sa.text(
            f"CREATE TEMP TABLE staged ({quoted}, identity uuid GENERATED ALWAYS AS"
            f" (CASE WHEN {named} LIKE 'id:%' THEN substr({named}, 4)::uuid ELSE md5({named})::uuid END) STORED,"
            " geom geometry) ON COMMIT DROP"
        )
    )
    frame = _along_a_curve(frame)
    copy_frame(
        connection,
        "staged",
        frame.assign(row=np.arange(len(frame), dtype=np.int32)),
        kinds=kinds,
        renamed={"identity": "key"},
        progress=progress,
    )
    connection.execute(sa.text("CREATE INDEX ON staged USING gist (geom)"))  # one look-up for each community
    connection.execute(sa.text("ANALYZE staged"))
    connection.execute(
        sa.text(
            "CREATE TEMP TABLE lying ON COMMIT DROP AS SELECT staged.row, min(areas.code) AS code FROM areas"
            " JOIN staged ON areas.geom && staged.geom AND ST_Intersects(areas.geom, staged.geom)"
            " WHERE areas.level = 'community' AND areas.valid_to IS NULL AND :points GROUP BY staged.row"
        ),
        {"points": layer.geometry == ("Point",)},
    )
    connection.execute(sa.text("ANALYZE lying"))


def _along_a_curve(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows along a Hilbert curve, those without a place last: what is near lies on the same page of the table."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    there = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    distance = np.full(len(frame), np.iinfo(np.int64).max)
    if there.any():
        distance[there] = gpd.GeoSeries(frame.geometry.loc[there]).hilbert_distance()
    return frame.iloc[np.argsort(distance, kind="stable")]


@dataclass(kw_only=True)
class _Plan:
    """The three set-based statements between the staged rows and the layer's table."""

    layer: Layer
    columns: Sequence[str]

    @cached_property
    def _target(self) -> sa.Table:
        return METADATA.tables[self.layer.table]

    @cached_property
    def _staged(self) -> sa.TableClause:
        return sa.table("staged", *(sa.column(n) for n in (*self.columns, "row", "identity", "geom")))

    @cached_property
    def _lying(self) -> sa.TableClause:
        return sa.table("lying", sa.column("row"), sa.column("code"))

    @cached_property
    def _joined(self) -> sa.FromClause:
        known = self._staged.outerjoin(self._target, self._target.c.identity == self._staged.c.identity)
        return known.outerjoin(self._lying, self._lying.c.row == self._staged.c.row)

    @cached_property
    def _values(self) -> dict[str, sa.ColumnElement[Any]]:
        """What a row shall hold: what the file says; where it says no place, the place that is known.

        A stated community is kept; a row that states none has the one its point lies in. A point of the file is the
        row's own, with the error the file states; a point that an address gave goes when the address changes.
        """
        values: dict[str, sa.ColumnElement[Any]] = {name: self._staged.c[name] for name in self.columns}
        if not self.layer.geometry:
            return values
        geom, kept = self._staged.c.geom, self._target.c
        if self.layer.geometry != ("Point",):
            return values | {"geom": sa.func.coalesce(sa.func.ST_Multi(geom), kept.geom)}
        found = sa.case((self._moved, None), (geom.is_(None), kept.community_code), else_=self._lying.c.code)
        stated = values.get("community_code", sa.null())
        same = sa.case((sa.func.ST_DWithin(geom, kept.geom, SAME_DEG), kept.geom), else_=geom)
        error = sa.cast(values.get("place_error_m", sa.null()), sa.Double)
        return values | {
            "geom": sa.func.coalesce(same, sa.case((self._moved, None), else_=kept.geom)),
            "place_error_m": sa.case((geom.is_not(None), error), (self._moved, None), else_=kept.place_error_m),
            "community_code": sa.func.coalesce(stated, found),
        }

    @cached_property
    def _moved(self) -> sa.ColumnElement[bool]:
        """Rows that stand where an address put them, and have another address now."""
        address = self.layer.address
        if address is None or address not in self.columns:
            return sa.false()
        changed = self._target.c[address].is_distinct_from(self._staged.c[address])
        return sa.and_(self._target.c.place_error_m.is_not(None), changed, self._staged.c.geom.is_(None))

    @cached_property
    def _known(self) -> sa.ColumnElement[bool]:
        return self._target.c.identity.is_not(None)

    @cached_property
    def _differs(self) -> sa.ColumnElement[bool]:
        return sa.or_(*(self._target.c[name].is_distinct_from(value) for name, value in self._values.items()))

    def counted(self) -> sa.Select[int, int, int]:
        """How many staged rows are new, how many are known but differ, and how many would have no shape."""
        new, changed = sa.func.count().filter(~self._known), sa.func.count().filter(self._known & self._differs)
        bare = sa.func.count().filter(self._values["geom"].is_(None)) if "geom" in self._values else sa.literal(0)
        return sa.select(new, changed, bare).select_from(self._joined)

    def updated(self, batch_id: int | None) -> sa.Update:
        """Known rows take over what the file says."""
        named = [value.label(name) for name, value in self._values.items()]
        chosen = sa.select(self._staged.c.identity, *named).select_from(self._joined)
        changed = chosen.where(self._known, self._differs).subquery("changed")
        values = {name: changed.c[name] for name in self._values}
        return (
            self._target.update()
            .values(**values, batch_id=batch_id)
            .where(self._target.c.identity == changed.c.identity)
        )

    def inserted(self, batch_id: int | None) -> sa.Insert:
        """New rows; a hash join keeps the order they are staged in, which need not be made anew."""
        values = self._values | {
            "identity": self._staged.c.identity,
            "batch_id": sa.literal(batch_id, sa.BigInteger),
        }
        chosen = sa.select(*values.values()).select_from(self._joined).where(~self._known)
        return self._target.insert().from_select(list(values), chosen)


def append(connection: sa.Connection, table: str, frame: pd.DataFrame, *, kinds: Mapping[str, Any]) -> int:
    """Add a frame's rows to a table that is no import layer (jurisdictions, rivers, decisions, posts)."""
    if isinstance(frame, gpd.GeoDataFrame):
        frame = frame.set_geometry(frame.geometry.map(_as_many))
    return copy_frame(connection, table, frame, kinds=kinds)


def _as_many(shape: Any) -> Any:
    """Polygons and lines as the many-part kind that the tables hold; points as they are."""
    many: Any = {"Polygon": shapely.MultiPolygon, "LineString": shapely.MultiLineString}.get(shape.geom_type)
    return shape if many is None else many([shape])


def open_batch(connection: sa.Connection, *, layer: str, file_name: str, sha256: str, account: str) -> int:
    """A new import batch; its report is written by ``close_batch``."""
    values = {"layer": layer, "file_name": file_name, "sha256": sha256, "account": account, "report": {}}
    added = house.import_batches.insert().values(values).returning(house.import_batches.c.batch_id)
    return int(connection.execute(added).scalar_one())


def close_batch(connection: sa.Connection, batch_id: int, report: Mapping[str, Any]) -> None:
    """Keep the report beside the batch."""
    batches = house.import_batches
    connection.execute(batches.update().where(batches.c.batch_id == batch_id).values(report=dict(report)))


def note(connection: sa.Connection, *, account: str, action: str, layer: str, detail: Mapping[str, Any]) -> None:
    """Keep who did what to which layer; the role that writes it cannot change or remove it."""
    values = {"account": account, "action": action, "layer": layer, "detail": dict(detail)}
    connection.execute(house.audit.insert().values(values))


def add_entry_token(connection: sa.Connection, token_sha256: str, *, expires_at: dt.datetime) -> None:
    """A one-time link's token, kept as its hash only."""
    connection.execute(house.entry_tokens.insert().values(token_sha256=token_sha256, expires_at=expires_at))


def spend_entry_token(connection: sa.Connection, token_sha256: str) -> bool:
    """Whether the token was there, unspent and in time; it is spent now."""
    tokens = house.entry_tokens
    spent = connection.execute(
        tokens.update()
        .values(spent_at=sa.func.now())
        .where(tokens.c.token_sha256 == token_sha256, tokens.c.spent_at.is_(None), tokens.c.expires_at > sa.func.now())
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
) -> int:
    """Replace the hotspots and the zones nobody has reviewed by those of a new run; return its analysis_id."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('analyses'))"))
    connection.execute(results.risk_zones.delete().where(results.risk_zones.c.reviewed_on.is_(None)))
    connection.execute(results.hotspots.delete())
    zones = zones.assign(zone_id=_free_ids(connection, zones["zone_id"].tolist()))
    analysis_id = connection.execute(
        results.analyses.insert().values(**run).returning(results.analyses.c.analysis_id)
    ).scalar_one()
    for table, frame in ((results.hotspots, hotspots), (results.risk_zones, zones)):
        if len(frame):
            connection.execute(table.insert(), _rows(frame, analysis_id=analysis_id))
    reviews.settle(connection, until=run["until"])
    return int(analysis_id)


def store_backtest(
    connection: sa.Connection, *, run: Mapping[str, Any], misses: gpd.GeoDataFrame, cells: gpd.GeoDataFrame
) -> int:
    """Add a back-test; its misses and next cells take the place of the former one's. Return its backtest_id."""
    added = backtests.backtests.insert().values(**run).returning(backtests.backtests.c.backtest_id)
    backtest_id = int(connection.execute(added).scalar_one())
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
    flat = pd.DataFrame(frame.drop(columns="geometry")).astype(object)
    flat = flat.where(flat.notna(), None).assign(**result)
    flat["geom"] = [f"SRID=4490;{shape.wkt}" for shape in frame["geometry"]]
    return [dict(zip(flat.columns, row, strict=True)) for row in flat.itertuples(index=False)]
