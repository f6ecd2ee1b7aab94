"""A road network and travel times on it.

Places are snapped to the nearest road within 500 m that leads to the other end: beside a stub that joins nothing, or a
oneway road that only leads away, the next road is taken for those trips that the nearest cannot make. Only the part of
the road beyond a place is travelled; the way from the place to the road costs nothing. Roads join where they share a
vertex.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, dijkstra, reverse_cuthill_mckee

from gis import osm
from gis.arrays import BoolArray, FloatArray, IntArray, places
from gis.errors import FrameError
from gis.paths import shortest

SNAP_M = 500.0
SAME_PLACE_M = 0.01
NO_PART = 1e-9
#: The least minutes of a segment: scipy's sparse graphs drop edges of weight zero.
LEAST_MINUTES = 1e-9
#: Of the parts of a network beside one place so many are tried, the largest among them.
MOST_PARTS = 32


@dataclass(frozen=True, kw_only=True)
class RoadNetwork:
    """Segments between vertices: ``nodes`` (metres), ``ends`` (n, 2) indices of nodes, minutes there and back.

    A way that is closed takes inf minutes. Nodes stand in reverse Cuthill-McKee order, so that neighbours in the city
    are neighbours in memory: shortest paths are found about twice as fast. ``crs`` is known where the roads came from a
    file with one.
    """

    nodes: FloatArray
    ends: IntArray
    there_minutes: FloatArray
    back_minutes: FloatArray
    crs: str | None = None

    @classmethod
    def from_lines(
        cls,
        lines: Sequence[shapely.Geometry] | npt.NDArray[np.object_],
        *,
        speed_kmh: npt.ArrayLike,
        oneway: npt.ArrayLike = False,
        crs: str | None = None,
    ) -> "RoadNetwork":
        """The network of LineStrings and MultiLineStrings in metres, with the speed on each.

        Oneway lines are open in the direction they are drawn.

        Args:
            lines: n LineStrings or MultiLineStrings, in metres.
            speed_kmh: one speed, or one for each line, in km/h.
            oneway: one flag, or one for each line.
            crs: the CRS of the lines, as the network's own; None where nobody asks for it.

        Returns:
            The network.

        Raises:
            FrameError: no line, degrees, a speed not above zero, or something that is no line.

        Source: reverse Cuthill-McKee, George & Liu, Computer Solution of Large Sparse Positive Definite Systems (1981).
        """
        parts, of = shapely.get_parts(np.asarray(lines, dtype=object), return_index=True)
        if not len(parts) or (shapely.get_dimensions(parts) != 1).any():
            raise FrameError("roads: lines are needed, and at least one")
        speed = np.broadcast_to(np.asarray(speed_kmh, dtype=np.float64), (len(lines),))[of]
        closed = np.broadcast_to(np.asarray(oneway, dtype=bool), (len(lines),))[of]
        if not (np.isfinite(speed).all() and (speed > 0).all()):
            raise FrameError("roads: speed_kmh must be above zero")
        xy, line = shapely.get_coordinates(parts, return_index=True)
        places(xy, length_m=SNAP_M, name="roads")
        _, first, node = np.unique(np.round(xy / SAME_PLACE_M), axis=0, return_index=True, return_inverse=True)
        start = np.flatnonzero(line[1:] == line[:-1])
        ends = np.column_stack([node[start], node[start + 1]])
        kept = ends[:, 0] != ends[:, 1]
        ends, line = ends[kept], line[start][kept]
        nodes = xy[first]
        minutes = _minutes(np.linalg.norm(nodes[ends[:, 0]] - nodes[ends[:, 1]], axis=1), speed[line])
        order = reverse_cuthill_mckee(_matrix(len(nodes), ends, minutes, minutes), symmetric_mode=True)
        place_of = np.empty(len(nodes), dtype=np.int64)
        place_of[order] = np.arange(len(nodes))
        return cls(
            nodes=nodes[order],
            ends=place_of[ends],
            there_minutes=minutes,
            back_minutes=np.where(closed[line], np.inf, minutes),
            crs=crs,
        )

    @classmethod
    def from_pbf(cls, path: str) -> "RoadNetwork":
        """The network of the roads for cars in an OpenStreetMap file that is trusted, in metres of its UTM zone.

        Args:
            path: an .osm.pbf file.

        Returns:
            The network.

        Raises:
            FrameError: the file holds no such road.
        """
        roads = osm.roads(path)
        if not len(roads):
            raise FrameError(f"{path}: no road for cars")
        metric = str(roads.estimate_utm_crs())
        lines = roads.to_crs(pyproj.CRS.from_user_input(metric)).geometry.to_numpy()
        return cls.from_lines(lines, speed_kmh=roads["speed_kmh"], oneway=roads["oneway"], crs=metric)

    @cached_property
    def graph(self) -> csr_array:
        """Minutes from node to node, (nodes, nodes)."""
        return _matrix(len(self.nodes), self.ends, self.there_minutes, self.back_minutes)

    @cached_property
    def parts(self) -> IntArray:
        """The number of each node's part: the nodes between which there is a way both there and back."""
        return np.asarray(connected_components(self.graph, connection="strong")[1], dtype=np.int64)

    @cached_property
    def largest_part(self) -> int:
        """The part with the longest roads."""
        length_m = np.linalg.norm(np.diff(self.nodes[self.ends], axis=1)[:, 0], axis=1)
        return int(np.bincount(self.parts[self.ends[:, 0]], weights=length_m).argmax())

    @cached_property
    def between_parts(self) -> csr_array:
        """The oneway steps from part to part."""
        row, column = self.parts[np.column_stack(self.graph.nonzero())].T
        size = int(self.parts.max()) + 1
        return csr_array((np.ones(len(row)), (row, column)), shape=(size, size))

    @cached_property
    def segments(self) -> shapely.STRtree:
        """The segments as lines, to find the nearest of them."""
        return shapely.STRtree(np.asarray(shapely.linestrings(self.nodes[self.ends])))


@dataclass(frozen=True, kw_only=True)
class _Snaps:
    """Places snapped to segments: index of the place, segment, position along it (0 to 1), distance in metres."""

    place: IntArray
    segment: IntArray
    along: FloatArray
    away_m: FloatArray

    def take(self, rows: IntArray | BoolArray) -> "_Snaps":
        return _Snaps(
            place=self.place[rows], segment=self.segment[rows], along=self.along[rows], away_m=self.away_m[rows]
        )


def travel_minutes(network: RoadNetwork, origins: npt.ArrayLike, destinations: npt.ArrayLike) -> FloatArray:
    """Minutes from each origin to each destination, (n, m); inf where there is no way or no road within 500 m.

    Args:
        network: the roads.
        origins: (n, 2) coordinates in metres, in the network's CRS.
        destinations: (m, 2) the same.

    Returns:
        (n, m) float64, in minutes.

    Raises:
        FrameError: degrees or missing coordinates.
    """
    start, end = places(origins, name="origins"), places(destinations, name="destinations")
    minutes = np.full((len(start), len(end)), np.inf)
    rows, columns = _nearest(network, start), _nearest(network, end)
    minutes[np.ix_(rows.place, columns.place)] = _minutes_between(network, rows, columns)
    lost = np.zeros(minutes.shape, dtype=bool)
    lost[np.ix_(rows.place, columns.place)] = np.isinf(minutes[np.ix_(rows.place, columns.place)])
    if lost.any():
        rows, columns, pairs = _leading_on(network, start, end, lost)
        (first, row), (last, column) = (np.unique(each, return_inverse=True) for each in pairs)
        rows, columns = rows.take(first), columns.take(last)
        minutes[rows.place[row], columns.place[column]] = _minutes_between(network, rows, columns)[row, column]
    return minutes


def routes(network: RoadNetwork, origins: npt.ArrayLike, destinations: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """The quickest way from each origin to the destination beside it; None where there is none.

    A way is a LineString from where the origin meets its road to where the destination does.

    Args:
        network: the roads.
        origins: (n, 2) coordinates in metres, in the network's CRS.
        destinations: (n, 2) the same.

    Returns:
        (n,) LineStrings in the network's CRS, or None.

    Raises:
        FrameError: as ``travel_minutes``, or unequal numbers of both.
    """
    start, end = places(origins, name="origins"), places(destinations, name="destinations")
    if len(start) != len(end):
        raise FrameError(f"{len(start)} origins and {len(end)} destinations")
    ways = np.full(len(start), None, dtype=object)
    rows, columns = _nearest(network, start), _nearest(network, end)
    both = np.intersect1d(rows.place, columns.place)
    rows, columns = rows.take(np.isin(rows.place, both)), columns.take(np.isin(columns.place, both))
    ways[both] = _ways_between(network, rows, columns)
    lost = np.zeros((len(start), len(end)), dtype=bool)
    lost[both, both] = [way is None for way in ways[both]]
    if lost.any():
        rows, columns, (first, last) = _leading_on(network, start, end, lost)
        ways[rows.place[first]] = _ways_between(network, rows.take(first), columns.take(last))
    return ways


def _minutes_between(network: RoadNetwork, rows: _Snaps, columns: _Snaps) -> FloatArray:
    """From each of ``rows`` to each of ``columns``."""
    if not len(rows.place) or not len(columns.place):
        return np.empty((len(rows.place), len(columns.place)))
    graph = _with_places(network, rows, columns)
    node = len(network.nodes) + np.arange(len(rows.place) + len(columns.place))
    start, end = node[: len(rows.place)], node[len(rows.place) :]
    if len(start) <= len(end):
        return shortest(graph, start, end)
    # the way back on the turned graph: as many searches as there are fewer ends
    return shortest(csr_array(graph.T), end, start).T


def _ways_between(network: RoadNetwork, rows: _Snaps, columns: _Snaps) -> npt.NDArray[np.object_]:
    """From each of ``rows`` to the one of ``columns`` beside it."""
    ways = np.full(len(rows.place), None, dtype=object)
    graph, junctions = _with_places(network, rows, columns), len(network.nodes)
    xy = np.vstack([network.nodes, _met(network, rows), _met(network, columns)])
    for at in range(len(rows.place)):
        start: Any = junctions + at
        end = start + len(rows.place)
        minutes, before = dijkstra(graph, indices=start, return_predecessors=True)
        if np.isfinite(minutes[end]):
            path = _path(before, start, end)
            # other places on the way are no turn of it
            ways[at] = shapely.LineString(xy[[path[0], *(n for n in path[1:-1] if n < junctions), path[-1]]])
    return ways


def _path(before: npt.NDArray[np.integer], start: int, end: int) -> list[int]:
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _minutes(length_m: FloatArray, speed_kmh: FloatArray) -> FloatArray:
    return np.maximum(length_m * 0.06 / speed_kmh, LEAST_MINUTES)


def _matrix(size: int, ends: IntArray, there: FloatArray, back: FloatArray) -> csr_array:
    """Minutes as a matrix; of parallel segments the quickest."""
    row, column = np.concatenate([ends, ends[:, ::-1]]).T
    minutes = np.concatenate([there, back])
    order = np.lexsort((minutes, column, row))
    order = order[np.isfinite(minutes[order])]
    row, column, minutes = row[order], column[order], minutes[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_array(coo_array((minutes[first], (row[first], column[first])), shape=(size, size)))


def _nearest(network: RoadNetwork, xy: FloatArray) -> _Snaps:
    """The nearest segment of each place that has one within SNAP_M."""
    points = np.asarray(shapely.points(xy))
    (place, segment), away_m = network.segments.query_nearest(
        points, max_distance=SNAP_M, all_matches=False, return_distance=True
    )
    return _snaps(network, points, place, segment, away_m)


def _snaps(
    network: RoadNetwork, points: npt.NDArray[np.object_], place: IntArray, segment: IntArray, away_m: FloatArray
) -> _Snaps:
    lines = network.segments.geometries.take(segment)
    along = shapely.line_locate_point(lines, points[place], normalized=True)
    return _Snaps(place=place, segment=segment, along=along, away_m=away_m)


def _leading_on(
    network: RoadNetwork, start: FloatArray, end: FloatArray, wanted: BoolArray
) -> tuple[_Snaps, _Snaps, tuple[IntArray, IntArray]]:
    """For each ``wanted`` pair (origins, destinations) that some roads near both join: the nearest two that do.

    Nearest is the least sum of both distances. The pairs are rows of the first and of the second result.
    """
    rows = _of_each_part(network, start, np.flatnonzero(wanted.any(axis=1)))
    columns = _of_each_part(network, end, np.flatnonzero(wanted.any(axis=0)))
    joined = _joined(network, rows, columns) & wanted[np.ix_(rows.place, columns.place)]
    first, last = np.nonzero(joined)
    order = np.lexsort(
        (
            rows.away_m[first] + columns.away_m[last],
            columns.place[last],
            rows.place[first],
        )
    )
    first, last = first[order], last[order]
    _, best = np.unique(np.column_stack([rows.place[first], columns.place[last]]), axis=0, return_index=True)
    return rows, columns, (first[best], last[best])


def _of_each_part(network: RoadNetwork, xy: FloatArray, wanted: IntArray) -> _Snaps:
    """Of the segments within SNAP_M of each wanted place the nearest of each part of the network.

    A part is what can be driven to and fro; a oneway segment between two parts is one of its own.
    """
    points = np.asarray(shapely.points(xy))
    near, segment = network.segments.query(points[wanted], predicate="dwithin", distance=SNAP_M)
    place = wanted[near]
    away_m = shapely.distance(network.segments.geometries.take(segment), points[place])
    entered, left = network.parts[network.ends[segment]].T
    smaller = (entered != network.largest_part) | (left != network.largest_part)
    order = np.lexsort((away_m, left, entered, place))
    opens = np.ones(len(order), dtype=bool)
    key = np.column_stack([place, entered, left])[order]
    opens[1:] = (key[1:] != key[:-1]).any(axis=1)
    order = order[opens]
    order = order[np.lexsort((away_m[order], smaller[order], place[order]))]
    number = np.arange(len(order)) - np.searchsorted(place[order], place[order])
    order = order[number < MOST_PARTS]
    return _snaps(network, points, place[order], segment[order], away_m[order])


def _joined(network: RoadNetwork, rows: _Snaps, columns: _Snaps) -> BoolArray:
    """Whether a way leads from each of ``rows`` to each of ``columns``."""
    oneway = np.isinf(network.back_minutes)
    left = network.parts[network.ends[rows.segment, 1]]
    entered = network.parts[network.ends[columns.segment, 0]]
    joined = np.zeros((len(rows.place), len(columns.place)), dtype=bool)
    for part in np.unique(left):
        reached = np.zeros(network.between_parts.shape[0], dtype=bool)
        reached[breadth_first_order(network.between_parts, part, return_predecessors=False)] = True
        joined[left == part] = reached[entered]
    ahead = (rows.segment[:, None] == columns.segment) & (rows.along[:, None] <= columns.along)
    return np.asarray(joined | (ahead & oneway[rows.segment][:, None]))


def _met(network: RoadNetwork, snaps: _Snaps) -> FloatArray:
    """Where the places meet their roads."""
    ends = network.nodes[network.ends[snaps.segment]]
    return np.asarray(ends[:, 0] + snaps.along[:, None] * (ends[:, 1] - ends[:, 0]))


def _with_places(network: RoadNetwork, *snaps: _Snaps) -> csr_array:
    """The graph with a node more for each of the places, in their order, on its road.

    The places of one segment are strung along it, each joined to the next, so that two on one segment need not go round
    by its ends.
    """
    segment = np.concatenate([each.segment for each in snaps])
    along = np.concatenate([each.along for each in snaps])
    node = len(network.nodes) + np.arange(len(segment))
    here = np.lexsort((along, segment))
    road, at = segment[here], along[here]
    opens = np.ones(len(here) + 1, dtype=bool)
    opens[1:-1] = road[1:] != road[:-1]
    first, last = np.flatnonzero(opens[:-1]), np.flatnonzero(opens[1:])
    used = road[first]
    between = np.flatnonzero(~opens[1:-1])
    # from the segment's start to its first place, from each to the next, from the last to its end
    pairs = np.concatenate([
        np.column_stack([network.ends[used, 0], node[here[first]]]),
        np.column_stack([node[here[between]], node[here[between + 1]]]),
        np.column_stack([node[here[last]], network.ends[used, 1]]),
    ])  # fmt: skip
    share = np.concatenate([at[first], at[between + 1] - at[between], 1 - at[last]])
    road = np.concatenate([used, road[between], used])
    there, back = (_part(share, minutes[road]) for minutes in (network.there_minutes, network.back_minutes))
    return _matrix(
        len(network.nodes) + len(segment),
        np.concatenate([network.ends, pairs]),
        np.concatenate([network.there_minutes, there]),
        np.concatenate([network.back_minutes, back]),
    )


def _part(share: FloatArray, minutes: FloatArray) -> FloatArray:
    """Minutes for a part of a segment; where there is none, a closed way does not stop a place at a crossing."""
    return np.maximum(np.multiply(share, minutes, out=np.zeros_like(minutes), where=share > NO_PART), LEAST_MINUTES)
