"""Polygons of the demo city's areas: every border is drawn once and shared by the two areas it parts."""

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from layers.demo.terrain import Floats, Ints, Mesh, degrees

Shapes = np.typing.NDArray[np.object_]
DECIMALS = 5


def polygons(mesh: Mesh, label: Ints) -> Shapes:
    """One polygon in degrees per label 0 … n−1 of the cells, which together leave no gap and no overlap; −1 is outside.

    Coordinates are whole 1e-5 degrees, so that nothing is lost where a map rounds them. A polygon belongs to the label
    most of whose cells it holds, one to each.
    """
    faces = shapely.get_parts(shapely.polygonize(_simplified(_arcs(mesh, label))))
    cells = np.flatnonzero(label >= 0)
    cell, face = shapely.STRtree(faces).query(shapely.points(degrees(mesh.xy[cells])), predicate="within")
    shared = sparse.coo_array((np.ones(len(cell)), (label[cells[cell]], face))).tocsr()
    _, drawn = csgraph.min_weight_full_bipartite_matching(shared, maximize=True)
    return faces[drawn]


def union_by(shapes: Shapes, label: Ints) -> Shapes:
    """The exact union of the shapes of each label 0 … n−1."""
    order = np.argsort(label, kind="stable")
    parts = np.split(shapes[order], np.flatnonzero(np.diff(label[order])) + 1)
    return np.array([shapely.coverage_union_all(part) for part in parts], dtype=object)


def _arcs(mesh: Mesh, label: Ints) -> Shapes:
    """Lines between areas from junction to junction, in metres, eased so that the cells no longer show."""
    a, b = label[mesh.pairs].T
    corners, ends = np.unique(np.round(mesh.corners[mesh.borders[a != b]]).reshape(-1, 2), axis=0, return_inverse=True)
    ends = np.sort(ends.reshape(-1, 2), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    lines = shapely.multilinestrings(np.asarray(shapely.linestrings(_eased(corners, ends)[ends]), dtype=object))
    return shapely.get_parts(shapely.line_merge(np.asarray(lines, dtype=object)))


def _eased(corners: Floats, ends: Ints) -> Floats:
    """The corners, each moved twice half way to the middle of those it is joined with."""
    one, other = np.concatenate([ends, ends[:, ::-1]]).T
    count = np.bincount(one)[:, None]
    for _ in range(2):
        middle = np.column_stack([np.bincount(one, corners[other, axis]) for axis in (0, 1)]) / count
        corners = (corners + middle) / 2
    return corners


def _simplified(arcs: Shapes) -> Shapes:
    """The arcs in degrees with fewer points, the shorter the finer; one that would meet another keeps more points."""
    tolerance = (0.1 * shapely.length(arcs)).clip(20.0, 260.0)
    while True:
        simple = _to_degrees(shapely.simplify(arcs, tolerance))
        knotted = _knotted(simple)
        if not len(knotted):
            return simple
        tolerance[knotted] /= 2


def _knotted(arcs: Shapes) -> Ints:
    """Positions of arcs that cross themselves, or meet another one elsewhere than at an end of both."""
    one, other = shapely.STRtree(arcs).query(arcs, predicate="intersects")
    one, other = one[one < other], other[one < other]
    ends = shapely.union(shapely.get_point(arcs, 0), shapely.get_point(arcs, -1))
    meeting = shapely.intersection(arcs[one], arcs[other])
    bad = ~shapely.equals(meeting, shapely.intersection(ends[one], ends[other]))
    return np.unique(np.concatenate([one[bad], other[bad], np.flatnonzero(~shapely.is_simple(arcs))]))


def _to_degrees(lines: Shapes) -> Shapes:
    return np.asarray(shapely.transform(lines, lambda xy: degrees(xy, decimals=DECIMALS)), dtype=object)
