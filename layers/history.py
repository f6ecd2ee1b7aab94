"""Append-only histories of tips, alerts, actions, zones and drawings.

Each noun keeps a table of its own, whose second column names the subject; the others are the same in all: step, post,
account, sign_in, area_code, request_id, at, and what is the noun's own. The database fills in account, sign_in and
request_id of whoever acts in the transaction. The view ``history`` joins the tables.
"""

from typing import Any

import sqlalchemy as sa


def keep(connection: sa.Connection, table: sa.Table, subject: object, **values: Any) -> None:
    """Add a row to the history of a subject: its step, the post, and what else the table holds."""
    connection.execute(table.insert().values({_subject(table).name: subject, **values}))


def of(connection: sa.Connection, table: sa.Table, subject: object, *names: str) -> list[dict[str, Any]]:
    """These columns of the history of a subject, oldest first."""
    query = sa.select(*(table.c[name] for name in names)).where(_subject(table) == subject)
    return [dict(row) for row in connection.execute(query.order_by(*table.primary_key)).mappings()]


def request(connection: sa.Connection, request_id: str) -> None:
    """Name the request that this transaction belongs to, for the histories it adds to."""
    connection.execute(sa.text("SELECT set_config('wuchuan.request_id', :id, true)"), {"id": request_id})


def _subject(table: sa.Table) -> sa.Column[Any]:
    return list(table.c)[1]
