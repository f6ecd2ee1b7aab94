"""The four registers: counts per community, building or cell and month, with every change kept."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, fields_of, imported, key, scope

counts = sa.Table("counts", METADATA, key("count_id"), *fields_of("counts"), *imported(), scope())

count_changes = sa.Table(
    "count_changes",
    METADATA,
    key("count_change_id"),
    sa.Column("count_id", sa.BigInteger, sa.ForeignKey("counts.count_id", ondelete="CASCADE"), index=True),
    sa.Column("count_before", sa.Integer, nullable=False),
    sa.Column("count_after", sa.Integer, nullable=False),
    sa.Column("batch_id", sa.BigInteger),
    sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
)
