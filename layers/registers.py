"""Small registers as they are stored: what rows may refer to, a row less, and which agencies there are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gis.errors import Conflict, NotFound
from layers import sql
from layers.catalog import CATALOG, Field, Layer
from layers.profile import CityProfile
from layers.schema.tables import METADATA


def agencies(connection: sa.Connection, profile: CityProfile) -> tuple[str, ...]:
    """The agencies that take part in joint actions, in the order they were registered; else those of the profile."""
    kept = METADATA.tables["agencies"].c
    names = connection.execute(sa.select(kept.name).where(kept.deleted_at.is_(None)).order_by(kept.agency_id))
    return tuple(names.scalars()) or profile.agencies


def known(connection: sa.Connection, profile: CityProfile, field: Field, values: Sequence[str]) -> set[str]:
    """Which of these values name a row that the field may refer to."""
    found: set[str] = set()
    for layer, name in field.reference.to if field.reference else ():
        if layer == "agencies":
            found |= set(values) & set(agencies(connection, profile))
            continue
        table = METADATA.tables[layer].c
        stands = [table.deleted_at.is_(None)] if "deleted_at" in table else []
        query = sa.select(table[name]).where(table[name].in_(values), *stands)
        found |= set(connection.execute(query).scalars())
    return found


def place_by_premises(connection: sa.Connection, layer: Layer) -> None:
    """Put decisions about a registered premises where that stands; nothing in other layers."""
    if layer.key == "decisions":
        connection.execute(sql.statement("place_decisions"))


def take_off(connection: sa.Connection, key: str, row_id: int) -> str:
    """Take a row off its register; what was planned or decided with it stays. Return what it is called.

    Raises:
        NotFound: it is not on the register.
        Conflict: a team is stationed there, or the agency has teams or stations.
    """
    table, layer = METADATA.tables[key], CATALOG[key]
    chosen = sa.and_(table.c[f"{layer.singular}_id"] == row_id, table.c.deleted_at.is_(None))
    called = layer.number or layer.fields[0].name
    missing = NotFound(f"“{layer.title}”里没有这一行,它可能刚刚被移去", kind="unknown_row")
    name = str(
        sql.one_row(connection, sa.select(table.c[called]).where(chosen).with_for_update(), missing=missing)[called]
    )
    if leaning := _leaning(connection, key, name):
        raise Conflict(f"{leaning}还写着“{name}”,请先改它们,再移去", kind="in_use")
    connection.execute(table.update().where(chosen).values(deleted_at=sa.func.now()))
    return name


def _leaning(connection: sa.Connection, key: str, name: str) -> str:
    """What refers to that row, in words; "" where nothing does."""
    told = []
    for other in CATALOG.values():
        for field in other.fields:
            if field.reference is None or (key, CATALOG[key].number) not in field.reference.to:
                continue
            kept = METADATA.tables[other.table].c
            query = sa.select(sa.func.count()).where(kept[field.name] == name, kept.deleted_at.is_(None))
            number = connection.execute(query).scalar_one()
            told += [f"{other.title} {number} 行"] if number else []
    return "、".join(told)


def row(connection: sa.Connection, key: str, row_id: int) -> dict[str, Any]:
    """One row of a register by the key that the database counts: its fields, and lon and lat where it has a place.

    Raises:
        NotFound: it is not on the register.
    """
    table, layer = METADATA.tables[key], CATALOG[key]
    columns: list[sa.ColumnElement[Any]] = [table.c[field.name] for field in layer.fields]
    if "geom" in table.c:
        columns += [sa.func.ST_X(table.c.geom).label("lon"), sa.func.ST_Y(table.c.geom).label("lat")]
    query = sa.select(*columns, table.c.identity).where(
        table.c[f"{layer.singular}_id"] == row_id, table.c.deleted_at.is_(None)
    )
    missing = NotFound(f"“{layer.title}”里没有这一行,它可能刚刚被移去", kind="unknown_row")
    return sql.one_row(connection, query, missing=missing)
