"""Geometries as they stand in a file → shapes, and a true reason for each that cannot be read.

A cell may hold WKT, EWKT, WKB or EWKB in hex, GeoJSON or Esri JSON; a typed table holds WKB.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from gis.errors import IntakeError
from layers.intake import curves
from layers.intake.readers import nesting
from layers.intake.readers import shapes as json_shapes

#: brackets within brackets: a GeometryCollection of MultiPolygons has five; more kills a recursive parser
DEEPEST_TEXT = 12
LONGEST_TEXT = 20_000_000
_SRID = re.compile(r"\s*SRID\s*=\s*(\d{1,6})\s*;\s*", re.IGNORECASE)
_HEX = re.compile(r"\s*(?:\\x|0x)?((?:00|01)[0-9a-fA-F]{8,})\s*")
_ANY_HEX = re.compile(r"\s*(?:\\x|0x)?[0-9a-fA-F]{10,}\s*")

TOO_DEEP = "图形嵌套太深,不读"
NOT_CLOSED = "图形的环没有闭合:最后一个点应与第一个点相同"
FEW_POINTS = "图形的点太少:线至少两个点,环至少四个点(首尾相同)"
NO_NUMBER = "图形的坐标里有不是数字的内容"
BAD_WKB = "图形是二进制(WKB)内容,但不完整或已损坏"
BAD_JSON = "图形像是 GeoJSON 或 Esri JSON,但不完整,或其中没有图形"
MARKUP = "图形是 GML 或 KML 片段,不能读取;请改写成 WKT 或 GeoJSON"
BAD_WKT = "图形的文字读不懂:不是 WKT、EWKT、WKB(十六进制)、GeoJSON 或 Esri JSON"
EMPTY = "图形是空的(EMPTY),没有坐标"


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """One geometry: its shape or ``reason`` why there is none, the CRS it states, and whether arcs were made lines."""

    shape: Any = None
    reason: str | None = None
    crs: str | None = None
    curved: bool = False


def of_texts(texts: Sequence[str | None]) -> list[Geometry]:
    """Each cell as a geometry; a missing one has neither shape nor reason."""
    return [Geometry() if text is None else _of_text(text) for text in texts]


def of_wkb(column: pa.Array) -> list[Geometry]:
    """Each WKB of a typed table as a geometry."""
    blobs = column.to_numpy(zero_copy_only=False)
    try:
        with np.errstate(invalid="ignore"):
            shapes: np.typing.NDArray[np.object_] = shapely.from_wkb(blobs, on_invalid="ignore")
    except NotImplementedError:  # one curve among them is enough
        return [Geometry() if blob is None else _of_blob(blob) for blob in blobs]
    return [
        Geometry(shape=shape) if shape is not None or blob is None else _of_blob(blob)
        for shape, blob in zip(shapes, blobs, strict=True)
    ]


def _of_text(text: str) -> Geometry:
    if len(text) > LONGEST_TEXT or nesting.deepest(text.encode("utf-8", "replace")) > DEEPEST_TEXT:
        return Geometry(reason=TOO_DEEP)
    if (packed := _HEX.fullmatch(text)) is not None:
        return _of_hex(packed[1])
    told = text.strip()
    if told.startswith("{"):
        return _of_json(told)
    if told.startswith("<"):
        return Geometry(reason=MARKUP)
    if _ANY_HEX.fullmatch(told):
        return Geometry(reason=BAD_WKB)
    srid = _SRID.match(told)
    return _of_wkt(told[srid.end() :] if srid else told, f"EPSG:{srid[1]}" if srid and int(srid[1]) else None)


def _of_wkt(text: str, crs: str | None) -> Geometry:
    try:
        if curves.is_curved(text):
            return Geometry(shape=shapely.from_wkb(curves.from_wkt(text)), crs=crs, curved=True)
        with np.errstate(invalid="ignore"):
            return Geometry(shape=shapely.from_wkt(text), crs=crs)
    except (shapely.GEOSException, ValueError, IndexError, RecursionError) as error:
        return Geometry(reason=_why(str(error), BAD_WKT))


def _of_hex(text: str) -> Geometry:
    try:
        return _of_blob(bytes.fromhex(text))
    except ValueError:
        return Geometry(reason=BAD_WKB)


def _of_blob(blob: bytes) -> Geometry:
    try:
        nesting.refuse_deep_wkb(pa.array([blob], pa.binary()))
        shape, curved = _from_wkb(blob)
        srid = int(shapely.get_srid(shape))
        return Geometry(shape=shape, crs=f"EPSG:{srid}" if srid else None, curved=curved)
    except IntakeError:
        return Geometry(reason=TOO_DEEP)
    except (shapely.GEOSException, ValueError) as error:
        return Geometry(reason=_why(str(error), BAD_WKB))


def _from_wkb(blob: bytes) -> tuple[Any, bool]:
    try:
        with np.errstate(invalid="ignore"):
            return shapely.from_wkb(blob), False
    except NotImplementedError:
        return shapely.from_wkb(curves.from_wkb(blob)), True


def _of_json(text: str) -> Geometry:
    try:
        told = json.loads(text)
        said = told.get("crs") or told.get("spatialReference")
        inner = told.get("geometry", told) if told.get("type") == "Feature" or "geometry" in told else told
        esri = isinstance(inner, dict) and bool(
            {"rings", "paths", "points", "x", "curveRings", "curvePaths"} & set(inner)
        )
        if isinstance(inner, dict):
            said = said or inner.get("crs") or inner.get("spatialReference")
        blob = json_shapes.of_esri(inner) if esri else json_shapes.of_geojson(inner)
        if blob is None:
            return Geometry(reason=EMPTY if inner else BAD_JSON)
        with np.errstate(invalid="ignore"):
            return Geometry(shape=shapely.from_wkb(blob), crs=json_shapes.crs_of(said, None))
    except IntakeError as error:
        return Geometry(reason=error.sentence)
    except (shapely.GEOSException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return Geometry(reason=_why(str(error), BAD_JSON))


def _why(message: str, otherwise: str) -> str:
    """The reason behind a message of GEOS."""
    if "closed" in message:
        return NOT_CLOSED
    if "number of points" in message or "at least" in message or "must contain" in message:
        return FEW_POINTS
    return NO_NUMBER if "Expected number" in message else otherwise
