"""Keep what a person draws: read it, find where it lies, store it, all or nothing."""

import sqlalchemy as sa

from app.desks.drawings.features import outside, read_drawing
from layers import drawings
from layers.actor import Actor
from layers.drawings import Drawing, Stored
from layers.profile import CityProfile


def draw(connection: sa.Connection, actor: Actor, profile: CityProfile, body: bytes) -> Stored:
    """The new drawing as it is stored.

    Raises:
        Refused: naming what of it cannot be kept.
    """
    drawing = read_drawing(body, bounds=profile.bounds)
    return drawings.add(connection, drawing, area_code=_area_of(connection, drawing), account=actor.account)


def redraw(
    connection: sa.Connection, actor: Actor, drawn_id: str, body: bytes, *, profile: CityProfile, seen: int | None
) -> Stored:
    """The changed drawing as it is stored.

    Raises:
        NotFound: there is no such drawing.
        Refused: naming what of it cannot be kept.
        Conflict: kind stale, with the ``current`` drawing: somebody changed it after version ``seen``.
    """
    drawing = read_drawing(body, bounds=profile.bounds)
    area_code = _area_of(connection, drawing)
    return drawings.change(connection, drawn_id, drawing, seen=seen, area_code=area_code, account=actor.account)


def erase(connection: sa.Connection, actor: Actor, drawn_id: str, *, seen: int | None) -> Stored:
    """The drawing as it is stored, off the map; raises as ``redraw`` does."""
    return drawings.remove(connection, drawn_id, seen=seen, account=actor.account)


def restore(connection: sa.Connection, actor: Actor, drawn_id: str, version: int, *, seen: int | None) -> Stored:
    """The drawing as it is stored once it is again what it was at ``version``.

    Raises:
        NotFound: there is no such drawing, or it never had that version.
        Conflict: kind stale, as ``redraw`` raises it.
    """
    return drawings.restore(connection, drawn_id, version, seen=seen, account=actor.account)


def _area_of(connection: sa.Connection, drawing: Drawing) -> str:
    area_code, inside = drawings.place(connection, drawing.shape)
    if not inside:
        raise outside()
    return area_code
