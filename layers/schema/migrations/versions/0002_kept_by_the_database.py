"""What the database keeps by itself: communities of points, versions of layers, changes of counts, grants, job queue."""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add functions, triggers, the job queue's own schema, and what the plain role may do."""
    cursor = op.get_bind().connection.cursor()  # the driver's own: SQLAlchemy would read % as a placeholder
    cursor.execute(SchemaManager.get_schema())
    cursor.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
