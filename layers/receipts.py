"""Receipts: by which a tip-giver without an account comes back. Of a number only a digest is stored, and no moment."""

import hashlib
import secrets

import sqlalchemy as sa

from layers.schema.tables import desk
from layers.sql import statement

#: What a tip-giver sees of a tip, and nothing between.
RECEIPT_STATES = ("registered", "accepted", "closed")
#: 16 MiB and some forty milliseconds for each number that is tried, also on a copy of the database.
_COST, _BLOCK = 2**14, 8
_LONGEST = 64


def scrypt_of(connection: sa.Connection, number: str) -> bytes:
    """What is stored of that number, or of whatever was typed for one: the same work for each."""
    typed = number[:_LONGEST].encode("utf-8", "replace")
    return hashlib.scrypt(typed, salt=_salt(connection), n=_COST, r=_BLOCK, p=1, dklen=32)


def _salt(connection: sa.Connection) -> bytes:
    """The salt of this database, drawn at the first receipt and one for all, so that a digest can be looked for."""
    salts = desk.receipt_salts
    fresh = sa.dialects.postgresql.insert(salts).values(salt=secrets.token_bytes(32)).on_conflict_do_nothing()
    kept = connection.execute(sa.select(salts.c.salt)).scalar()
    if kept is None:
        connection.execute(fresh)
        kept = connection.execute(sa.select(salts.c.salt)).scalar_one()
    return bytes(kept)


def is_free(connection: sa.Connection, stored: bytes) -> bool:
    """Whether no tip has this receipt yet; whoever comes with the same one meanwhile waits."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(encode(:it, 'hex'), 1))"), {"it": stored})
    return tip_of(connection, stored) is None


def add(connection: sa.Connection, stored: bytes, tip_id: int, *, wait_days: int) -> None:
    """Keep the receipt of a tip; ``wait_days`` after its last decision it may be shown as closed."""
    values = {"receipt_scrypt": stored, "tip_id": tip_id, "wait_days": wait_days}
    connection.execute(desk.receipts.insert().values(values))


def tip_of(connection: sa.Connection, stored: bytes) -> int | None:
    """The tip_id of that receipt; None where there is none."""
    query = sa.select(desk.receipts.c.tip_id).where(desk.receipts.c.receipt_scrypt == stored)
    found: int | None = connection.execute(query).scalar()
    return found


def state(connection: sa.Connection, tip_id: int) -> str:
    """What the tip-giver may see of a tip with a receipt, one of ``RECEIPT_STATES``: it is kept, and never goes back.

    A state that went back would say that something began there.
    """
    told = connection.execute(statement("receipt_state"), {"tip_id": tip_id}).scalar_one()
    receipts = desk.receipts
    shown = sa.func.greatest(receipts.c.shown, told)
    kept = receipts.update().where(receipts.c.tip_id == tip_id).values(shown=shown).returning(receipts.c.shown)
    return RECEIPT_STATES[connection.execute(kept).scalar_one()]


def words_today(connection: sa.Connection, tip_id: int) -> int:
    """How often words were added to a tip today, by the database's clock."""
    steps = desk.tip_steps.c
    query = sa.select(sa.func.count()).where(
        steps.tip_id == tip_id, steps.step == "supplemented", steps.at >= sa.func.current_date()
    )
    return int(connection.execute(query).scalar_one())
