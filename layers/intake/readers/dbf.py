"""The text of a dbf: its encoding, headings and values, also where a writer cut them within a character.

A heading has at most ten bytes and a value as many as its column is wide; GDAL, QGIS and ArcGIS fill both to the last
byte. The encoding is judged by headings and values alone: the descriptors of the columns hold widths, which are bytes
of no text, and what the language byte or a .cpg says is too often wrong to be more than a casting vote.
"""

import re
import struct
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gis.errors import IntakeError
from layers.intake.readers.text import UNKNOWN_ENCODING, is_strange

#: a heading of so many bytes, of at most ten, may have been longer: the next character took up to three
SHORTEST_CUT = 8
_HEADER, _DESCRIPTOR, _END = 32, 32, 0x0D
_DELETED = b"*"[0]
_SAMPLE = 100_000
_GBK_BYTES = (0x4D, 0x7A)
_GBK = re.compile(r"936|gb", re.IGNORECASE)
_HAN = re.compile("[㐀-鿿]")


@dataclass(frozen=True, kw_only=True)
class _Column:
    """One column: its heading in bytes, its type letter, and which bytes of a record are its own."""

    heading: bytes
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Dbf:
    """A dbf that is known to be whole; ``hint`` is what a .cpg beside it says."""

    data: bytes
    hint: str = ""

    @cached_property
    def columns(self) -> list[_Column]:
        """The columns in their order.

        Raises:
            IntakeError: not_readable, when their widths do not make up a record.
        """
        found, start, at = [], 1, _HEADER
        while self.data[at] != _END:
            heading, kind, width = self.data[at : at + 11].split(b"\0")[0], self.data[at + 11], self.data[at + 16]
            found.append(_Column(heading=heading, kind=chr(kind), start=start, end=start + width))
            start, at = start + width, at + _DESCRIPTOR
        if start != self._length:
            raise IntakeError("dbf 的列宽与记录长度不符,无法分清各列,请重新导出。", kind="not_readable")
        return found

    @cached_property
    def encoding(self) -> str:
        """utf-8 or gb18030, whichever all headings and values decode in, those cut within their last character too.

        Raises:
            IntakeError: not_readable when they decode in neither.
        """
        gbk_said = self.data[29] in _GBK_BYTES or _GBK.search(self.hint) is not None
        found = {name: text for name in ("utf-8", "gb18030") if (text := self._decoded(name)) is not None}
        if found.get("gb18030") is not None and is_strange(found["gb18030"]):
            del found["gb18030"]
        if gbk_said and len(found) == 2 and not _HAN.search(found["utf-8"]):
            return "gb18030"
        if not found:
            raise IntakeError(UNKNOWN_ENCODING, kind="not_readable")
        return next(iter(found))

    def cut_rows(self) -> list[int]:
        """Numbers of the records, deleted ones not counted, in which a value was cut within a character."""
        records = self._records
        alive = np.flatnonzero(records[:, 0] != _DELETED)
        cut = np.zeros(len(alive), dtype=bool)
        for column in self._texts:
            own = records[alive, column.start : column.end]
            # a value that was cut fills its column with a byte of a character
            for row in np.flatnonzero(own[:, -1] >= 0x80):
                cut[row] |= whole(own[row].tobytes(), self.encoding)[1]
        return [int(row) + 1 for row in np.flatnonzero(cut)]

    @property
    def _length(self) -> int:
        return int(struct.unpack_from("<H", self.data, 10)[0])

    @property
    def _records(self) -> np.typing.NDArray[np.uint8]:
        count, start = struct.unpack_from("<IH", self.data, 4)
        return np.frombuffer(self.data, np.uint8, count * self._length, start).reshape(count, self._length)

    @property
    def _texts(self) -> list[_Column]:
        return [column for column in self.columns if column.kind == "C" and column.end > column.start]

    def _decoded(self, encoding: str) -> str | None:
        """The first part of headings and values in that encoding, None where any does not decode."""
        headings = [whole(column.heading, encoding)[0] for column in self.columns]
        texts = [self._column_text(column, encoding) for column in self._texts]
        known = [text for text in (*headings, *texts) if text is not None]
        return "\n".join(known)[:_SAMPLE] if len(known) == len(headings) + len(texts) else None

    def _column_text(self, column: _Column, encoding: str) -> str | None:
        own = self._records[:, column.start : column.end]
        lines = np.column_stack([own, np.full(len(own), ord("\n"), np.uint8)])
        try:
            return lines.tobytes().decode(encoding)
        except UnicodeDecodeError:
            cells = [whole(row.tobytes(), encoding)[0] for row in own]
        return None if None in cells else "\n".join(cell for cell in cells if cell is not None)


def whole(text: bytes, encoding: str) -> tuple[str | None, bool]:
    """``text`` without a character that its end cuts, and whether there is one; None for what does not decode."""
    try:
        return text.decode(encoding), False
    except UnicodeDecodeError as error:
        if error.end < len(text) or ("unexpected end" not in error.reason and "incomplete" not in error.reason):
            return None, False
        return text[: error.start].decode(encoding), True
