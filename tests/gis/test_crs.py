import csv

import numpy as np
import pytest
from pyproj import Geod

from gis import crs
from gis.errors import FrameError

DEGREE_M = 111_320.0


def metres_apart(one, other):
    east = (np.asarray(one[0]) - other[0]) * DEGREE_M * np.cos(np.radians(other[1]))
    return np.hypot(east, (np.asarray(one[1]) - other[1]) * DEGREE_M)


@pytest.mark.real
def test_published_vectors_are_met(shared_data):
    with (shared_data / "coords" / "published_vectors.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start, end = (float(row["lon_in"]), float(row["lat_in"])), (float(row["lon_out"]), float(row["lat_out"]))
            operation = row["op"]
            if operation.endswith("_onepass"):  # exact here, so apart from the published value by its known error
                assert metres_apart(crs.to_wgs84(*start, operation[:5].rstrip("_")), end) < 2.5
            elif operation == "bd09_to_gcj02":  # one-pass too
                assert metres_apart(crs.bd09_to_gcj02(*start), end) < 0.1
            elif operation == "wgs84_to_bd09":
                assert metres_apart(crs.gcj02_to_bd09(*crs.wgs84_to_gcj02(*start)), end) < 1e-6
            else:
                assert metres_apart(getattr(crs, operation)(*start), end) < 1e-6


@pytest.mark.real
def test_gcoord_agrees_in_five_cities_of_nanping(shared_data):
    with (shared_data / "coords" / "vectors_nanping.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wgs, gcj, bd = (
        tuple(np.array([float(row[f"{datum}_{axis}"]) for row in rows]) for axis in ("lon", "lat"))
        for datum in ("wgs", "gcj", "bd")
    )
    assert metres_apart(crs.wgs84_to_gcj02(*wgs), gcj).max() < 1e-6
    assert metres_apart(crs.gcj02_to_bd09(*gcj), bd).max() < 1e-6
    assert metres_apart(crs.to_wgs84(*gcj, "gcj02"), wgs).max() < 1e-6
    assert metres_apart(crs.to_wgs84(*bd, "bd09"), wgs).max() < 1e-6
    assert metres_apart(wgs, gcj).min() > 500


def test_at_its_origin_gcj02_shifts_by_300_m_east_and_100_m_south():
    """There every sine of the formula is zero, and its two constants are left."""
    lon, lat = crs.wgs84_to_gcj02(np.array([105.0]), np.array([35.0]))
    krasovsky = Geod(ellps="krass")
    _, _, east = krasovsky.inv(105.0, 35.0, lon[0], 35.0)
    azimuth, _, south = krasovsky.inv(105.0, 35.0, 105.0, lat[0])
    assert east == pytest.approx(300, abs=0.01)
    assert (abs(azimuth), south) == pytest.approx((180, 100), abs=0.01)


def test_where_its_sines_are_zero_bd09_turns_by_three_millionths_and_adds_its_constants():
    """3,000 × 27 and 3,000 × 117 degrees are whole turns."""
    lon, lat = crs.gcj02_to_bd09(np.array([117.0]), np.array([27.0]))
    assert lon[0] == pytest.approx(117 - 27 * 3e-6 + 0.0065, abs=1e-9)
    assert lat[0] == pytest.approx(27 + 117 * 3e-6 + 0.006, abs=1e-9)


def test_inverses_return_to_a_tenth_of_a_millimetre_all_over_china():
    rng = np.random.default_rng(1)
    start = rng.uniform(72.1, 137.8, 50_000), rng.uniform(0.9, 55.8, 50_000)
    assert metres_apart(crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(*start)), start).max() < 1e-4
    assert metres_apart(crs.bd09_to_gcj02(*crs.gcj02_to_bd09(*start)), start).max() < 1e-4


def test_places_outside_china_stay_in_gcj02():
    portland = (-122.6139245, 45.4929616)
    assert crs.wgs84_to_gcj02(*portland) == portland
    assert crs.gcj02_to_wgs84(*portland) == portland


def test_missing_coordinates_stay_missing_and_impossible_ones_become_missing():
    lon, lat = [118.0, np.nan, np.inf, 1e300], [27.0, 27.0, -np.inf, 27.0]
    for datum in ("wgs84", "gcj02", "bd09"):
        x, y = crs.to_wgs84(lon, lat, datum)
        assert np.isfinite(x).tolist() == [True, False, False, False]
        assert np.isfinite(y[0])


def test_shapes_are_kept_and_nothing_gives_nothing():
    assert crs.gcj02_to_wgs84([], [])[0].shape == (0,)
    assert crs.wgs84_to_gcj02(np.full((2, 3), 118.0), np.full((2, 3), 27.0))[1].shape == (2, 3)
    assert float(crs.bd09_to_gcj02(118.0, 27.0)[0]) == pytest.approx(117.9935, abs=0.001)


def test_cgcs2000_counts_as_wgs84_and_an_unknown_datum_is_refused():
    assert crs.to_wgs84(118.0, 27.0, "cgcs2000") == (118.0, 27.0)
    with pytest.raises(FrameError, match="'beijing54'"):
        crs.to_wgs84(118.0, 27.0, "beijing54")
