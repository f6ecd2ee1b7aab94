"""A connection over TLS that waitress drives like a plain one."""

import contextlib
import errno
import ssl
import threading
from typing import Any

from app.core.words import ENCRYPTED_ONLY

#: The most that one TLS record holds: who reads less leaves bytes that no poll of the socket tells of.
RECORD = 2**14
#: For a browser that was told http: OpenSSL has taken its request off the line, so that no address can be given back.
_PLAIN = f"<!doctype html><meta charset=utf-8><p>{ENCRYPTED_ONLY},请把网址开头的 http:// 改成 https://。".encode()
_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_PLAIN), _PLAIN)
)


class Unfinished(Exception):
    """The rest of a handshake or of a record has not come yet."""


class SealedSocket(ssl.SSLSocket):
    """What ``accept`` of a sealed listener gives; it does not block, and its handshake is done by what is read first.

    The server reads in one thread while another writes, and OpenSSL bears one of them at a time.
    """

    turn: threading.RLock

    def __new__(cls, *args: Any, **kwargs: Any) -> "SealedSocket":
        """One with a lock of its own; ssl makes its sockets without ``__init__``."""
        made = super().__new__(cls, *args, **kwargs)
        made.turn = threading.RLock()
        return made

    def recv(self, buflen: int = RECORD, flags: int = 0) -> bytes:
        """What has come; empty at the end.

        Raises:
            Unfinished: nothing whole yet.
            ConnectionResetError: what came is no TLS.
        """
        with self.turn:
            try:
                return super().recv(max(buflen, RECORD), flags)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise Unfinished from None
            except ssl.SSLError as error:
                if error.reason == "HTTP_REQUEST":
                    self._answer_plainly()
                raise _reset() from error

    def send(self, data: Any, flags: int = 0) -> int:
        """How many bytes were taken.

        Raises:
            BlockingIOError: none, for now.
            ConnectionResetError: the connection has failed.
        """
        with self.turn:
            try:
                return super().send(data, flags)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise BlockingIOError(errno.EWOULDBLOCK, "wait") from None
            except ssl.SSLError as error:
                raise _reset() from error

    def close(self) -> None:
        """Say that it ends, and close it."""
        with self.turn:
            with contextlib.suppress(OSError, ValueError):
                self.unwrap()
            super().close()

    def _answer_plainly(self) -> None:
        with contextlib.suppress(OSError):
            super(ssl.SSLSocket, self).send(_ANSWER)


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "no TLS")
