"""Sealing the audit, every minute."""

from procrastinate import JobContext

from app.core.queue import AGAIN, queue, work_of
from layers import audit
from layers.database import transaction


@queue.periodic(cron="* * * * *")
@queue.task(name="seal_audit", pass_context=True, lock="audit", queueing_lock="audit", retry=AGAIN)
def seal_audit(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 the queue tells it
    """Close a block over what is settled, and write its head outside the database."""
    with work_of(context) as work:
        for step in (audit.close_block, lambda connection: audit.write_heads(connection, work.data)):
            with transaction(work.engine, work.actor.computing()) as connection:
                step(connection)
