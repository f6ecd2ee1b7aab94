"""Each step of a tip says which status it ended, so that a closed month is counted by what stood then."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the status before each step; for the steps that are there it is the step before them, or new."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
