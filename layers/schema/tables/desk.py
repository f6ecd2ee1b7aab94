"""What posts decide at the desk: the steps of a tip, the reviews of a zone. Rows are added and never changed."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, actor, geometry, key

tip_steps = sa.Table(
    "tip_steps",
    METADATA,
    key("tip_step_id"),
    sa.Column("tip_id", sa.BigInteger, sa.ForeignKey("tips.tip_id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("post", sa.Text, nullable=False, comment="the title of the post that took the step"),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("act_moment()"), nullable=False, index=True),
    sa.Column("status_before", sa.Text, comment="of the tip; without one it was new, or not there yet"),
    sa.Column("area_code", sa.Text, nullable=False, server_default=""),
    *actor("account", "sign_in", "request_id"),
    sa.CheckConstraint(
        "step IN ('added', 'new', 'accepted', 'duplicate', 'transferred', 'rejected', 'placed', 'supplemented')",
        name="step",
    ),
)

receipt_salts = sa.Table(
    "receipt_salts",
    METADATA,
    sa.Column("receipt_salt_id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default="1"),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("receipt_salt_id = 1", name="one"),
    comment="one row: what the digests of receipts are made with",
)

receipts = sa.Table(
    "receipts",
    METADATA,
    sa.Column("receipt_scrypt", sa.LargeBinary, primary_key=True),
    sa.Column("tip_id", sa.BigInteger, sa.ForeignKey("tips.tip_id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column(
        "wait_days",
        sa.Integer,
        nullable=False,
        comment="drawn at random: from the last decision to being shown as closed, at least",
    ),
    sa.Column(
        "shown",
        sa.SmallInteger,
        nullable=False,
        server_default="0",
        comment="the furthest that was shown: 0 registered, 1 accepted, 2 closed; it never goes back",
    ),
    sa.CheckConstraint("wait_days >= 0", name="wait"),
    sa.CheckConstraint("shown BETWEEN 0 AND 2", name="shown"),
    comment="by which a tip-giver without an account comes back; it knows no moment",
)

zone_reviews = sa.Table(
    "zone_reviews",
    METADATA,
    key("zone_review_id"),
    sa.Column("zone_id", sa.Text, nullable=False, index=True, comment="no foreign key: a dismissed zone is gone"),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("grade_before", sa.Text, nullable=False),
    sa.Column("grade", sa.Text, nullable=False),
    sa.Column("sources", sa.Integer, nullable=False, comment="what stood behind it: more bring a dismissed one back"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("reviewed_on", sa.Date, nullable=False),
    sa.Column("expires_on", sa.Date, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    *actor("account", "sign_in", "request_id"),
    *geometry("MULTIPOLYGON", nullable=False),
    sa.CheckConstraint("decision IN ('confirmed', 'dismissed')", name="decision"),
    sa.CheckConstraint("grade IN ('red', 'orange', 'yellow')", name="grade"),
    sa.CheckConstraint("expires_on > reviewed_on", name="expiry"),
)
