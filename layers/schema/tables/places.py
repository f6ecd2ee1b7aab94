"""Places: areas, jurisdictions, premises, official decisions, roads and rivers."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, fields_of, geometry, imported, key, removed, scope

SEAT = "of the township or county that a point inside it lies in; the database finds it"

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
    *fields_of("jurisdictions"),
    *imported(),
    sa.Column("area_code", sa.Text, nullable=False, server_default="", index=True, comment=SEAT),
    removed(),
    *geometry("MULTIPOLYGON"),
    sa.CheckConstraint("network IN ('police', 'market_supervision')", name="network"),
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
    *fields_of("decisions"),
    *imported(),
    scope(),
    removed(),
    *geometry("POINT"),
    sa.UniqueConstraint("number"),
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
    "rivers",
    METADATA,
    key("river_id"),
    *fields_of("rivers"),
    *imported(),
    removed(),
    *geometry("MULTILINESTRING", nullable=False),
)
