"""Set-based statements over ~15 lines, one a file."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gis.errors import NotFound


@cache
def statement(name: str) -> sa.TextClause:
    """The statement in the file of that name."""
    return sa.text(Path(__file__).with_name(f"{name}.sql").read_text("utf-8"))


def one_row(
    connection: sa.Connection, query: sa.Executable, values: Mapping[str, Any] | None = None, *, missing: NotFound
) -> dict[str, Any]:
    """The first row that the query gives.

    Raises:
        NotFound: ``missing``, where it gives none.
    """
    row = connection.execute(query, values).mappings().first()
    if row is None:
        raise missing
    return dict(row)
