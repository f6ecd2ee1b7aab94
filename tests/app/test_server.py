"""The web server itself, in the clear and by TLS: the limits are the same."""

import contextlib
import dataclasses
import datetime as dt
import http.client
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
import waitress

from app import server
from app.core import connections, tls
from app.core.access import public
from app.core.sentences import SENTENCES
from app.settings import Settings
from gis.errors import Unavailable

Running = waitress.server.BaseWSGIServer


@dataclasses.dataclass(frozen=True)
class Door:
    """Where the service listens, and what a connection to it is sealed with."""

    host: str
    port: int
    sealing: ssl.SSLContext | None

    def line(self) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout=10)
        return self.sealing.wrap_socket(line, server_hostname=self.host) if self.sealing else line

    def client(self) -> http.client.HTTPConnection:
        if self.sealing is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=10)
        return http.client.HTTPSConnection(self.host, self.port, timeout=10, context=self.sealing)


@pytest.fixture(params=["plain", "sealed"])
def certificate(request: pytest.FixtureRequest, settings: Settings) -> tls.Certificate | None:
    if request.param == "plain":
        return None
    return tls.make(settings, ["127.0.0.1"], now=dt.datetime.now(dt.UTC))  # noqa: TID251


@pytest.fixture
def running(
    app: flask.Flask, settings: Settings, certificate: tls.Certificate | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """The application served on a free port until the test is over."""
    if certificate is not None:
        settings = dataclasses.replace(settings, tls_cert=certificate.path, tls_key=certificate.path)
    with serving(app, settings, monkeypatch) as running:
        yield running


@contextlib.contextmanager
def serving(
    app: flask.Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, *, proxy: str = ""
) -> Iterator[Running]:
    """That application on a free port of the settings' address while the block lasts."""
    started: list[Running] = []
    create = waitress.create_server

    def remember(*args: object, **kwargs: object) -> Running:
        started.append(create(*args, **kwargs))
        ready.set()
        return started[0]

    monkeypatch.setattr(waitress, "create_server", remember)
    listener = server.listen(dataclasses.replace(settings, port=0))
    turn = sys.getswitchinterval()
    ready = threading.Event()
    thread = threading.Thread(target=server.serve, args=(app, listener), kwargs={"proxy": proxy})
    thread.start()
    assert ready.wait(10)
    try:
        yield started[0]
    finally:
        # what Ctrl-C does, in the server's own thread
        monkeypatch.setattr(started[0], "maintenance", interrupt)
        started[0].next_channel_cleanup = 0
        with contextlib.suppress(OSError):  # closed already where the client's leaving woke it first
            started[0].pull_trigger()
        thread.join(10)
        sys.setswitchinterval(turn)
    assert not thread.is_alive()


@pytest.fixture
def door(running: Running, certificate: tls.Certificate | None) -> Door:
    host, port = running.socket.getsockname()
    sealing = ssl.create_default_context(cadata=certificate.pem.decode()) if certificate else None
    return Door(str(host), int(port), sealing)


def interrupt(_now: float) -> None:
    raise KeyboardInterrupt


def test_a_connection_outlives_an_answer_without_body(door: Door) -> None:
    client = door.client()
    client.request("GET", "/static/shared/city.js")
    first = client.getresponse()
    first.read()
    own_end = client.sock.getsockname()
    for _ in range(3):
        client.request("GET", "/static/shared/city.js", headers={"If-None-Match": first.headers["ETag"]})
        answer = client.getresponse()
        assert (answer.status, answer.read(), answer.headers["Connection"]) == (304, b"", None)
        assert client.sock.getsockname() == own_end
    client.close()


def test_the_server_does_not_tell_what_it_is(door: Door) -> None:
    client = door.client()
    client.request("GET", "/enter")
    answer = client.getresponse()
    answer.read()
    assert answer.status == 200
    assert "Server" not in answer.headers
    client.close()


def test_a_taken_port_is_one_sentence(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"^端口 {port} 用不了\(Address already in use\),请用 --port 换一个$"):
            server.listen(dataclasses.replace(settings, port=port))


def test_a_request_that_is_none_is_refused_with_the_strict_headers(door: Door) -> None:
    with door.line() as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nbroken header\r\n\r\n")
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 400
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert json.loads(answer.read()) == {"error": "bad_request", "sentence": "请求的内容或地址有误"}


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        (b"get / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400, "bad_request"),
        (b"POST /tips HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1048577\r\n\r\n", 413, "too_large"),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "not_implemented"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 300_000 + b"\r\n\r\n", 431, "headers_too_large"),
    ],
    ids=["method", "body", "encoding", "headers"],
)
def test_what_the_server_refuses_by_itself_is_one_chinese_sentence(
    door: Door, request_: bytes, status: int, kind: str
) -> None:
    with door.line() as line:
        line.sendall(request_)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        told = json.loads(answer.read())
    assert (answer.status, answer.headers["Content-Type"], told["error"]) == (status, "application/json", kind)
    assert told["sentence"] == SENTENCES[status][1]


def lines(door: Door, count: int) -> list[socket.socket]:
    return [door.line() for _ in range(count)]


def is_open(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return line.recv(1) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except (ConnectionError, ssl.SSLError):
        return False


def answered_s(door: Door) -> float:
    """Seconds until a page of the service is there."""
    began = time.monotonic()
    client = door.client()
    client.request("GET", "/enter")
    assert client.getresponse().status == 200
    client.close()
    return time.monotonic() - began


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_those_that_wait_make_room_for_who_comes(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_FROM_ONE", 20)
    answered_s(door)  # what is made at the first visit is made
    begun, idle = lines(door, 5), lines(door, 60)
    for line in begun:
        line.sendall(b"GET /enter HTTP/1.1\r\n")
    time.sleep(0.2)
    assert answered_s(door) < 5
    wait_for(lambda: sum(map(is_open, [*begun, *idle])) <= 20)
    assert is_open(idle[-1])
    for line in [*begun, *idle]:
        line.close()


@pytest.mark.parametrize("drip", [b"X", b"\r\n"], ids=["a header that does not end", "empty lines"])
def test_a_request_that_drips_is_cut(door: Door, drip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1.0)
    with door.line() as line:
        if drip == b"X":
            line.sendall(b"GET /enter HTTP/1.1\r\nHost: 127.0.0.1\r\nA: ")
        wait_for(lambda: not _taken(line, drip))


def _taken(line: socket.socket, drip: bytes) -> bool:
    try:
        line.sendall(drip)
    except (ConnectionError, ssl.SSLError):
        return False
    time.sleep(0.1)
    return True


@pytest.mark.slow
def test_a_connection_that_goes_on_asking_is_not_cut(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1.0)
    client = door.client()
    client.request("GET", "/static/shared/city.js")
    tag = client.getresponse()
    tag.read()
    own_end = client.sock.getsockname()
    for _ in range(8):
        client.request("GET", "/static/shared/city.js", headers={"If-None-Match": tag.headers["ETag"]})
        client.getresponse().read()
        time.sleep(0.5)
    assert client.sock.getsockname() == own_end
    client.close()


@pytest.mark.slow
def test_whoever_does_not_take_an_answer_holds_no_thread_and_is_cut(
    door: Door, app: flask.Flask, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 1.0)
    large = bytes(24 << 20)  # more than waitress holds for one connection by itself
    monkeypatch.setitem(app.view_functions, "session.local", public()(lambda: large))
    with contextlib.ExitStack() as end:
        for line in lines(door, server.THREADS + 1):
            end.enter_context(line).sendall(b"GET /enter HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_for(lambda: sum(channel.total_outbufs_len > 0 for channel in channels(running)) == server.THREADS + 1)
        client = end.enter_context(contextlib.closing(door.client()))
        client.request("GET", "/static/shared/city.js")
        answer = client.getresponse()
        assert (answer.status, len(answer.read()) > 0) == (200, True)
        wait_for(lambda: not any(channel.total_outbufs_len for channel in channels(running)))


def channels(running: Running) -> list[Any]:
    return list(running.active_channels.values())
