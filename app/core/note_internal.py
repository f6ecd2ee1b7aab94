"""Keep who was given a map with single places on it."""

from pathlib import Path

import sqlalchemy as sa

from app.desks.imports.desk import ACCOUNT
from layers import write


def note_internal(connection: sa.Connection, name: str, path: Path) -> None:
    """Write down that the map of that name left the house with its points, and under which file's name."""
    write.note(connection, account=ACCOUNT, action="internal_map", layer=name, detail={"file": path.name})
