"""Whoever acts, and at which request, stands in the history of every noun, though nobody hands it over."""

import datetime as dt
from collections.abc import Callable

import pytest
import shapely
import sqlalchemy as sa

from layers import alerts, drawings, history, tips, write
from layers.actor import Actor
from layers.catalog import LAYERS
from layers.database import transaction
from layers.schema.tables.actions import action_steps, actions
from layers.schema.tables.desk import zone_reviews
from tests.builders import CODES, communities

ACTOR = Actor(account="甲", post="受理岗", sign_in="a1b2")
DAY, SOON = dt.date(2026, 5, 3), dt.date(2026, 6, 3)
MOMENT = dt.datetime(2026, 5, 3, 10, tzinfo=dt.UTC)


def of_a_tip(connection: sa.Connection) -> None:
    told = {"tip_no": "T1", "received_at": MOMENT, "lon": 0.5, "lat": 0.5, "status": "new"}
    tips.add(connection, told, post="受理岗")


def of_an_alert(connection: sa.Connection) -> None:
    figures = {"observed": 9, "expected": 1.0, "llr": 9.0, "level": 5.0, "recurrence_days": 99.0, "chance_days": 999}
    days = {"since": DAY, "until": SOON, "raised_on": DAY, "loud_on": DAY, "due_on": SOON}
    place = {"county_code": "990101000000", "area_code": CODES[0], "communities": [CODES[0]]}
    alerts.add(connection, figures | days | place | {"method": "scan", "seed": 1, "post": "值班岗"})


def of_an_action(connection: sa.Connection) -> None:
    told = {"name": "五月行动", "date": DAY, "window_since": MOMENT, "window_until": MOMENT + dt.timedelta(hours=2)}
    added = connection.execute(actions.insert().values(**told, agencies=["公安"]).returning(actions.c.action_id))
    history.keep(connection, action_steps, added.scalar_one(), step="added", detail={}, post="受理岗")


def of_a_zone(connection: sa.Connection) -> None:
    told = {
        "decision": "confirmed",
        "grade_before": "red",
        "grade": "red",
        "sources": 3,
        "reason": "核实",
        "post": "受理岗",
    }
    shape = "SRID=4490;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"
    days = {"reviewed_on": DAY, "expires_on": SOON}
    history.keep(connection, zone_reviews, "Z1", **told, **days, area_code=CODES[0], geom=shape)


def of_a_drawing(connection: sa.Connection) -> None:
    point = shapely.to_wkb(shapely.Point(0.5, 0.5))
    drawn = drawings.Drawing(name="甲区", family="note", note="", radius_m=None, shape=point)
    drawings.add(connection, drawn, area_code=CODES[0], account="甲")


@pytest.mark.parametrize(
    ("noun", "act", "step", "post", "area"),
    [
        ("tip", of_a_tip, "added", "受理岗", CODES[0]),
        ("alert", of_an_alert, "raised", "", CODES[0]),
        ("action", of_an_action, "added", "受理岗", ""),
        ("zone", of_a_zone, "confirmed", "受理岗", CODES[0]),
        ("drawing", of_a_drawing, "added", "受理岗", CODES[0]),
    ],
)
def test_the_view_says_who_did_what_where_and_at_which_request(
    own_engine: sa.Engine, noun: str, act: Callable[[sa.Connection], None], step: str, post: str, area: str
) -> None:
    with transaction(own_engine, ACTOR) as connection:
        write.load(connection, LAYERS["communities"], communities())
        history.request(connection, "request-0001")
        act(connection)
    with transaction(own_engine, Actor(account="乙")) as connection:
        rows = connection.execute(sa.text("SELECT * FROM history")).mappings().all()
    names = ("noun", "step", "account", "post", "sign_in", "area_code", "request_id")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (noun, step, "甲", post, "a1b2", area, "request-0001")
    ]


def test_the_next_transaction_belongs_to_no_request(own_engine: sa.Engine) -> None:
    with transaction(own_engine, ACTOR) as connection:
        history.request(connection, "request-0001")
    with transaction(own_engine, ACTOR) as connection:
        of_a_tip(connection)
        assert connection.execute(sa.text("SELECT request_id FROM history")).scalar_one() == ""
