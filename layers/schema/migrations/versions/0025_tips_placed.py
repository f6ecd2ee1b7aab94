"""Putting a tip at a place that a post chose is a step of it, beside those that end its clock."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Let a step say that a tip was placed; no row moves."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
