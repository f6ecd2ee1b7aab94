"""A mail server and a webhook on the loopback address that keep what they are sent."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass(kw_only=True)
class Sink:
    """What came; ``answer`` is what the next ones are told."""

    answer: int
    port: int = 0
    got: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(body, policy=policy.default) for body in self.got]  # type: ignore[misc]


@contextmanager
def mail_server() -> Iterator[Sink]:
    """As much of RFC 5321 as smtplib speaks: HELO, MAIL, RCPT, DATA, RSET, QUIT."""
    sink = Sink(answer=250)

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 sink")
            while line := self.rfile.readline().strip().upper():
                if line == b"DATA":
                    self.say("354 go on")
                    sink.got.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    self.say(f"{sink.answer} kept")
                elif line == b"QUIT":
                    return self.say("221 bye")
                else:
                    self.say("250 well")
            return None

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _served(socketserver.TCPServer(("127.0.0.1", 0), Talk), sink):
        yield sink


@contextmanager
def web_server() -> Iterator[Sink]:
    """Keeps the body, the headers and the path of every POST, and answers all with ``answer``."""
    sink = Sink(answer=204)

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # a followed redirect would come as a GET, and be answered 501
            sink.got.append(self.rfile.read(int(self.headers["Content-Length"])))
            sink.headers.append(dict(self.headers))
            sink.paths.append(self.path)
            self.send_response(sink.answer)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with _served(HTTPServer(("127.0.0.1", 0), Talk), sink):
        yield sink


@contextmanager
def babbler(greeting: bytes, line: bytes, pause_seconds: float) -> Iterator[int]:
    """The port of a server that says ``greeting`` and then ``line`` for ever, each after the pause."""

    class Talk(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(greeting)
                while True:
                    self.request.sendall(line)
                    time.sleep(pause_seconds)

    sink = Sink(answer=0)
    with _served(socketserver.TCPServer(("127.0.0.1", 0), Talk), sink):
        yield sink.port


@contextmanager
def _served(server: socketserver.TCPServer, sink: Sink) -> Iterator[None]:
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
