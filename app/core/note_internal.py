"""The audit note for a map that shows single places."""

from pathlib import Path

import sqlalchemy as sa

from layers import write
from layers.actor import Actor


def note_internal(connection: sa.Connection, actor: Actor, name: str, path: Path) -> None:
    """Note in the audit that the map of that name was given out with its points, and under which file's name."""
    write.note(connection, actor, action="internal_map", layer=name, detail={"file": path.name})
