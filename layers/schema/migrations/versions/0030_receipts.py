"""Tip-givers come back by a receipt, of which a digest is stored; of what the public does, the day alone is stored."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add receipts and their salt, a step for words that are added, and the moment of an act; no row moves."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
