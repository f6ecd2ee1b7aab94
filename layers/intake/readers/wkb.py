"""Geometries as WKB, from plain lists of numbers: no library that builds them is needed where files are read."""

import struct
from collections.abc import Sequence

POINT, LINE, POLYGON, MULTI_POINT, MULTI_LINE, MULTI_POLYGON, COLLECTION = range(1, 8)

Points = Sequence[tuple[float, float]]


def line(points: Points) -> bytes | None:
    """A line; a point where there is only one, as in a track that was ended at once."""
    if len(points) == 1:
        return point(points[0])
    return struct.pack("<BI", 1, LINE) + _packed(points) if points else None


def point(xy: tuple[float, float]) -> bytes:
    """A point."""
    return struct.pack("<BI2d", 1, POINT, *xy)


def polygon(rings: Sequence[Points]) -> bytes | None:
    """A polygon of its outer ring and its holes; None where one of them has no points."""
    if not rings or not all(rings):
        return None
    return struct.pack("<BII", 1, POLYGON, len(rings)) + b"".join(map(_packed, rings))


def several(kind: int, geometries: Sequence[bytes | None]) -> bytes | None:
    """Geometries as one of that ``kind``."""
    there = [geometry for geometry in geometries if geometry]
    return struct.pack("<BII", 1, kind, len(there)) + b"".join(there) if there else None


def _packed(points: Points) -> bytes:
    return struct.pack(f"<I{2 * len(points)}d", len(points), *(number for xy in points for number in xy))
