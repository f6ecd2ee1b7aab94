"""Records: tips that came in and raids that were made."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, fields_of, geometry, imported, key, scope

tips = sa.Table(
    "tips",
    METADATA,
    key("tip_id"),
    *fields_of("tips"),
    *imported(),
    scope(),
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
