"""Frames by binary COPY: geometries arrive as GEOS itself would write them, and rows without one stay without."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from gis.errors import FrameError
from layers.copy import BATCH_ROWS, copy_frame

POINT, LINE = shapely.Point(117.5, 26.7), shapely.LineString([(117, 26), (118, 27)])


def _copied(connection: sa.Connection, shapes: list[object]) -> list[str | None]:
    frame = gpd.GeoDataFrame({"n": pd.Series(range(len(shapes)), dtype="int64")}, geometry=shapes, crs="EPSG:4490")
    connection.execute(sa.text("CREATE TEMP TABLE copied (n integer, geom geometry(Geometry, 4490)) ON COMMIT DROP"))
    assert copy_frame(connection, "copied", frame, kinds={"n": "whole"}) == len(shapes)
    return list(connection.execute(sa.text("SELECT encode(ST_AsEWKB(geom), 'hex') FROM copied ORDER BY n")).scalars())


@pytest.mark.parametrize(
    "shapes",
    [
        [POINT, shapely.Point(-0.0, 1e-300)],
        [None, POINT, None, shapely.Point(118, 27)],
        [None, None],
        [POINT, LINE, None],
        [shapely.MultiPoint([POINT])],
        [POINT, shapely.Point()],
        [],
    ],
    ids=["points", "points and nothing", "nothing", "mixed", "many in one", "empty", "no row"],
)
def test_geometries_arrive_as_geos_writes_them(connection: sa.Connection, shapes: list[object]) -> None:
    wanted = [
        None if shape is None else shapely.to_wkb(shapely.set_srid(shape, 4490), include_srid=True, hex=True).lower()
        for shape in shapes
    ]
    assert _copied(connection, shapes) == wanted


def test_more_rows_than_one_batch_arrive_in_order(connection: sa.Connection) -> None:
    x = np.linspace(117, 118, BATCH_ROWS + 3)
    _copied(connection, list(shapely.points(x, 26.5)))
    stored = connection.execute(sa.text("SELECT ST_X(geom) FROM copied ORDER BY n")).scalars()
    assert list(stored) == x.tolist()


def test_a_frame_without_a_reference_system_is_an_error(connection: sa.Connection) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[POINT])
    with pytest.raises(FrameError, match="EPSG"):
        copy_frame(connection, "tips", frame, kinds={"n": "whole"})
