"""Back-tests of the forecast: their trials, the events that the newest one missed, and the cells it flags next."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from layers.schema.tables.columns import METADATA, geometry, key

backtests = sa.Table(
    "backtests",
    METADATA,
    key("backtest_id"),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("trials", JSONB, nullable=False, comment="a row for each origin, method and share"),
    sa.Column("counties", JSONB, nullable=False, comment="a row for each county: hits of both methods, and the gain"),
    sa.Column("snapshot_sha256", sa.Text, nullable=False, comment="of the events it was made from"),
    sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
)


def _of_backtest() -> sa.Column[int]:
    return sa.Column(
        "backtest_id", sa.BigInteger, sa.ForeignKey("backtests.backtest_id", ondelete="CASCADE"), index=True
    )


#: Events after the last origin that no flagged cell held.
misses = sa.Table(
    "misses",
    METADATA,
    key("miss_id"),
    _of_backtest(),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    sa.Column("day", sa.Date, nullable=False),
    *geometry("POINT", nullable=False),
)

#: Where the next horizon's events are expected first; in counties where the forecast loses, by prior counts.
forecast_cells = sa.Table(
    "forecast_cells",
    METADATA,
    key("forecast_cell_id"),
    _of_backtest(),
    sa.Column("area_code", sa.Text, nullable=False, index=True),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("likely", sa.Double, nullable=False, comment="events to expect in the horizon, shrunk"),
    *geometry("POLYGON", nullable=False),
)
