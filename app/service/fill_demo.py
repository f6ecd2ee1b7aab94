"""Fill an empty database with the demo city."""

import datetime as dt
from functools import lru_cache

import sqlalchemy as sa

from gis.workdays import Calendar
from layers import catalog, read, write
from layers.actor import Actor
from layers.database import transaction, writing
from layers.demo import city

#: The demo city up to a day, which may be made before there is a database; the one that was made last is there at once.
made = lru_cache(maxsize=1)(city)


def fill_demo(engine: sa.Engine, actor: Actor, *, last_day: dt.date, calendar: Calendar) -> bool:
    """Store the demo city up to that day in one transaction when there is no area yet; says whether it did."""
    with transaction(engine, actor) as connection:
        if read.count(connection, "areas"):
            return False
    demo = made(last_day=last_day, calendar=calendar)
    with transaction(writing(engine), actor) as connection:
        if read.count(connection, "areas"):  # while the demo city was made
            return False
        for layer in catalog.LAYERS.values():
            if layer.key == layer.table:
                write.load(connection, layer, getattr(demo, layer.key))
    made.cache_clear()
    return True
