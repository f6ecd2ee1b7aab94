"""Zones drawn by hand, every version kept."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables, the trigger that keeps versions, and what the plain role may do."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
