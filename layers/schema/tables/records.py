"""Records: tips that came in and raids that were made."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, fields_of, geometry, imported, key, scope

HANDED_TO = "the code of the area whose desk it was handed to; empty while it is at its own"
DESK_CODE = "CASE WHEN handed_to <> '' THEN handed_to ELSE coalesce(community_code, '') END"
WHOSE = "the code of the area whose desk has it; empty for the city's"

tips = sa.Table(
    "tips",
    METADATA,
    key("tip_id"),
    *fields_of("tips"),
    *imported(),
    scope(),
    sa.Column("handed_to", sa.Text, nullable=False, server_default="", comment=HANDED_TO),
    sa.Column("desk_code", sa.Text, sa.Computed(DESK_CODE, persisted=True), nullable=False, comment=WHOSE),
    sa.Column(
        "duplicate_of",
        sa.BigInteger,
        comment="the tip_id it repeats; no foreign key, which would slow every bulk delete",
    ),
    *geometry("POINT", tiled=True),
    sa.Index("ix_tips_received_at", "received_at", postgresql_using="brin"),
)

raids = sa.Table(
    "raids",
    METADATA,
    key("raid_id"),
    *fields_of("raids"),
    *imported(),
    scope(),
    *geometry("POINT", tiled=True),
    sa.Index("ix_raids_date", "date", postgresql_using="brin"),
)
