"""Records of computations: analyses, back-tests, and the last watch of each county.

Each kind keeps a table of its own for what it found. The view ``runs`` joins them in one shape: kind, scope (the county
of a watch), run, until, seed, parameters, snapshots (SHA-256 by name), result_sha256, made_at.
"""

from collections.abc import Mapping
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from layers.schema.tables import alerts, backtests, results

Kind = Literal["analysis", "backtest", "watch"]

#: Analyses and back-tests whose snapshots stay, each; those that a zone on the map came from stay besides.
NEWEST = 30
_TABLES: Mapping[Kind, sa.Table] = {
    "analysis": results.analyses,
    "backtest": backtests.backtests,
    "watch": alerts.watches,
}


def keep(connection: sa.Connection, kind: Kind, run: Mapping[str, Any]) -> Any:
    """Store a run, given by the columns of its table; return its key.

    A watch replaces the former one of its county.
    """
    (key,) = _TABLES[kind].primary_key
    added = insert(_TABLES[kind]).values(**run)
    if key.name in run:
        again = {name: added.excluded[name] for name in run} | {"made_at": sa.func.now()}
        added = added.on_conflict_do_update(index_elements=[key], set_=again)
    return connection.execute(added.returning(key)).scalar_one()


def last(connection: sa.Connection, kind: Kind) -> dict[str, Any] | None:
    """The newest run with all columns of its table; of analyses the one that the map shows. None before the first."""
    (key,) = _TABLES[kind].primary_key
    shown = sa.select(results.pictures.c.analysis_id).where(results.pictures.c.is_shown)
    order = [key.in_(shown).desc(), key.desc()] if kind == "analysis" else [key.desc()]
    row = connection.execute(sa.select(_TABLES[kind]).order_by(*order).limit(1)).mappings().first()
    return dict(row) if row else None


def snapshots(connection: sa.Connection) -> set[str]:
    """The SHA-256 of every snapshot to keep: of the newest runs, and of each analysis shown or set aside."""
    return set(connection.execute(sa.text(_SNAPSHOTS), {"newest": NEWEST}).scalars())


_SNAPSHOTS = """
    SELECT DISTINCT value
    FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY run DESC) AS age FROM runs) AS runs,
         jsonb_each_text(snapshots)
    WHERE age <= :newest
       OR kind = 'analysis' AND run IN (SELECT analysis_id FROM risk_zones UNION SELECT analysis_id FROM pictures)"""
