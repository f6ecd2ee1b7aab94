"""The web server behind `make run`: waitress on the loopback address."""

import logging
import socket
import sys

import flask
import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from app.settings import Settings
from gis.errors import Unavailable

#: More only wait for one another's interpreter lock, and shorter turns at it halve what the slowest hundredth waits.
THREADS = 4
TURN_SECONDS = 0.001


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Keeps a connection after an answer without body: waitress 3.0 closes it after every 304."""

    def set_close_on_finish(self) -> None:
        asked = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked:
            super().set_close_on_finish()


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task


def serve(app: flask.Flask, settings: Settings) -> None:
    """Serve until interrupted.

    Raises:
        Unavailable: the port is taken.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # eight at once is a page's tiles, and no news
    try:
        listener = socket.create_server((settings.host, settings.port))
    except OSError as error:
        raise Unavailable(f"端口 {settings.port} 用不了({error.strerror}),请用 --port 换一个", kind="port") from error
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
    )
    server.channel_class = _Channel
    try:
        server.run()
    finally:
        wasyncore.close_all(connections)
