"""A title belongs to one post: of those that shared one, all but the first are numbered, and none is lost."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Rename the posts that share a title to 甲岗(2), 甲岗(3) and so on, past titles that are taken; then keep it so."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
