"""Names on a printed map: each goes to the first of its spots where it covers nothing that is written or drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely import Point, Polygon, affinity
from shapely.geometry.base import BaseGeometry

from app.briefings.lettering import POINT_MM, width_mm

Box = tuple[float, float, float, float]

#: White kept around a text, mm.
CLEARANCE, HAIR = 0.35, 0.05
#: Eight ways that a text may lie from its mark, the best first; right, left, above, below, then the corners.
AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


class _Spot(NamedTuple):
    """A point on the paper in mm, and which way and how far from it the middle of the text lies."""

    x: float
    y: float
    across: int = 0
    up: int = 0
    gap: float = 0
    angle: float = 0


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text and where it may stand, the best spot first. A ``firm`` one rather covers marks than is left out."""

    text: str
    spots: Sequence[_Spot]
    size_pt: float = 7
    bold: bool = False
    colour: str = "#222222"
    firm: bool = False

    def at(self, spot: _Spot) -> "_Placed":
        """The label at that spot."""
        half_width = width_mm(self.text, size_pt=self.size_pt, bold=self.bold) / 2
        half_height = self.size_pt * POINT_MM / 2
        x, y = spot.x + spot.across * (spot.gap + half_width), spot.y + spot.up * (spot.gap + half_height)
        half_width, half_height = half_width + CLEARANCE, half_height + CLEARANCE
        box = shapely.box(x - half_width, y - half_height, x + half_width, y + half_height)
        return _Placed(self, x, y, spot.angle, affinity.rotate(box, spot.angle) if spot.angle else box)


class _Placed(NamedTuple):
    """A label, the middle of its text, how it is turned, and the room that is its own."""

    label: Label
    x: float
    y: float
    angle: float
    box: Polygon


def around(x: float, y: float, *, gap: float) -> list[_Spot]:
    """The spots beside a mark whose edge is ``gap`` mm from its middle."""
    return [_Spot(x, y, across, up, gap + CLEARANCE + HAIR) for across, up in AROUND]


def within(shape: BaseGeometry) -> list[_Spot]:
    """The spots inside a polygon on the paper: where it is widest, then about there."""
    if shape.is_empty:
        return []
    middle = Point(shapely.maximum_inscribed_circle(np.array([_largest(shape)]), tolerance=1.0)[0].coords[0])
    points = [middle, shape.representative_point()]
    near = [(point.x, point.y + step) for point in points for step in (0, 3, -3, 6, -6)]
    near += [(middle.x + step, middle.y) for step in (4, -4, 8, -8)]
    return [_Spot(x, y) for x, y in near]


def along(line: BaseGeometry, *, length_mm: float) -> list[_Spot]:
    """The spots on a line on the paper that is straight enough there for a text of that length, turned with it."""
    part = _largest(line)
    if part.length < length_mm:
        return []
    spots = []
    for share in (0.5, 0.35, 0.65, 0.2, 0.8):
        middle = share * part.length
        a, b = (part.interpolate(np.clip(middle + d, 0, part.length)) for d in (-length_mm / 2, length_mm / 2))
        if a.distance(b) > 0.94 * length_mm:
            angle = float(np.degrees(np.arctan2(b.y - a.y, b.x - a.x)))
            spots.append(_Spot((a.x + b.x) / 2, (a.y + b.y) / 2, angle=(angle + 90) % 180 - 90))
    return spots


def place(
    labels: Iterable[Label], *, frame: Box, solid: Sequence[Polygon], marks: Sequence[Polygon]
) -> tuple[list[_Placed], list[Label]]:
    """The labels in their order at the first free spot, and those that found none.

    No text leaves ``frame``, touches another one or anything ``solid``; only firm ones may lie on ``marks``.
    """
    edge, taken, placed, left = shapely.box(*frame), list(solid), [], []
    tree = shapely.STRtree(marks)
    for label in labels:
        best, fewest = None, np.inf
        for one in map(label.at, label.spots):
            if not _is_free(one.box, edge, taken):
                continue
            covered = len(tree.query(one.box, "intersects"))
            if covered < fewest and (label.firm or not covered):
                best, fewest = one, covered
            if not covered:
                break
        if best:
            placed.append(best)
            taken.append(best.box)
        else:
            left.append(label)
    return placed, left


def _is_free(box: Polygon, edge: Polygon, taken: list[Polygon]) -> bool:
    return bool(edge.covers(box)) and not shapely.intersects(np.array(taken, dtype=object), box).any()


def _largest(shape: BaseGeometry) -> BaseGeometry:
    parts: list[BaseGeometry] = list(shapely.get_parts(shape))
    return max(parts, key=lambda part: (part.area, part.length))
