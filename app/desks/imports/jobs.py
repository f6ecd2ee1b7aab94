"""An import as a job."""

from collections.abc import Mapping

import sqlalchemy as sa
from procrastinate import JobContext

from app.core.queue import AGAIN, enqueue, queue, work_of
from layers.actor import Actor


def enqueue_import(connection: sa.Connection, actor: Actor, *, layer: str, upload: str) -> int:
    """Queue the import of an upload that has its order beside it, and return the job's number.

    The queue holds the upload's random name alone: no path that could point elsewhere, and nothing the file says.
    """
    return enqueue(connection, actor, import_layer, "导入", lock=f"import {layer}", upload=upload)


@queue.task(name="import", pass_context=True, retry=AGAIN)
def import_layer(context: JobContext, *, upload: str, actor: Mapping[str, str] | None = None) -> None:
    """Import one upload; what became of it stays beside it, and here only the counts."""
    from app.desks.imports.upload import import_upload  # noqa: PLC0415

    with work_of(context, actor) as work:
        report = import_upload(work.engine, work.actor, work.profile, work.data, upload, progress=work)
        work.finish({name: report[name] for name in ("accepted", "unchanged", "updated", "skipped")})
