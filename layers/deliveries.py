"""The outbox of alerts: written in the alert's transaction, delivered at least once, retried until a limit."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from layers.schema.tables.alerts import alert_deliveries as outbox

LONGEST_WAIT_SECONDS = 6 * 3600


def queue(connection: sa.Connection, alert_id: int, *, channel: str, address: str) -> None:
    """Queue this alert for that address; queuing it again changes nothing."""
    values = {"alert_id": alert_id, "channel": channel, "address": address}
    connection.execute(insert(outbox).values(**values).on_conflict_do_nothing())


def claim(connection: sa.Connection) -> dict[str, Any] | None:
    """The message that is due longest: alert_delivery_id, alert_id, channel, address, tries; None where none is due.

    The row is locked until the transaction ends and other workers skip it; after a crash it is due as before.
    """
    due = sa.and_(outbox.c.state == "waiting", outbox.c.next_at <= sa.func.now())
    columns = (outbox.c.alert_delivery_id, outbox.c.alert_id, outbox.c.channel, outbox.c.address, outbox.c.tries)
    query = sa.select(*columns).where(due).order_by(outbox.c.next_at, outbox.c.alert_delivery_id).limit(1)
    row = connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
    return dict(row) if row else None


def arrived(connection: sa.Connection, number: int) -> None:
    """Write down that a message has been handed over."""
    sent = {"state": "sent", "sent_at": sa.func.clock_timestamp(), "last_error": ""}
    connection.execute(
        outbox.update().where(outbox.c.alert_delivery_id == number).values(**sent, tries=outbox.c.tries + 1)
    )


def put_off(connection: sa.Connection, number: int, *, error: str, wait_seconds: int | None) -> None:
    """Write down why a message was not handed over and when it is tried again; never where ``wait_seconds`` is None."""
    wait = sa.func.make_interval(0, 0, 0, 0, 0, 0, wait_seconds or 0)
    values = {
        "state": "failed" if wait_seconds is None else "waiting",
        "tries": outbox.c.tries + 1,
        "last_error": error,
        "next_at": sa.func.clock_timestamp() + wait,
    }
    connection.execute(outbox.update().where(outbox.c.alert_delivery_id == number).values(**values))


def take_back_from_the_future(connection: sa.Connection) -> None:
    """Make due at once what is put off beyond the longest wait: the clock was ahead when it was written."""
    longest = sa.func.now() + sa.func.make_interval(0, 0, 0, 0, 0, 0, LONGEST_WAIT_SECONDS)
    late = sa.and_(outbox.c.state == "waiting", outbox.c.next_at > longest)
    connection.execute(outbox.update().where(late).values(next_at=sa.func.now()))
