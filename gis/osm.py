"""Roads for cars out of an OpenStreetMap file (.osm.pbf), read by pyosmium.

The one function of this room that opens a file; a stranger's file is opened in the importer's locked-down child only.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

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
CLOSED = frozenset({"no", "private"})
MPH_KMH = 1.609344


class Way(NamedTuple):
    """One road: its class, name ("" where none), speed, whether it is open one way only, points in degrees."""

    kind: str
    name: str
    speed_kmh: float
    oneway: bool
    points: list[tuple[float, float]]


def roads(path: str) -> "gpd.GeoDataFrame":
    """The roads that cars may use: class, name ("" where none), speed_kmh, oneway, geometry (LineString, EPSG:4326).

    A road open only against its drawing is turned round. Ways with less than two known points are left out.

    Raises:
        RuntimeError: osmium's own, where the file is none of OpenStreetMap or is damaged.
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
    import osmium  # noqa: PLC0415 - a fifth of a second that nobody else should wait for

    read: Any = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    read.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.KeyFilter("highway"))
    for way in read:
        tags = {tag.k: tag.v for tag in way.tags}
        points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if tags["highway"] not in SPEEDS_KMH or _is_closed(tags) or len(points) < 2:
            continue
        direction = _direction(tags)
        points = points if direction >= 0 else points[::-1]
        yield Way(tags["highway"], tags.get("name", ""), _speed(tags), direction != 0, points)


def _is_closed(tags: Mapping[str, str]) -> bool:
    """By the most particular tag there is."""
    access = next((tags[key] for key in ("motorcar", "motor_vehicle", "vehicle", "access") if key in tags), "yes")
    return access in CLOSED or tags.get("area") == "yes"


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
