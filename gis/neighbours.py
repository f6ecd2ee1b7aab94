"""Who is near whom, as sparse matrices of 0 and 1: row i marks the neighbours of place i, never i itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gis.arrays import places, positive
from gis.errors import FrameError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from shapely.geometry.base import BaseGeometry

    from gis.arrays import IntArray


def within(xy: npt.ArrayLike, *, radius_m: float) -> csr_array:
    """Return the symmetric (n, n) matrix of places at most ``radius_m`` apart; coincident places are neighbours.

    Args:
        xy: (n, 2) metric coordinates, in metres.
        radius_m: in metres, above zero.

    Returns:
        (n, n) csr_array of 0 and 1, the diagonal 0.

    Raises:
        FrameError: a missing coordinate, degrees, a radius not above zero.
    """
    points = places(xy, length_m=positive(radius_m, name="radius_m"))
    if len(points) == 0:
        return csr_array((0, 0), dtype=np.float64)
    first, second = cKDTree(points).query_pairs(radius_m, output_type="ndarray").T
    return _matrix(np.r_[first, second], np.r_[second, first], len(points))


def nearest(xy: npt.ArrayLike, *, k: int) -> csr_array:
    """Return the (n, n) matrix of each place's ``k`` nearest others, or of all others where there are fewer.

    It need not be symmetric. Among equally distant places the choice is arbitrary but the same every time; coincident
    places are at distance 0 and never moved apart.

    Args:
        xy: (n, 2) metric coordinates, in metres.
        k: at least 1.

    Returns:
        (n, n) csr_array of 0 and 1, the diagonal 0, at most ``k`` ones in each row.

    Raises:
        FrameError: a missing coordinate, degrees, ``k`` below 1.
    """
    points = places(xy)
    if k < 1:
        raise FrameError(f"k is {k}, below 1")
    count = len(points)
    k = min(k, count - 1)
    if k < 1:
        return csr_array((count, count), dtype=np.float64)
    found = np.asarray(cKDTree(points).query(points, k=k + 1)[1])
    own = found == np.arange(count)[:, None]
    own[~own.any(axis=1), -1] = True  # more than k coincide with it: any of them may go
    return _matrix(np.repeat(np.arange(count), k), found[~own], count)


def touching(polygons: Iterable[BaseGeometry | None]) -> csr_array:
    """Return the symmetric (n, n) matrix of polygons that share at least a point (queen), in the given order.

    Overlapping and equal polygons are neighbours too; an empty or missing one has none. Any CRS will do, since
    touching does not depend on units.

    Args:
        polygons: n polygons or multipolygons; None for one without a border.

    Returns:
        (n, n) csr_array of 0 and 1, the diagonal 0.

    Raises:
        FrameError: a geometry that is not a polygon.
    """
    shapes = np.asarray(list(polygons), dtype=object)
    kinds = shapely.get_type_id(shapes)
    areal = np.isin(kinds, (-1, shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    if not areal.all():
        first = int(np.flatnonzero(~areal)[0])
        raise FrameError(f"polygons: {shapes[first].geom_type} at {first}")
    if len(shapes) == 0:
        return csr_array((0, 0), dtype=np.float64)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return _matrix(one[one != other], other[one != other], len(shapes))


def _matrix(row: IntArray, col: IntArray, count: int) -> csr_array:
    matrix = csr_array((np.ones(len(row)), (row, col)), shape=(count, count))
    matrix.sort_indices()
    return matrix
