"""Places: areas, jurisdictions, premises, official decisions, roads and rivers."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, fields_of, geometry, imported, key, scope

areas = sa.Table(
    "areas",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    *fields_of("areas", but=("code",)),
    *imported(),
    *geometry("MULTIPOLYGON", tiled=True),
    sa.Index("ix_areas_level", "level", "code"),
)

jurisdictions = sa.Table(
    "jurisdictions",
    METADATA,
    key("jurisdiction_id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    *geometry("MULTIPOLYGON"),
    sa.CheckConstraint("kind IN ('police', 'market')", name="kind"),
)

rental_units = sa.Table(
    "rental_units",
    METADATA,
    key("rental_unit_id"),
    *fields_of("rental_units"),
    *imported(),
    scope(),
    *geometry("POINT", tiled=True),
)

venues = sa.Table(
    "venues",
    METADATA,
    key("venue_id"),
    *fields_of("venues"),
    *imported(),
    scope(),
    *geometry("POINT", tiled=True),
)

#: Premises under an official decision; never persons.
decisions = sa.Table(
    "decisions",
    METADATA,
    key("decision_id"),
    sa.Column("decision_no", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("community_code", sa.Text),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("expires_on", sa.Date, nullable=False),
    scope(),
    *geometry("POINT"),
    sa.CheckConstraint("expires_on > decided_on", name="expiry"),
)

roads = sa.Table(
    "roads",
    METADATA,
    key("road_id"),
    *fields_of("roads"),
    *imported(),
    *geometry("MULTILINESTRING", nullable=False),
)

rivers = sa.Table(
    "rivers", METADATA, key("river_id"), sa.Column("name", sa.Text), *geometry("MULTILINESTRING", nullable=False)
)
