"""Zipped shapefiles."""

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from gis.errors import IntakeError
from layers.intake.raw import Note
from layers.intake.readers import Order, TableStream, archive, chosen, ogr
from layers.intake.readers.dbf import Dbf

_REQUIRED = (".shp", ".shx", ".dbf")
_SHX_HEADER, _SHX_RECORD = 100, 8
_CPG = ".cpg"
_MOUNTED = (*_REQUIRED, ".prj")
_PARTS = (*_MOUNTED, _CPG)

CUT = "有一格的文字被列宽截断在半个字上,已去掉这半个字;截掉的内容请到原来的系统里找"


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
    """Every .shp of the archive, known by its name without folder and ending, or the one that ``order`` names.

    Raises:
        IntakeError: what archive.members and Dbf.encoding raise; not_readable when there is none of that name.
    """
    members = {
        name.lower(): (PurePosixPath(name), entry) for name, entry in archive.members(file, order.limits).items()
    }
    paths = [path for path, _ in members.values() if path.suffix.lower() == ".shp"]
    stems = Counter(path.stem for path in paths)
    shapes = {path.stem if stems[path.stem] == 1 else str(path.with_suffix("")): path for path in paths}
    for number, stem in enumerate(chosen(list(shapes), order)):
        parts = {
            end: archive.read_member(file, members[name][1])
            for end in _PARTS
            if (name := str(shapes[stem].with_suffix(end)).lower()) in members
        }
        if missing := [end for end in _REQUIRED if end not in parts]:
            raise IntakeError(f"图层“{stem}”缺少 {'、'.join(missing)} 文件。", kind="not_readable")
        _check_whole(parts, stem)
        yield from _read_one(parts, f"file{number}", stem)


def _check_whole(parts: dict[str, bytes], stem: str) -> None:
    """GDAL reads a file that was cut off as one that has fewer rows, or rows without geometry."""
    shp, shx, dbf = (parts[end] for end in _REQUIRED)
    records, header, length = struct.unpack_from("<IHH", dbf, 4)
    whole = (
        all(2 * struct.unpack_from(">I", part, 24)[0] == len(part) for part in (shp, shx))
        and header + records * length <= len(dbf)
        and records == (len(shx) - _SHX_HEADER) // _SHX_RECORD
    )
    if not whole:
        raise IntakeError(f"图层“{stem}”的 .shp、.shx、.dbf 不完整或不是一套。", kind="not_readable")


def _read_one(parts: dict[str, bytes], name: str, stem: str) -> Iterator[TableStream]:
    text = Dbf(parts[".dbf"], parts.get(_CPG, b"").decode("ascii", errors="replace"))
    encoding, cut = text.encoding, text.cut_rows()
    for end in _MOUNTED:
        if end in parts:
            ogr.mount(name + end, parts[end])
    notes = (Note(kind="text_cut", sentence=CUT, rows=tuple(cut)),) if cut else ()
    yield from ogr.read_layer(f"/vsimem/{name}.shp", 0, sheet=stem, encoding=encoding, notes=notes)
