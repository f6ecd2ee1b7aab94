"""Likely duplicates of a tip: earlier tips within a radius, or, where a place is missing, with similar text."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

RADIUS_M = 300.0
WINDOW_DAYS = 30
ALIKE = 0.6
SHORTEST_TEXT = 8
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Another tip: its words, how far off (None where one has no place), and whether it came from the same source."""

    text: str
    distance_m: float | None
    same_source: bool = False


def alike(text: str, other: str) -> float:
    """The similarity of two texts, 0 to 1, independent of the order of their parts; 0 where one is too short."""
    if min(len(text), len(other)) < SHORTEST_TEXT:
        return 0.0
    return fuzz.token_sort_ratio(text, other) / 100


def likely(text: str, others: Sequence[Neighbour], *, most: int = _MOST) -> list[tuple[int, float]]:
    """The positions of likely originals with their likeness, likeliest first, at most ``most``.

    One is likely when it has the same source or lies within ``RADIUS_M``; where one of the two has no place, when its
    text shares ``ALIKE``: the same words of another place are another den. The order goes by source, then by likeness
    and nearness together, ties by position.
    """
    found = []
    for position, other in enumerate(others):
        share = alike(text, other.text)
        near = other.distance_m is not None and other.distance_m <= RADIUS_M
        if other.same_source or near or (other.distance_m is None and share >= ALIKE):
            nearness = 1 - (other.distance_m or 0) / RADIUS_M if near else 0.0
            found.append((not other.same_source, -share - nearness, position, share))
    return [(position, share) for *_, position, share in sorted(found)[:most]]
