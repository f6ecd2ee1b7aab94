"""A tip-giver's contact for a reward: sealed to the tip desk's key, and shredded by destroying a key of its own."""

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Add the desk's keys, contacts with a key each, their history, and what destroys keys; no row moves."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
