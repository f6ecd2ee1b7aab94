"""Row security by the area of whoever acts; no row moves, and actions of before are the whole city's."""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Add the functions of the area, a policy for each table of places, and what keeps to them."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
