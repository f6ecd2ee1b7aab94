"""Back-tests, what the newest one missed, and the cells it would flag next."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables, their versions, and what the plain role may do."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
