"""How exactly a located row is placed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = ("rental_units", "venues", "tips", "raids")
#: A view keeps the columns its table had when it was made.
VIEWS = {
    "standing_tips": "SELECT * FROM tips WHERE coalesce(status, 'new') NOT IN ('duplicate', 'rejected')",
    "findings": "SELECT * FROM raids WHERE outcome = 'found' OR dens > 0",
}


def upgrade() -> None:
    """Rows placed by their address tell how far off they may be; rows with a place of their own tell nothing."""
    for table in TABLES:
        op.add_column(table, sa.Column("place_error_m", sa.Double(), nullable=True))
    for view, query in VIEWS.items():
        op.execute(f"CREATE OR REPLACE VIEW {view} WITH (security_invoker = true) AS {query}")
