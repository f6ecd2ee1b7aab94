"""A large first import makes the indexes of its layer at once, as one index of its kind for all geometry."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """GiST for points, and two functions of the owner's for an empty layer."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
