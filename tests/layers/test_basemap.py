"""Picture tiles from each kind of basemap file."""

import gzip
import io
import math
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pyproj
import pytest
from PIL import Image, TiffImagePlugin

from gis.errors import Unavailable
from layers import basemap, pmtiles

RED, BLUE = (200, 0, 0), (0, 0, 200)


def png(colour: tuple[int, int, int]) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(kept, format="PNG")
    return kept.getvalue()


def colours(tile: tuple[bytes, str] | None) -> np.ndarray:
    assert tile is not None
    with Image.open(io.BytesIO(tile[0])) as image:
        return np.asarray(image.convert("RGBA"))


def mbtiles(path: Path, tiles: dict[tuple[int, int, int], bytes]) -> Path:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", [(*at, body) for at, body in tiles.items()])
    file.close()
    return path


def test_mbtiles_count_their_rows_from_the_south(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "底图 1.mbtiles", {(1, 0, 1): png(RED), (1, 0, 0): png(BLUE)})
    north, south = basemap.tile(path, 1, 0, 0), basemap.tile(path, 1, 0, 1)
    assert (north, south) == ((png(RED), "image/png"), (png(BLUE), "image/png"))
    assert basemap.tile(path, 5, 0, 0) is None


def test_mbtiles_of_vectors_are_handed_out_as_they_are(tmp_path: Path) -> None:
    packed = gzip.compress(vector_tile())
    path = mbtiles(tmp_path / "v.mbtiles", {(0, 0, 0): packed, (3, 0, 0): packed})
    assert basemap.tile(path, 0, 0, 0) == (packed, basemap.VECTOR)
    assert basemap.about(path) == basemap.Basemap(vector=True, most_zoom=3)
    pictures = mbtiles(tmp_path / "p.mbtiles", {(2, 0, 0): png(RED)})
    assert basemap.about(pictures) == basemap.Basemap(vector=False, most_zoom=2)


def varints(*numbers: int) -> bytes:
    kept = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            kept.append(rest & 0x7F | 0x80)
            rest >>= 7
        kept.append(rest)
    return bytes(kept)


def directory(entries: list[tuple[int, int, int, int]], *, packed: bool) -> bytes:
    """Entries as (first tile, run, length, offset), offsets always written out."""
    firsts = [first for first, *_ in entries]
    steps = np.diff([0, *firsts]).tolist()
    runs, lengths, offsets = zip(*[entry[1:] for entry in entries], strict=True)
    body = varints(len(entries), *steps, *runs, *lengths, *[offset + 1 for offset in offsets])
    return gzip.compress(body) if packed else body


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """A Protocol Buffers message of whole numbers and bytes, by the numbers of its fields."""
    parts = (
        varints(field << 3, value) if isinstance(value, int) else varints(field << 3 | 2, len(value)) + value
        for field, value in fields
    )
    return b"".join(parts)


def layer(title: str, form: int, shape: bytes, **words: str) -> bytes:
    """A layer of a vector tile with one feature; the extent is 4,096."""
    tags = [number for n in range(len(words)) for number in (n, n)]
    feature = message((2, varints(*tags)), (3, form), (4, shape))
    keys = [(3, key.encode()) for key in words]
    values = [(4, message((1, word.encode()))) for word in words.values()]
    return message((15, 2), (1, title.encode()), (2, feature), *keys, *values, (5, 4096))


def vector_tile() -> bytes:
    """Water in the west half, a main road through the middle from north to south, and a town in the middle of the east.

    Source: the Mapbox Vector Tile specification, version 2.1; the extent is 4,096.
    """
    half = varints(9, 0, 0, 26, 4096, 0, 0, 8192, 4095, 0, 15)  # to (0,0); right 2048, down 4096, left 2048; close
    line = varints(9, 4096, 0, 10, 0, 8192)
    dot = varints(9, 6144, 4096)

    layers = (
        layer("water", 3, half),
        layer("roads", 2, line, kind="highway"),
        layer("places", 1, dot, kind="locality", name="东镇"),
    )
    return message(*((3, each) for each in layers))


def archive_of(path: Path, tile: bytes, *, most_zoom: int) -> Path:
    """A PMTiles archive whose one tile, packed, is the world at zoom 0 and at each place of the zooms up to 1 or 0."""
    tile = gzip.compress(tile)
    root = directory([(0, 5 if most_zoom else 1, len(tile), 0)], packed=True)
    header = bytearray(pmtiles.HEADER_BYTES)
    header[:8] = b"PMTiles\x03"
    at = pmtiles.HEADER_BYTES
    struct.pack_into("<8Q", header, 8, at, len(root), 0, 0, at + len(root), 0, at + len(root), len(tile))
    header[97:102] = bytes((2, 2, 1, 0, most_zoom))
    path.write_bytes(bytes(header) + root + tile)
    return path


def test_pmtiles_of_vectors_say_so_and_how_near_they_reach(tmp_path: Path, archive: Path) -> None:
    vectors = archive_of(tmp_path / "v.pmtiles", vector_tile(), most_zoom=1)
    assert basemap.about(vectors) == basemap.Basemap(vector=True, most_zoom=1)
    assert basemap.tile(vectors, 1, 1, 1) == (gzip.compress(vector_tile()), basemap.VECTOR)
    assert not basemap.about(archive).vector
    with pytest.raises(Unavailable, match="MBTiles"):
        basemap.about(tmp_path / "base.shp")


@pytest.fixture(params=[True, False], ids=["gzip", "plain"])
def archive(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Zoom 0 red; zoom 1 blue in all four places, by one run in a directory of its own."""
    red, blue = png(RED), png(BLUE)
    leaf = directory([(1, 4, len(blue), len(red))], packed=request.param)
    root = directory([(0, 1, len(red), 0), (1, 0, len(leaf), 0)], packed=request.param)
    at = pmtiles.HEADER_BYTES
    sizes = (at, len(root), 0, 0, at + len(root), len(leaf), at + len(root) + len(leaf), len(red) + len(blue))
    header = bytearray(pmtiles.HEADER_BYTES)
    header[:8] = b"PMTiles\x03"
    struct.pack_into("<8Q", header, 8, *sizes)
    header[97] = 2 if request.param else 1
    path = tmp_path / "base.pmtiles"
    path.write_bytes(bytes(header) + root + leaf + red + blue)
    return path


def test_pmtiles_are_found_through_their_directories(archive: Path) -> None:
    assert basemap.tile(archive, 0, 0, 0) == (png(RED), "image/png")
    assert {basemap.tile(archive, 1, x, y) for x in (0, 1) for y in (0, 1)} == {(png(BLUE), "image/png")}
    assert basemap.tile(archive, 2, 0, 0) is None


@pytest.mark.parametrize("broken", [varints(2, 0), varints(1, 0, 1, 9, 0), b"", b"\xff\xff"])
def test_a_damaged_directory_is_named(archive: Path, broken: bytes) -> None:
    content, at = archive.read_bytes(), pmtiles.HEADER_BYTES
    zipped = content[97] == 2
    body = gzip.compress(broken) if zipped else broken
    archive.write_bytes(content[:16] + struct.pack("<Q", len(body)) + content[24:at] + body + content[at:])
    with pytest.raises(Unavailable, match="损坏"):
        basemap.tile(archive, 0, 0, 0)
    archive.write_bytes(content[:16] + struct.pack("<Q", 5) + content[24:])  # cut off
    with pytest.raises(Unavailable, match="损坏"):
        basemap.tile(archive, 0, 0, 0)


def test_pmtiles_number_their_tiles_along_the_hilbert_curve() -> None:
    # the specification's own examples
    places = {(0, 0, 0): 0, (1, 0, 0): 1, (1, 0, 1): 2, (1, 1, 1): 3, (1, 1, 0): 4, (12, 3423, 1763): 19078479}
    assert {place: pmtiles.tile_id(*place) for place in places} == places
    assert {pmtiles.tile_id(3, x, y) for x in range(8) for y in range(8)} == set(range(21, 85))


def geotiff(path: Path, crs: str, corner: tuple[float, float], size: float, pixels: np.ndarray) -> Path:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550] = (size, size, 0.0)
    tags[33922] = (0.0, 0.0, 0.0, *corner, 0.0)
    code = int(crs.removeprefix("EPSG:"))
    tags[34735] = (1, 1, 0, 1, 2048 if code < 5000 and code != 4548 else 3072, 0, 1, code)
    for tag, kind in ((33550, 12), (33922, 12), (34735, 3)):
        tags.tagtype[tag] = kind
    Image.fromarray(pixels).save(path, tiffinfo=tags)
    return path


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:3857", "EPSG:4548"])
def test_a_geotiff_lies_where_its_tags_say(tmp_path: Path, crs: str) -> None:
    middle = (118.0, 27.0)
    x, y = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(*middle)
    size = 0.0001 if crs == "EPSG:4490" else 10.0
    pixels = np.zeros((400, 400, 3), dtype=np.uint8)
    pixels[:, :200], pixels[:, 200:] = RED, BLUE  # red west of the middle, blue east of it
    path = geotiff(tmp_path / "photo.tif", crs, (x - 200 * size, y + 200 * size), size, pixels)
    # the tile of zoom 16 whose west edge is the nearest to the middle
    column, row = round((118 + 180) / 360 * 2**16), int((1 - math.asinh(math.tan(math.radians(27))) / math.pi) * 2**15)
    west, east = colours(basemap.tile(path, 16, column - 1, row)), colours(basemap.tile(path, 16, column, row))
    assert west[128, 20].tolist() == [*RED, 255]
    assert east[128, 230].tolist() == [*BLUE, 255]
    assert basemap.tile(path, 16, 0, 0) is None


def test_a_geotiff_seen_from_far_is_averaged(tmp_path: Path) -> None:
    board = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    path = geotiff(tmp_path / "board.tif", "EPSG:3857", (0.0, 20_037_508.0), 10.0, np.stack([board] * 3, axis=2))
    seen = colours(basemap.tile(path, 8, 128, 0))
    inside = seen[..., 3] > 0
    assert inside.any()
    assert set(np.unique(seen[inside][:, 0])) <= {127, 128}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.mbtiles", b"no database"),
        ("a.pmtiles", b"no archive"),
        ("a.pmtiles", b"PMTiles\x03" + bytes(119) + b"\xff" * 20),
        ("a.tif", b"no picture"),
        ("a.txt", b""),
    ],
)
def test_a_damaged_or_odd_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unavailable, match=r"底图 a\."):
        basemap.tile(tmp_path / name, 0, 0, 0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in ("a.mbtiles", "a.pmtiles", "a.tif"):
        with pytest.raises(Unavailable, match=r"底图 a\."):
            basemap.tile(tmp_path / name, 0, 0, 0)


def test_a_photograph_without_a_place_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(Unavailable, match="没有坐标"):
        basemap.tile(tmp_path / "a.tif", 0, 0, 0)


def test_a_clear_tile_is_one_clear_pixel() -> None:
    assert colours((basemap.clear(), "image/png")).tolist() == [[[0, 0, 0, 0]]]
