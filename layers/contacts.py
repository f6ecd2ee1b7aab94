"""Contacts of tip-givers, for a reward: what is stored can be read by whoever holds the tip desk's private key alone.

A contact is padded to one length and sealed under a random key of its own (secretbox); that key is sealed to the desk's
public key (a sealed box). The desk's private key is stored as two holders' passphrases wrap it in their browsers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import Conflict, NotFound
from layers import history
from layers.database import citywide
from layers.schema.tables import records
from layers.schema.tables.contacts import contact_keys, contact_steps, contacts, desk_key_copies, desk_keys
from layers.sql import one_row

PADDED_BYTES = 768
SEALED_BYTES, SEALED_KEY_BYTES = 24 + 16 + PADDED_BYTES, 32 + 16 + 32
PUBLIC_KEY_BYTES, SALT_BYTES, WRAPPED_BYTES = 32, 16, 24 + 16 + 32
HOLDERS = (1, 2)
#: A reward that nobody promised lapses so long after the tip; a key is destroyed so long after its reward has ended.
LAPSES_AFTER_DAYS, KEPT_DAYS = 365, 90


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A contact as it is stored, and to which of the desk's keys it is sealed."""

    desk_key_id: int
    sealed: bytes
    sealed_key: bytes


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The private key as the passphrase of that post wraps it."""

    holder: int
    post: str
    salt: bytes
    wrapped: bytes


def seal(desk_key_id: int, public_key: bytes, text: bytes) -> Sealed:
    """Seal what came in plain, as a browser does that runs scripts."""
    # only where a browser runs none: whoever serves others need not load it
    from nacl.bindings import sodium_pad  # noqa: PLC0415
    from nacl.public import PublicKey, SealedBox  # noqa: PLC0415
    from nacl.secret import SecretBox  # noqa: PLC0415
    from nacl.utils import random  # noqa: PLC0415

    own = random(SecretBox.KEY_SIZE)
    sealed = bytes(SecretBox(own).encrypt(sodium_pad(text, PADDED_BYTES)))
    return Sealed(desk_key_id=desk_key_id, sealed=sealed, sealed_key=SealedBox(PublicKey(public_key)).encrypt(own))


def newest_key(connection: sa.Connection) -> dict[str, Any] | None:
    """What is sealed to now: desk_key_id and public_key; None where the desk has no key yet."""
    query = sa.select(desk_keys.c.desk_key_id, desk_keys.c.public_key).order_by(desk_keys.c.desk_key_id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def public_key(connection: sa.Connection, desk_key_id: int) -> bytes:
    """The public key of that number.

    Raises:
        NotFound: there is none.
    """
    query = sa.select(desk_keys.c.public_key).where(desk_keys.c.desk_key_id == desk_key_id)
    row = one_row(connection, query, missing=NotFound("没有这个密钥", kind="no_desk_key"))
    return bytes(row["public_key"])


def add_key(connection: sa.Connection, public: bytes, copies: Sequence[Copy]) -> int:
    """A new pair of keys, to which contacts are sealed from now on; its desk_key_id.

    Raises:
        Conflict: it is there already.
    """
    added = sa.dialects.postgresql.insert(desk_keys).values(public_key=public).on_conflict_do_nothing()
    desk_key_id = connection.execute(added.returning(desk_keys.c.desk_key_id)).scalar()
    if desk_key_id is None:
        raise Conflict("这把密钥已经在用", kind="key_taken")
    for copy in copies:
        add_copy(connection, desk_key_id, copy)
    return int(desk_key_id)


def add_copy(connection: sa.Connection, desk_key_id: int, copy: Copy) -> None:
    """The private key of that pair for a holder, in the place of the holder's former one."""
    connection.execute(desk_key_copies.insert().values(desk_key_id=desk_key_id, **vars(copy)))


def copies_of(connection: sa.Connection, desk_key_id: int) -> list[Copy]:
    """What the two holders of a pair have of it now."""
    copies = desk_key_copies.c
    query = sa.select(*(copies[name] for name in Copy.__dataclass_fields__)).where(copies.desk_key_id == desk_key_id)
    rows = connection.execute(query.order_by(copies.holder, copies.desk_key_copy_id)).mappings()
    return list({row["holder"]: Copy(**row) for row in rows}.values())


def keep(connection: sa.Connection, tip_id: int, sealed: Sealed, *, post: str) -> None:
    """Store the contact of a tip, once, wherever whoever left it may look."""
    added = contacts.insert().values(tip_id=tip_id, sealed=sealed.sealed).returning(contacts.c.contact_id)
    key = {"desk_key_id": sealed.desk_key_id, "sealed_key": sealed.sealed_key}
    with citywide(connection):
        contact_id = connection.execute(added).scalar_one()
        connection.execute(contact_keys.insert().values(contact_id=contact_id, **key))
        keep_step(connection, contact_id, step="sealed", post=post)


def keep_step(connection: sa.Connection, contact_id: int, *, step: str, post: str) -> None:
    """Add to the history of a contact what was done with it."""
    area = (
        sa.select(records.tips.c.area_code)
        .join(contacts, contacts.c.tip_id == records.tips.c.tip_id)
        .where(contacts.c.contact_id == contact_id)
        .scalar_subquery()
    )
    history.keep(connection, contact_steps, contact_id, step=step, post=post, area_code=area)


def one(connection: sa.Connection, tip_id: int) -> dict[str, Any]:
    """The contact of a tip as it is stored, locked: contact_id, sealed, reward, desk_key_id and sealed_key.

    The last two are None once its key is destroyed.

    Raises:
        NotFound: none was left with that tip.
    """
    query = (
        sa.select(contacts, contact_keys.c.desk_key_id, contact_keys.c.sealed_key)
        .select_from(contacts.join(records.tips, records.tips.c.tip_id == contacts.c.tip_id))  # whoever sees the tip
        .outerjoin(contact_keys, contacts.c.contact_id == contact_keys.c.contact_id)
        .where(contacts.c.tip_id == tip_id)
        .with_for_update(of=contacts)
    )
    return one_row(connection, query, missing=NotFound("这条线索没有留联系方式", kind="no_contact"))


def set_reward(connection: sa.Connection, contact_id: int, reward: str) -> None:
    """The reward stands so from today on, by the database's clock."""
    values = {"reward": reward, "reward_on": sa.func.current_date()}
    connection.execute(contacts.update().where(contacts.c.contact_id == contact_id).values(values))


def listed(connection: sa.Connection, *, limit: int) -> list[dict[str, Any]]:
    """Contacts without what they say, the newest first.

    Keys: tip_id, tip_no, received_on, reward, reward_on, is_kept (its key is there), destroyed_on (when that is due, or
    None), and opened, how often that was.
    """
    tips = records.tips.c
    due = sa.case((contacts.c.reward.in_(("paid", "lapsed")), contacts.c.reward_on + KEPT_DAYS))
    opened = (
        sa.select(sa.func.count())
        .where(contact_steps.c.contact_id == contacts.c.contact_id, contact_steps.c.step == "opened")
        .scalar_subquery()
    )
    query = (
        sa.select(contacts.c.tip_id, tips.tip_no, sa.cast(tips.received_at, sa.Date).label("received_on"))
        .add_columns(contacts.c.reward, contacts.c.reward_on, due.label("destroyed_on"))
        .add_columns(contact_keys.c.contact_id.is_not(None).label("is_kept"), opened.label("opened"))
        .select_from(contacts.join(records.tips, tips.tip_id == contacts.c.tip_id))
        .outerjoin(contact_keys, contact_keys.c.contact_id == contacts.c.contact_id)
        .order_by(contacts.c.contact_id.desc())
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def expire(connection: sa.Connection) -> int:
    """Destroy the keys whose time is over, and say how many; rewards that nobody promised in time lapse first."""
    return int(connection.execute(sa.text("SELECT expire_contacts()")).scalar_one())
