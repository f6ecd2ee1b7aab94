"""Results of an analysis: its run, the significant cells, and the graded zones with their reasons."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from layers.schema.tables.columns import METADATA, geometry, key

analyses = sa.Table(
    "analyses",
    METADATA,
    key("analysis_id"),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("incidents", sa.Integer, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
)

#: Grid cells significant after false discovery control; z is shown, never thresholded.
hotspots = sa.Table(
    "hotspots",
    METADATA,
    key("hotspot_id"),
    sa.Column("analysis_id", sa.BigInteger, sa.ForeignKey("analyses.analysis_id", ondelete="CASCADE"), index=True),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    sa.Column("incidents", sa.Integer, nullable=False),
    sa.Column("likely", sa.Double, comment="sources to expect in a period as long, shrunk"),
    sa.Column("z", sa.Double, nullable=False),
    sa.Column("p", sa.Double, nullable=False),
    *geometry("POLYGON", nullable=False),
)

risk_zones = sa.Table(
    "risk_zones",
    METADATA,
    sa.Column("zone_id", sa.Text, primary_key=True),
    sa.Column("analysis_id", sa.BigInteger, sa.ForeignKey("analyses.analysis_id", ondelete="CASCADE"), index=True),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    sa.Column("grade", sa.Text, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("own_raid_share", sa.Double, nullable=False),
    sa.Column("tips", sa.Integer, nullable=False),
    sa.Column("sources", sa.Integer, nullable=False),
    sa.Column("findings", sa.Integer, nullable=False),
    sa.Column("radius_m", sa.Double, nullable=False),
    sa.Column("expected", sa.Double, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("last_confirmed_on", sa.Date),
    sa.Column("expires_on", sa.Date, nullable=False),
    sa.Column("reviewed_on", sa.Date, comment="empty until a post has reviewed it: a suspected hotspot till then"),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False),
    sa.Column(
        "evidence",
        JSONB,
        nullable=False,
        comment="incident ids with the factors and the weight each brought to the score",
    ),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("tips_score", sa.Double),
    sa.Column("checks_score", sa.Double, comment="what visits that found nothing took back; at most 0"),
    sa.Column("raids_score", sa.Double),
    sa.Column("priority", sa.Double, comment="0 to 1: falls with a visit, so that equal places take turns"),
    sa.Column("likely", sa.Double, comment="sources to expect in a period as long, shrunk"),
    sa.Column("reporting", sa.Double, comment="how often places like it report, against the city"),
    *geometry("MULTIPOLYGON", nullable=False),
    sa.CheckConstraint("grade IN ('red', 'orange', 'yellow')", name="grade"),
)


def _aside(table: sa.Table) -> sa.Table:
    """A table that holds rows of another one while they are not shown; the database numbers them anew afterwards."""
    columns = [sa.Column(c.name, c.type, nullable=c.nullable) for c in table.c if c.identity is None]
    return sa.Table(f"{table.name}_aside", METADATA, *columns)


risk_zones_aside, hotspots_aside = _aside(risk_zones), _aside(hotspots)

#: The analysis shown, and at most one other whose zones and hotspots are set aside.
pictures = sa.Table(
    "pictures",
    METADATA,
    sa.Column("is_shown", sa.Boolean, primary_key=True),
    sa.Column("analysis_id", sa.BigInteger, sa.ForeignKey("analyses.analysis_id"), nullable=False),
)
