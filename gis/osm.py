"""Roads for cars out of an OpenStreetMap file (.osm.pbf), read by pyosmium.

The one function of this room that opens a file; a stranger's file is opened in the importer's locked-down child only.
"""

import re
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import shapely

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
COLUMNS = ("class", "name", "speed_kmh", "oneway")


def roads(path: str) -> gpd.GeoDataFrame:
    """The roads that cars may use: class, name ("" where none), speed_kmh, oneway, geometry (LineString, EPSG:4326).

    A road open only against its drawing is turned round. Ways with less than two known points are left out.

    Raises:
        RuntimeError: osmium's own, where the file is none of OpenStreetMap or is damaged.
    """
    import osmium  # noqa: PLC0415 - a fifth of a second that nobody else should wait for

    ways: Any = osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.KeyFilter("highway"))
    rows, lines = [], []
    for way in ways:
        tags = {tag.k: tag.v for tag in way.tags}
        points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if tags["highway"] not in SPEEDS_KMH or _is_closed(tags) or len(points) < 2:
            continue
        direction = _direction(tags)
        lines.append(shapely.LineString(points if direction >= 0 else points[::-1]))
        rows.append((tags["highway"], tags.get("name", ""), _speed(tags), direction != 0))
    frame = gpd.GeoDataFrame(rows, columns=list(COLUMNS), geometry=lines, crs="EPSG:4326")
    return frame.astype({"class": "str", "name": "str", "speed_kmh": "float64", "oneway": "bool"})


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
