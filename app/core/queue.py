"""The job queue in the city's database: context of a task, its progress, and retries.

A job survives its worker: when a worker gives no sign of life for ``STALLED_SECONDS``, the next one takes its jobs up
again, at most ``MOST_ATTEMPTS`` times; so is a job that the database fell under. Every kind of job may be done twice
without harm: an import and a watch change nothing the second time, an analysis replaces its own result in one
transaction, an order its own file. A job acts as whoever queued it; one that nobody queued, or that an earlier
version did, as the service. Tasks import their workflow when they run: the web process only queues them, and starts
quicker without.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import procrastinate
import sqlalchemy as sa
from procrastinate import JobContext
from procrastinate.exceptions import AlreadyEnqueued, JobAborted
from procrastinate.jobs import Job

from gis.errors import Conflict, DomainError, Refused
from layers import write
from layers.actor import SERVICE, Actor
from layers.database import is_lost, transaction

if TYPE_CHECKING:
    from app.settings import Settings

STALLED_SECONDS = 15
MOST_ATTEMPTS = 3
TELL_SECONDS = 0.5
AGAIN_SECONDS = 5

#: Never opened: a job is queued on its caller's connection, in the caller's transaction.
queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


class _Again(procrastinate.BaseRetryStrategy):
    """At once where the worker was asked to stop, a little later where the database fell; nothing else again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        if job.attempts + 1 >= MOST_ATTEMPTS:
            return None
        if isinstance(exception, JobAborted):
            return procrastinate.RetryDecision()
        if is_lost(exception):
            return procrastinate.RetryDecision(retry_in={"seconds": AGAIN_SECONDS})
        return None


AGAIN = _Again()


def enqueue(
    connection: sa.Connection, actor: Actor, task: Any, title: str, *, lock: str | None = None, **arguments: Any
) -> int:
    """Queue a task in the transaction of ``connection``, to be done as that actor; the job's number.

    That transaction stays usable where one waits already.

    Raises:
        Conflict: one that it must not stand beside is waiting already; kind already_queued.
    """
    options = {"connection": connection.connection.driver_connection} | ({"lock": lock} if lock else {})
    try:
        with connection.begin_nested():
            return int(task.configure(**options).defer(actor=actor.to_json(), **arguments))
    except AlreadyEnqueued as error:
        raise Conflict(f"已有一次{title}在排队,等它做完再说", kind="already_queued") from error


class Work:
    """What a task works with, and its progress: (done, total) into the database, at most twice a second.

    Calling it also ends the job where the worker has been asked to stop; the job is then queued again.
    """

    def __init__(self, context: JobContext, actor: Mapping[str, str] | None) -> None:
        self.actor = SERVICE if actor is None else Actor.from_json(actor)
        self.engine: sa.Engine = context.additional_context["engine"]
        self.settings: Settings = context.additional_context["settings"]
        settings = self.settings
        self.profile, self.data, self.spread_on = settings.profile, settings.data, settings.engine
        self._context = context
        self._done, self._total = 0, 1
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Tell how far it is."""
        if self._context.should_abort():
            raise JobAborted
        self._done, self._total = done, total
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TELL_SECONDS
            self.tell("进行中")

    def tell(self, note: str, result: Mapping[str, Any] | None = None) -> None:
        """Write where the job stands."""
        number = self._context.job.id or 0
        with transaction(self.engine, SERVICE) as connection:
            write.set_progress(connection, number, done=self._done, total=self._total, note=note, result=result)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write what came out."""
        self._done = self._total
        self.tell("已完成", result)


@contextlib.contextmanager
def work_of(context: JobContext, actor: Mapping[str, str] | None = None, *, may_refuse: bool = False) -> Iterator[Work]:
    """What a task works with; what goes wrong is told, a refusal in its own sentence, before the job fails.

    A job that ``may_refuse`` succeeds all the same when its workflow finds nothing to do.
    """
    work = Work(context, actor)
    work.tell("已开始")
    try:
        yield work
    except DomainError as error:
        work.tell(error.sentence)
        if not (may_refuse and isinstance(error, Refused)):
            raise
    except JobAborted:
        raise
    except Exception:
        work.tell("出错了,原因见后台的日志")
        raise
