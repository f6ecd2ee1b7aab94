"""Specifications of the frames that gis and layers exchange, and a check that collects every fault before it raises."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from gis.errors import FrameError
from gis.grades import GRADES

# the tables are made from specifications: whoever reads a table must not load pandas for it
if TYPE_CHECKING:
    import pandas as pd
    import pyproj

    Frame = TypeVar("Frame", bound=pd.DataFrame)

Kind = Literal["text", "whole", "number", "day", "moment", "flag"]
#: Numbers, flags and days of a computation, as numpy has them: no flag and no whole number is missing, and days are
#: datetime64 without zone in any unit, since a snapshot file keeps them in another.
Plain = Literal["int64", "float64", "bool", "datetime64"]

#: The CRS of a frame in metres, whichever it is.
METRIC = "metric"

#: pandas dtypes of a checked column: days are midnight without zone, moments are UTC, missing is <NA> / NaT.
DTYPES: Mapping[Kind | Plain, str] = {
    "text": "str",
    "whole": "Int64",
    "number": "Float64",
    "day": "datetime64[s]",
    "moment": "datetime64[us, UTC]",
    "flag": "boolean",
    "int64": "int64",
    "float64": "float64",
    "bool": "bool",
    "datetime64": "datetime64[s]",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its kind, whether a value must be there, and what values are allowed."""

    kind: Kind | Plain
    required: bool = False
    least: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FrameSpec:
    """Columns by name, allowed geometry types (none = no geometry column) and the CRS the geometry must have.

    ``crs`` is an authority code, or ``METRIC``: any projected CRS whose unit is the metre.
    """

    name: str
    columns: Mapping[str, Column]
    geometry: tuple[str, ...] = ()
    geometry_required: bool = False
    crs: str = "EPSG:4490"
    key: tuple[str, ...] = ()

    @property
    def metric(self) -> "FrameSpec":
        """The same frame in metres, as functions of gis take it."""
        return replace(self, crs=METRIC)


def typed(frame: "Frame", spec: FrameSpec) -> "Frame":
    """Return ``frame`` with its columns in the dtypes of ``spec``, checked as ``check_frame`` does.

    Raises:
        FrameError: see ``check_frame``.
        ValueError: a value does not fit its column's dtype.

    """
    dtypes = {name: DTYPES[column.kind] for name, column in spec.columns.items() if name in frame.columns}
    return check_frame(frame.astype(dtypes), spec)


def check_frame(frame: "Frame", spec: FrameSpec) -> "Frame":
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


def _column_faults(frame: "pd.DataFrame", name: str, column: Column) -> list[str]:
    if name not in frame.columns:
        return [f"column {name} is missing"] if column.required else []
    values = frame[name]
    is_day = column.kind == "datetime64" and values.dtype.kind == "M" and getattr(values.dtype, "tz", None) is None
    if not is_day and str(values.dtype) != DTYPES[column.kind]:
        return [f"column {name} is {values.dtype}, not {DTYPES[column.kind]}"]
    faults = []
    if column.required and values.isna().any():
        faults.append(f"column {name} has no value at row {values.isna().idxmax()!r}")
    if column.least is not None and (below := values.lt(column.least).fillna(value=False)).any():
        faults.append(f"column {name} is {values[below].iloc[0]} (least {column.least:g})")
    if column.choices and (odd := ~values.isin(column.choices) & values.notna()).any():
        faults.append(f"column {name} is {values[odd].iloc[0]!r}, not one of {', '.join(column.choices)}")
    return faults


def _geometry_faults(frame: "pd.DataFrame", spec: FrameSpec) -> list[str]:
    if getattr(frame, "active_geometry_name", None) != "geometry":
        return ["no active column geometry"]
    faults, crs = [], getattr(frame, "crs", None)
    if not _is_in(crs, spec.crs):
        faults.append(f"CRS is {crs and crs.to_string()}, not {spec.crs}")
    missing = frame.geometry.isna() | frame.geometry.is_empty
    if spec.geometry_required and missing.any():
        faults.append(f"no geometry at row {missing.idxmax()!r}")
    odd = ~frame.geom_type.isin(spec.geometry) & ~missing
    if odd.any():
        faults.append(f"geometry is {frame.geom_type[odd].iloc[0]}, not {' or '.join(spec.geometry)}")
    return faults


def _is_in(crs: "pyproj.CRS | None", wanted: str) -> bool:
    """Whether a CRS is the wanted one; one in feet is not metric."""
    if crs is None or wanted != METRIC:
        return crs is not None and crs == wanted
    return crs.is_projected and all(axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2])


#: Evidence of dens: one row a tip, or a raid that found a den (``layers.read.incidents``).
INCIDENTS = FrameSpec(
    name="incidents",
    columns={
        "incident_id": Column(kind="text", required=True),
        "kind": Column(kind="text", required=True, choices=("tip", "finding")),
        "day": Column(kind="datetime64", required=True),
        "channel": Column(kind="text"),
        "source_no": Column(kind="text"),
        "story": Column(kind="text"),
        "verified": Column(kind="bool", required=True),
        "community_code": Column(kind="text"),
        "dens": Column(kind="int64", required=True, least=0),
        "place_error_m": Column(kind="float64", least=0),
    },
    geometry=("Point",),
    key=("incident_id",),
)
#: Raids whose outcome is known (``layers.read.visits``).
VISITS = FrameSpec(
    name="visits",
    columns={
        "incident_id": Column(kind="text", required=True),
        "day": Column(kind="datetime64", required=True),
        "kind": Column(kind="text"),
        "found": Column(kind="bool", required=True),
        "dens": Column(kind="int64", required=True, least=0),
        "community_code": Column(kind="text"),
        "place_error_m": Column(kind="float64", least=0),
    },
    geometry=("Point",),
    key=("incident_id",),
)
#: Rental units and venues that have a point: the exposure (``layers.read.premises``).
PREMISES = FrameSpec(
    name="premises", columns={"rooms": Column(kind="float64", least=0)}, geometry=("Point",), geometry_required=True
)
#: Graded zones, of ``gis.zones.find`` and as they are stored, where their days are dates; those of early versions lack
#: the parts of their score.
ZONES = FrameSpec(
    name="zones",
    columns={name: Column(kind="text", required=True) for name in ("zone_id", "area_code", "method")}
    | {"grade": Column(kind="text", required=True, choices=GRADES)}
    | {name: Column(kind="int64", required=True, least=0) for name in ("tips", "sources", "findings")}
    | {
        name: Column(kind="float64", required=True, least=0)
        for name in ("score", "own_raid_share", "radius_m", "expected")
    }
    | {
        name: Column(kind="float64", least=0)
        for name in ("tips_score", "raids_score", "priority", "likely", "reporting")
    }
    | {"checks_score": Column(kind="float64")},
    geometry=("MultiPolygon",),
    geometry_required=True,
    key=("zone_id",),
)
#: Who goes where and when in a joint action; geometry is the route (``layers.actions.legs``).
LEGS = FrameSpec(
    name="legs",
    columns={name: Column(kind="text", required=True) for name in ("address", "team", "agency", "station")}
    | {name: Column(kind="int64", required=True, least=1) for name in ("number", "officers")}
    | {name: Column(kind="float64", required=True, least=0) for name in ("ready_minutes", "travel_minutes", "km")}
    | {name: Column(kind="moment", required=True) for name in ("notify_at", "leave_at", "arrive_at")},
    geometry=("LineString",),
    geometry_required=True,
    key=("number", "agency"),
)
