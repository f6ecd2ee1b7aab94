"""Agencies, stations, teams, decisions, jurisdictions and rivers are filled by files, and named as files name them."""

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Rename columns (officers: size, decision_no: number, kind: network) and market: market_supervision; no row moves.

    Each row is called by its number from now on, and the area of a station stays what it was.
    """
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))
