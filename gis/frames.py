"""What each kind of frame must hold, and one check that names every fault before it raises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import pandas as pd

from gis.errors import FrameError

Kind = Literal["text", "whole", "number", "day", "moment", "flag"]

#: pandas dtypes of a checked column: days are midnight without zone, moments are UTC, missing is <NA> / NaT.
DTYPES: Mapping[Kind, str] = {
    "text": "str",
    "whole": "Int64",
    "number": "Float64",
    "day": "datetime64[s]",
    "moment": "datetime64[us, UTC]",
    "flag": "boolean",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its kind, whether a value must be there, and what values are allowed."""

    kind: Kind
    required: bool = False
    least: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FrameSpec:
    """Columns by name, allowed geometry types (none = no geometry column) and the CRS the geometry must have."""

    name: str
    columns: Mapping[str, Column]
    geometry: tuple[str, ...] = ()
    geometry_required: bool = False
    crs: str = "EPSG:4490"
    key: tuple[str, ...] = ()


def check_frame(frame: pd.DataFrame, spec: FrameSpec) -> pd.DataFrame:
    """Return ``frame`` itself when it meets ``spec``; columns beyond the specification are left alone.

    An empty frame with the right columns passes. A column that is not required may be absent.

    Raises:
        FrameError: one message naming every fault (missing column, wrong dtype, missing value, value below the least
            or outside the choices, wrong CRS or geometry type, repeated key) with its first offending value.

    """
    faults = [fault for name, column in spec.columns.items() for fault in _column_faults(frame, name, column)]
    if spec.geometry:
        faults += _geometry_faults(frame, spec)
    if spec.key and not faults and frame.duplicated(list(spec.key)).any():
        first = frame.loc[frame.duplicated(list(spec.key)), list(spec.key)].iloc[0].to_dict()
        faults.append(f"key {spec.key} repeats: {first}")
    if faults:
        raise FrameError(f"{spec.name}: " + "; ".join(faults))
    return frame


def _column_faults(frame: pd.DataFrame, name: str, column: Column) -> list[str]:
    if name not in frame.columns:
        return [f"column {name} is missing"] if column.required else []
    values = frame[name]
    if str(values.dtype) != DTYPES[column.kind]:
        return [f"column {name} is {values.dtype}, not {DTYPES[column.kind]}"]
    faults = []
    if column.required and values.isna().any():
        faults.append(f"column {name} has no value at row {values.isna().idxmax()!r}")
    if column.least is not None and (below := values.lt(column.least).fillna(value=False)).any():
        faults.append(f"column {name} is {values[below].iloc[0]} (least {column.least:g})")
    if column.choices and (odd := ~values.isin(column.choices) & values.notna()).any():
        faults.append(f"column {name} is {values[odd].iloc[0]!r}, not one of {', '.join(column.choices)}")
    return faults


def _geometry_faults(frame: pd.DataFrame, spec: FrameSpec) -> list[str]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name != "geometry":
        return ["no active column geometry"]
    faults = []
    if frame.crs is None or frame.crs != spec.crs:
        faults.append(f"CRS is {frame.crs and frame.crs.to_string()}, not {spec.crs}")
    missing = frame.geometry.isna() | frame.geometry.is_empty
    if spec.geometry_required and missing.any():
        faults.append(f"no geometry at row {missing.idxmax()!r}")
    odd = ~frame.geom_type.isin(spec.geometry) & ~missing
    if odd.any():
        faults.append(f"geometry is {frame.geom_type[odd].iloc[0]}, not {' or '.join(spec.geometry)}")
    return faults
