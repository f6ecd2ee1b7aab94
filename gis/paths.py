"""Shortest paths from some nodes to some others, compiled: a bucket queue by distance instead of a heap.

Each bucket is relaxed until it is empty, so that the paths are exact whatever the length of an edge.

Source: delta-stepping, Meyer & Sanders, Journal of Algorithms 49 (2003), 114–152, on one thread.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from gis.arrays import FloatArray
from gis.compiled import compiled

Nodes = npt.NDArray[np.int32]
NOBODY = -1
MOST_BUCKETS = 1_000_000


def shortest(graph: csr_array, sources: npt.ArrayLike, targets: npt.ArrayLike) -> FloatArray:
    """The length of the shortest path from each source to each target, (n, m); inf where there is none.

    ``graph`` holds the lengths of its edges, all above zero. A search ends when all targets are reached.
    """
    start, end = (np.asarray(nodes, dtype=np.int32) for nodes in (sources, targets))
    found = np.full((len(start), len(end)), np.inf)
    if not found.size or not graph.nnz:
        found[start[:, None] == end] = 0.0
        return found
    longest = graph.data.max()
    width = max(graph.data.mean(), longest / MOST_BUCKETS)
    first = np.empty(int(longest / width) + 2, dtype=np.int32)
    rows, columns = (np.asarray(part, dtype=np.int32) for part in (graph.indptr, graph.indices))
    _search_all(rows, columns, np.asarray(graph.data, dtype=np.float64), start, end, width, first, found)
    return found


@compiled
def _search_all(
    starts: Nodes, ends: Nodes, lengths: FloatArray, sources: Nodes, targets: Nodes, width: float, first: Nodes,
    reached: FloatArray,
) -> None:  # fmt: skip
    nodes = len(starts) - 1
    nearest = np.empty(nodes)
    after, before, bucket = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    for row in range(len(sources)):
        nearest[:] = np.inf
        first[:] = NOBODY
        bucket[:] = NOBODY
        nearest[sources[row]] = 0.0
        _put(sources[row], 0, first, after, before, bucket)
        _search(starts, ends, lengths, targets, width, nearest, first, after, before, bucket)
        for column in range(len(targets)):
            reached[row, column] = nearest[targets[column]]


@compiled
def _search(
    starts: Nodes, ends: Nodes, lengths: FloatArray, targets: Nodes, width: float, nearest: FloatArray,
    first: Nodes, after: Nodes, before: Nodes, bucket: Nodes,
) -> None:  # fmt: skip
    """Dial's algorithm with a circular array of buckets; no edge is longer than one turn of it."""
    waiting, now = 1, 0
    while waiting > 0 and not _all_within(nearest, targets, now * width):
        slot = now % len(first)
        while first[slot] != NOBODY:
            node = first[slot]
            _take(node, first, after, before, bucket)
            waiting -= 1
            for edge in range(starts[node], starts[node + 1]):
                other, length = ends[edge], nearest[node] + lengths[edge]
                if length < nearest[other]:
                    nearest[other] = length
                    if bucket[other] != NOBODY:
                        _take(other, first, after, before, bucket)
                        waiting -= 1
                    _put(other, int(length / width) % len(first), first, after, before, bucket)
                    waiting += 1
        now += 1


@compiled
def _all_within(nearest: FloatArray, targets: Nodes, length: float) -> bool:
    """Whether every target is nearer than ``length``, below which distances are final."""
    for target in targets:  # noqa: SIM110 - compiled, this stops early
        if nearest[target] >= length:
            return False
    return True


@compiled
def _put(node: int, slot: int, first: Nodes, after: Nodes, before: Nodes, bucket: Nodes) -> None:
    """Into the bucket, in front of its chain."""
    after[node], before[node], bucket[node] = first[slot], NOBODY, slot
    if first[slot] != NOBODY:
        before[first[slot]] = node
    first[slot] = node


@compiled
def _take(node: int, first: Nodes, after: Nodes, before: Nodes, bucket: Nodes) -> None:
    """Out of its bucket."""
    if before[node] == NOBODY:
        first[bucket[node]] = after[node]
    else:
        after[before[node]] = after[node]
    if after[node] != NOBODY:
        before[after[node]] = before[node]
    bucket[node] = NOBODY
