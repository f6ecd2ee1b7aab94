"""The audit tells who acted as which post, for which area and in which request, and is sealed in blocks; no row moves."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Add the columns, the blocks, and what keeps both as they are."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
