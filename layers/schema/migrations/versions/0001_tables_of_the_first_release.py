"""Tables of the first release."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "analyses",
        sa.Column("analysis_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("analysis_id", name=op.f("pk_analyses")),
    )
    op.create_geospatial_table(
        "areas",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("former_code", sa.Text(), nullable=True),
        sa.Column("former_name", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
        sa.UniqueConstraint("identity", name=op.f("uq_areas_identity")),
    )
    op.create_geospatial_index(
        op.f("ix_areas_geom"), "areas", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_areas_level", "areas", ["level", "code"], unique=False)
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
        comment="what left the house or was changed in it, and by whom",
    )
    op.create_table(
        "city",
        sa.Column("code_prefix", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code_prefix", name=op.f("pk_city")),
        comment="one row: the city this database belongs to",
    )
    op.create_table(
        "counts",
        sa.Column("count_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("building", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("venue_no", sa.Text(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), sa.Computed("coalesce(community_code, '')", persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("count_id", name=op.f("pk_counts")),
        sa.UniqueConstraint("identity", name=op.f("uq_counts_identity")),
    )
    op.create_geospatial_table(
        "decisions",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("area_code", sa.Text(), sa.Computed("coalesce(community_code, '')", persisted=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint("expires_on > decided_on", name=op.f("ck_decisions_expiry")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("decision_no", name=op.f("uq_decisions_decision_no")),
    )
    op.create_geospatial_index(
        op.f("ix_decisions_geom"), "decisions", ["geom"], unique=False, postgresql_using="spgist", postgresql_ops={}
    )
    op.create_table(
        "entry_tokens",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_entry_tokens")),
    )
    op.create_table(
        "import_batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_batches")),
    )
    op.create_table(
        "job_progress",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_progress")),
    )
    op.create_geospatial_table(
        "jurisdictions",
        sa.Column("jurisdiction_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint("kind IN ('police', 'market')", name=op.f("ck_jurisdictions_kind")),
        sa.PrimaryKeyConstraint("jurisdiction_id", name=op.f("pk_jurisdictions")),
    )
    op.create_index(op.f("ix_jurisdictions_area_code"), "jurisdictions", ["area_code"], unique=False)
    op.create_geospatial_index(
        op.f("ix_jurisdictions_geom"),
        "jurisdictions",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "layer_versions",
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("layer", name=op.f("pk_layer_versions")),
        comment="raised by a trigger whenever rows of the layer are written",
    )
    op.create_table(
        "posts",
        sa.Column("post_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("work_phone", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_posts")),
        comment="officials on duty; the only table that may name a person",
    )
    op.create_index(op.f("ix_posts_area_code"), "posts", ["area_code"], unique=False)
    op.create_geospatial_table(
        "raids",
        sa.Column("raid_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("action_no", sa.Text(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("agencies", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("officers", sa.Integer(), nullable=True),
        sa.Column("vehicles", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("dens", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("dispersed", sa.Integer(), nullable=True),
        sa.Column("rescued", sa.Integer(), nullable=True),
        sa.Column("detained", sa.Integer(), nullable=True),
        sa.Column("cases_filed", sa.Integer(), nullable=True),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("amount_yuan", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), sa.Computed("coalesce(community_code, '')", persisted=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("raid_id", name=op.f("pk_raids")),
        sa.UniqueConstraint("identity", name=op.f("uq_raids_identity")),
    )
    op.create_index("ix_raids_date", "raids", ["date"], unique=False, postgresql_using="brin")
    op.create_geospatial_index(
        op.f("ix_raids_geom"), "raids", ["geom"], unique=False, postgresql_using="spgist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "rental_units",
        sa.Column("rental_unit_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("rooms", sa.Integer(), nullable=True),
        sa.Column("occupants", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("rent_yuan", sa.Double(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), sa.Computed("coalesce(community_code, '')", persisted=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("rental_unit_id", name=op.f("pk_rental_units")),
        sa.UniqueConstraint("identity", name=op.f("uq_rental_units_identity")),
    )
    op.create_geospatial_index(
        op.f("ix_rental_units_geom"),
        "rental_units",
        ["geom"],
        unique=False,
        postgresql_using="spgist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "rivers",
        sa.Column("river_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("river_id", name=op.f("pk_rivers")),
    )
    op.create_geospatial_index(
        op.f("ix_rivers_geom"), "rivers", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "roads",
        sa.Column("road_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("class", sa.Text(), nullable=True),
        sa.Column("speed_kmh", sa.Double(), nullable=True),
        sa.Column("oneway", sa.Boolean(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("road_id", name=op.f("pk_roads")),
        sa.UniqueConstraint("identity", name=op.f("uq_roads_identity")),
    )
    op.create_geospatial_index(
        op.f("ix_roads_geom"), "roads", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "tips",
        sa.Column("tip_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tip_no", sa.Text(), nullable=True),
        sa.Column("source_no", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("transferred_to", sa.Text(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), sa.Computed("coalesce(community_code, '')", persisted=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("tip_id", name=op.f("pk_tips")),
        sa.UniqueConstraint("identity", name=op.f("uq_tips_identity")),
    )
    op.create_geospatial_index(
        op.f("ix_tips_geom"), "tips", ["geom"], unique=False, postgresql_using="spgist", postgresql_ops={}
    )
    op.create_index("ix_tips_received_at", "tips", ["received_at"], unique=False, postgresql_using="brin")
    op.create_geospatial_table(
        "venues",
        sa.Column("venue_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("venue_no", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("rooms", sa.Integer(), nullable=True),
        sa.Column("beds", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("identity", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), sa.Computed("coalesce(community_code, '')", persisted=True), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("venue_id", name=op.f("pk_venues")),
        sa.UniqueConstraint("identity", name=op.f("uq_venues_identity")),
    )
    op.create_geospatial_index(
        op.f("ix_venues_geom"), "venues", ["geom"], unique=False, postgresql_using="spgist", postgresql_ops={}
    )
    op.create_table(
        "count_changes",
        sa.Column("count_change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=True),
        sa.Column("count_before", sa.Integer(), nullable=False),
        sa.Column("count_after", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["count_id"], ["counts.count_id"], name=op.f("fk_count_changes_count_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("count_change_id", name=op.f("pk_count_changes")),
    )
    op.create_index(op.f("ix_count_changes_count_id"), "count_changes", ["count_id"], unique=False)
    op.create_geospatial_table(
        "hotspots",
        sa.Column("hotspot_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("analysis_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("z", sa.Double(), nullable=False),
        sa.Column("p", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.analysis_id"], name=op.f("fk_hotspots_analysis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hotspot_id", name=op.f("pk_hotspots")),
    )
    op.create_index(op.f("ix_hotspots_analysis_id"), "hotspots", ["analysis_id"], unique=False)
    op.create_index(op.f("ix_hotspots_area_code"), "hotspots", ["area_code"], unique=False)
    op.create_geospatial_index(
        op.f("ix_hotspots_geom"), "hotspots", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "risk_zones",
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("analysis_id", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("own_raid_share", sa.Double(), nullable=False),
        sa.Column("tips", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("last_confirmed_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column(
            "reviewed_on",
            sa.Date(),
            nullable=True,
            comment="empty until a post has reviewed it: a suspected hotspot till then",
        ),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="incident ids with the weight each brought to the score",
        ),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("grade IN ('red', 'orange', 'yellow')", name=op.f("ck_risk_zones_grade")),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.analysis_id"], name=op.f("fk_risk_zones_analysis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("zone_id", name=op.f("pk_risk_zones")),
    )
    op.create_index(op.f("ix_risk_zones_analysis_id"), "risk_zones", ["analysis_id"], unique=False)
    op.create_index(op.f("ix_risk_zones_area_code"), "risk_zones", ["area_code"], unique=False)
    op.create_geospatial_index(
        op.f("ix_risk_zones_geom"), "risk_zones", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
