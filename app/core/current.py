"""What a view needs of the running application: settings, database, cached answers, slots for slow work."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import flask
import sqlalchemy as sa

from app.core import acting, apart, geojson
from app.core.answers import Answer, Answers, Build
from app.core.places import Places
from app.core.sign_ins import SignIns, SlowDown
from app.server import THREADS
from app.settings import Settings
from gis.errors import Refused, Unavailable
from layers.actor import Actor
from layers.database import transaction, writing

#: At most THREADS - 1 slow requests run at a time, and one of them draws; one thread stays free for quick ones.
_SEATS, _TURN = threading.BoundedSemaphore(THREADS - 1), threading.Lock()

#: Where a form or a JSON body holds the id that its page made for it, where the header does not.
FIELD = "client_id"
#: Where a form asks to be warned of persons' names.
NAMES = "names"
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class House:
    """The parts that live as long as the application does."""

    settings: Settings
    database: sa.Engine
    answers: Answers
    places: Places
    sign_ins: SignIns
    slow_down: SlowDown
    #: Draws in a process of its own: what drawing loads is more than all else that the web holds.
    drawer: apart.Lingering

    @property
    def engine(self) -> sa.Engine:
        """The database as the request being answered needs it: whatever may change something may copy and enqueue."""
        safe = not flask.has_request_context() or flask.request.method in acting.SAFE_METHODS
        return self.database if safe else writing(self.database)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the city's day begins."""
        return self.settings.profile.zone


def house() -> House:
    """The house of the request being answered."""
    kept: House = flask.current_app.extensions["wuchuan"]
    return kept


def act(workflow: Callable[..., Result], *wanted: Any, actor: Actor | None = None, **how: Any) -> Result:
    """What ``workflow(connection, actor, …)`` gives back, done in one transaction by whoever sent the request.

    ``actor`` is another in whose name it is done.
    """
    actor = actor or acting.requester()
    with transaction(house().engine, actor) as connection:
        return workflow(connection, actor, *wanted, **how)


def fetch(read: Callable[..., Result], *wanted: Any, **how: Any) -> Result:
    """What ``read(connection, …)`` gives back, in one transaction of whoever sent the request."""
    with transaction(house().engine, acting.requester()) as connection:
        return read(connection, *wanted, **how)


def answer(
    question: Hashable, build: Build, *, layers: tuple[str, ...] = (),
    room: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> flask.Response:  # fmt: skip
    """The response to a read by whoever asks, from the cached answers."""
    return sent(house().answers.get(question, acting.requester(), layers, build, room=room))


def sent(stored: Answer) -> flask.Response:
    """An answer as a response: packed if the client takes gzip, 304 if it has it already."""
    request = flask.request
    # plain header texts: werkzeug's objects for them take a fifth of the whole request
    headers = {"ETag": f'W/"{stored.tag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if request.if_none_match.contains_weak(stored.tag):
        return flask.Response(status=304, headers=headers, mimetype=stored.mimetype)
    if stored.packed and request.accept_encodings.best_match(["gzip"]):
        headers["Content-Encoding"] = "gzip"
        return flask.Response(stored.body, headers=headers, mimetype=stored.mimetype)
    return flask.Response(stored.plain, headers=headers, mimetype=stored.mimetype)


def json_response(value: object, status: int = 200) -> flask.Response:
    """Any plain value as a JSON response that is not cached."""
    return flask.Response(geojson.json_text(value), status, mimetype="application/json")


def json_object() -> dict[str, Any]:
    """The JSON object that the request sends.

    Raises:
        Refused: it sends none.
    """
    body = flask.request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused("请求的内容要是 JSON", kind="bad_request")
    return {name: value for name, value in cast("dict[str, Any]", body).items() if name != FIELD}


@contextmanager
def seated() -> Iterator[None]:
    """A seat for what takes a second and more: pictures, plans and previews never take all of the server's threads.

    Who asks with HEAD is answered without the work, once all else of the request has been looked at.

    Raises:
        Unavailable: all are taken.
    """
    if flask.has_request_context() and flask.request.method == "HEAD":
        flask.abort(flask.Response(headers={"Content-Type": ""}))
    if not _SEATS.acquire(blocking=False):
        raise Unavailable("正在画图或计算别的内容,请过几秒再试", kind="busy")
    try:
        yield
    finally:
        _SEATS.release()


@contextmanager
def drawing() -> Iterator[None]:
    """The turn to draw a picture, waited for in a seat; raises as ``seated``."""
    with seated(), _TURN:
        yield
