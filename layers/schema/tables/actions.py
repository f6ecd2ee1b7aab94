"""Joint actions: stations and their teams, actions with their targets, and who goes where by which road."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from layers.schema.tables.columns import METADATA, actor, fields_of, geometry, imported, key, removed, scope

#: What a target still lacks before its action may be approved; a dwelling needs the police's document too.
PENDING = (
    "evidence = '' OR legal_basis = '' OR authority = '' OR document_no = '' OR (dwelling AND police_document_no = '')"
)
PLANNED_BY = "the title of the post that planned it last; empty where nobody has, or before this was kept"
#: An action is planned for the area of whoever plans it.
PLANNED_FOR = "CASE WHEN sees_city() THEN '' ELSE acting('scope') END"
FOR_AREA = "how the codes begin of the area it is planned for; empty for the whole city"
APPROVED_BY = "the title of the post that approved the plan as it stands, another one; empty until then"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _of_action() -> sa.Column[int]:
    parent = sa.ForeignKey("actions.action_id", ondelete="CASCADE")
    return sa.Column("action_id", sa.BigInteger, parent, nullable=False, index=True)


#: Where teams start from.
stations = sa.Table(
    "stations",
    METADATA,
    key("station_id"),
    *fields_of("stations"),
    *imported(),
    scope(),
    removed(),
    *geometry("POINT"),
    sa.UniqueConstraint("name"),
)

teams = sa.Table(
    "teams",
    METADATA,
    key("team_id"),
    *fields_of("teams"),
    *imported(),
    removed(),
    sa.ForeignKeyConstraint(["station"], ["stations.name"], onupdate="CASCADE", name="fk_teams_station"),
    sa.Index(None, "station"),
    sa.UniqueConstraint("name"),
    sa.CheckConstraint("size >= 2", name="size"),
    sa.CheckConstraint("ready_minutes >= 0", name="ready"),
)

#: The units that send teams; without a row of theirs those of the profile do.
agencies = sa.Table(
    "agencies",
    METADATA,
    key("agency_id"),
    *fields_of("agencies"),
    *imported(),
    removed(),
    sa.UniqueConstraint("name"),
)

actions = sa.Table(
    "actions",
    METADATA,
    key("action_id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("window_since", sa.DateTime(timezone=True), nullable=False),
    sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("h_hour", sa.DateTime(timezone=True), comment="the common time; empty until it is planned"),
    sa.Column("buffer_minutes", sa.Double, nullable=False, server_default="10"),
    sa.Column("agencies", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default="draft"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("planned_by", sa.Text, nullable=False, server_default="", comment=PLANNED_BY),
    sa.Column("approved_by", sa.Text, nullable=False, server_default="", comment=APPROVED_BY),
    sa.Column("area_code", sa.Text, nullable=False, server_default=sa.text(PLANNED_FOR), index=True, comment=FOR_AREA),
    sa.UniqueConstraint("name", "area_code"),
    sa.CheckConstraint("status IN ('draft', 'planned', 'approved')", name="status"),
    sa.CheckConstraint("window_since < window_until", name="window"),
    sa.CheckConstraint("buffer_minutes >= 0", name="buffer"),
)

targets = sa.Table(
    "targets",
    METADATA,
    key("target_id"),
    _of_action(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("place", sa.Text, comment="layer:key of the premises or area; empty for a point on the map"),
    sa.Column("zone_id", sa.Text, comment="the reviewed zone it was chosen in; zones come and go, this stays"),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    sa.Column("dwelling", sa.Boolean, nullable=False),
    _text("evidence"),
    _text("legal_basis"),
    _text("authority"),
    _text("document_no"),
    _text("police_document_no"),
    sa.Column("pending", sa.Boolean, sa.Computed(PENDING, persisted=True), nullable=False),
    *geometry("POINT", nullable=False),
)

target_areas = sa.Table(
    "target_areas",
    METADATA,
    sa.Column("action_id", sa.BigInteger, sa.ForeignKey("actions.action_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("area_code", sa.Text, primary_key=True),
    comment="where the targets of each action lie, for the policies of row security",
)

legs = sa.Table(
    "legs",
    METADATA,
    key("leg_id"),
    _of_action(),
    sa.Column(
        "target_id", sa.BigInteger, sa.ForeignKey("targets.target_id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("team_id", sa.BigInteger, sa.ForeignKey("teams.team_id"), nullable=False, index=True),
    sa.Column("travel_minutes", sa.Double, nullable=False),
    sa.Column("notify_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("leave_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("arrive_at", sa.DateTime(timezone=True), nullable=False),
    *geometry("LINESTRING", nullable=False),
)

#: What was done with each action, oldest first; rows are added and never changed.
action_steps = sa.Table(
    "action_steps",
    METADATA,
    key("action_step_id"),
    _of_action(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("detail", JSONB, nullable=False, comment="of a change the number of the target and what was written"),
    sa.Column("post", sa.Text, nullable=False, comment="the title of the post that took it"),
    sa.Column(
        "sign_in",
        sa.Text,
        nullable=False,
        server_default=sa.text("acting('sign_in')"),
        comment="the hash of the session it was taken in; '' by command",
    ),
    sa.Column("area_code", sa.Text, nullable=False, server_default=""),
    *actor("account", "request_id"),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.CheckConstraint("step IN ('added', 'planned', 'changed', 'approved')", name="step"),
)
