"""The zones and hotspots of one other analysis are kept, to go back to it or for a post to confirm it."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the tables; the map shows the newest analysis, as before."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
