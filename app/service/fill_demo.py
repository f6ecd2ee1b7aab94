"""Fill an empty database with the demo city."""

import datetime as dt

import sqlalchemy as sa

from gis.frames import Kind
from gis.workdays import Calendar
from layers import write
from layers.actor import Actor
from layers.catalog import LAYERS
from layers.database import transaction
from layers.demo import city
from layers.read import count

#: Tables that no importer fills, with the kinds of their columns.
OTHERS: dict[str, dict[str, Kind]] = {
    "jurisdictions": {"kind": "text", "name": "text", "area_code": "text"},
    "rivers": {"name": "text"},
    "decisions": {
        "decision_no": "text", "kind": "text", "address": "text", "community_code": "text", "authority": "text",
        "decided_on": "day", "expires_on": "day",
    },
    "posts": {"post": "text", "area_code": "text", "name": "text", "work_phone": "text"},
    "stations": {"name": "text", "agency": "text", "area_code": "text"},
    "teams": {
        "name": "text", "agency": "text", "station": "text", "officers": "whole", "ready_minutes": "number",
    },
}  # fmt: skip


def fill_demo(engine: sa.Engine, actor: Actor, *, last_day: dt.date, calendar: Calendar) -> bool:
    """Store the demo city up to that day in one transaction when there is no area yet; says whether it did."""
    with transaction(engine, actor) as connection:
        if count(connection, "areas"):
            return False
    demo = city(last_day=last_day, calendar=calendar)
    with transaction(engine, actor) as connection:
        if count(connection, "areas"):  # while the demo city was made
            return False
        for key in ("areas", "roads", "rental_units", "venues", "tips", "raids", "counts"):
            write.load(connection, LAYERS[key], getattr(demo, key))
        for table, kinds in OTHERS.items():
            write.append(connection, table, getattr(demo, table), kinds=kinds)
    return True
