"""Tiles out of a PMTiles archive (version 3): a header, directories of ranges, and the tiles themselves.

Source: the PMTiles version 3 specification of Protomaps.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEADER_BYTES = 127
DEEPEST = 4  # directories below one another; the specification allows three
_PLAIN, _GZIP = 1, 2
_VECTOR = 1


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """Tiles ``first`` and the ``run`` - 1 after it lie in one range; a run of 0 is a directory of later tiles."""

    first: int
    run: int
    offset: int
    length: int


def tile(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    """The tile as it was stored, or None where the archive has none.

    Raises:
        ValueError: the file is no PMTiles archive of version 3, or is damaged.
        OSError: it cannot be read.
    """
    wanted = tile_id(zoom, column, row)
    with path.open("rb") as file:
        header = _header(file)
        at, length, _, _, leaves, _, tiles = struct.unpack_from("<7Q", header, 8)
        packing = header[97]
        for _ in range(DEEPEST):
            found = _find(_directory(_read(file, at, length), packing), wanted)
            if found is None:
                return None
            if found.run:
                return _read(file, tiles + found.offset, found.length)
            at, length = leaves + found.offset, found.length
    raise ValueError("目录层次太深")


def is_vector(path: Path) -> bool:
    """Whether its tiles are Mapbox Vector Tiles; raises as ``tile`` does."""
    with path.open("rb") as file:
        return _header(file)[99] == _VECTOR


def most_zoom(path: Path) -> int:
    """The nearest zoom it has tiles of; raises as ``tile`` does."""
    with path.open("rb") as file:
        return _header(file)[101]


def _header(file: BinaryIO) -> bytes:
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or header[:8] != b"PMTiles\x03":
        raise ValueError("不是 PMTiles 第 3 版文件")
    return header


def tile_id(zoom: int, column: int, row: int) -> int:
    """The number of a tile: all of the zooms before it, then its place on the Hilbert curve of its own zoom."""
    number = ((1 << 2 * zoom) - 1) // 3
    side = (1 << zoom) // 2
    while side:
        right, low = int(bool(column & side)), int(bool(row & side))
        number += side * side * ((3 * right) ^ low)
        if not low:
            if right:
                column, row = side - 1 - column, side - 1 - row
            column, row = row, column
        side //= 2
    return number


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    body = file.read(length)
    if len(body) < length:
        raise ValueError("文件不完整")
    return body


def _directory(body: bytes, packing: int) -> list[_Entry]:
    if packing not in {_PLAIN, _GZIP}:
        raise ValueError("目录的压缩方式不支持")
    try:
        count, *told = _numbers(gzip.decompress(body) if packing == _GZIP else body)
    except (EOFError, ValueError, zlib.error) as error:
        raise ValueError("目录已损坏") from error
    steps, runs, lengths, offsets = (told[part * count : (part + 1) * count] for part in range(4))
    if len(offsets) < count or offsets[:1] == [0]:
        raise ValueError("目录已损坏")
    entries: list[_Entry] = []
    first = 0
    for step, run, length, offset in zip(steps, runs, lengths, offsets, strict=True):
        first += step
        # 0 says: right behind the entry before
        start = offset - 1 if offset else entries[-1].offset + entries[-1].length
        entries.append(_Entry(first=first, run=run, offset=start, length=length))
    return entries


def _numbers(body: bytes) -> Iterator[int]:
    """Whole numbers of seven bits a byte, the lowest first."""
    value = shift = 0
    for byte in body:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield value
            value = shift = 0


def _find(entries: list[_Entry], wanted: int) -> _Entry | None:
    """The last entry that begins at or before the tile, if it reaches it."""
    found = next((entry for entry in reversed(entries) if entry.first <= wanted), None)
    return found if found and (not found.run or wanted < found.first + found.run) else None
