"""The keys of contacts whose time is over, destroyed once a day."""

from collections.abc import Mapping

from procrastinate import JobContext

from app.core.queue import AGAIN, queue, work_of
from layers import contacts
from layers.database import transaction


@queue.periodic(cron="17 * * * *")  # every hour, so that a machine that was off catches up
@queue.task(name="expire_contacts", pass_context=True, lock="contacts", queueing_lock="contacts", retry=AGAIN)
def expire_contacts(
    context: JobContext, timestamp: int | None = None, *, actor: Mapping[str, str] | None = None
) -> None:  # fmt: skip
    """Destroy what is due, and let rewards lapse that nobody promised."""
    with work_of(context, actor) as work:
        with transaction(work.engine, work.actor.computing()) as connection:
            destroyed = contacts.expire(connection)
        work.finish({"destroyed": destroyed, "at": timestamp})
