"""The tables by theme, as SQLAlchemy sees them; what the database does by itself stands in ``layers/migrations``."""

from layers.tables import actions, alerts, backtests, desk, drawings, house, places, records, registers, results
from layers.tables.columns import METADATA

__all__ = [
    "METADATA",
    "actions",
    "alerts",
    "backtests",
    "desk",
    "drawings",
    "house",
    "places",
    "records",
    "registers",
    "results",
]
