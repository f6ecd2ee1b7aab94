"""Which snapshots the results in the database still name."""

import sqlalchemy as sa

#: Analyses and back-tests whose snapshots are kept, each; those that a zone on the map came from are kept besides.
NEWEST = 30


def named(connection: sa.Connection) -> set[str]:
    """The SHA-256 of every snapshot to keep: of the newest results, and of each analysis shown or set aside."""
    return set(connection.execute(sa.text(_NAMED), {"newest": NEWEST}).scalars())


_NAMED = """
    SELECT value FROM analyses, jsonb_each_text(parameters -> 'snapshots')
    WHERE analysis_id IN (SELECT analysis_id FROM analyses ORDER BY analysis_id DESC LIMIT :newest)
       OR analysis_id IN (SELECT analysis_id FROM risk_zones UNION SELECT analysis_id FROM pictures)
    UNION
    (SELECT snapshot_sha256 FROM backtests ORDER BY backtest_id DESC LIMIT :newest)"""
