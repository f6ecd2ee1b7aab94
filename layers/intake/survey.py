"""Projected coordinates → degrees: a stated CRS, or Chinese survey coordinates whose easting names its zone.

Source: the EPSG registry: CGCS2000 3-degree zones 25-45 are EPSG 4513-4533, 6-degree zones 13-23 are 4491-4501.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj

from gis.errors import IntakeError, Refused
from layers.intake.problems import Mask

_Floats = np.typing.NDArray[np.float64]

UNZONED = "坐标“{value}”是投影坐标,但没有带号(39、40 这样的两位开头),请指明投影(命令里用 --crs)"
#: no degree is larger, and northings in China lie between these metres
_TURN, _NORTHINGS = 360.0, (1.9e6, 6.0e6)
_NARROW, _WIDE = range(25, 46), range(13, 24)
_ZONES = {zone: f"EPSG:{4513 + zone - 25}" for zone in _NARROW} | {zone: f"EPSG:{4491 + zone - 13}" for zone in _WIDE}
#: codes of zone 25 (3 degrees) and zone 13 (6 degrees) by datum, with the zone in their eastings and without
_FIRST_ZONES = {"Xian": (2349, 2327), "Beijing": (2401, 21413), "": (4513, 4491)}
_FIRST_MERIDIANS = {"Xian": (2370, 2338), "Beijing": (2422, 21453), "": (4534, 4502)}
_SAME_AS_STORED = (4326, 4490, 4979, 4480)


@dataclass(frozen=True, kw_only=True)
class _Degrees:
    """Degrees of each row; ``unzoned`` rows hold metres that nobody states the projection of."""

    lon: _Floats
    lat: _Floats
    unzoned: Mask


def to_degrees(a: _Floats, b: _Floats, crs: str | None) -> _Degrees:
    """Return two columns of numbers as degrees: (lon, lat) as they are, metres by their zone or the stated ``crs``.

    Chinese surveys write X for north and Y for east: the number in the range of northings is the north one.
    """
    lon, lat = a.copy(), b.copy()
    with np.errstate(invalid="ignore"):
        metres = (np.abs(a) > _TURN) & (np.abs(b) > _TURN) & (np.abs(a) < 1e9) & (np.abs(b) < 1e9)
        northing_first = _is_northing(a) & ~_is_northing(b)
    east, north = np.where(northing_first, b, a), np.where(northing_first, a, b)
    zone = np.where(metres & _is_northing(north), np.nan_to_num(east) // 1e6, 0).astype(int)
    zoned = np.isin(zone, list(_ZONES))
    for one in np.unique(zone[zoned]):
        at = zone == one
        lon[at], lat[at] = from_crs(east[at], north[at], _ZONES[int(one)])
    if crs is not None:
        at = ~zoned & (metres | parsed_crs(crs).is_geographic)
        lon[at], lat[at] = from_crs(east[at], north[at], crs)
        return _Degrees(lon=lon, lat=lat, unzoned=np.zeros(len(a), bool))
    return _Degrees(lon=lon, lat=lat, unzoned=metres & ~zoned)


def from_crs(x: _Floats, y: _Floats, crs: str) -> tuple[_Floats, _Floats]:
    """Return east and north in ``crs`` as degrees (CGCS2000, which counts as WGS-84); what cannot be is infinite."""
    if is_degrees(crs):
        return x, y
    lon, lat = _transformer(crs).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


#: a grid of Chinese surveys has its zone before the six digits of an easting, or not at all
_ZONE_M = 1e6
PREFIXED = "东坐标前有带号 {zone},而坐标系“{name}”没有带号,两者不符;请指明带号所说的坐标系(命令里用 --crs {cure})"
BARE = "东坐标前没有带号,而坐标系“{name}”要有带号 {zone},两者不符;请指明不带带号的坐标系(命令里用 --crs {cure})"
OTHER_ZONE = (
    "东坐标前的带号是 {zone},坐标系“{name}”的带号却是 {said},两者不符;请指明正确的坐标系(命令里用 --crs {cure})"
)


def zones(x: _Floats) -> np.typing.NDArray[np.int64]:
    """What stands before the last six digits of each easting; 0 for nothing, and for what is no number."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nan_to_num(x, posinf=0, neginf=0) // _ZONE_M).astype(np.int64)


def zone_conflicts(x: _Floats, crs: str) -> dict[int, str]:
    """Why eastings with that zone before them contradict ``crs``, by the zone; nothing for those that do not."""
    known = parsed_crs(crs)
    if known.coordinate_operation is None or known.coordinate_operation.method_name != "Transverse Mercator":
        return {}
    eastings = [float(p.value) for p in known.coordinate_operation.params if p.name == "False easting"]
    said = int(eastings[0] // _ZONE_M) if eastings else -1
    if said and said not in _ZONES:
        return {}
    found = {}
    for zone in np.unique(zones(x[np.isfinite(x)])).tolist():
        if zone != said and (zone in _ZONES or zone == 0):
            reason = PREFIXED if not said else OTHER_ZONE if zone else BARE
            cure = _cure(known, zone or said, _FIRST_ZONES if zone else _FIRST_MERIDIANS)
            found[zone] = reason.format(zone=zone or said, said=said, name=known.name[:60], cure=cure)
    return found


def _cure(known: pyproj.CRS, zone: int, first: dict[str, tuple[int, int]]) -> str:
    """The grid of that zone on the datum of ``known``."""
    datum = known.datum.name if known.datum is not None else ""
    narrow, wide = next(codes for name, codes in first.items() if name in datum)
    return f"EPSG:{narrow + zone - 25 if zone in _NARROW else wide + zone - 13}"


def stated_crs(of_file: str | None, of_user: str | None) -> str:
    """The CRS that the user or else the file states.

    Raises:
        IntakeError: missing_crs, when neither does.
    """
    if of_user is None and of_file is None:
        raise IntakeError("文件没有说明坐标系(缺少 .prj 之类),请指明,如 EPSG:4548(命令里用 --crs)", kind="missing_crs")
    return of_user or of_file or ""


#: PROJ runs unconfined and opens what a definition points to: plain names, and definitions that point to no file.
_NAMED = re.compile(r"(EPSG|OGC|ESRI|IGNF|IAU_2015):\w{1,12}", re.IGNORECASE)
_WRITTEN = re.compile(r"\s*(\{|(PROJ|GEOG|GEODETIC|GEOGRAPHIC|PROJECTED|COMPD|COMPOUND|GEOD)[A-Z]*\[)", re.IGNORECASE)
_POINTING = re.compile(r"grids|\+\w|bound_?crs|parameter_?file|filename", re.IGNORECASE)
_LONGEST = 65_536


def _is_harmless(crs: str) -> bool:
    if _NAMED.fullmatch(crs):
        return True
    return len(crs) <= _LONGEST and bool(_WRITTEN.match(crs)) and not _POINTING.search(crs)


@lru_cache(maxsize=64)
def parsed_crs(crs: str) -> pyproj.CRS:
    """The CRS of that name, or of a WKT or PROJJSON definition that points to no file.

    Raises:
        Refused: it is none.
    """
    sentence = f"不认识坐标系“{crs[:80]}”,请写成 EPSG:4548 这样"
    if not _is_harmless(crs):
        raise Refused(sentence, kind="bad_crs")
    try:
        return pyproj.CRS.from_user_input(crs)
    except (pyproj.exceptions.CRSError, RecursionError) as error:
        raise Refused(sentence, kind="bad_crs") from error


@lru_cache(maxsize=64)
def is_degrees(crs: str) -> bool:
    """Whether coordinates in ``crs`` are WGS-84 or CGCS2000 degrees already."""
    known = parsed_crs(crs)
    return known.to_epsg() in _SAME_AS_STORED or known.equals("OGC:CRS84", ignore_axis_order=True)


@lru_cache(maxsize=64)
def is_rough(crs: str) -> bool:
    """Whether ``crs`` stands on an old Chinese datum; no public parameters lead from it to CGCS2000 within metres."""
    datum = parsed_crs(crs).datum
    return datum is not None and any(name in datum.name for name in ("Beijing", "Xian"))


def _is_northing(values: _Floats) -> Mask:
    with np.errstate(invalid="ignore"):
        return np.asarray((values >= _NORTHINGS[0]) & (values <= _NORTHINGS[1]))


@lru_cache(maxsize=64)
def _transformer(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(parsed_crs(crs), "EPSG:4490", always_xy=True)
