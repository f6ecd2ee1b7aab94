"""Write a map as one file that opens anywhere, without a network."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from app.geojson import feature_collection
from app.maps import heat_image, standalone
from app.web.periods import at_first
from app.workflows.import_file import ACCOUNT
from app.workflows.tip_density import BANDWIDTH_M, tip_density
from gis.errors import Refused
from layers import read, write
from layers.database import transaction
from layers.measures import areas_measured
from layers.profile import CityProfile
from layers.read import Cut

LEVELS = ("county", "township", "community")
GROUND = ("risk_zones", "roads", "rivers")
POINTS = ("tips", "raids", "venues")


def write_map(
    engine: sa.Engine, profile: CityProfile, name: str, path: Path, *, area: str | None = None, internal: bool = False
) -> None:
    """Write the map of that name (zones, heat, community, raid) to ``path``: zones and counts.

    ``internal`` adds single points; the page is then marked, and who wrote it is kept.

    Raises:
        NotFound: no such map or area.
        Refused: the file cannot be written.
    """
    with transaction(engine) as connection:
        period = at_first(connection, profile.zone)
        cut = Cut(since=period.since, until=period.until, prefix=read.prefix_of(connection, area) if area else "")
        data: dict[str, object] = {
            key: _features(frame, profile) for key, frame in _frames(connection, cut, internal=internal).items()
        }
        data["heat"] = _heat(connection, profile, since=period.since, until=period.until)
        text = standalone.page(name, profile=profile, data=data, stamp=period.until.isoformat(), internal=internal)
        if internal:
            write.note(connection, account=ACCOUNT, action="internal_map", layer=name, detail={"file": path.name})
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"写不了 {path}:{error.strerror}", kind="not_writable") from error


def _frames(connection: sa.Connection, cut: Cut, *, internal: bool) -> dict[str, gpd.GeoDataFrame]:
    frames = {f"areas:{level}": areas_measured(connection, replace(cut, level=level)) for level in LEVELS}
    return frames | {key: read.layer(connection, key, cut) for key in (*GROUND, *(POINTS if internal else ()))}


def _features(frame: gpd.GeoDataFrame, profile: CityProfile) -> object:
    return json.loads(feature_collection(frame, matched=len(frame), zone=profile.zone))


def _heat(connection: sa.Connection, profile: CityProfile, *, since: dt.date, until: dt.date) -> dict[str, object]:
    """What /api/heat tells, with the picture inside."""
    found = tip_density(connection, profile, since=since, until=until)
    picture = heat_image.png(heat_image.picture(found), peak=found.peak)
    return {
        "image": standalone.data_uri(picture),
        "bounds": profile.bounds,
        "bandwidth_m": BANDWIDTH_M,
        "peak_per_km2": found.peak,
        "breaks": heat_image.breaks(found.peak),
    }
