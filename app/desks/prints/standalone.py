"""Write a map as one file that opens anywhere, without a network."""

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from app.core import files, geojson, periods
from app.core.note_internal import note_internal
from app.core.tip_density import BANDWIDTH_M, tip_density
from app.maps import heat_image, standalone
from app.maps.breaks import breaks
from layers import catalog, measures, read
from layers.actor import Actor
from layers.database import transaction
from layers.profile import CityProfile

LEVELS = ("county", "township", "community")
GROUND = ("roads", "rivers")
#: What stays in the house unless asked for: single places, and what somebody drew and wrote.
INTERNAL = catalog.flagged("internal")


def write_map(
    engine: sa.Engine,
    actor: Actor,
    profile: CityProfile,
    name: str,
    path: Path,
    *,
    area: str | None = None,
    internal: bool = False,
) -> None:
    """Write the map of that name (zones, heat, community, raid) to ``path``: zones and counts.

    ``internal`` adds single points and what was drawn by hand; the page is then marked, and who wrote it is kept.

    Raises:
        NotFound: no such map or area.
        Refused: the file cannot be written.
    """
    with transaction(engine, actor) as connection:
        period = periods.at_first(connection, profile.zone)
        prefix = read.prefix_of(connection, area, city=profile.city_code) if area else ""
        cut = read.Cut(since=period.since, until=period.until, prefix=prefix)
        frames = _frames(connection, cut, internal=internal)
        incidents = read.incidents(connection, since=period.since, until=period.until)
    data = {key: _features(frame, profile) for key, frame in frames.items()} | {"heat": _heat(incidents, profile)}
    text = standalone.page(name, profile=profile, data=data, stamp=period.stamp, internal=internal)
    if internal:
        with transaction(engine, actor) as connection:
            note_internal(connection, actor, name, path)
    with files.replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _frames(connection: sa.Connection, cut: read.Cut, *, internal: bool) -> dict[str, gpd.GeoDataFrame]:
    frames = {f"areas:{level}": measures.areas_measured(connection, replace(cut, level=level)) for level in LEVELS}
    frames["risk_zones"] = read.risk_zones(connection, cut)
    return frames | {key: read.layer(connection, key, cut) for key in (*GROUND, *(INTERNAL if internal else ()))}


def _features(frame: gpd.GeoDataFrame, profile: CityProfile) -> object:
    return json.loads(geojson.feature_collection(frame, matched=len(frame), zone=profile.zone))


def _heat(incidents: gpd.GeoDataFrame, profile: CityProfile) -> dict[str, object]:
    """What /api/heat tells, with the picture inside."""
    found = tip_density(incidents, profile)
    picture = heat_image.png(heat_image.picture(found), peak=found.peak)
    return {
        "image": standalone.data_uri(picture),
        "bounds": profile.bounds,
        "bandwidth_m": BANDWIDTH_M,
        "peak_per_km2": found.peak,
        "breaks": breaks(found.peak),
    }
