"""The encoding of Chinese text files, and the signs that a text has been through the wrong one."""

import codecs
import re
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from gis.errors import IntakeError

_CHUNK = 1 << 20
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAMPLE = 100_000
#: of Chinese characters read as gb18030 at least this share is of the common set, unless the bytes were something else
_COMMON_SHARE = 0.7
_FEW = 8
_CHINESE = re.compile("[⺀-\uffef]")
_FOREIGN_RUN = re.compile("[^\x00-\x7f]{2,}")
#: what stands where a character was lost; NUL no text has
_LOST = (b"\0", "\ufffd".encode(), "锟斤拷".encode())
#: four letters of Western languages with marks in a row are bytes of something else
_LATIN_RUN = re.compile("[\x80-\xff\u0152-\u0178\u2018-\u2122]{4,}")
_FEWEST_MARKED = 3
UNKNOWN_ENCODING = "文字编码认不出来(既不是 UTF-8 也不是 GBK),请另存为 UTF-8 的 csv 或 xlsx。"

# codecs are found in files: after the lock-down it is too late to look for one
for _name in ("utf-8", "utf-8-sig", "utf-16", "gb18030", "gb2312", "cp437"):
    codecs.lookup(_name)


def encoding_of(file: BinaryIO, largest: int | None = None) -> str:
    """The encoding in which all of ``file`` decodes: by its mark, else utf-8, else gb18030 (which holds gbk, gb2312).

    Raises:
        IntakeError: not_readable when it decodes in none of them, or only to characters nobody writes; too_large when
            there are over ``largest`` bytes.
    """
    file.seek(0)
    head = file.read(3)
    marked = next((name for mark, name in _BOMS.items() if head.startswith(mark)), None)
    for name in (marked,) if marked else ("utf-8", "gb18030"):
        sample = _decodes(file, name, largest)
        if sample is not None and not (name == "gb18030" and is_strange(sample)):
            file.seek(0)
            return name
    raise IntakeError(UNKNOWN_ENCODING, kind="not_readable")


def _decodes(file: BinaryIO, name: str, largest: int | None) -> str | None:
    """The first part of the text, or None when any of the file does not decode."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(name)()
    sample = ""
    try:
        while chunk := file.read(_CHUNK):
            sample += decoder.decode(chunk)[: _SAMPLE - len(sample)]
            if largest is not None and file.tell() > largest:
                raise IntakeError(f"文件解开后超过 {largest >> 20} MB,未读取。", kind="too_large")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return sample


def is_strange(text: str) -> bool:
    """Whether characters outside gb2312 abound: Big5, Latin and twice-decoded text turn into those."""
    chinese = "".join(_CHINESE.findall(text))
    return len(chinese) >= _FEW and _common(chinese) < _COMMON_SHARE * len(chinese)


def _common(chinese: str) -> int:
    return len(chinese.encode("gb2312", errors="ignore")) // 2


def refuse_garbled(batch: pa.RecordBatch) -> None:
    """Stop at text that was damaged before it came here.

    Raises:
        IntakeError: not_readable, for replacement characters anywhere, and for a batch whose headings or first texts
            are utf-8 that somebody had read as gbk, or Chinese read as Latin.
    """
    texts = [column for column in batch.columns if pa.types.is_string(column.type)]
    for column in texts:
        if not _is_utf8(column) or any(lost in _content(column) for lost in _LOST):
            raise IntakeError("文字中有无法还原的字符(乱码),请从原始系统重新导出。", kind="not_readable")
    sample = [*batch.schema.names, *(str(cell) for column in texts for cell in column[:200].to_pylist())]
    runs = _FOREIGN_RUN.findall("\n".join(sample)[:_SAMPLE])
    garbled = sum(map(_is_garbled, runs))
    if garbled and (garbled == len(runs) or garbled > max(2, len(runs) // 20)):
        raise IntakeError("文字是乱码(编码转换出过错),请从原始系统重新导出。", kind="not_readable")


def _is_utf8(column: pa.StringArray) -> bool:
    """A GeoPackage may hold any bytes as text."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _content(column: pa.StringArray) -> bytes:
    """All its text, end to end."""
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[[column.offset, column.offset + len(column)]]
    return bytes(data[ends[0] : ends[1]]) if data is not None else b""


def _is_garbled(run: str) -> bool:
    """Whether a run of non-ASCII characters is utf-8 read as gbk, or any bytes read as Latin."""
    if latin := _LATIN_RUN.search(run):
        return sum(character <= "\xff" for character in latin[0]) >= _FEWEST_MARKED
    try:
        text = run.encode("gb18030").decode()
    except UnicodeError:
        return False
    return len(text) > 1 and _common(text) == len(text)
