"""What is drawn on the map by hand: the present state of each drawing, and every version it went through."""

from typing import Any

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, actor, geometry


def _content() -> list[sa.Column[Any]]:
    return [
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("radius_m", sa.Double, comment="a circle is its centre and this"),
        sa.Column("area_code", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False, comment="who made this version"),
    ]


drawn_zones = sa.Table(
    "drawn_zones",
    METADATA,
    sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("gen_random_uuid()"), primary_key=True),
    *_content(),
    sa.Column("version", sa.BigInteger, server_default=sa.text("1"), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.Column("deleted_at", sa.DateTime(timezone=True), comment="taken off the map and kept, so that it can return"),
    *geometry("GEOMETRY", nullable=False),
    sa.CheckConstraint("family IN ('key_area', 'key_premises', 'prone_area', 'note')", name="family"),
    sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
)

drawn_zone_versions = sa.Table(
    "drawn_zone_versions",
    METADATA,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    *_content(),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("deleted_at", sa.DateTime(timezone=True)),
    *actor("post", "sign_in", "request_id"),
    *geometry("GEOMETRY", nullable=False),
    comment="written by a trigger with every change of drawn_zones",
)
