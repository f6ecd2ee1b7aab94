"""Set-based statements over ~15 lines, one a file."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa


@cache
def statement(name: str) -> sa.TextClause:
    """The statement in the file of that name."""
    return sa.text(Path(__file__).with_name(f"{name}.sql").read_text("utf-8"))
