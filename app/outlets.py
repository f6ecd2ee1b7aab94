"""Where alerts are sent beside the page: work e-mail by SMTP, a signed webhook; nowhere where none is configured."""

import hashlib
import hmac
import smtplib
import ssl
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit

from app.settings import Settings

TIMEOUT_SECONDS = 10
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
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
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
    host = urlsplit(outlets.webhook_url).netloc
    request = urllib.request.Request(outlets.webhook_url, data=body, headers=headers)  # noqa: S310 - http(s), see settings
    try:
        with _opener().open(request, timeout=TIMEOUT_SECONDS):
            return
    except HTTPError as error:
        error.close()
        raise Undelivered(f"{host} 答复 {error.code}") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise Undelivered(f"连不上 {host}({_reason(error)})") from error


def _opener() -> urllib.request.OpenerDirector:
    """Speaks http and https and does nothing else that urllib does by default: no redirect, no proxy, no file."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _reason(error: Exception) -> str:
    """What went wrong, without what a server or an address may have put into the text."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        return "收件地址被拒绝"
    if isinstance(cause, smtplib.SMTPResponseException):
        return f"答复 {cause.smtp_code}"
    if isinstance(cause, TimeoutError):
        return "超时"
    return (cause.strerror if isinstance(cause, OSError) and cause.strerror else None) or type(cause).__name__
