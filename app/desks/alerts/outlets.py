"""Where alerts are sent beside the page: work e-mail by SMTP, a signed webhook; nowhere where none is configured."""

import errno
import hashlib
import hmac
import io
import smtplib
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import unquote, urlsplit

from app.settings import Settings

TIMEOUT_SECONDS = 10
#: Of all that a server says on one connection; a socket's own timeout begins anew with every byte.
TOTAL_SECONDS, MOST_BYTES = 20, 2**16
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
SIGNATURE = "X-Wuchuan-Signature"


class Undelivered(Exception):
    """A message that did not arrive; its text is one sentence without a secret."""


@dataclass(frozen=True, kw_only=True)
class Outlets:
    """The configured ways out; ``addresses`` are (prefix of an area code, e-mail address)."""

    smtp_url: str = ""
    mail_from: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    addresses: tuple[tuple[str, str], ...] = ()

    def to(self, communities: Iterable[str]) -> list[tuple[str, str]]:
        """(channel, address) of all that hear of an alert in these communities; a webhook's address is its host."""
        told = list(communities)
        mails = [address for prefix, address in self.addresses if any(code.startswith(prefix) for code in told)]
        found = [("email", address) for address in dict.fromkeys(mails)] if self.smtp_url else []
        return found + ([("webhook", urlsplit(self.webhook_url).netloc)] if self.webhook_url else [])


def outlets_of(settings: Settings) -> Outlets:
    """The ways out that these settings and their city profile configure."""
    names = ("smtp_url", "mail_from", "webhook_url", "webhook_secret")
    return Outlets(**{name: getattr(settings, name) for name in names}, addresses=settings.profile.alert_mail)


def send_mail(outlets: Outlets, address: str, *, subject: str, text: str, number: int) -> None:
    """Send one message; its Message-ID is the same each time, so that a mailbox may drop a second copy.

    Raises:
        Undelivered: it could not be handed over.
    """
    if not outlets.smtp_url:
        raise Undelivered("没有配置邮件服务器(SMTP_URL)")
    message = EmailMessage()
    # the name of a place may read as an encoded word, which EmailMessage decodes, line breaks and all, into the header
    subject = " ".join(subject.replace("=?", "= ?").split())
    message["From"], message["To"], message["Subject"] = outlets.mail_from, address, subject
    message["Date"], message["Message-ID"] = formatdate(), f"<alert-delivery-{number}@wuchuan.invalid>"
    message.set_content(text)
    url = urlsplit(outlets.smtp_url)
    port = url.port or PORTS[url.scheme]
    try:
        with _connected(url.scheme, url.hostname or "", port) as server:
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Undelivered(f"邮件服务器 {url.hostname}:{port} 没有收下({_reason(error)})") from error


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return _TlsMail(host, port, timeout=TIMEOUT_SECONDS, context=context)
    server = _Mail(host, port, timeout=TIMEOUT_SECONDS)
    if scheme == "smtp+starttls":
        server.starttls(context=context)
    return server


def post_webhook(outlets: Outlets, body: bytes) -> None:
    """Post a JSON body with the HMAC-SHA256 of it in ``SIGNATURE``; redirects are not followed, no proxy is used.

    Raises:
        Undelivered: the answer was no 2xx, or there was none.
    """
    if not outlets.webhook_url:
        raise Undelivered("没有配置推送地址(WEBHOOK_URL)")
    sign = hmac.new(outlets.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json; charset=utf-8", SIGNATURE: f"sha256={sign}"}
    url = urlsplit(outlets.webhook_url)
    speak = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = speak(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
    connection.response_class = _Answer
    try:
        connection.request("POST", f"{url.path or '/'}{'?' if url.query else ''}{url.query}", body, headers)
        status = connection.getresponse().status
    except (HTTPException, OSError, ValueError) as error:
        raise Undelivered(f"连不上 {url.netloc}({_reason(error)})") from error
    finally:
        connection.close()
    if status // 100 != 2:
        raise Undelivered(f"{url.netloc} 答复 {status}")


class _Heard(io.RawIOBase):
    """What a server says, up to ``MOST_BYTES`` within ``TOTAL_SECONDS``, however it drips or pours."""

    def __init__(self, said: socket.socket) -> None:
        self._said, self._left, self._until = said, MOST_BYTES, time.monotonic() + TOTAL_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        if self._left <= 0:
            raise OSError(errno.EMSGSIZE, "答复太长")
        self._said.settimeout(seconds)
        count = self._said.recv_into(buffer)
        self._left -= count
        return count


class _Mail(smtplib.SMTP):
    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:  # at first, and anew after STARTTLS
            self.file = io.BufferedReader(_Heard(self.sock))
        return super().getreply()


class _TlsMail(_Mail, smtplib.SMTP_SSL):
    pass


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Heard(sock))


def _reason(error: Exception) -> str:
    """What went wrong, without what a server or an address may have put into the text."""
    # smtplib puts what went wrong on the wire behind an error of its own
    cause = error.__context__ if isinstance(error, smtplib.SMTPServerDisconnected) and error.__context__ else error
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        return "收件地址被拒绝"
    if isinstance(cause, smtplib.SMTPResponseException):
        return f"答复 {cause.smtp_code}"
    if isinstance(cause, TimeoutError):
        return "超时"
    return (cause.strerror if isinstance(cause, OSError) and cause.strerror else None) or type(cause).__name__
