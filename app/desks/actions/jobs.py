"""The drawing of a long order as a job."""

from collections.abc import Mapping

import sqlalchemy as sa
from procrastinate import JobContext

from app.core import uploads
from app.core.queue import AGAIN, enqueue, queue, work_of
from layers.actor import Actor


def enqueue_order(connection: sa.Connection, actor: Actor, *, action_id: int, upload: str) -> int:
    """Queue the drawing of an action's order into that upload, and return the job's number."""
    return enqueue(connection, actor, draw_order, "制图", action_id=action_id, upload=upload)


@queue.task(name="order", pass_context=True, lock="order", retry=AGAIN)
def draw_order(context: JobContext, *, action_id: int, upload: str, actor: Mapping[str, str] | None = None) -> None:
    """Draw the order of an action into an upload, which is then its PDF."""
    from app.core.files import replacing  # noqa: PLC0415
    from app.desks.actions.order import printed_order  # noqa: PLC0415

    with work_of(context, actor) as work:
        body = printed_order(work.engine, work.actor, work.profile, action_id)
        with replacing(uploads.file_of(work.data, upload)) as unfinished:
            unfinished.write_bytes(body)
        work.finish({})
