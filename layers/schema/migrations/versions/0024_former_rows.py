"""What the plain role rewrites or removes is kept as it was, out of its reach; and it locks no register's table."""

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Keep former tips, raids, posts, legs and reviewed zones; grant changes by column, and none of the queue's past."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
