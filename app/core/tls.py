"""The certificate by which the service shows itself on an address of the house: found, checked, and made here.

The city's own is named by the settings; one made here lies in the data folder with its key, readable by its owner
alone. Whoever opens the first page compares its fingerprint with the one on the printed slip.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import secrets
import ssl
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.sealed import SealedSocket
from app.settings import LOOPBACK, Settings
from gis.errors import Conflict, Refused, Unavailable
from layers.host.programs import plain_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography import x509

MADE = "tls.pem"
#: Some systems believe no certificate that lasts longer, also one that was put in by hand.
LIFE = dt.timedelta(days=825)
#: So long before the end it is said that a new one is due.
SOON = dt.timedelta(days=30)
_LONGEST_NAME = 64
#: OpenSSL's words for a key that fits another certificate, of the same kind of key and of another.
_STRANGERS = {"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED"}


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate as it is shown to browsers: its SHA-256 fingerprint, the names it is for, and how long it holds."""

    path: Path
    pem: bytes
    fingerprint: str
    names: tuple[str, ...]
    since: dt.datetime
    until: dt.datetime


def context(settings: Settings, *, now: dt.datetime) -> ssl.SSLContext | None:
    """What new connections are sealed with; None where the service speaks plain http, on loopback or to its proxy.

    Raises:
        Unavailable: kind no_certificate, bad_certificate, expired, or open_key; one sentence says what to do.
    """
    if not settings.has_tls:
        return None
    known = certificate(settings)
    _check_days(known, now)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.set_alpn_protocols(["http/1.1"])
    made.sslsocket_class = SealedSocket
    _load(made, *_paths(settings))
    return made


def certificate(settings: Settings) -> Certificate:
    """The certificate in force.

    Raises:
        Unavailable: kind no_certificate, there is none; kind bad_certificate, the file cannot be read as one.
    """
    path, _ = _paths(settings)
    if settings.tls_cert is None and not path.exists():
        raise Unavailable(
            f"HOST 的值 {settings.host} 不是本机回环地址,只能加密服务:请用 wuchuan tls new 做一张证书,"
            "或设 TLS_CERT 和 TLS_KEY 用本市的证书,或设 PROXY 指明前面的代理", kind="no_certificate",
        )  # fmt: skip
    return _read(path)


def fingerprint(settings: Settings) -> str:
    """The fingerprint that stands on a slip; empty where the service shows no certificate of its own or lacks it."""
    try:
        return certificate(settings).fingerprint if settings.has_tls else ""
    except Unavailable:
        return ""


def make(settings: Settings, names: Sequence[str], *, now: dt.datetime, again: bool = False) -> Certificate:
    """A new certificate for those names and addresses, kept with its new key in the data folder.

    Raises:
        Refused: kind no_name, there is no name it could be for, or one that is none.
        Conflict: kind exists, one is there that still holds, and ``again`` was not said.
        Unavailable: the data folder cannot be written.
    """
    own = [] if settings.host in LOOPBACK else [settings.host]
    wanted = list(dict.fromkeys([*settings.profile.host_names, *own, *names]))
    if not wanted:
        raise Refused("证书要写明网址里的主机:请先设 HOST,或用 --name 指明域名或地址", kind="no_name")
    path = settings.data / "secrets" / MADE
    if path.exists() and not again and (there := _read(path)).until > now:
        raise Conflict(
            f"已有证书 {path},{_day(there.until)} 到期,指纹 {there.fingerprint};要换新的请加 --again", kind="exists"
        )
    pem = _signed(wanted, settings.profile.name, now)
    with plain_errors(settings.data):
        _write(path, pem)
    return _read(path)


def uncovered(known: Certificate, settings: Settings) -> list[str]:
    """The names by which pages are opened and that the certificate is not for."""
    return [name for name in settings.names if not any(_covers(pattern, name) for pattern in known.names)]


def _covers(pattern: str, name: str) -> bool:
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return pattern.lower() == name


def _paths(settings: Settings) -> tuple[Path, Path]:
    if settings.tls_cert is not None and settings.tls_key is not None:
        return settings.tls_cert, settings.tls_key
    made = settings.data / "secrets" / MADE
    return made, made


def _read(path: Path) -> Certificate:
    from cryptography import x509  # noqa: PLC0415 - a tenth of a second, which every command would wait for
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415

    try:
        read = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise Unavailable(f"证书 {path} 读不了({error.strerror})", kind="bad_certificate") from error
    except ValueError as error:
        raise Unavailable(f"{path} 里没有 PEM 格式的证书", kind="bad_certificate") from error
    return Certificate(
        path=path, pem=read.public_bytes(serialization.Encoding.PEM), names=_names(read),
        fingerprint=read.fingerprint(hashes.SHA256()).hex(":").upper(),
        since=read.not_valid_before_utc, until=read.not_valid_after_utc,
    )  # fmt: skip


def _names(read: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509  # noqa: PLC0415

    try:
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def _check_days(known: Certificate, now: dt.datetime) -> None:
    if now >= known.until:
        raise Unavailable(
            f"证书 {known.path} 已于 {_day(known.until)} 到期,请换新的;自制的用 wuchuan tls new --again 重做",
            kind="expired",
        )
    if now < known.since:
        raise Unavailable(
            f"证书 {known.path} 从 {_day(known.since)} 起才有效,请核对本机的日期,或换证书", kind="expired"
        )


def _load(into: ssl.SSLContext, cert: Path, key: Path) -> None:
    try:
        if stat.S_IMODE(key.stat().st_mode) & 0o007:
            raise Unavailable(f"私钥 {key} 谁都能读写,请 chmod 600", kind="open_key")
        into.load_cert_chain(cert, key, password=lambda: "")  # a key under a password would ask at the terminal
    except ssl.SSLError as error:
        fits = "不是一对" if error.reason in _STRANGERS else "读不懂,要是 PEM 格式、没有口令的"
        raise Unavailable(f"私钥 {key} 与证书 {cert} {fits}", kind="bad_certificate") from error
    except OSError as error:
        raise Unavailable(f"私钥 {key} 读不了({error.strerror})", kind="bad_certificate") from error


def _signed(names: Sequence[str], city: str, now: dt.datetime) -> bytes:
    """A key on P-256, which every browser knows, and a certificate for those names that it signed itself, in PEM."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

    key, oid = ec.generate_private_key(ec.SECP256R1()), x509.NameOID
    subject = x509.Name([
        x509.NameAttribute(oid.COMMON_NAME, names[0][:_LONGEST_NAME]),
        x509.NameAttribute(oid.ORGANIZATION_NAME, city[:_LONGEST_NAME]),
    ])  # fmt: skip
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))  # a desk's clock may be behind
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(own, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()) + made.public_bytes(pem)


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509  # noqa: PLC0415

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:  # of letters that no certificate holds
        raise Refused(f"“{name}”不是主机的域名或地址", kind="no_name") from error


def _write(path: Path, pem: bytes) -> None:
    """Key and certificate in one file, so that no crash leaves one of them beside another's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, pem)
        os.fsync(handle)
        aside.replace(path)
    finally:
        os.close(handle)
        aside.unlink(missing_ok=True)


def _day(moment: dt.datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d}"
