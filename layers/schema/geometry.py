"""PostGIS geometry as a column type; GeoAlchemy2 would load shapely with every table, and belongs to the migrations."""

from typing import Any

import sqlalchemy as sa


class Geometry(sa.types.UserDefinedType[Any]):
    """``geometry(POINT,4490)``: written as EWKT, read by the functions of PostGIS."""

    cache_ok = True

    def __init__(self, geometry_type: str, srid: int) -> None:
        self.geometry_type = geometry_type
        self.srid = srid

    def get_col_spec(self, **_: object) -> str:
        """The type as SQL writes it."""
        return f"geometry({self.geometry_type},{self.srid})"
