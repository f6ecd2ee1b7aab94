"""The web server itself."""

import contextlib
import dataclasses
import http.client
import socket
import sys
import threading
from collections.abc import Iterator

import flask
import pytest
import waitress

from app import server
from app.settings import Settings
from gis.errors import Unavailable


@pytest.fixture
def address(app: flask.Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """The application served on a free port until the test is over."""
    started: list[waitress.server.BaseWSGIServer] = []
    create = waitress.create_server

    def remember(*args: object, **kwargs: object) -> waitress.server.BaseWSGIServer:
        started.append(create(*args, **kwargs))
        ready.set()
        return started[0]

    monkeypatch.setattr(waitress, "create_server", remember)
    listener = server.listen(dataclasses.replace(settings, port=0))
    turn = sys.getswitchinterval()
    ready = threading.Event()
    thread = threading.Thread(target=server.serve, args=(app, listener))
    thread.start()
    assert ready.wait(10)
    yield listener.getsockname()
    # what Ctrl-C does, in the server's own thread
    monkeypatch.setattr(started[0], "maintenance", interrupt)
    started[0].next_channel_cleanup = 0
    with contextlib.suppress(OSError):  # closed already where the client's leaving woke it first
        started[0].pull_trigger()
    thread.join(10)
    sys.setswitchinterval(turn)
    assert not thread.is_alive()


def interrupt(_now: float) -> None:
    raise KeyboardInterrupt


def test_a_connection_outlives_an_answer_without_body(address: tuple[str, int]) -> None:
    client = http.client.HTTPConnection(*address, timeout=10)
    client.request("GET", "/static/map.js")
    first = client.getresponse()
    first.read()
    own_end = client.sock.getsockname()
    for _ in range(3):
        client.request("GET", "/static/map.js", headers={"If-None-Match": first.headers["ETag"]})
        answer = client.getresponse()
        assert (answer.status, answer.read(), answer.headers["Connection"]) == (304, b"", None)
        assert client.sock.getsockname() == own_end
    client.close()


def test_the_server_does_not_tell_what_it_is(address: tuple[str, int]) -> None:
    client = http.client.HTTPConnection(*address, timeout=10)
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


def test_a_request_that_is_none_is_refused_with_the_strict_headers(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nbroken header\r\n\r\n")
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 400
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
