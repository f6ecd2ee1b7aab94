"""The columns that tables share: a layer's fields, how a row is recognised again, its geometry and its scope."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from gis.frames import Kind
from layers.catalog import LAYERS
from layers.schema.geometry import Geometry

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SQL_TYPES: Mapping[Kind, type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any]] = {
    "text": sa.Text,
    "whole": sa.Integer,
    "number": sa.Double,
    "day": sa.Date,
    "moment": sa.DateTime(timezone=True),
    "flag": sa.Boolean,
}


def kinds_of(table: sa.Table, names: Iterable[object]) -> dict[str, Kind]:
    """The kind of each column of the table that is among the names."""
    kinds = {type(sa.types.to_instance(made)): kind for kind, made in SQL_TYPES.items()}
    return {column.name: kinds[type(column.type)] for column in table.c if column.name in set(names)}


def key(name: str) -> sa.Column[int]:
    """A whole-number primary key counted by the database."""
    return sa.Column(name, sa.BigInteger, sa.Identity(always=True), primary_key=True)


def fields_of(layer_key: str, *, but: tuple[str, ...] = ()) -> list[sa.Column[Any]]:
    """The catalogue's fields of a layer as columns."""
    fields = [f for f in LAYERS[layer_key].fields if f.name not in but]
    return [sa.Column(f.name, SQL_TYPES[f.kind], nullable=not f.required) for f in fields]


def imported() -> list[sa.Column[Any]]:
    """The identity of an imported row, and the batch that added or last changed it.

    No foreign key: it would be checked row by row in every bulk load, and batches are never deleted.
    """
    return [sa.Column("identity", sa.Uuid, nullable=False, unique=True), sa.Column("batch_id", sa.BigInteger)]


def actor(*names: str) -> list[sa.Column[str]]:
    """Columns of who acts, filled in by the database: account, post, sign_in, request_id."""
    return [sa.Column(name, sa.Text, nullable=False, server_default=sa.text(f"acting('{name}')")) for name in names]


def scope() -> sa.Column[str]:
    """The area code that scopes a row: its community, or '' where none is known, which only the city desk sees."""
    scoped = sa.Computed("coalesce(community_code, '')", persisted=True)
    return sa.Column("area_code", sa.Text, scoped, nullable=False)


def removed() -> sa.Column[dt.datetime]:
    """When a row of a small register was taken off it: it stays, since plans and decisions of then speak of it."""
    return sa.Column("deleted_at", sa.DateTime(timezone=True), comment="taken off the register; empty while on it")


def geometry(kind: str, *, nullable: bool = True, tiled: bool = False) -> list[sa.Column[Any] | sa.Index]:
    """``geom`` in CGCS2000 degrees, indexed, and where tiles are cut a stored Web Mercator copy to cut them from."""
    columns: list[sa.Column[Any] | sa.Index] = [
        sa.Column("geom", Geometry(kind, 4490), nullable=nullable),
        sa.Index(None, "geom", postgresql_using="gist"),
    ]
    if tiled:
        mercator = sa.Computed("ST_Transform(geom, 3857)", persisted=True)
        columns.append(sa.Column("geom_3857", Geometry(kind, 3857), mercator))
    return columns
