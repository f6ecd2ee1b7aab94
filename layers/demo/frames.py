"""Columns and metric points → the frames the catalogue describes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.frames import DTYPES, check_frame
from layers.catalog import layer_named
from layers.demo.borders import Shapes
from layers.demo.terrain import Floats, degrees

CRS = "EPSG:4490"


def layer_frame(key: str, columns: pd.DataFrame) -> pd.DataFrame:
    """A checked frame of a layer without geometry: its fields and ``identity``."""
    return check_frame(_fields(key, columns), layer_named(key).spec())


def layer_geo_frame(key: str, columns: pd.DataFrame, geometry: Shapes) -> gpd.GeoDataFrame:
    """A checked frame of a layer: its fields, ``identity`` and ``geometry``."""
    frame = gpd.GeoDataFrame(_fields(key, columns), geometry=geometry, crs=CRS)
    check_frame(frame, layer_named(key).spec())
    return frame


def layer_point_frame(key: str, columns: pd.DataFrame) -> gpd.GeoDataFrame:
    """The same at the points of the columns ``east`` and ``north``, in metres."""
    return layer_geo_frame(key, columns, points(columns[["east", "north"]].to_numpy()))


def geo_frame(columns: pd.DataFrame, geometry: Shapes) -> gpd.GeoDataFrame:
    """A frame of a thing the catalogue does not list: texts and days as they are stored, and ``geometry``."""
    return gpd.GeoDataFrame(plain(columns), geometry=geometry, crs=CRS)


def plain(columns: pd.DataFrame) -> pd.DataFrame:
    """The columns with texts as ``str`` and days without zone, to the second."""
    kinds = {name: "str" if values.dtype == object else values.dtype for name, values in columns.items()}
    return columns.astype(kinds)


def points(xy: Floats) -> Shapes:
    """Points in degrees to 1e-6 (0.1 m); None where a coordinate is missing."""
    placed = ~np.isnan(xy).any(axis=1)
    shapes = np.full(len(xy), None, dtype=object)
    shapes[placed] = shapely.points(degrees(xy[placed]))
    return shapes


def lines(shapes: Shapes) -> Shapes:
    """Metric lines in degrees to 1e-6."""
    return np.asarray(shapely.transform(shapes, degrees), dtype=object)


def _fields(key: str, columns: pd.DataFrame) -> pd.DataFrame:
    """The layer's fields among the columns, and ``identity``: the row's number where the layer has numbers."""
    layer = layer_named(key)
    kinds = {field.name: field.kind for field in layer.fields if field.name in columns}
    frame = columns[list(kinds)].astype({name: DTYPES[kind] for name, kind in kinds.items()})
    if layer.family == "areas":
        frame["identity"] = frame["code"]
    elif layer.number is not None:
        frame["identity"] = "no:" + frame[layer.number]
    else:
        frame["identity"] = columns["identity"].astype("str")
    return frame
