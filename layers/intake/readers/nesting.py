"""How deep brackets and geometries sit in each other, found by a linear pass before any recursive parser sees them."""

import re
import struct

import numpy as np
import pyarrow as pa

from gis.errors import IntakeError

_STRING = re.compile(rb'"[^"]*"')
_OPENING, _CLOSING = b"([{", b")]}"
_OTHERS = bytes(sorted(set(range(256)) - set(_OPENING + _CLOSING)))
_STEP = np.zeros(256, np.int8)
_STEP[list(_OPENING)] = 1
_STEP[list(_CLOSING)] = -1

#: collections inside collections that a real file may have
_WKB_DEPTH = 8
#: byte order and kind
_WKB_HEAD = 5
_POINT, _LINE, _POLYGON, _ARC = 1, 2, 3, 8
_FLAT = (_POINT, _LINE, _POLYGON)


def refuse_deep_text(text: bytes, limit: int) -> None:
    """Return when no bracket of ``text`` (JSON, or WKT) has more than ``limit`` around it; quoted strings do not count.

    Raises:
        IntakeError: too_deep.
    """
    if (depth := deepest(text)) > limit:
        raise IntakeError(f"几何或数据嵌套了 {depth} 层,超过 {limit} 层,可能有害,未读取。", kind="too_deep")


def deepest(text: bytes) -> int:
    """How many brackets of ``text`` are open at once, those in quoted strings aside."""
    unescaped = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _STRING.sub(b"", unescaped).translate(None, _OTHERS)
    return int(_STEP[np.frombuffer(brackets, np.uint8)].cumsum(dtype=np.int64).max(initial=0))


def refuse_deep_wkb(blobs: pa.BinaryArray) -> None:
    """Return when no geometry nests collections beyond what real files have; a malformed one is for the parser to name.

    Raises:
        IntakeError: too_deep.
    """
    for index in np.flatnonzero(_may_nest(blobs)):
        try:
            _walk(blobs[int(index)].as_buffer(), 0, 0)
        except (struct.error, IndexError):
            continue


def _may_nest(blobs: pa.BinaryArray) -> np.ndarray:
    """Mask of blobs that are not plainly a point, line or polygon, which no parser reads recursively."""
    _, offsets_buffer, data_buffer = blobs.buffers()
    if data_buffer is None or data_buffer.size < _WKB_HEAD:
        return np.zeros(len(blobs), bool)
    offsets = np.frombuffer(offsets_buffer, np.int32)[blobs.offset : blobs.offset + len(blobs) + 1]
    data = np.frombuffer(data_buffer, np.uint8)
    start, length = offsets[:-1], np.diff(offsets)
    long_enough = length >= _WKB_HEAD
    at = np.where(long_enough, start, 0)
    little = data[at] == 1
    low = data[at + np.where(little, 1, 4)].astype(np.int32) + 256 * data[at + np.where(little, 2, 3)].astype(np.int32)
    return long_enough & ~np.isin(low % 1000, _FLAT)


def _walk(blob: pa.Buffer, at: int, depth: int) -> int:
    """Position after the geometry that starts at ``at``, in ISO or extended WKB."""
    if depth > _WKB_DEPTH:
        raise IntakeError(f"几何嵌套超过 {_WKB_DEPTH} 层,可能有害,未读取。", kind="too_deep")
    order = "<" if memoryview(blob)[at] == 1 else ">"
    code, at = _number(blob, at + 1, order)
    iso, kind = divmod(code & 0xFFFF, 1000)
    size = 8 * (2 + (bool(code & 0x80000000) or iso in (1, 3)) + (bool(code & 0x40000000) or iso in (2, 3)))
    at += 4 * bool(code & 0x20000000)
    if kind == _POINT:
        return at + size
    count, at = _number(blob, at, order)
    if kind in (_LINE, _ARC):
        return at + count * size
    for _ in range(count):
        if kind == _POLYGON:
            points, at = _number(blob, at, order)
            at += points * size
        else:
            at = _walk(blob, at, depth + 1)
    return at


def _number(blob: pa.Buffer, at: int, order: str) -> tuple[int, int]:
    (number,) = struct.unpack_from(order + "I", blob, at)
    return number, at + 4
