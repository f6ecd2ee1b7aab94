"""GDAL with one driver and no files: the bytes of a vector file in, typed tables out."""

import ctypes
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyogrio.raw

from gis.errors import IntakeError
from layers.intake.raw import Note
from layers.intake.readers import TableStream, typed
from layers.intake.readers.dbf import SHORTEST_CUT, whole

#: what GDAL calls a reference system that the file leaves open
_UNDEFINED = ("ENGCRS", "LOCAL_CS", 'GEOGCRS["Undefined', 'GEOGCS["Undefined')
_CGCS2000 = 4490
#: GDAL's name for the geometry column of a format that gives it none
_UNNAMED_GEOMETRY = "wkb_geometry"
#: every byte a character: text that GDAL cannot recode without the system's tables passes through whole
_BYTES = "ISO-8859-1"


def _gdal() -> ctypes.CDLL:
    """The GDAL that pyogrio brought, called directly for what pyogrio does not offer."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    gdal = ctypes.CDLL(next(line.split(maxsplit=5)[5] for line in maps if "/libgdal" in line))
    gdal.GDALGetDriver.restype = gdal.OSRNewSpatialReference.restype = ctypes.c_void_p
    gdal.GDALGetDriverShortName.argtypes = gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
    gdal.OSRImportFromEPSG.argtypes = [ctypes.c_void_p, ctypes.c_int]
    gdal.VSIFileFromMemBuffer.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_int]
    gdal.VSIFileFromMemBuffer.restype = ctypes.c_void_p
    return gdal


_GDAL = _gdal()
_MOUNTED: dict[str, bytes] = {}


def prepare(driver: str) -> None:
    """Before the lock-down: take every other driver out of GDAL, as GDAL_SKIP would, and open its table of systems.

    Raises:
        RuntimeError: GDAL has no such driver.
    """
    for index in reversed(range(_GDAL.GDALGetDriverCount())):
        handle = _GDAL.GDALGetDriver(index)
        if _GDAL.GDALGetDriverShortName(handle) != driver.encode():
            _GDAL.GDALDeregisterDriver(handle)
    if _GDAL.GDALGetDriverCount() != 1:
        raise RuntimeError(f"GDAL has no driver {driver}")
    _GDAL.OSRImportFromEPSG(_GDAL.OSRNewSpatialReference(None), _CGCS2000)


def mount(name: str, data: bytes) -> str:
    """Path under which GDAL finds ``data`` in memory; files of one stem lie beside each other."""
    path = f"/vsimem/{name}"
    _MOUNTED[path] = data  # GDAL keeps a pointer, not a copy
    _GDAL.VSIFileFromMemBuffer(path.encode(), data, len(data), False)
    return path


def layer_names(path: str) -> list[str]:
    """Names of the layers, those without geometry too, in the file's order."""
    return [str(name) for name in pyogrio.list_layers(path)[:, 0]]


def read_layer(
    path: str, layer: str | int, *, sheet: str | None, encoding: str | None = None, notes: tuple[Note, ...] = ()
) -> Iterator[TableStream]:
    """One layer, streamed, known as ``sheet``; ``encoding`` is that of its text where the format leaves it open.

    Half a character at the end of such a text is left out.

    Raises:
        IntakeError: external_reference for a reference system that names grid files.
    """
    read_as = encoding and _BYTES
    with pyogrio.raw.open_arrow(path, layer=layer, encoding=read_as, use_pyarrow=True, datetime_as_string=True) as (
        about,
        reader,
    ):
        names = _decoded_names(reader.schema.names, encoding) if encoding else reader.schema.names
        schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
        found = typed.stream(
            schema,
            (_decoded(batch, encoding, schema) for batch in reader) if encoding else reader,
            geometry=about["geometry_name"] or _UNNAMED_GEOMETRY,
            crs=_crs(about["crs"]),
            sheet=sheet,
            encoding=encoding,
            notes=notes,
        )
        cut = zip(names, reader.schema.names, strict=True) if encoding else ()
        yield replace(found, cut={name: raw.encode(_BYTES).hex() for name, raw in cut if len(raw) >= SHORTEST_CUT})


def _decoded_names(names: list[str], encoding: str) -> list[str]:
    """Headings as text; of those that are the same once half a character is left out each has a name of its own."""
    decoded: list[str] = []
    for name in names:
        text = whole(name.encode(_BYTES), encoding)[0] or name
        decoded.append(text if text not in decoded else f"{text}·{len(decoded) + 1}")
    return decoded


def _decoded(batch: pa.RecordBatch, encoding: str, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array([text and whole(text.encode(_BYTES), encoding)[0] for text in column.to_pylist()], column.type)
        if pa.types.is_string(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _crs(text: str | None) -> str | None:
    if not text or text.startswith(_UNDEFINED):
        return None
    if "GRIDS" in text.upper():
        raise IntakeError("文件的坐标系定义引用了别的格网文件,未读取。", kind="external_reference")
    return text
