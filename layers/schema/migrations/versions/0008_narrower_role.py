"""The plain role spends one-time links and makes none: who acts through a page cannot let anybody else in."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Leave it the one column that spending writes."""
    op.execute("REVOKE INSERT, UPDATE, DELETE ON entry_tokens FROM wuchuan_app")
    op.execute("GRANT UPDATE (spent_at) ON entry_tokens TO wuchuan_app")
