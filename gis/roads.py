"""A road network and travel times on it.

Places are snapped to the nearest road within 500 m, and only the part of the road beyond them is travelled; the way
from the place to the road costs nothing. Roads join where they share a vertex.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, reverse_cuthill_mckee

from gis import osm
from gis.arrays import FloatArray, IntArray, places
from gis.errors import FrameError
from gis.paths import shortest

SNAP_M = 500.0
SAME_PLACE_M = 0.01
NO_PART = 1e-9
#: No passage of a segment takes less: a weight of zero would be no edge in some of scipy's forms.
LEAST_MINUTES = 1e-9


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
    def segments(self) -> shapely.STRtree:
        """The segments as lines, to find the nearest of them."""
        return shapely.STRtree(np.asarray(shapely.linestrings(self.nodes[self.ends])))


def travel_minutes(network: RoadNetwork, origins: npt.ArrayLike, destinations: npt.ArrayLike) -> FloatArray:
    """Minutes from each origin to each destination, (n, m); inf where there is no way or no road within 500 m.

    Raises:
        FrameError: degrees or missing coordinates.
    """
    start, end = places(origins, name="origins"), places(destinations, name="destinations")
    graph, node = _with_places(network, np.vstack([start, end]))
    rows, columns = node[: len(start)], node[len(start) :]
    found = np.full((len(start), len(end)), np.inf)
    on_road = np.ix_(rows >= 0, columns >= 0)
    rows, columns = rows[rows >= 0], columns[columns >= 0]
    if not len(rows) or not len(columns):
        return found
    if len(rows) <= len(columns):
        found[on_road] = shortest(graph, rows, columns)
    else:  # the way back on the turned graph: as many searches as there are fewer ends
        found[on_road] = shortest(csr_array(graph.T), columns, rows).T
    return found


def routes(network: RoadNetwork, origins: npt.ArrayLike, destinations: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """The quickest way from each origin to the destination beside it; None where there is none.

    A way is a LineString from where the origin meets its road to where the destination does.

    Raises:
        FrameError: as ``travel_minutes``, or unequal numbers of both.
    """
    start, end = places(origins, name="origins"), places(destinations, name="destinations")
    if len(start) != len(end):
        raise FrameError(f"{len(start)} origins and {len(end)} destinations")
    graph, node = _with_places(network, np.vstack([start, end]))
    xy, junctions = np.vstack([network.nodes, _on_road(network, np.vstack([start, end]))]), len(network.nodes)
    rows, columns = node[: len(start)], node[len(start) :]
    ways = np.full(len(start), None, dtype=object)
    for row in np.unique(rows[rows >= 0]):
        minutes, before = dijkstra(graph, indices=row, return_predecessors=True)
        for at in np.flatnonzero((rows == row) & (columns >= 0)):
            if np.isfinite(minutes[columns[at]]):
                path = _path(before, int(row), int(columns[at]))
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


def _nearest(network: RoadNetwork, xy: FloatArray) -> tuple[IntArray, FloatArray]:
    """The nearest segment of each place within SNAP_M (−1: none), and how far along it the place lies, 0 to 1."""
    segment, along = np.full(len(xy), -1), np.zeros(len(xy))
    points = np.asarray(shapely.points(xy))
    place, found = network.segments.query_nearest(points, max_distance=SNAP_M, all_matches=False)
    segment[place] = found
    lines = network.segments.geometries.take(found)
    along[place] = shapely.line_locate_point(lines, points[place], normalized=True)
    return segment, along


def _on_road(network: RoadNetwork, xy: FloatArray) -> FloatArray:
    """Where each place meets its road; the place itself where there is none."""
    segment, along = _nearest(network, xy)
    ends = network.nodes[network.ends[segment]]
    met = ends[:, 0] + along[:, None] * (ends[:, 1] - ends[:, 0])
    return np.where(segment[:, None] >= 0, met, xy)


def _with_places(network: RoadNetwork, xy: FloatArray) -> tuple[csr_array, IntArray]:
    """The graph with a node more for each place, on its road, and the numbers of those nodes (−1: no road near).

    The places of one segment are strung along it, each joined to the next, so that two on one segment need not go round
    by its ends.
    """
    segment, along = _nearest(network, xy)
    count = len(network.nodes)
    node = np.where(segment >= 0, count + np.arange(len(xy)), -1)
    here = np.flatnonzero(segment >= 0)
    here = here[np.lexsort((along[here], segment[here]))]
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
    return (
        _matrix(
            count + len(xy),
            np.concatenate([network.ends, pairs]),
            np.concatenate([network.there_minutes, there]),
            np.concatenate([network.back_minutes, back]),
        ),
        node,
    )


def _part(share: FloatArray, minutes: FloatArray) -> FloatArray:
    """Minutes for a part of a segment; where there is none, a closed way does not stop a place at a crossing."""
    return np.maximum(np.multiply(share, minutes, out=np.zeros_like(minutes), where=share > NO_PART), LEAST_MINUTES)
