"""Limits on connections: deadlines for requests and answers, and idle connections closed in favour of new ones.

waitress 3.0 measures how long a connection is idle from its last byte, so that one byte in twenty seconds holds it for
ever, and at its limit it takes no more connections at all. Here a request has to arrive whole within REQUEST_SECONDS
of its first byte and its answer has to be taken within ANSWER_SECONDS; and where one address holds MOST_FROM_ONE
connections, or all hold MOST, the one that has waited longest is closed for the new one. A browser whose idle
connection went opens another by itself. Requests take turns by address (``turns``).
"""

import contextlib
import json
import ssl
import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from app.core import headers, sentences
from app.core.sealed import RECORD, Unfinished
from app.core.turns import Turns

MOST, MOST_FROM_ONE = 400, 200
REQUEST_SECONDS, ANSWER_SECONDS = 30.0, 120.0


def guard(server: Any, *, proxy: str = "") -> None:
    """Make a waitress server keep to these limits; who comes by that ``proxy`` is known by what it says."""
    ordinary = server.maintenance

    def maintain(now: float) -> None:
        ordinary(now)
        _close_overdue(server)

    server.channel_class, server.maintenance, server.proxy = _Channel, maintain, proxy
    server.task_dispatcher.queue = Turns(len(server.task_dispatcher.threads))


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Keeps a connection after an answer without body: waitress 3.0 closes it after every 304."""

    def set_close_on_finish(self) -> None:
        asked = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked:
            super().set_close_on_finish()


class _Refusal(ErrorTask):  # type: ignore[misc]
    """Answer requests that never reach the application with its sentences and headers."""

    def execute(self) -> None:
        error = self.request.error
        kind, sentence = sentences.SENTENCES.get(error.code) or sentences.SENTENCES[500]
        body = json.dumps({"error": kind, "sentence": sentence}, ensure_ascii=False).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([*headers.FIXED.items(), ("Content-Security-Policy", headers.NOTHING)])
        self.response_headers.extend([("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task
    error_task_class = _Refusal
    #: When the first byte came of the request that is being received, and when the last answer was made.
    request_began: float | None = None
    answered: float | None = None

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002
        _make_room(server, addr[0])
        super().__init__(server, sock, addr, adj, map=map)
        if isinstance(sock, ssl.SSLSocket):
            self.sendbuf_len = RECORD  # OpenSSL takes a longer piece as a whole or not at all

    @property
    def sender(self) -> str:
        """The address that sent the request which is next, by the proxy's word where it came through that."""
        if self.addr[0] != self.server.proxy or not self.requests:
            return str(self.addr[0])
        return str(self.requests[0].headers.get("X_FORWARDED_FOR", "")).rpartition(",")[2].strip()

    def handle_read(self) -> None:
        with contextlib.suppress(Unfinished):
            super().handle_read()

    def received(self, data: bytes) -> bool:
        if self.request_began is None:  # empty lines before a request count as its own
            self.request_began = time.monotonic()
        return bool(super().received(data))

    def service(self) -> None:
        self.request_began = None
        sender, dispatcher = self.sender, self.server.task_dispatcher
        try:
            super().service()
        finally:
            with dispatcher.lock:
                dispatcher.queue.end(sender)
        self.answered = time.monotonic()


def _make_room(server: Any, address: str) -> None:
    open_ones = list(server.active_channels.values())
    own = [channel for channel in open_ones if channel.addr[0] == address != server.proxy]
    crowd = open_ones if len(open_ones) >= MOST else own if len(own) >= MOST_FROM_ONE else []
    waiting = [channel for channel in crowd if not channel.requests and not channel.total_outbufs_len]
    if waiting:
        min(waiting, key=_turn).handle_close()


def _turn(channel: Any) -> tuple[bool, float]:
    """The order in which connections are closed: idle ones first, the longest idle of them first."""
    began = channel.request_began
    return (began is not None, channel.last_activity if began is None else began)


def _close_overdue(server: Any) -> None:
    now = time.monotonic()
    for channel in list(server.active_channels.values()):
        began, answered = channel.request_began, channel.answered
        late = began is not None and now - began > REQUEST_SECONDS
        untaken = channel.total_outbufs_len and answered is not None and now - answered > ANSWER_SECONDS
        if not channel.requests and (late or untaken):
            channel.will_close = True
            channel.handle_close()  # the mark alone waits until the other end reads
