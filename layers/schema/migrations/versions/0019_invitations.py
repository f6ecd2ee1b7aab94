"""A post lets another person in by a one-time link, and the link says which post made it."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the column, and the one function by which the plain role makes a link."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
