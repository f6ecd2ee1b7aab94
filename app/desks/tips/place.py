"""Where a tip lies, what its address says against it, and which earlier tips it may repeat; before saving and after."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.desks.tips.desk import LONGEST, NewTip, check_place
from gis import addresses, duplicates, places
from gis.errors import Refused
from gis.gazetteer import Gazetteer, within
from layers import placing, tips
from layers.gazetteer import degrees, described
from layers.profile import CityProfile

#: So many likely originals are told, the likeliest first; the rest are counted.
MOST = 60
#: So many places are told that an address may mean, the likeliest first; the rest are counted.
MOST_PLACES = 20


@dataclass(frozen=True, kw_only=True)
class Unsaved:
    """What is typed of a tip so far; '' and None where nothing is."""

    text: str = ""
    address: str = ""
    source_no: str = ""
    community_code: str = ""
    lon: float | None = None
    lat: float | None = None
    place_error_m: float | None = None


def placed(profile: CityProfile, known: Gazetteer | None, new: NewTip) -> NewTip:
    """The tip with the point, radius and community of its address, where it has no point and this is sure."""
    if known is None or new.lon is not None or not new.address.strip():
        return new
    x, y, radius_m, _, code, _ = places.placement(
        known, new.address, new.community_code or None, within_m=placing.WITHIN_M
    )
    if math.isnan(x):
        return new if new.community_code else replace(new, community_code=code or "")
    lon, lat = degrees(profile, [(x, y)])[0]
    return replace(new, lon=lon, lat=lat, place_error_m=round(radius_m), community_code=code or "")


def look(
    connection: sa.Connection, profile: CityProfile, known: Gazetteer | None, unsaved: Unsaved, *, now: dt.datetime
) -> dict[str, Any]:
    """What the desk should see before it saves: community, grade and zone_id of the point, doubt, originals, matched.

    Raises:
        Refused: a text is too long, or the point lies outside the city.
    """
    texts = {name: getattr(unsaved, name) for name in ("text", "address", "source_no")}
    if any(len(text) > LONGEST[name] or "\0" in text for name, text in texts.items()):
        raise Refused("填写的内容太长或有不能保存的字符", kind="bad_tip")
    check_place(profile, unsaved.lon, unsaved.lat)
    found: dict[str, Any] = {"community_code": None, "grade": None, "zone_id": None}
    if unsaved.lon is not None and unsaved.lat is not None:
        found = tips.place(connection, unsaved.lon, unsaved.lat)
    code = unsaved.community_code or found["community_code"]
    asked = {"received_at": now, "source_no": unsaved.source_no or None, "lon": unsaved.lon, "lat": unsaved.lat}
    asked["place_error_m"] = unsaved.place_error_m
    community = within(known, code) if known else None
    doubt = doubted(known, unsaved.address, code)
    return found | {"community": community, "doubt": doubt} | originals(connection, unsaved.text, asked)


def originals(
    connection: sa.Connection, text: str, tip: dict[str, Any], *, tip_id: int | None = None
) -> dict[str, Any]:
    """Likely ``originals`` with distance, days apart and likeness, and how many were ``matched`` in all.

    ``tip`` is received_at, source_no, lon, lat and place_error_m; ``tip_id`` the tip, where it is stored already.
    """
    others = tips.neighbours(connection, tip, tip_id=tip_id, window_days=duplicates.WINDOW_DAYS)
    near = [
        duplicates.Neighbour(text=row["text"] or "", distance_m=row["distance_m"], same_source=row["same_source"])
        for row in others
    ]
    found = duplicates.likely(text, near, most=len(near))
    shown = [others[position] | {"alike": round(share, 2)} for position, share in found[:MOST]]
    return {"originals": shown, "matched": len(found)}


def choices(profile: CityProfile, known: Gazetteer | None, tip: Mapping[str, Any]) -> dict[str, Any]:
    """The ``places`` that the address of a tip may mean, best first, and how many there are (``places_matched``).

    None where a point was marked for the tip, or nothing is known of its address.
    """
    marked = tip["lon"] is not None and tip["place_error_m"] is None
    if known is None or marked or not tip["address"]:
        return {"places": [], "places_matched": 0}
    found = places.likeliest(known, addresses.parse(tip["address"]), community_code=tip["community_code"])
    return {"places": described(known, profile, found[:MOST_PLACES]), "places_matched": len(found)}


def doubted(known: Gazetteer | None, address: str | None, code: str | None) -> str | None:
    """What the address says against the community, in a sentence; None where nothing does."""
    if known is None or not address or not code:
        return None
    named = places.contradicts(known, address, code)
    return named and f"地址写的是“{named}”,而社区是“{known.names[code]}”,请核对"
