"""Which post planned a joint action, and which other one approved it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

COLUMNS = {
    "planned_by": "the title of the post that planned it last; empty where nobody has, or before this was kept",
    "approved_by": "the title of the post that approved the plan as it stands, another one; empty until then",
}


def upgrade() -> None:
    """Two titles of posts; the rows keep their grants."""
    for name, comment in COLUMNS.items():
        op.add_column("actions", sa.Column(name, sa.Text(), nullable=False, server_default="", comment=comment))
