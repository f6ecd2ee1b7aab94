"""The picture of a density: where it lies, how it looks, what its colours mean."""

import io

import numpy as np
import pyproj
import pytest
from PIL import Image

from app.maps import heat_image
from app.maps.breaks import breaks
from app.maps.styles import HEAT

BOUNDS = (117.5, 26.5, 118.5, 27.5)
CRS = "EPSG:4548"
MIDDLE = (118.0, 27.0)


def surface(places: list[tuple[float, float]], bandwidth_m: float = 3000.0) -> heat_image.Surface:
    xy = np.array([pyproj.Transformer.from_crs("EPSG:4490", CRS, always_xy=True).transform(*p) for p in places])
    return heat_image.surface(xy.reshape(-1, 2), bounds=BOUNDS, metric_crs=CRS, bandwidth_m=bandwidth_m)


def test_one_event_peaks_where_it_happened_at_the_height_of_its_kernel() -> None:
    found = heat_image.picture(surface([MIDDLE]), width_px=400)
    # 1 / (2π σ²) events per km² at the top of a Gaussian of σ = 3 km
    assert found.max() == pytest.approx(1 / (2 * np.pi * 9), rel=0.02)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert column == pytest.approx(200, abs=2)
    # in Web Mercator the middle latitude lies a little south of the picture's middle
    north, middle, south = (np.arctanh(np.sin(np.radians(lat))) for lat in (27.5, 27.0, 26.5))
    assert row == pytest.approx(found.shape[0] * (north - middle) / (north - south), abs=2)


def test_a_single_gaussian_falls_off_in_every_direction_without_a_ring() -> None:
    found = heat_image.picture(surface([MIDDLE]), width_px=400)
    row, column = np.unravel_index(found.argmax(), found.shape)
    rays = (found[row, column:], found[row, column::-1], found[row:, column], found[row::-1, column])
    for ray in rays:
        assert np.all(np.diff(ray) <= 1e-12)


def test_the_picture_itself_falls_off_without_a_ring() -> None:
    found = surface([MIDDLE])
    image = decoded(heat_image.png(heat_image.picture(found, width_px=400), peak=found.peak))
    brightness = image[..., :3].astype(int).sum(axis=2)
    row, column = np.unravel_index(brightness.argmin(), brightness.shape)
    assert np.all(np.diff(brightness[row, column:]) >= 0)
    assert np.all(np.diff(image[row, column:, 3].astype(int)) <= 0)


def test_the_picture_is_as_high_as_its_bounds_are_in_web_mercator() -> None:
    found = heat_image.picture(surface([MIDDLE]), width_px=400)
    to_mercator = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    (west, east), (south, north) = to_mercator.transform(BOUNDS[::2], BOUNDS[1::2])
    assert found.shape == (round(400 * (north - south) / (east - west)), 400)


def test_coincident_events_add_up() -> None:
    one, three = (heat_image.picture(surface([MIDDLE] * n), width_px=100) for n in (1, 3))
    np.testing.assert_allclose(three, 3 * one, atol=1e-9)


def test_no_events_are_a_clear_picture() -> None:
    found = surface([])
    assert found.peak == 0
    assert decoded(heat_image.png(heat_image.picture(found, width_px=50), peak=found.peak))[..., 3].max() == 0


def test_none_is_clear_the_peak_takes_the_last_colour_and_more_does_too() -> None:
    image = decoded(heat_image.png(np.array([[0.0, 1.0, 7.0]]), peak=1.0))
    assert image[0, 0, 3] == 0
    colour, opacity = HEAT[-1]
    last = [*bytes.fromhex(colour[1:]), round(opacity * 255)]
    assert image[0, 1].tolist() == image[0, 2].tolist() == last


def test_colours_are_even_in_density() -> None:
    shares = np.linspace(0, 1, len(HEAT))
    image = decoded(heat_image.png(shares[None, :], peak=1.0))
    for share, (colour, opacity) in enumerate(HEAT):
        np.testing.assert_allclose(image[0, share, :3], list(bytes.fromhex(colour[1:])), atol=1)
        assert image[0, share, 3] == pytest.approx(255 * opacity, abs=2)


@pytest.mark.parametrize(
    ("peak", "ticks"),
    [
        (27.3, [5, 10, 15, 20, 25]),
        (1.0, [0.2, 0.4, 0.6, 0.8]),
        (0.0051, [0.001, 0.002, 0.003, 0.004, 0.005]),
        (9.9, [2, 4, 6, 8]),
        (0.0, []),
    ],
)
def test_the_ticks_of_the_legend_are_round_and_below_the_peak(peak: float, ticks: list[float]) -> None:
    assert breaks(peak) == pytest.approx(ticks)


def decoded(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))
