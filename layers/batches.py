"""Load a batch of rows into a layer's table: by COPY into an empty one, else by a staging table and a merge."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
import sqlalchemy as sa

from layers.catalog import POINT, Layer
from layers.copy import Progress, copy_pieces, ewkb
from layers.schema.tables import METADATA, desk
from layers.schema.tables.columns import SQL_TYPES

#: a tenth of a millimetre: what workbooks round is no change of place
SAME_DEG = 1e-9
#: who took the steps that a file brings
IMPORTED = "导入"
_UUID_BYTES = 16
#: the server stores one piece while the next is made ready
_PIECE_ROWS = 50_000
#: from so many points on it pays to make the indexes at once; whoever reads the layer meanwhile waits for it
_MANY_ROWS = 100_000


def fill(
    connection: sa.Connection, layer: Layer, frame: pd.DataFrame, *, batch_id: int | None, progress: Progress | None
) -> None:
    """All rows of ``frame`` into the layer's empty table; the indexes of many points are made afterwards."""
    kinds = {f.name: f.kind for f in layer.fields if f.name in frame or (f.name == "community_code" and layer.geometry)}
    pieces = (_new(piece, layer, batch_id) for piece in _pieces(connection, layer, frame))
    made = _made(layer) | {"batch_id": pa.int64()}
    many = layer.geometry == POINT and len(frame) >= _MANY_ROWS
    bare = many and connection.scalar(sa.select(sa.func.strip_indexes(layer.table)))
    copy_pieces(connection, layer.table, pieces, kinds=kinds | made, rows=len(frame), progress=progress)
    if bare:
        connection.execute(sa.select(sa.func.make_indexes(layer.table)))


def stage(
    connection: sa.Connection, layer: Layer, frame: pd.DataFrame, *, batch_id: int | None, progress: Progress | None
) -> "Plan":
    """All rows of ``frame`` into the temporary table ``staged``, and the statements that go on from there."""
    kinds = {f.name: f.kind for f in layer.fields if f.name in frame}
    types = {name: SQL_TYPES[kind] for name, kind in kinds.items()} | {"lies_in": sa.Text, "identity": sa.Uuid}
    columns = (f'"{name}" {sa.types.to_instance(kind).compile(connection.dialect)}' for name, kind in types.items())
    connection.execute(sa.text(f"CREATE TEMP TABLE staged ({', '.join(columns)}, geom geometry) ON COMMIT DROP"))
    found = {"lies_in": pa.large_string()} if layer.geometry == POINT else {}
    pieces = _pieces(connection, layer, frame)
    copy_pieces(connection, "staged", pieces, kinds=kinds | _made(layer) | found, rows=len(frame), progress=progress)
    connection.execute(sa.text("ANALYZE staged"))
    return Plan(layer=layer, columns=list(kinds), batch_id=batch_id)


@dataclass(kw_only=True)
class Plan:
    """The three set-based statements between the staged rows and the layer's table."""

    layer: Layer
    columns: Sequence[str]
    batch_id: int | None

    @cached_property
    def _target(self) -> sa.Table:
        return METADATA.tables[self.layer.table]

    @cached_property
    def _staged(self) -> sa.TableClause:
        return sa.table("staged", *(sa.column(n) for n in (*self.columns, "identity", "lies_in", "geom")))

    @cached_property
    def _joined(self) -> sa.FromClause:
        return self._staged.outerjoin(self._target, self._target.c.identity == self._staged.c.identity)

    @cached_property
    def _values(self) -> dict[str, sa.ColumnElement[Any]]:
        """What a row shall hold: what the file says; where it says no place, the place that is known.

        A stated community is kept; a row that states none has the one its point lies in. A point of the file is the
        row's own, with the error the file states; a point that an address gave goes when the address changes.
        """
        values: dict[str, sa.ColumnElement[Any]] = {name: self._staged.c[name] for name in self.columns}
        if "deleted_at" in self._target.c:  # whoever hands in a row that was taken off its register wants it back
            values["deleted_at"] = sa.cast(sa.null(), sa.DateTime(timezone=True))
        if not self.layer.geometry:
            return values
        geom, kept = self._staged.c.geom, self._target.c
        if self.layer.geometry != POINT:
            return values | {"geom": sa.func.coalesce(sa.func.ST_Multi(geom), kept.geom)}
        found = sa.case((self._moved, None), (geom.is_(None), kept.community_code), else_=self._staged.c.lies_in)
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

    def counted(self) -> sa.Select[int, int, int, int]:
        """How many rows are staged, how many new, how many known but different, and how many would have no shape."""
        new, changed = sa.func.count().filter(~self._known), sa.func.count().filter(self._known & self._differs)
        bare = sa.func.count().filter(self._values["geom"].is_(None)) if "geom" in self._values else sa.literal(0)
        return sa.select(sa.func.count(), new, changed, bare).select_from(self._joined)

    def updated(self) -> sa.Update:
        """Known rows take over what the file says."""
        named = [value.label(name) for name, value in self._values.items()]
        chosen = sa.select(self._staged.c.identity, *named).select_from(self._joined)
        changed = chosen.where(self._known, self._differs).subquery("changed")
        # what leaves is never called otherwise: its history speaks of it by its name
        fixed = {self.layer.number} if self.layer.leaves else set()
        values = {name: changed.c[name] for name in self._values if name not in fixed}
        return (
            self._target.update()
            .values(**values, batch_id=self.batch_id)
            .where(self._target.c.identity == changed.c.identity)
        )

    def steps(self) -> sa.Insert | None:
        """Steps of the tips whose status the file changes, so that closed months keep the one they had."""
        if self.layer.key != "tips" or "status" not in self.columns:
            return None
        before, after = (sa.func.coalesce(rows.c.status, "new") for rows in (self._target, self._staged))
        told = (self._target.c.tip_id, after, sa.literal(IMPORTED), self._target.c.status, self._target.c.area_code)
        changed = sa.select(*told).select_from(self._joined).where(self._known, before != after)
        return desk.tip_steps.insert().from_select(["tip_id", "step", "post", "status_before", "area_code"], changed)

    def inserted(self) -> sa.Insert:
        """New rows; a hash join keeps the order they are staged in, which need not be made anew."""
        values = self._values | {
            "identity": self._staged.c.identity,
            "batch_id": sa.literal(self.batch_id, sa.BigInteger),
        }
        chosen = sa.select(*values.values()).select_from(self._joined).where(~self._known)
        return self._target.insert().from_select(list(values), chosen)


def _pieces(connection: sa.Connection, layer: Layer, frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows along a Hilbert curve, those without a place last: what is near lies on the same page of the table.

    ``identity`` becomes the 16 bytes of a UUID and ``geometry`` the EWKB ``geom``; of points, ``lies_in`` is the
    community whose border they lie in.
    """
    rows, name = frame, "code" if layer.family == "areas" else "identity"
    order = np.arange(len(frame))
    if isinstance(frame, gpd.GeoDataFrame):
        rows = pd.DataFrame(frame.drop(columns=frame.geometry.name)).assign(geom=_bytes(ewkb(frame), frame.index))
        if layer.geometry == POINT:
            rows["lies_in"] = _communities(connection, frame.geometry.to_numpy())
        order = _along_a_curve(frame.geometry)

    def piece(start: int) -> pd.DataFrame:
        taken = rows.iloc[order[start : start + _PIECE_ROWS]]
        return taken.assign(identity=_bytes(_uuids(taken[name]), taken.index))

    return map(piece, range(0, max(len(rows), 1), _PIECE_ROWS))


def _made(layer: Layer) -> dict[str, pa.DataType]:
    """The columns of a piece that hold what the server reads as it stands."""
    return dict.fromkeys(("identity", "geom") if layer.geometry else ("identity",), pa.binary())


def _new(rows: pd.DataFrame, layer: Layer, batch_id: int | None) -> pd.DataFrame:
    """The rows as ``Plan`` inserts those whose identity is not stored yet."""
    rows = rows.assign(batch_id=pd.array([batch_id] * len(rows), dtype="Int64"))
    if layer.geometry:
        rows["community_code"] = rows.get("community_code", rows["lies_in"]).fillna(rows["lies_in"])
    if "place_error_m" in rows:
        rows["place_error_m"] = rows["place_error_m"].where(rows["geom"].notna())
    return rows


def _along_a_curve(shapes: gpd.GeoSeries) -> np.typing.NDArray[np.intp]:
    there = ~(shapes.isna() | shapes.is_empty).to_numpy()
    distance = np.full(len(shapes), np.iinfo(np.int64).max)
    if there.any():
        distance[there] = gpd.GeoSeries(shapes.loc[there]).hilbert_distance()
    return np.argsort(distance, kind="stable")


def uuids(frame: pd.DataFrame, layer: Layer) -> np.typing.NDArray[np.object_]:
    """The UUID that each row of a frame has in the database."""
    names = _uuids(frame["code" if layer.family == "areas" else "identity"]).to_pylist()
    return np.array([UUID(bytes=name) for name in names], dtype=object)


def _bytes(values: pa.Array, index: pd.Index) -> "pd.Series[Any]":
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(pa.binary())), index=index)


def _uuids(names: "pd.Series[Any]") -> pa.Array:
    """The UUID that ``id:`` says in full, else the MD5 of the name, as ``md5(name)::uuid`` has it."""
    told = pa.array(names, pa.large_string()).cast(pa.large_binary()).to_pylist()
    found = b"".join(
        [
            UUID(name[3:].decode()).bytes
            if name.startswith(b"id:")
            else hashlib.md5(name, usedforsecurity=False).digest()
            for name in told
        ]
    )
    ends = np.arange(len(told) + 1, dtype=np.int32) * _UUID_BYTES
    return pa.Array.from_buffers(pa.binary(), len(told), [None, pa.py_buffer(ends), pa.py_buffer(found)])


def _communities(connection: sa.Connection, points: np.typing.NDArray[np.object_]) -> np.typing.NDArray[np.object_]:
    """The code of the community each point lies in, the smallest where borders meet, None where there is none."""
    known = sa.text(
        "SELECT code, ST_AsBinary(geom) AS border FROM areas"
        " WHERE level = 'community' AND valid_to IS NULL AND geom IS NOT NULL ORDER BY code"
    )
    areas = connection.execute(known).all()
    codes = np.array([*(area.code for area in areas), None], dtype=object)
    borders = np.array(shapely.from_wkb([bytes(area.border) for area in areas]), dtype=object)
    shapely.prepare(borders)
    point, border = shapely.STRtree(borders).query(points)
    lies = shapely.intersects_xy(borders[border], *shapely.get_coordinates(points[point]).T)
    first = np.full(len(points), len(areas))
    np.minimum.at(first, point[lies], border[lies])
    return np.asarray(codes[first])
