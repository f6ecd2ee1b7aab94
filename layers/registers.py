"""Small registers as they are stored: what rows may refer to, a row less, and which agencies there are."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from gis.errors import Conflict, IntakeError, NotFound, Refused
from layers import read, sql, write
from layers.actor import Actor
from layers.catalog import CATALOG, LAYERS, Field, Layer
from layers.intake.options import ReadOptions
from layers.intake.raw import RawTable
from layers.intake.register import understand
from layers.profile import CityProfile
from layers.schema.tables import METADATA
from layers.tips import today

ROWS_SHOWN = 50
#: What stands for the file of rows that were filled in on a page or by a command.
BY_HAND = "逐行填写"


def agencies(connection: sa.Connection, profile: CityProfile) -> tuple[str, ...]:
    """The agencies that take part in joint actions, in the order they were registered; else those of the profile."""
    kept = METADATA.tables["agencies"].c
    names = connection.execute(sa.select(kept.name).where(kept.deleted_at.is_(None)).order_by(kept.agency_id))
    return tuple(names.scalars()) or profile.agencies


def _stands(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    """The conditions under which a row is on its register."""
    return [table.c.deleted_at.is_(None)] if "deleted_at" in table.c else []


def known(connection: sa.Connection, profile: CityProfile, field: Field, values: Sequence[str]) -> set[str]:
    """Which of these values name a row that the field may refer to."""
    found: set[str] = set()
    for layer, name in field.reference.to if field.reference else ():
        if layer == "agencies":
            found |= set(values) & set(agencies(connection, profile))
            continue
        found |= set(values) & {profile.city_code} if layer == "areas" else set()
        table = METADATA.tables[CATALOG[layer].table].c
        query = sa.select(table[name]).where(table[name].in_(values), *_stands(METADATA.tables[CATALOG[layer].table]))
        found |= set(connection.execute(query).scalars())
    return found


def with_area(layer: Layer, frame: pd.DataFrame, profile: CityProfile) -> pd.DataFrame:
    """The frame with what an empty cell stands for: the area of a post is then the whole city."""
    if layer.key != "posts" or "area_code" not in frame:
        return frame
    return frame.assign(area_code=frame["area_code"].fillna(profile.city_code))


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
    if layer.leaves:
        raise Refused(f"{layer.title}在“{layer.title}”页撤销,那里先交接它手上的事", kind="leaves")
    chosen = sa.and_(table.c[f"{layer.singular}_id"] == row_id, *_stands(table))
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
            kept = METADATA.tables[other.table]
            query = sa.select(sa.func.count()).where(kept.c[field.name] == name, *_stands(kept))
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
    query = sa.select(*columns, table.c.identity).where(table.c[f"{layer.singular}_id"] == row_id, *_stands(table))
    missing = NotFound(f"“{layer.title}”里没有这一行,它可能刚刚被移去", kind="unknown_row")
    return sql.one_row(connection, query, missing=missing)


def rows_with(connection: sa.Connection, key: str, text: str = "") -> tuple[list[dict[str, Any]], int]:
    """Rows of a register that hold that text in one of their words, newest first, at most 50, and how many there are.

    Keys: row_id, is_placed where the register has places, and the fields.
    """
    table, layer = METADATA.tables[key], CATALOG[key]
    columns: list[sa.ColumnElement[Any]] = [table.c[field.name] for field in layer.fields]
    columns.append(table.c[f"{layer.singular}_id"].label("row_id"))
    if "geom" in table.c:
        columns.append(table.c.geom.is_not(None).label("is_placed"))
    words = [table.c[field.name] for field in layer.fields if field.kind == "text"]
    chosen = _stands(table)
    chosen += [sa.or_(*(word.contains(text, autoescape=True) for word in words))] if text else []
    query = sa.select(*columns, sa.func.count().over().label("matched")).where(*chosen)
    rows = connection.execute(query.order_by(sa.desc("row_id")).limit(ROWS_SHOWN)).mappings().all()
    return [dict(row) for row in rows], rows[0]["matched"] if rows else 0


def overview(connection: sa.Connection) -> dict[str, tuple[int, dt.datetime | None]]:
    """How many rows each register of files has, and when it was written last (None: never)."""
    changed = read.versions(connection)
    found: dict[str, tuple[int, dt.datetime | None]] = {}
    for key, layer in LAYERS.items():
        version, at = changed.get(layer.table, (0, None))
        found[key] = (read.count(connection, key), at if version else None)
    return found


def store_row(
    connection: sa.Connection, actor: Actor, profile: CityProfile, key: str, values: Mapping[str, str], *,
    row_id: int | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Store one row of a register as an import of a file with this row would; return what it is warned about.

    ``row_id`` names the row that is changed; without it one is added.

    Raises:
        Refused: a cell cannot be taken; all faults in one sentence.
        Conflict: there is a row of that name.
        NotFound: the row is no longer on the register.
    """
    layer = CATALOG[key]
    write.lock(connection, layer)
    if key == "agencies":
        _begin_agencies(connection, profile)
    identity = None if row_id is None else row(connection, key, row_id)["identity"]
    _refuse_taken(connection, layer, values, row_id)
    try:
        register = understand(
            [_sheet(layer, values)], layer, profile=profile, codes=read.areas(connection),
            options=ReadOptions(datum="cgcs2000"), today=today(connection), known=partial(known, connection, profile),
        )  # fmt: skip
    except IntakeError as error:
        raise Refused(error.sentence, kind="bad_row") from error
    if register.refused:
        raise Refused(";".join(dict.fromkeys(fault.sentence for fault in register.refused)), kind="bad_row")
    batch_id = write.open_batch(connection, layer=key, file_name=BY_HAND, sha256="", account=actor.account)
    frame = register.frame if identity is None else register.frame.assign(identity=f"id:{identity}")
    tally = write.load(connection, layer, with_area(layer, frame, profile), batch_id=batch_id)
    place_by_premises(connection, layer)
    write.close_batch(connection, batch_id, {"accepted": tally.accepted, "updated": tally.updated})
    return tuple(fault.sentence for fault in register.warnings if fault.field != "community_code")


def _begin_agencies(connection: sa.Connection, profile: CityProfile) -> None:
    """Before the first agency is registered those of the profile are, which would no longer count then."""
    table = METADATA.tables["agencies"]
    if not connection.execute(sa.select(sa.exists().where(table.c.agency_id > 0))).scalar_one():
        connection.execute(table.insert(), [{"name": name} for name in profile.agencies])


def _refuse_taken(connection: sa.Connection, layer: Layer, values: Mapping[str, str], row_id: int | None) -> None:
    table, called = METADATA.tables[layer.table].c, layer.number or ""
    stands = _stands(METADATA.tables[layer.table])
    name = values.get(called, "").strip()
    same = sa.and_(table[called] == name, *stands, table[f"{layer.singular}_id"] != (row_id or 0))
    where = table[layer.one_place] if layer.one_place else sa.null()
    found = connection.execute(sa.select(where).where(same)).first()
    if found is not None:
        there = f",在驻地“{found[0]}”;一支队伍只能在一处" if found[0] else ""
        raise Conflict(f"{layer.title}里已经有“{name}”{there},请改原来的那一行", kind="name_taken")


def _sheet(layer: Layer, values: Mapping[str, str]) -> RawTable:
    """One row as the sheet of a workbook with the fields' names as headings."""
    names = [field.name for field in layer.fields if field.name in values]
    names += [name for name in ("lon", "lat") if values.get(name, "").strip()]
    cells = {f"c{at}": pa.array([name, values[name].strip() or None], pa.string()) for at, name in enumerate(names)}
    return RawTable(sheet=None, table=pa.table(cells), rows=np.array([1, 2], dtype=np.int64), typed=False)


def row_named(connection: sa.Connection, key: str, name: str) -> int:
    """The key of the row that is called so.

    Raises:
        NotFound: none is.
    """
    table, layer = METADATA.tables[key].c, CATALOG[key]
    chosen = sa.and_(table[layer.number or ""] == name, *_stands(METADATA.tables[key]))
    query = sa.select(table[f"{layer.singular}_id"]).where(chosen)
    missing = NotFound(f"“{layer.title}”里没有“{name}”", kind="unknown_row")
    return int(sql.one_row(connection, query, missing=missing)[f"{layer.singular}_id"])


def offered(connection: sa.Connection, profile: CityProfile, field: Field) -> list[str]:
    """Words that a form offers for a field that names rows of another small register; none of a large one."""
    names: list[str] = []
    for key, name in field.reference.to if field.reference else ():
        if key == "agencies":
            names += agencies(connection, profile)
        elif CATALOG[key].by_hand:
            table = METADATA.tables[key].c
            query = sa.select(table[name]).where(*_stands(METADATA.tables[key])).order_by(table[name])
            names += connection.execute(query.limit(ROWS_SHOWN)).scalars()
    return names


def set_up(connection: sa.Connection) -> dict[str, Any]:
    """How far the city is set up; the keys are the columns of ``set_up.sql``."""
    return dict(connection.execute(sql.statement("set_up")).mappings().one())


def is_bare(connection: sa.Connection) -> bool:
    """Whether nothing is in the city that a map could show: no area, premises, tip, raid, road or zone."""
    counted = set_up(connection)
    return not any(counted[one] for one in ("areas", "premises", "incidents", "roads", "analyses", "zones"))
