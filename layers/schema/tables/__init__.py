"""The tables by theme, as SQLAlchemy sees them; what the database does by itself is in ``layers/schema/migrations``."""

from layers.schema.tables import (
    accounts,
    actions,
    alerts,
    backtests,
    contacts,
    desk,
    drawings,
    house,
    places,
    records,
    registers,
    results,
)
from layers.schema.tables.columns import METADATA

__all__ = [
    "METADATA",
    "accounts",
    "actions",
    "alerts",
    "backtests",
    "contacts",
    "desk",
    "drawings",
    "house",
    "places",
    "records",
    "registers",
    "results",
]
