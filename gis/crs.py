"""Chinese datums to and from WGS-84 degrees: GCJ-02 (Amap, Tencent), BD-09 (Baidu), CGCS2000.

All functions take longitudes and latitudes in degrees, scalars or arrays alike, and return ``(lon, lat)`` of the same
shape. A missing coordinate (NaN) stays missing; outside mainland China's box GCJ-02 equals WGS-84. The datum is always
stated by the caller: nothing here guesses it. Inverses are exact to well under a centimetre; the one-pass inverses
found elsewhere are up to 2.5 m off.

Source: the formulas published with eviltransform and coordtransform (MIT).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.errors import FrameError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gis.arrays import BoolArray, FloatArray

    Transform = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

_SEMI_MAJOR_M, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, which GCJ-02 is computed on
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north of the box GCJ-02 applies in
_BAIDU_PI = np.pi * 3000.0 / 180.0
_PASSES = 8  # each pass of an inverse leaves at most 1/40 of the error: 600 m become far less than 0.1 mm


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return WGS-84 degrees as GCJ-02 degrees; places outside China's box are the same in both.

    Args:
        lon: longitudes in degrees, of any shape.
        lat: latitudes in degrees, of the same shape.

    Returns:
        Longitudes and latitudes in degrees, of that shape.
    """
    x, y = _degrees(lon, lat)
    inside = _in_china(x, y)
    gx, gy = _shifted(*_parked(x, y, inside))
    return np.where(inside, gx, x), np.where(inside, gy, y)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return GCJ-02 degrees as WGS-84 degrees: the inverse of ``wgs84_to_gcj02``, found by iteration.

    Args:
        lon: longitudes in degrees, of any shape.
        lat: latitudes in degrees, of the same shape.

    Returns:
        Longitudes and latitudes in degrees, of that shape.
    """
    x, y = _degrees(lon, lat)
    near = _in_china(x, y)
    wx, wy = _invert(_shifted, *_parked(x, y, near))
    inside = near & _in_china(wx, wy)
    return np.where(inside, wx, x), np.where(inside, wy, y)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return GCJ-02 degrees as BD-09 degrees.

    Args:
        lon: longitudes in degrees, of any shape.
        lat: latitudes in degrees, of the same shape.

    Returns:
        Longitudes and latitudes in degrees, of that shape.
    """
    x, y = _degrees(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return BD-09 degrees as GCJ-02 degrees: the inverse of ``gcj02_to_bd09``, found by iteration.

    Args:
        lon: longitudes in degrees, of any shape.
        lat: latitudes in degrees, of the same shape.

    Returns:
        Longitudes and latitudes in degrees, of that shape.
    """
    return _invert(gcj02_to_bd09, *_degrees(lon, lat))


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[FloatArray, FloatArray]:
    """Return degrees of a stated datum (wgs84, cgcs2000, gcj02 or bd09) as WGS-84 degrees.

    CGCS2000 and WGS-84 differ by centimetres and count as the same.

    Raises:
        FrameError: another datum.
    """
    if datum not in _TO_WGS84:
        raise FrameError(f"datum is {datum!r}, not one of {', '.join(_TO_WGS84)}")
    return _TO_WGS84[datum](*_degrees(lon, lat))


def _bd09_to_wgs84(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _degrees(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return float64 arrays; coordinates beyond a full turn (infinity among them) become missing."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    return np.where(np.abs(x) <= 360.0, x, np.nan), np.where(np.abs(y) <= 360.0, y, np.nan)


def _in_china(x: FloatArray, y: FloatArray) -> BoolArray:
    west, south, east, north = _CHINA
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _invert(forward: Transform, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the place that ``forward`` moves to (x, y), by fixed-point iteration; the moves are small and smooth."""
    u, v = x, y
    for _ in range(_PASSES):
        moved_x, moved_y = forward(u, v)
        u, v = u + (x - moved_x), v + (y - moved_y)
    return u, v


def _parked(x: FloatArray, y: FloatArray, inside: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the places, those that the formula is not made for put in the middle of China for the time being."""
    return np.where(inside, x, 105.0), np.where(inside, y, 35.0)


def _shifted(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return WGS-84 degrees moved as GCJ-02 moves them, wherever they lie."""
    x, y = lon - 105.0, lat - 35.0
    waves = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (waves + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (waves + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(lat)
    bend = 1.0 - _ECCENTRICITY2 * np.sin(latitude) ** 2
    metres_north = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / bend**1.5
    metres_east = _SEMI_MAJOR_M / np.sqrt(bend) * np.cos(latitude)
    return lon + np.degrees(east / metres_east), lat + np.degrees(north / metres_north)


_TO_WGS84: dict[str, Transform] = {
    "wgs84": _degrees,
    "cgcs2000": _degrees,
    "gcj02": gcj02_to_wgs84,
    "bd09": _bd09_to_wgs84,
}
