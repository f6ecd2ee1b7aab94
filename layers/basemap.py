"""Tiles from the basemap file that a city profile names: MBTiles, PMTiles or GeoTIFF, read where it lies."""

import contextlib
import functools
import io
import math
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gis.errors import Unavailable
from layers import pmtiles

TILE_PX = 256
MERCATOR_EDGE_M = 20_037_508.342789244
_MAGIC: Mapping[bytes, str] = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
#: Mapbox Vector Tiles, as such files hold them, packed or not.
VECTOR = "application/vnd.mapbox-vector-tile"
GZIP = b"\x1f\x8b"
_NEAREST_ZOOM = 18  # the maps' own
_SCALE, _TIE, _KEYS = 33550, 33922, 34735
_PROJECTED, _GEOGRAPHIC = 3072, 2048


@dataclass(frozen=True, kw_only=True)
class Basemap:
    """Whether its tiles are vectors, and the zoom it reaches."""

    vector: bool
    most_zoom: int


def about(path: Path) -> Basemap:
    """What the file says of itself; raises as ``tile`` does."""
    with _readable(path) as suffix:
        if suffix == ".mbtiles":
            return _mbtiles_about(path)
        if suffix == ".pmtiles":
            return Basemap(vector=pmtiles.is_vector(path), most_zoom=pmtiles.most_zoom(path))
        return Basemap(vector=False, most_zoom=_NEAREST_ZOOM)


def tile(path: Path, zoom: int, column: int, row: int) -> tuple[bytes, str] | None:
    """The picture or the vectors, as they were stored, and their media type; None where the file has none there.

    Raises:
        Unavailable: the file is missing, damaged, or of another kind.
    """
    readers = {".mbtiles": _mbtiles, ".pmtiles": pmtiles.tile}
    with _readable(path) as suffix:
        body = readers.get(suffix, _geotiff)(path, zoom, column, row)
    return None if body is None else (body, _kind(body))


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[str]:
    """The suffix of a file of a kind that is read; what goes wrong with it is told by its name."""
    suffix = path.suffix.lower()
    if suffix not in {".mbtiles", ".pmtiles", ".tif", ".tiff"}:
        raise Unavailable(f"底图 {path.name} 不是 MBTiles、PMTiles 或 GeoTIFF 文件", kind="basemap")
    try:
        yield suffix
    except (OSError, sqlite3.Error, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Unavailable(f"底图 {path.name} 读不了:{error}", kind="basemap") from error


@functools.cache
def clear() -> bytes:
    """One clear pixel, for where there is no tile: a map says nothing about it, as it would about an error."""
    kept = io.BytesIO()
    Image.new("LA", (1, 1)).save(kept, format="PNG")
    return kept.getvalue()


def _kind(body: bytes) -> str:
    return next((kind for magic, kind in _MAGIC.items() if body.startswith(magic)), VECTOR)


def _mbtiles_about(path: Path) -> Basemap:
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
        nearest = "SELECT zoom_level, tile_data FROM tiles ORDER BY zoom_level DESC LIMIT 1"
        zoom, body = file.execute(nearest).fetchone() or (0, b"")
    return Basemap(vector=_kind(bytes(body)) == VECTOR, most_zoom=zoom)


def _mbtiles(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
        found = file.execute(query, (zoom, column, 2**zoom - 1 - row)).fetchone()  # rows count from the south
    return bytes(found[0]) if found else None


@dataclass(frozen=True, kw_only=True)
class _Raster:
    """Pixels (rows, columns, 4 bands), the place of the first one's corner and the size of one, in ``crs``."""

    pixels: NDArray[np.uint8]
    corner: tuple[float, float]
    size: tuple[float, float]
    crs: str


def _geotiff(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    edge = 2 * MERCATOR_EDGE_M / 2**zoom
    steps = (np.arange(TILE_PX) + 0.5) * edge / TILE_PX
    x, y = np.meshgrid(column * edge - MERCATOR_EDGE_M + steps, MERCATOR_EDGE_M - row * edge - steps)
    raster = _raster(path, path.stat().st_mtime_ns, 0)
    x, y = pyproj.Transformer.from_crs("EPSG:3857", raster.crs, always_xy=True).transform(x, y)
    coarser = _halvings(x, raster.size[0])
    raster = _raster(path, path.stat().st_mtime_ns, coarser) if coarser else raster
    across = np.floor((x - raster.corner[0]) / raster.size[0])
    down = np.floor((raster.corner[1] - y) / raster.size[1])
    rows, columns = raster.pixels.shape[:2]
    inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
    if not inside.any():
        return None
    picture = np.zeros((TILE_PX, TILE_PX, 4), dtype=np.uint8)
    picture[inside] = raster.pixels[down[inside].astype(int), across[inside].astype(int)]
    kept = io.BytesIO()
    Image.fromarray(picture, mode="RGBA").save(kept, format="PNG")
    return kept.getvalue()


def _halvings(x: NDArray[np.float64], size: float) -> int:
    """How often the raster must be halved until one of its pixels is about one of the tile's."""
    step = (x.max() - x.min()) / TILE_PX / size
    return max(0, math.floor(math.log2(step))) if math.isfinite(step) and step > 1 else 0


@functools.lru_cache(maxsize=4)
def _raster(path: Path, changed_ns: int, halvings: int) -> _Raster:
    if halvings:
        whole = _raster(path, changed_ns, 0)
        reduced = Image.fromarray(whole.pixels, mode="RGBA").reduce(2**halvings)
        size = (whole.size[0] * 2**halvings, whole.size[1] * 2**halvings)
        return _Raster(pixels=np.asarray(reduced), corner=whole.corner, size=size, crs=whole.crs)
    with Image.open(path) as image:
        tags = image.tag_v2  # type: ignore[attr-defined]
        if _SCALE not in tags or _TIE not in tags:
            raise ValueError("没有坐标(缺 ModelPixelScale 或 ModelTiepoint)")
        width, height = tags[_SCALE][:2]
        left, top, _, x, y = tags[_TIE][:5]
        corner = (x - left * width, y + top * height)
        return _Raster(
            pixels=np.asarray(image.convert("RGBA")), corner=corner, size=(width, height), crs=_crs(tags.get(_KEYS, ()))
        )


def _crs(keys: tuple[int, ...]) -> str:
    """The CRS the file's key directory names: rows of (key, location, count, value) after a head of four."""
    known = {key: value for key, _, _, value in zip(*(keys[i::4] for i in range(4)), strict=False)}
    code = known.get(_PROJECTED) or known.get(_GEOGRAPHIC)
    if not code:
        raise ValueError("没有写明坐标系")
    return f"EPSG:{code}"
