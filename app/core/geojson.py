"""Frames as GeoJSON text for the API: coordinates of five decimals (a metre), public fields only, safe in any page."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

# plain values become JSON without pandas
if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    import pandas as pd

DECIMALS = 5

#: Within JSON these stand in strings only, so that escaping them in the finished text cannot change its meaning.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def feature_collection(frame: pd.DataFrame, *, matched: int, zone: ZoneInfo) -> bytes:
    """A FeatureCollection of the frame's rows in their order, with ``numberMatched`` and ``numberReturned``.

    Every column but the geometry becomes a property, empty values left out; days are ISO dates, moments ISO in
    ``zone``. A frame without geometry, or a row without one, gives ``"geometry": null``.
    """
    features = [
        f'{{"type":"Feature","geometry":{shape},"properties":{_without_empty(record)}}}'
        for shape, record in zip(_shapes(frame), records(frame, zone=zone), strict=True)
    ]
    head = f'{{"type":"FeatureCollection","numberMatched":{matched},"numberReturned":{len(frame)},"features":['
    return _safe(head + ",".join(features) + "]}")


def records(frame: pd.DataFrame, *, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The frame's rows without geometry as plain dictionaries, every column in each, None for missing."""
    names = [name for name in frame.columns if name != "geometry"]
    columns = [_plain(frame[name], zone) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def in_zone(values: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The values with their moments in that time zone."""
    return {name: value.astimezone(zone) if isinstance(value, dt.datetime) else value for name, value in values.items()}


def json_text(value: object) -> bytes:
    """Any plain value as JSON that is safe in a page; days and moments in ISO form."""
    return _safe(_dumps(value))


def _safe(text: str) -> bytes:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text.encode(errors="replace")  # what a visitor sent is told back, half a character and all


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_iso)


def _without_empty(record: dict[str, Any]) -> str:
    return _dumps({name: value for name, value in record.items() if value is not None})


def _iso(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _shapes(frame: pd.DataFrame) -> list[str]:
    import numpy as np
    import shapely

    if "geometry" not in frame:
        return ["null"] * len(frame)
    shapes = frame["geometry"].to_numpy()
    # a multipolygon of one part is a polygon to everybody but the table's column
    single = (shapely.get_type_id(shapes) >= shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))
    return [shape or "null" for shape in shapely.to_geojson(rounded)]


def _plain(values: pd.Series[Any], zone: ZoneInfo) -> list[Any]:
    """The column as Python values with None for missing."""
    import pandas as pd

    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(zone)
        return [None if pd.isna(moment) else moment.isoformat() for moment in values]
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(day) else day.date().isoformat() for day in values]
    missing = values.isna().to_numpy()
    return [None if gone else value for gone, value in zip(missing, values.tolist(), strict=True)]
