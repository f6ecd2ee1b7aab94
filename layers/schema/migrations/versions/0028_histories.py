"""Histories of one shape: who acted, by which sign-in, for which area and at which request stands in each row."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add columns and the view that joins them. Rows of before name no account; tips and alerts lend theirs an area."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
