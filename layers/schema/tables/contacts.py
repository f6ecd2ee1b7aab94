"""Contacts of tip-givers: sealed to the tip desk's key, each under a key of its own that can be destroyed."""

from typing import Any

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, actor, key

desk_keys = sa.Table(
    "desk_keys",
    METADATA,
    key("desk_key_id"),
    sa.Column("public_key", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.CheckConstraint("octet_length(public_key) = 32", name="length"),
    comment="what contacts are sealed to; the newest counts, the others still open what they sealed",
)

desk_key_copies = sa.Table(
    "desk_key_copies",
    METADATA,
    key("desk_key_copy_id"),
    sa.Column("desk_key_id", sa.BigInteger, sa.ForeignKey("desk_keys.desk_key_id"), nullable=False, index=True),
    sa.Column("holder", sa.SmallInteger, nullable=False),
    sa.Column("post", sa.Text, nullable=False, comment="the title of the post that knows the passphrase"),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column(
        "wrapped",
        sa.LargeBinary,
        nullable=False,
        comment="secretbox under argon2id of a passphrase that never leaves the browser",
    ),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.CheckConstraint("holder IN (1, 2)", name="holder"),
    sa.CheckConstraint("octet_length(salt) = 16 AND octet_length(wrapped) = 72", name="length"),
    comment="the private key, by the passphrase of one of two holders; of each the newest counts",
)

contacts = sa.Table(
    "contacts",
    METADATA,
    key("contact_id"),
    sa.Column("tip_id", sa.BigInteger, sa.ForeignKey("tips.tip_id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column(
        "sealed",
        sa.LargeBinary,
        nullable=False,
        comment="secretbox under a key of its own; of one length, whatever it says",
    ),
    sa.Column("reward", sa.Text, nullable=False, server_default="none"),
    sa.Column("reward_on", sa.Date, comment="since when the reward stands so"),
    sa.CheckConstraint("octet_length(sealed) = 808", name="length"),
    sa.CheckConstraint("reward IN ('none', 'promised', 'paid', 'lapsed')", name="reward"),
    sa.CheckConstraint("(reward = 'none') = (reward_on IS NULL)", name="reward_on"),
)


def _of_contact(**more: Any) -> sa.Column[int]:
    parent = sa.ForeignKey("contacts.contact_id", ondelete="CASCADE")
    return sa.Column("contact_id", sa.BigInteger, parent, nullable=False, **more)


contact_keys = sa.Table(
    "contact_keys",
    METADATA,
    _of_contact(primary_key=True, autoincrement=False),
    sa.Column("desk_key_id", sa.BigInteger, sa.ForeignKey("desk_keys.desk_key_id"), nullable=False),
    sa.Column("sealed_key", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("octet_length(sealed_key) = 80", name="length"),
    comment="the key of each contact, sealed to the desk; without its row nobody opens the contact",
)

contact_steps = sa.Table(
    "contact_steps",
    METADATA,
    key("contact_step_id"),
    _of_contact(index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("act_moment()"), nullable=False),
    sa.Column("area_code", sa.Text, nullable=False, server_default=""),
    *actor("account", "sign_in", "request_id"),
    sa.CheckConstraint("step IN ('sealed', 'opened', 'promised', 'paid', 'lapsed', 'destroyed')", name="step"),
)
