"""A submission that comes twice under the id of its page is stored once and answered alike."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the table; the plain role adds rows, and removes those that are older than it keeps them."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
