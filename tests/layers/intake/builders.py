"""Raw tables as the readers hand them over, made of a few rows a reader can check."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from layers.intake import child, sandbox
from layers.intake.limits import Limits
from layers.intake.raw import RawTable
from layers.intake.readers import Order, TableStream
from layers.profile import CityProfile

CITY = CityProfile(
    name="示范市",
    code_prefix="9901",
    code_pattern="^9901[0-9]{8}$",
    bounds=(118.0, 26.5, 118.3, 26.8),
    metric_crs="EPSG:4548",
)
#: two communities beside each other, and one elsewhere whose name repeats
EAST, WEST, TWIN = "990102001001", "990102001002", "990121200201"


def grid(
    rows: Sequence[Sequence[str | None]], *, sheet: str | None = "表", merged: Any = (), csv: bool = False
) -> RawTable:
    """A sheet (or with ``csv`` a text file) of texts, its rows numbered from 1."""
    width = max(len(row) for row in rows)
    filled = [[*row, *[None] * (width - len(row))] for row in rows]
    columns = {f"c{c}": pa.array([row[c] for row in filled], pa.string()) for c in range(width)}
    numbers = np.arange(1, len(rows) + 1, dtype=np.int64)
    return RawTable(
        sheet=None if csv else sheet,
        table=pa.table(columns),
        rows=numbers,
        lines=numbers if csv else None,
        typed=False,
        merged=tuple(merged),
    )


def features(
    columns: dict[str, Sequence[Any]], shapes: Sequence[Any] | None = None, *, crs: str | None = "EPSG:4490"
) -> RawTable:
    """A layer of a vector file."""
    length = len(next(iter(columns.values())))
    wkb = None if shapes is None else pa.array(shapely.to_wkb(np.array(shapes, dtype=object)), pa.binary())
    return RawTable(
        sheet="layer",
        table=pa.table({name: pa.array(values) for name, values in columns.items()}),
        rows=np.arange(1, length + 1, dtype=np.int64),
        typed=True,
        wkb=wkb,
        crs=crs,
    )


def areas() -> gpd.GeoDataFrame:
    """A township of two communities with borders, and a community of another township without one."""
    rows = [
        ("990102001000", "青样街道", "township", "990102000000", None, None, None),
        (
            EAST,
            "松测社区",
            "community",
            "990102001000",
            "990102001901",
            "老松社区",
            shapely.box(118.10, 26.60, 118.12, 26.62),
        ),
        (WEST, "竹样社区", "community", "990102001000", None, None, shapely.box(118.08, 26.60, 118.10, 26.62)),
        ("990102101201", "同名村", "community", "990102101000", None, None, None),
        (TWIN, "同名村", "community", "990121200000", None, None, None),
    ]
    columns = ["code", "name", "level", "parent_code", "former_code", "former_name", "geometry"]
    return gpd.GeoDataFrame(dict(zip(columns, zip(*rows, strict=True), strict=True)), crs="EPSG:4490")


def no_areas() -> gpd.GeoDataFrame:
    """The list of areas before anything was imported."""
    return areas().iloc[:0]


def read_with(
    reader: Callable[[BinaryIO, Order], Iterable[TableStream]], content: bytes | str, **order: Any
) -> list[RawTable]:
    """What a reader makes of ``content``, as it arrives from the child but without one."""
    data = content if isinstance(content, bytes) else content.encode()
    return [_arrived(found) for found in reader(io.BytesIO(data), Order(limits=Limits(), **order))]


def _arrived(found: TableStream) -> RawTable:
    said = {name: getattr(found, name) for name in child.SAID} | {"notes": [asdict(note) for note in found.notes]}
    table = pa.Table.from_batches(found.batches, found.schema)
    return sandbox._raw(table, json.loads(json.dumps(said)))
