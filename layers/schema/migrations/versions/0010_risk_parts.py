"""The parts of a zone's score, and the shrunken counts. Zones kept from before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"

LIKELY = "sources to expect in a period as long, shrunk"
COLUMNS = {
    "tips_score": None,
    "checks_score": "what visits that found nothing took back; at most 0",
    "raids_score": None,
    "priority": "0 to 1: falls with a visit, so that equal places take turns",
    "likely": LIKELY,
    "reporting": "how often places like it report, against the city",
}


def upgrade() -> None:
    """Numbers only; the rows keep their grants and their version triggers."""
    for name, comment in COLUMNS.items():
        op.add_column("risk_zones", sa.Column(name, sa.Double(), nullable=True, comment=comment))
    op.add_column("hotspots", sa.Column("likely", sa.Double(), nullable=True, comment=LIKELY))
    evidence = "incident ids with the factors and the weight each brought to the score"
    op.alter_column("risk_zones", "evidence", comment=evidence)
