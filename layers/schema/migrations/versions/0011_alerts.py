"""Early warning: how far each county is watched, alerts with their task and history, and what is to be sent."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the tables, the version of the map layer, and what the plain role may do."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
