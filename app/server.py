"""The web server behind `make run`: waitress on the loopback address."""

import logging
import os
import socket
import sys

import flask
import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from app.settings import Settings
from app.web.headers import FIXED, NOTHING
from gis.errors import Unavailable

#: More only wait for one another's interpreter lock, and shorter turns at it halve what the slowest hundredth waits.
LARGEST_BODY = 2**20
IDLE_SECONDS = 20
MOST_CONNECTIONS = 500
THREADS = 4
TURN_SECONDS = 0.001


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Keeps a connection after an answer without body: waitress 3.0 closes it after every 304."""

    def set_close_on_finish(self) -> None:
        asked = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked:
            super().set_close_on_finish()


class _Refusal(ErrorTask):  # type: ignore[misc]
    """What never reaches the application is answered with its headers all the same."""

    def execute(self) -> None:
        self.response_headers.extend([*FIXED.items(), ("Content-Security-Policy", NOTHING)])
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task
    error_task_class = _Refusal


def listen(settings: Settings) -> socket.socket:
    """The socket of these settings; who comes before it is served waits.

    Raises:
        Unavailable: the port is taken.
    """
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        reason = os.strerror(error.errno or 0)  # its own text repeats the address
        raise Unavailable(f"端口 {settings.port} 用不了({reason}),请用 --port 换一个", kind="port") from error


def serve(app: flask.Flask, listener: socket.socket) -> None:
    """Serve those who come to that socket, until interrupted; it is closed then."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # eight at once is a page's tiles, and no news
    sys.setswitchinterval(TURN_SECONDS)
    connections: dict[int, object] = {}
    server = waitress.create_server(
        app,
        map=connections,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        expose_tracebacks=False,
        clear_untrusted_proxy_headers=True,
        asyncore_use_poll=True,
        max_request_body_size=LARGEST_BODY,  # or a stranger's body is spooled to the disk
        channel_timeout=IDLE_SECONDS,
        connection_limit=MOST_CONNECTIONS,
    )
    server.channel_class = _Channel
    try:
        server.run()
    finally:
        wasyncore.close_all(connections)
