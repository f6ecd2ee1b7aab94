"""Computations in one shape: a view joins analyses, back-tests and watches. No row moves."""

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Make the view; the plain role reads it with its own rights."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
