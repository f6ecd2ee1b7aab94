"""The gazetteer as the worker made it, so that no request has to make one."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add its table, its version, and what the plain role may do."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
