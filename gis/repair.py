"""Polygons as people draw them → valid polygons, with a list of what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from shapely import GeometryType

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from shapely.geometry.base import BaseGeometry

#: A part is a sliver when it is thinner than a 1:300 strip and under 1 % of the whole; a small round island is not.
_SLIVER_COMPACTNESS = 0.01
_SLIVER_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was done to the geometry at position ``row``; ``detail`` says why or how many, in English."""

    row: int
    kind: Literal["made_valid", "lines_dropped", "slivers_dropped", "emptied"]
    detail: str


def repair(geometries: Iterable[BaseGeometry | None]) -> tuple[npt.NDArray[np.object_], list[Change]]:
    """Return the geometries as valid Polygons or MultiPolygons in the same order, and every change made to them.

    Where parts overlap they are united; points, lines and slivers are dropped. A geometry with no area (every EMPTY
    kind, a point, a collapsed or not finite ring) becomes None and is listed as ``emptied``; None stays None. What was
    right already is handed back as the same object. Works in any CRS, since slivers are told by their shape.
    """
    shapes = np.array(list(geometries), dtype=object)
    changes: list[Change] = []
    right = shapely.is_valid(shapes) & (shapely.get_type_id(shapes) == GeometryType.POLYGON) & ~shapely.is_empty(shapes)
    for row in np.flatnonzero(~right & ~shapely.is_missing(shapes)):
        shapes[row], notes = _repaired(shapes[row])
        changes += [Change(row=int(row), kind=kind, detail=detail) for kind, detail in notes]
    return shapes, changes


def _repaired(shape: BaseGeometry) -> tuple[BaseGeometry | None, list[tuple[Any, str]]]:
    notes = []
    fixed = shape
    if not shape.is_valid:
        notes.append(("made_valid", shapely.is_valid_reason(shape)))
        fixed = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts = _parts(fixed)
    areal = parts[shapely.get_type_id(parts) == GeometryType.POLYGON]
    if len(areal) < len(parts):
        notes.append(("lines_dropped", f"{len(parts) - len(areal)} points or lines"))
    kept = areal[~_slivers(areal)]
    if len(kept) < len(areal):
        notes.append(("slivers_dropped", f"{len(areal) - len(kept)} slivers"))
    if len(kept) == 0:
        return None, [*notes, ("emptied", f"{shape.geom_type} without area")]
    if len(kept) == len(parts) and fixed.geom_type != "GeometryCollection":
        return fixed, notes
    return (kept[0] if len(kept) == 1 else shapely.multipolygons(kept)), notes


def _parts(shape: BaseGeometry) -> npt.NDArray[Any]:
    """Return the single, non-empty parts of a shape, collections in collections opened."""
    parts = shapely.get_parts([shape])
    while (shapely.get_type_id(parts) >= GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    return parts[~shapely.is_empty(parts)]


def _slivers(polygons: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    area, length = shapely.area(polygons), shapely.length(polygons)
    thin = 4 * np.pi * area < _SLIVER_COMPACTNESS * length**2
    return np.asarray(thin & (area < _SLIVER_SHARE * area.sum()))
