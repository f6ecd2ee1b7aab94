"""Every step of a joint action is kept: made, planned, its grounds changed, approved."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    """Add the table and what the plain role may do. What was done before has no steps."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
