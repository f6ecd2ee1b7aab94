"""Roads for cars out of an OpenStreetMap file (.osm.pbf), read by pyosmium.

The one function of this room that opens a file; a stranger's file is opened in the importer's locked-down child only.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gis.errors import IntakeError

if TYPE_CHECKING:
    import geopandas as gpd

#: The classes that cars use, and the speed driven where no limit is tagged. Source: OSRM's car profile, rounded.
SPEEDS_KMH: Mapping[str, float] = {
    "motorway": 90,
    "motorway_link": 45,
    "trunk": 80,
    "trunk_link": 40,
    "primary": 65,
    "primary_link": 30,
    "secondary": 55,
    "secondary_link": 25,
    "tertiary": 40,
    "tertiary_link": 20,
    "unclassified": 30,
    "residential": 25,
    "living_street": 10,
    "service": 15,
    "track": 15,
}
_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "psv", "emergency"})
#: Barriers that let cars pass where no access is tagged; a gate counts as open to traffic with business behind it.
#: Source: OSRM's car profile.
OPEN_BARRIERS = frozenset({
    "arch", "border_control", "cattle_grid", "entrance", "gate", "height_restrictor", "kerb", "lift_gate", "no",
    "sally_port", "toll_booth",
})  # fmt: skip
MPH_KMH = 1.609344
METRES_PER_DEGREE = 111_320.0
#: Roads end this far before a barrier, so that they do not meet there.
SHORT_OF_BARRIER_M = 1.0
#: Of nodes that do not stand before their ways so many are looked for; each costs about 200 bytes.
MOST_LATE = 1_000_000

Point = tuple[float, float]


class Way(NamedTuple):
    """One road: its class, name ("" where none), speed, whether it is open one way only, points in degrees."""

    kind: str
    name: str
    speed_kmh: float
    oneway: bool
    points: list[Point]


class _Late(NamedTuple):
    """A road of which some nodes have no place so far."""

    tags: dict[str, str]
    refs: list[int]


def roads(path: str) -> "gpd.GeoDataFrame":
    """The roads that cars may use: class, name ("" where none), speed_kmh, oneway, geometry (LineString, EPSG:4326).

    A road open only against its drawing is turned round; one whose direction changes with the hour
    (``oneway=reversible``) is left out. Of ``:conditional`` tags nothing is read: the plain tag stands. A barrier that
    cars do not pass ends a road a metre before it and begins another behind it; a road ends, too, before nodes that the
    file lacks, as those beyond the border of an extract. Nodes may come in any order and have negative numbers.

    Raises:
        RuntimeError: osmium's own, where the file is none of OpenStreetMap or is damaged.
        IntakeError: the roads' nodes are not in the file, or too many stand behind their roads.
    """
    import geopandas as gpd  # noqa: PLC0415 - not there where a stranger's file is read
    import shapely  # noqa: PLC0415 - as above

    found = list(ways(path))
    rows = [way[:-1] for way in found]
    lines = [shapely.LineString(way.points) for way in found]
    frame = gpd.GeoDataFrame(rows, columns=["class", *Way._fields[1:-1]], geometry=lines, crs="EPSG:4326")
    return frame.astype({"class": "str", "name": "str", "speed_kmh": "float64", "oneway": "bool"})


def ways(source: Any) -> Iterator[Way]:
    """The same one by one, of a path or of an osmium FileBuffer; raises as ``roads`` does."""
    late: list[_Late] = []
    shut: set[int] = set()
    empty = True
    for each in _read(source):
        tags = {tag.k: tag.v for tag in each.tags}
        if each.is_node():
            shut.update([each.id] if _is_shut(tags) else [])
            continue
        if tags["highway"] not in SPEEDS_KMH or _is_closed(tags):
            continue
        refs = [node.ref for node in each.nodes]
        points = [(node.lon, node.lat) for node in each.nodes if node.location.valid()]
        if len(points) < len(refs):
            late.append(_Late(tags, refs))
            continue
        empty = False
        yield from _ways(tags, refs, points, shut)
    places = _places(source, late) if late else {}
    if late and empty and not places:
        raise IntakeError("文件里有道路,但没有道路上的点,画不出线;请连点一起导出", kind="not_readable")
    for road in late:
        yield from _ways(road.tags, road.refs, [places.get(ref) for ref in road.refs], shut)


def _read(source: Any) -> Any:
    """The nodes with a barrier and the ways that are roads, whose nodes have their places where these are known."""
    import osmium  # noqa: PLC0415 - a fifth of a second that nobody else should wait for

    read: Any = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    barriers, roads = osmium.filter.KeyFilter("barrier"), osmium.filter.KeyFilter("highway")
    barriers.enable_for(osmium.osm.NODE)
    roads.enable_for(osmium.osm.WAY)
    return read.with_filter(barriers).with_filter(roads)


def _places(source: Any, late: Sequence[_Late]) -> dict[int, Point]:
    """Where the nodes of those roads are, as far as the file says so anywhere."""
    import osmium  # noqa: PLC0415 - as above

    refs = {ref for road in late for ref in road.refs}
    if len(refs) > MOST_LATE:
        sentence = "文件里有太多道路排在自己的点之前,请先用 osmium sort 排序(负编号先用 osmium renumber 改编)再导入"
        raise IntakeError(sentence, kind="too_large")
    read: Any = osmium.FileProcessor(source, osmium.osm.NODE)
    if min(refs) >= 0:  # osmium's own filter, which is faster, knows no others
        read.with_filter(osmium.filter.IdFilter(refs))
    return {node.id: (node.lon, node.lat) for node in read if node.id in refs and node.location.valid()}


def _ways(
    tags: Mapping[str, str], refs: Sequence[int], points: Sequence[Point | None], shut: set[int]
) -> Iterator[Way]:
    """The pieces of one road, turned into the direction it is open."""
    direction = _direction(tags)
    for piece in _pieces(points, [ref in shut for ref in refs]):
        turned = piece if direction >= 0 else piece[::-1]
        yield Way(tags["highway"], tags.get("name", ""), _speed(tags), direction != 0, turned)


def _pieces(points: Sequence[Point | None], shut: Sequence[bool]) -> Iterator[list[Point]]:
    """The runs of known points between barriers, the ends beside a barrier a little short of it."""
    piece: list[Point] = []
    for before, at, after, barrier in zip([None, *points], points, [*points[1:], None], shut, strict=False):
        if at is not None and not barrier:
            piece.append(at)
            continue
        if at is not None and before is not None:
            piece.append(_short_of(at, before))
        if len(set(piece)) > 1:
            yield piece
        piece = [] if at is None or after is None else [_short_of(at, after)]
    if len(set(piece)) > 1:
        yield piece


def _short_of(barrier: Point, beside: Point) -> Point:
    """A metre from the barrier towards the point beside it, half way at most."""
    x, y = beside[0] - barrier[0], beside[1] - barrier[1]
    length_m = math.hypot(x * math.cos(math.radians(barrier[1])), y) * METRES_PER_DEGREE
    share = min(SHORT_OF_BARRIER_M / length_m, 0.5) if length_m else 0.0
    return barrier[0] + share * x, barrier[1] + share * y


def _is_shut(tags: Mapping[str, str]) -> bool:
    """Whether a node's barrier keeps cars out: by its access where that is tagged, else by its kind."""
    access = _access(tags)
    if access is not None:
        return access in _CLOSED
    return tags["barrier"] not in OPEN_BARRIERS and tags.get("bollard") != "rising"


def _access(tags: Mapping[str, str]) -> str | None:
    """By the most particular tag there is."""
    return next((tags[key] for key in ("motorcar", "motor_vehicle", "vehicle", "access") if key in tags), None)


def _is_closed(tags: Mapping[str, str]) -> bool:
    return _access(tags) in _CLOSED or tags.get("area") == "yes" or tags.get("oneway") == "reversible"


def _direction(tags: Mapping[str, str]) -> int:
    """1 open as drawn, −1 against, 0 both ways."""
    told = tags.get("oneway", "")
    if told in {"-1", "reverse"}:
        return -1
    if told in {"yes", "true", "1"}:
        return 1
    implied = tags.get("junction") in {"roundabout", "circular"} or tags["highway"] in {"motorway", "motorway_link"}
    return int(implied and told not in {"no", "false", "0"})


def _speed(tags: Mapping[str, str]) -> float:
    """The limit where a plain one is tagged, else what the class is driven at."""
    limit = re.fullmatch(r"(\d{1,3})\s*(mph|km/h|kmh)?", tags.get("maxspeed", "").strip())
    if limit is None or not int(limit[1]):
        return float(SPEEDS_KMH[tags["highway"]])
    return int(limit[1]) * (MPH_KMH if limit[2] == "mph" else 1.0)
