"""Steps of a tip at the desk, reviews of zones."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables and what the plain role may do."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
