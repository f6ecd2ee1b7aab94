"""Accounts with their posts and sign-ins, and links that set an account's password; no row moves."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add the tables, what the plain role may do, and the function that keeps an invitation."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
