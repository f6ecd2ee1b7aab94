"""Tables of who signs in: accounts, the posts they hold, and their sign-ins."""

import sqlalchemy as sa

from layers.schema.tables.columns import METADATA, key
from layers.schema.tables.house import now

#: What an account may do is a table of permissions by these roles.
ROLES = ("viewer", "editor", "planner", "tip_desk", "auditor", "administrator")
SCOPE = "what the codes of its areas begin with; empty for the whole city"


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


accounts = sa.Table(
    "accounts",
    METADATA,
    key("account_id"),
    sa.Column("account", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("area_code", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False, comment=SCOPE),
    sa.Column("agency", sa.Text, nullable=False, server_default=""),
    sa.Column("password_hash", sa.Text, nullable=False, server_default="", comment="argon2id; empty until it is set"),
    sa.Column("totp_secret", sa.Text, nullable=False, server_default="", comment="empty without a second factor"),
    sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0", comment="of the last code taken"),
    now("added_at"),
    _when("disabled_at"),
    sa.CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name="role"),
    comment="who may sign in; an account that is no longer used is disabled and stays",
)

account_posts = sa.Table(
    "account_posts",
    METADATA,
    key("account_post_id"),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.account_id"), nullable=False),
    sa.Column("post_id", sa.BigInteger, nullable=False, comment="of posts, from which a post off duty is removed"),
    now("since"),
    _when("until"),
    sa.Index("uq_account_posts_held", "account_id", "post_id", unique=True, postgresql_where=sa.text("until IS NULL")),
    comment="which account may act as which post, and when it could",
)

sign_ins = sa.Table(
    "sign_ins",
    METADATA,
    sa.Column("sign_in", sa.Text, primary_key=True, comment="the hash of the token that the browser holds"),
    sa.Column(
        "account_id", sa.BigInteger, sa.ForeignKey("accounts.account_id"), index=True,
        comment="empty for who came by the one-time link of this machine",
    ),
    sa.Column("post", sa.Text, nullable=False, server_default="", comment="as which it acts"),
    now("began_at"),
    now("seen_at"),
    _when("ended_at"),
)  # fmt: skip
