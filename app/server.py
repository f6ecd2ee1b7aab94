"""The web server behind `make run`: waitress on the loopback address."""

import logging
import os
import socket
import sys

import flask
import waitress
from waitress import wasyncore

from app.core import connections
from app.settings import Settings
from gis.errors import Unavailable

#: More only wait for one another's interpreter lock, and shorter turns at it halve what the slowest hundredth waits.
THREADS = 4
TURN_SECONDS = 0.001
LARGEST_BODY = 2**20
LARGEST_ANSWER = 2**30
IDLE_SECONDS, LOOK_SECONDS = 20, 2


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
    sockets: dict[int, object] = {}
    created = waitress.create_server(
        app,
        map=sockets,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        expose_tracebacks=False,
        clear_untrusted_proxy_headers=True,
        asyncore_use_poll=True,
        max_request_body_size=LARGEST_BODY,  # or a stranger's body is spooled to the disk
        inbuf_overflow=2 * LARGEST_BODY,  # and a smaller one as well
        outbuf_high_watermark=LARGEST_ANSWER,  # a thread does not wait for whoever takes its answer slowly
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=LOOK_SECONDS,
        connection_limit=2 * connections.MOST,  # where it would take no more, room has been made long before
    )
    connections.guard(created)
    try:
        created.run()
    finally:
        wasyncore.close_all(sockets)
