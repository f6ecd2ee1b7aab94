"""The web server behind `make run`: waitress, in the clear on the loopback address and by TLS on one of the house."""

import datetime as dt
import errno
import logging
import os
import socket
import ssl
import sys

import flask
import waitress
from waitress import wasyncore

from app.core import connections, tls
from app.settings import Settings
from gis.errors import Unavailable

#: More only wait for one another's interpreter lock, and shorter turns at it halve what the slowest hundredth waits.
THREADS = 4
TURN_SECONDS = 0.001
LARGEST_BODY = 2**20
LARGEST_ANSWER = 2**30
_BELIEVED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
IDLE_SECONDS, LOOK_SECONDS = 20, 2


def listen(settings: Settings) -> socket.socket:
    """The socket of these settings, sealed where they ask for TLS; who comes before it is served waits.

    Raises:
        Unavailable: the port is taken, the address is another machine's, or there is no certificate that holds.
    """
    sealing = tls.context(settings, now=dt.datetime.now(dt.UTC))  # noqa: TID251 - a certificate holds by the clock
    try:
        listener = socket.create_server((settings.host, settings.port))
        return sealing.wrap_socket(listener, server_side=True, do_handshake_on_connect=False) if sealing else listener
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Unavailable(f"HOST 的值 {settings.host} 不是本机的地址,请改成本机的一个", kind="host") from error
        reason = os.strerror(error.errno or 0)  # its own text repeats the address
        raise Unavailable(f"端口 {settings.port} 用不了({reason}),请用 --port 换一个", kind="port") from error


def serve(app: flask.Flask, listener: socket.socket, *, proxy: str = "") -> None:
    """Serve those who come to that socket, until interrupted; it is closed then.

    Of that ``proxy`` alone it is believed for whom it asks, by which name and scheme.
    """
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
        url_scheme="https" if isinstance(listener, ssl.SSLSocket) else "http",
        clear_untrusted_proxy_headers=True,
        **({"trusted_proxy": proxy, "trusted_proxy_count": 1, "trusted_proxy_headers": _BELIEVED} if proxy else {}),
        asyncore_use_poll=True,
        max_request_body_size=LARGEST_BODY,  # or a stranger's body is spooled to the disk
        inbuf_overflow=2 * LARGEST_BODY,  # and a smaller one as well
        outbuf_high_watermark=LARGEST_ANSWER,  # a thread does not wait for whoever takes its answer slowly
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=LOOK_SECONDS,
        connection_limit=2 * connections.MOST,  # where it would take no more, room has been made long before
    )
    connections.guard(created, proxy=proxy)
    try:
        created.run()
    finally:
        wasyncore.close_all(sockets)
