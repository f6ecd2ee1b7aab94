"""Tables of the service itself: city, posts on duty, imports, layer versions, entry tokens, progress of jobs."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from layers.schema.tables.columns import METADATA, actor, fields_of, imported, key

_AREA = "CASE WHEN sees_city() THEN '' ELSE acting('scope') END"
OF_AREA = "how the codes begin of the area of whoever acted; empty for the whole city"
TURN = "the number of the transaction that wrote it: of those before the oldest open one all rows are there"
SEALED = "the audit sealed part by part: each head is made of the one before, and is written outside the database too"
SINCE = "the first turn of the block; those of until and after are in later ones"
INVITED_BY = "the account that made the link; empty for one made by command"
INVITED = "the account whose password the link sets; empty for a link that signs in on this machine"


def now(name: str) -> sa.Column[dt.datetime]:
    """A moment that the database fills in."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


city = sa.Table(
    "city",
    METADATA,
    sa.Column("code_prefix", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    comment="one row: the city this database belongs to",
)

posts = sa.Table(
    "posts",
    METADATA,
    key("post_id"),
    *fields_of("posts", but=("area_code",)),
    sa.Column("area_code", sa.Text, nullable=False, index=True, server_default=sa.text("city_code()")),
    sa.Column("post", sa.Text, sa.Computed("title", persisted=True), nullable=False, comment="the title, as steps say"),
    *imported(),
    sa.UniqueConstraint("title"),
    comment="officials on duty; the only table that may name a person",
)

import_batches = sa.Table(
    "import_batches",
    METADATA,
    key("batch_id"),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    now("imported_at"),
    sa.Column("report", JSONB, nullable=False),
)

layer_versions = sa.Table(
    "layer_versions",
    METADATA,
    sa.Column("layer", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    now("changed_at"),
    comment="raised by a trigger whenever rows of the layer are written",
)

entry_tokens = sa.Table(
    "entry_tokens",
    METADATA,
    sa.Column("token_sha256", sa.Text, primary_key=True),
    now("created_at"),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("spent_at", sa.DateTime(timezone=True)),
    sa.Column("invited_by", sa.Text, nullable=False, server_default="", comment=INVITED_BY),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.account_id"), comment=INVITED),
)

submissions = sa.Table(
    "submissions",
    METADATA,
    sa.Column("client_id", sa.Text, primary_key=True, comment="made by the page, one for each form or drawing"),
    sa.Column("request_hmac", sa.Text, nullable=False, comment="keyed, so that nothing that was sent can be guessed"),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False, index=True),
    comment="what was taken under an id of the client, for a week, so that it is taken once",
)

audit = sa.Table(
    "audit",
    METADATA,
    key("audit_id"),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("detail", JSONB, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("act_moment()"), nullable=False),
    *actor("post", "sign_in", "request_id"),
    sa.Column("area_code", sa.Text, nullable=False, server_default=sa.text(_AREA), comment=OF_AREA),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default=sa.text("audit_turn()"), index=True, comment=TURN),
    comment="what left the house or was changed in it, and by whom",
)

audit_clock = sa.Table(
    "audit_clock",
    METADATA,
    sa.Column("audit_clock_id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default="1"),
    sa.Column("ahead", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("audit_clock_id = 1", name="one"),
)

audit_blocks = sa.Table(
    "audit_blocks",
    METADATA,
    sa.Column("audit_block_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column(
        "since",
        sa.BigInteger,
        nullable=False,
        comment=SINCE,
    ),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("entries_sha256", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    now("at"),
    sa.CheckConstraint("since < until", name="span"),
    comment=SEALED,
)

former_rows = sa.Table(
    "former_rows",
    METADATA,
    key("former_row_id"),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("former", JSONB, nullable=False),
    now("at"),
    comment="records as they were before they were rewritten or removed; the service cannot read it",
)

job_progress = sa.Table(
    "job_progress",
    METADATA,
    sa.Column("job_id", sa.BigInteger, primary_key=True),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("result", JSONB),
    now("at"),
)

gazetteers = sa.Table(
    "gazetteers",
    METADATA,
    sa.Column("gazetteer_id", sa.SmallInteger, primary_key=True, autoincrement=False, server_default="1"),
    sa.Column("made_from", sa.Text, nullable=False, comment="the versions of the layers it was made from"),
    now("made_at"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("gazetteer_id = 1", name="one"),
    comment="one row: the known places of the city, packed for those who look up addresses",
)
