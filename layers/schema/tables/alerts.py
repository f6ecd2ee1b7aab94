"""Early warning: what was watched, the alerts and the task each becomes, their history, and what is to be sent."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from layers.schema.tables.columns import METADATA, actor, geometry, key

#: What a post found when it went and looked.
RESULTS = ("confirmed", "nothing", "false_alarm", "transferred")

#: How far each county is watched; one row for each.
watches = sa.Table(
    "watches",
    METADATA,
    sa.Column("county_code", sa.Text, primary_key=True),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, comment="why nothing can be alarmed; '' where it can"),
    sa.Column("communities", sa.Integer, nullable=False),
    sa.Column("undrawn", sa.Integer, nullable=False, comment="communities without a border, which are in no zone"),
    sa.Column("tips", sa.Integer, nullable=False, comment="independent ones in the record"),
    sa.Column("level", sa.Double, comment="the least LLR that is an alarm; empty where none is known"),
    sa.Column("budget_per_year", sa.Double, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
)

alerts = sa.Table(
    "alerts",
    METADATA,
    key("alert_id"),
    sa.Column("county_code", sa.Text, nullable=False, index=True),
    sa.Column("area_code", sa.Text, nullable=False, index=True, comment="the community of the zone that told most"),
    sa.Column("communities", ARRAY(sa.Text), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("observed", sa.Integer, nullable=False),
    sa.Column("expected", sa.Double, nullable=False),
    sa.Column("llr", sa.Double, nullable=False),
    sa.Column("level", sa.Double, nullable=False),
    sa.Column("recurrence_days", sa.Double, nullable=False),
    sa.Column("chance_days", sa.Integer, nullable=False, comment="days of chance behind the recurrence; its most"),
    sa.Column("raised_on", sa.Date, nullable=False, comment="the day of analysis, never the clock"),
    sa.Column("loud_on", sa.Date, nullable=False, comment="the last day at the level: the quiet days count from here"),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("post", sa.Text, nullable=False, comment="the title of the post in charge"),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("result", sa.Text, comment="empty while the task is open"),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("closed_by", sa.Text, comment="the title of the post that closed it"),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    *geometry("MULTIPOLYGON", nullable=False),
    sa.CheckConstraint("since < until", name="window"),
    sa.CheckConstraint("observed > expected AND expected >= 0", name="excess"),
    sa.CheckConstraint("raised_on <= loud_on AND raised_on < due_on", name="days"),
    sa.CheckConstraint("cardinality(communities) > 0 AND area_code = ANY (communities)", name="communities"),
    sa.CheckConstraint("result IN ('confirmed', 'nothing', 'false_alarm', 'transferred')", name="result"),
    sa.CheckConstraint(
        "(result IS NULL) = (closed_at IS NULL) AND (result IS NULL) = (closed_by IS NULL)", name="closed"
    ),
)


def _of_alert() -> sa.Column[int]:
    parent = sa.ForeignKey("alerts.alert_id", ondelete="CASCADE")
    return sa.Column("alert_id", sa.BigInteger, parent, nullable=False, index=True)


alert_steps = sa.Table(
    "alert_steps",
    METADATA,
    key("alert_step_id"),
    _of_alert(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("detail", JSONB, nullable=False, comment="the figures of the day, or the result and its note"),
    sa.Column("post", sa.Text, nullable=False, server_default="", comment="who closed it; '' for the watch itself"),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.Column("area_code", sa.Text, nullable=False, server_default=""),
    *actor("account", "sign_in", "request_id"),
    sa.CheckConstraint("step IN ('raised', 'updated', 'closed')", name="step"),
)

alert_deliveries = sa.Table(
    "alert_deliveries",
    METADATA,
    key("alert_delivery_id"),
    _of_alert(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False, comment="a work address of the profile, or a webhook's host"),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    sa.Column("next_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("alert_id", "channel", "address"),
    sa.CheckConstraint("channel IN ('email', 'webhook')", name="channel"),
    sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
)
