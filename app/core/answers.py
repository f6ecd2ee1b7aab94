"""A cache of rendered answers, gzipped with their ETag, limited in bytes, valid while their layers are unchanged."""

import datetime as dt
import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.geojson import json_text
from layers import read, tips
from layers.actor import SERVICE, Actor
from layers.database import transaction

BUDGET_BYTES = 128 * 2**20
FRESH_SECONDS = 0.5
WORTH_PACKING = 512
QUESTION_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One rendered answer. ``body`` is gzipped where ``packed``; the tag is weak, the same for both forms."""

    body: bytes
    packed: bool
    tag: str
    mimetype: str

    @property
    def cost(self) -> int:
        """The bytes it takes to keep, its question included: without these, empty tiles would cost nothing."""
        return len(self.body) + QUESTION_BYTES

    @property
    def plain(self) -> bytes:
        """The body as it was rendered."""
        return gzip.decompress(self.body) if self.packed else self.body


def render(body: bytes, mimetype: str) -> Answer:
    """Pack a body where that saves bytes, and tag it by its content."""
    packed = gzip.compress(body, 6, mtime=0) if len(body) >= WORTH_PACKING else body
    smaller = len(packed) < len(body)
    return Answer(
        body=packed if smaller else body,
        packed=smaller,
        tag=hashlib.sha256(body).hexdigest()[:20],
        mimetype=mimetype,
    )


def render_json(value: object) -> Answer:
    """Any plain value as an answer."""
    return render(json_text(value), "application/json")


#: How often a layer was written, and when last: after a restore the count alone is the same again for other rows.
Version = tuple[int, dt.datetime]

#: Makes an answer from the database, or reads what it needs there and leaves the rest for after the transaction.
Build = Callable[[sa.Connection], Answer | Callable[[], Answer]]


class Answers:
    """The cache of this process, least recently used first out; one thread builds an answer, others wait for it."""

    def __init__(self, engine: sa.Engine, *, budget_bytes: int = BUDGET_BYTES) -> None:
        self._engine = engine
        self._budget = budget_bytes
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._bytes = 0
        self._building: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self._versions: Mapping[str, Version] = {}
        self._day = ""
        self._versions_read = -FRESH_SECONDS
        self._versions_lock = threading.Lock()

    def get(
        self, question: Hashable, actor: Actor, layers: tuple[str, ...], build: Build, *,
        room: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Answer:  # fmt: skip
        """The answer to that question on this day at the present version of these layers (of all where none is named).

        The cache key holds the actor's scope and agency: actors of different areas never share an answer.

        On a miss, ``room`` is entered by the thread that builds the answer and by those that wait for it.
        """
        versions = self.versions()
        key = (
            question,
            actor.scope,
            actor.agency,
            self._day,
            tuple(versions.get(layer) for layer in layers or sorted(versions)),
        )
        if (answer := self._find(key)) is not None:
            return answer
        with room():
            with self._lock:
                turn = self._building.setdefault(key, threading.Lock())
            try:
                with turn:
                    return self._find(key) or self._keep(key, self._build(actor, build))
            finally:
                with self._lock:
                    self._building.pop(key, None)

    def versions(self) -> Mapping[str, Version]:
        """The version of each layer, at most half a second old; the day in the city is looked at with it."""
        with self._versions_lock:
            if time.monotonic() - self._versions_read >= FRESH_SECONDS:
                with transaction(self._engine, SERVICE) as connection:
                    self._versions = read.versions(connection)
                    self._day = tips.today(connection).isoformat()
                self._versions_read = time.monotonic()
            return self._versions

    def _build(self, actor: Actor, build: Build) -> Answer:
        with transaction(self._engine, actor) as connection:
            found = build(connection)
        return found if isinstance(found, Answer) else found()

    def _find(self, key: Hashable) -> Answer | None:
        with self._lock:
            if (answer := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
            return answer

    def _keep(self, key: Hashable, answer: Answer) -> Answer:
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = answer
            self._bytes += answer.cost - (before.cost if before else 0)
            while self._bytes > self._budget:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.cost
        return answer
