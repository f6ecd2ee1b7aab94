"""Nor does the plain role remove rows of registers, borders, teams or stations: the service only adds and corrects."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Take away what the service never does."""
    op.execute(
        "REVOKE DELETE ON areas, counts, decisions, jurisdictions, raids, rental_units, rivers, roads, stations, teams,"
        " venues FROM wuchuan_app"
    )
