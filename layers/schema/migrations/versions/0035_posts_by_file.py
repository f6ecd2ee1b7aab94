"""Posts are a register that files fill: with their agency, their kind, and the number that names them, the title."""

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Call the column post title; post goes on to say the same. No row moves."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
