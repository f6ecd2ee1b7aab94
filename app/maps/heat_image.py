"""Event density as a picture that lies on a Web Mercator map: quantised, in the map's own colours and real units."""

import functools
import io
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

from app.maps.styles import HEAT
from gis.density import kernel_density

Array = NDArray[np.float64]
_Bounds = tuple[float, float, float, float]

WIDTH_PX = 768
#: Grid cells per bandwidth: at four the largest error of bilinear reading is under one percent of the peak.
CELLS_PER_BANDWIDTH = 4
_LEVELS = 256


@dataclass(frozen=True, kw_only=True)
class Surface:
    """Events per km² on a metric grid that covers ``bounds`` (W, S, E, N in degrees); row 0 of ``density`` is south."""

    density: Array
    corner: tuple[float, float]
    cell_m: float
    bounds: _Bounds
    metric_crs: str

    @property
    def peak(self) -> float:
        """The highest density."""
        return float(self.density.max())


def surface(xy: Array, *, bounds: _Bounds, metric_crs: str, bandwidth_m: float) -> Surface:
    """The density of events at ``xy``, metres in ``metric_crs``; none at all give zeros."""
    to_metric = pyproj.Transformer.from_crs("EPSG:4490", metric_crs, always_xy=True)
    cell_m = bandwidth_m / CELLS_PER_BANDWIDTH
    west, south, east, north = to_metric.transform_bounds(*bounds)
    box = (west - cell_m, south - cell_m, east + cell_m, north + cell_m)
    density = kernel_density(xy, bounds=box, cell_m=cell_m, bandwidth_m=bandwidth_m)
    return Surface(density=density, corner=box[:2], cell_m=cell_m, bounds=bounds, metric_crs=metric_crs)


def picture(surface: Surface, *, width_px: int = WIDTH_PX) -> Array:
    """Events per km² at the middle of each pixel, row 0 north, rows equally high in Web Mercator."""
    x, y = _pixel_places(surface.bounds, surface.metric_crs, width_px)
    place = [(axis - low) / surface.cell_m - 0.5 for axis, low in ((y, surface.corner[1]), (x, surface.corner[0]))]
    return np.asarray(map_coordinates(surface.density, place, order=1, mode="nearest"), dtype=np.float64)


def png(density: Array, *, peak: float) -> bytes:
    """The density as a PNG with a palette of 256 even steps; none is clear, ``peak`` and more take the last colour."""
    share = np.clip(density / peak, 0, 1) if peak > 0 else np.zeros_like(density)
    picture = Image.fromarray(np.round(share * (_LEVELS - 1)).astype(np.uint8), mode="P")
    palette = colours()
    picture.putpalette(palette[:, :3].tobytes())
    kept = io.BytesIO()
    picture.save(kept, format="PNG", transparency=palette[:, 3].tobytes(), optimize=True)
    return kept.getvalue()


def colours() -> NDArray[np.uint8]:
    """Red, green, blue and opacity of the 256 steps from none to the peak."""
    stops = [[*(int(colour[i : i + 2], 16) for i in (1, 3, 5)), 255 * opacity] for colour, opacity in HEAT]
    at, steps = np.linspace(0, 1, len(stops)), np.linspace(0, 1, _LEVELS)
    even = [np.interp(steps, at, channel) for channel in zip(*stops, strict=True)]
    return np.round(np.stack(even, axis=1)).astype(np.uint8)


@functools.lru_cache(maxsize=2)
def _pixel_places(bounds: _Bounds, metric_crs: str, width_px: int) -> tuple[Array, Array]:
    """Metric x and y of every pixel's middle: a second's work on a city, and always the same."""
    mercator = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    west, south = mercator.transform(*bounds[:2])
    east, north = mercator.transform(*bounds[2:])
    height_px = max(1, round(width_px * (north - south) / (east - west)))
    lon = bounds[0] + (np.arange(width_px) + 0.5) * (bounds[2] - bounds[0]) / width_px
    lines = north - (np.arange(height_px) + 0.5) * (north - south) / height_px
    lat = mercator.transform(np.zeros(height_px), lines, direction="INVERSE")[1]
    to_metric = pyproj.Transformer.from_crs("EPSG:4490", metric_crs, always_xy=True)
    x, y = to_metric.transform(*np.meshgrid(lon, lat))
    return x, y
