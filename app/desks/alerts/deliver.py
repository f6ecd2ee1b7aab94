"""Send what the outbox of alerts holds: places and figures, nothing of a tip's words."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.core import geojson, words
from app.desks.alerts.desk import sentence
from app.desks.alerts.outlets import Outlets, Undelivered, post_webhook, send_mail
from layers import alerts, deliveries
from layers.actor import Actor
from layers.database import transaction

MOST_TRIES = 12
FIRST_WAIT_SECONDS = 60
TOLD = (
    "alert_id", "county_code", "county", "communities", "places", "since", "until", "observed", "expected",
    "recurrence_days", "raised_on", "post", "due_on",
)  # fmt: skip


def deliver(engine: sa.Engine, actor: Actor, outlets: Outlets) -> int:
    """Send all that is due, one transaction each; return how many arrived.

    A message is marked as sent after it was handed over: a worker killed in between sends it a second time, never not
    at all. What fails waits a minute, then twice as long each time, up to six hours, and is given up after twelve.
    """
    arrived = 0
    while True:
        with transaction(engine, actor.computing()) as connection:
            message = deliveries.claim(connection)
            if message is None:
                return arrived
            number = message["alert_delivery_id"]
            try:
                _send(outlets, message, alerts.one(connection, message["alert_id"]))
            except Undelivered as error:
                wait = wait_seconds(message["tries"] + 1)
                deliveries.put_off(connection, number, error=str(error), wait_seconds=wait)
            else:
                deliveries.arrived(connection, number)
                arrived += 1


def wait_seconds(tries: int) -> int | None:
    """How long a message waits after so many tries; None when it is given up."""
    if tries >= MOST_TRIES:
        return None
    return min(FIRST_WAIT_SECONDS << (tries - 1), deliveries.LONGEST_WAIT_SECONDS)


def _send(outlets: Outlets, message: Mapping[str, Any], alert: Mapping[str, Any]) -> None:
    number = message["alert_delivery_id"]
    if message["channel"] == "email":
        subject = f"预警 {alert['county']} {alert['places'][0]}"
        send_mail(outlets, message["address"], subject=subject, text=letter(alert), number=number)
    else:
        told = {name: alert[name] for name in TOLD}
        post_webhook(
            outlets,
            geojson.json_text(
                told | {"delivery": number, "sentence": sentence(alert), "stance": words.CAUTION_OF_ALERTS}
            ),
        )


def letter(alert: Mapping[str, Any]) -> str:
    """The text of an e-mail."""
    lines = (
        f"{alert['county']} {'、'.join(alert['places'])}",
        f"{sentence(alert)}。",
        "",
        f"时间:{alert['since']} 至 {alert['until']}(不含)",
        f"负责岗位:{alert['post']}",
        f"核查期限:{alert['due_on']}",
        "",
        f"{words.CAUTION_OF_ALERTS}核查后请在“预警”页填写结果。",
    )
    return "\n".join(lines) + "\n"
