"""Frozen settings, read once from arguments, the environment and wuchuan.toml; the only reader of the environment."""

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import sqlalchemy as sa

from gis.errors import Refused
from layers.profile import CityProfile, is_address, load_profile

PREFIX = "WUCHUAN_"
LOOPBACK = ("127.0.0.1", "localhost")
LEAST_SECRET = 16
DRIVERS = ("postgresql", "postgresql+psycopg", "postgresql+psycopg2")
#: Chromium opens no page there. Source: kRestrictedPorts of its net/base/port_util.cc, those above 1023.
NO_PAGES = {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
DEMO_PROFILE = Path(__file__).parents[1] / "profiles" / "demo.toml"
#: In the data folder: the profile of a city that was set up on the page, in force where no other is named.
OWN_PROFILE = "city.toml"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one installation runs with; empty ``database_url`` and ``migration_url`` mean the private cluster.

    ``profile_file`` is the file that ``profile`` was read from, and ``is_profile_named`` whether a setting names it.
    """

    database_url: str
    migration_url: str
    data: Path
    port: int
    host: str
    profile: CityProfile
    engine: str
    language: str
    smtp_url: str = ""
    mail_from: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    profile_file: Path = DEMO_PROFILE
    is_profile_named: bool = False
    #: The city's own certificate with its key, and the one address whose X-Forwarded-* headers are believed.
    proxy: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def has_tls(self) -> bool:
        """Whether this service itself speaks TLS: with a certificate of the city, and on every address but loopback."""
        return not self.proxy and (self.tls_cert is not None or self.host not in LOOPBACK)

    @property
    def is_https(self) -> bool:
        """Whether pages come over https, from this service itself or by the named proxy."""
        return self.has_tls or bool(self.proxy)

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which pages may be opened; the first is the one that is printed."""
        own, others = self.proxy or self.host, self.profile.host_names if self.is_https else ()
        return (own, *others) if own == self.host and own in LOOPBACK else (*others, own)

    @property
    def url(self) -> str:
        """The address of the pages, as it is printed."""
        if self.proxy:
            return f"https://{self.names[0]}"
        return f"{'https' if self.has_tls else 'http'}://{self.names[0]}:{self.port}"


def load_settings(
    *,
    data: Path | None = None,
    port: int | None = None,
    folder: Path | None = None,
) -> Settings:
    """The settings in force: arguments first, then WUCHUAN_* variables, then wuchuan.toml in ``folder``.

    Raises:
        Refused: something does not hold; one sentence names every fault.
    """
    folder = folder or Path.cwd()
    faults: list[str] = []
    given = {**_from_file(folder / "wuchuan.toml", faults), **_from_environment()}
    given |= {key: str(value) for key, value in (("data", data), ("port", port)) if value is not None}
    kept = (folder / given["data"]).resolve() if given.get("data") else _default_data(folder)
    own = kept / OWN_PROFILE
    file = (folder / given["profile"]).resolve() if given.get("profile") else own if own.is_file() else DEMO_PROFILE
    city = _profile(file, faults)
    faults += _faults(given)
    if faults or city is None:
        raise Refused("设置有误:" + ";".join(faults), kind="bad_settings")
    return Settings(
        database_url=given.get("database_url", ""),
        migration_url=given.get("migration_url", ""),
        data=kept,
        port=int(given.get("port") or 5050),
        host=given.get("host") or LOOPBACK[0],
        profile=city,
        profile_file=file,
        is_profile_named=bool(given.get("profile")),
        engine=given.get("engine") or "local",
        language=given.get("language") or city.language,
        tls_cert=_file(folder, given.get("tls_cert")),
        tls_key=_file(folder, given.get("tls_key")),
        **{name: given.get(name, "") for name in ("proxy", "smtp_url", "mail_from", "webhook_url", "webhook_secret")},
    )


def _from_environment() -> dict[str, str]:
    names = {PREFIX + key.upper(): key for key in _CHECKS}
    return {names[name]: value for name, value in os.environ.items() if name in names and value}  # noqa: TID251


def _from_file(path: Path, faults: list[str]) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        raw = {key.lower(): value for key, value in tomllib.loads(path.read_text("utf-8")).items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"读不了 {path.name}({error})")
        return {}
    faults += [f"{path.name} 里有不认识的设置 {key}" for key in raw if key not in _CHECKS]
    return {key: str(value) for key, value in raw.items() if key in _CHECKS}


def _file(folder: Path, name: str | None) -> Path | None:
    return (folder / name).resolve() if name else None


def _profile(path: Path, faults: list[str]) -> CityProfile | None:
    try:
        return load_profile(path)
    except Refused as error:
        faults.append(error.sentence)
        return None


def _faults(given: Mapping[str, str]) -> list[str]:
    faults = [
        f"{key.upper()} 的值 {_shown(key, value)} 不对:{rule}"
        for key, value in given.items()
        for rule in [_CHECKS[key](value)]
        if rule
    ]
    if given.get("migration_url") and not given.get("database_url"):
        faults.append("设了 MIGRATION_URL 就要设 DATABASE_URL")
    for name, other in _NEEDS:
        if given.get(name) and not given.get(other):
            faults.append(f"设了 {name.upper()} 就要设 {other.upper()}")
    if given.get("tls_cert") and given.get("proxy"):
        faults.append("TLS_CERT 和 PROXY 只能设一个")
    return faults


def _shown(key: str, value: str) -> str:
    # an address may hold a password
    return "(略)" if key.endswith(("_url", "_secret")) else repr(value)


def _check_url(value: str) -> str:
    try:
        good = not value or sa.make_url(value).drivername in DRIVERS
    except sa.exc.ArgumentError:
        good = False
    return "" if good else "要写成 postgresql://用户:口令@主机:端口/库名"


def _check_port(value: str) -> str:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        return "要是 1 到 65535 的整数"
    return "浏览器不打开这个端口,请换一个" if int(value) in NO_PAGES else ""


def _check_engine(value: str) -> str:
    good = re.fullmatch(r"local|processes|dask://[\w.-]+:[0-9]{1,5}", value)
    return "" if good else "要是 local、processes 或 dask://主机:端口"


def _check_smtp(value: str) -> str:
    rule = "要写成 smtp://主机:端口、smtp+starttls://用户:口令@主机:端口 或 smtps://…;有口令就要加密"
    url = _parts(value)
    if url is None or url.scheme not in {"smtp", "smtp+starttls", "smtps"} or url.path not in {"", "/"}:
        return rule
    return rule if url.username and url.scheme == "smtp" else ""


def _check_webhook(value: str) -> str:
    url = _parts(value)
    good = url is not None and url.scheme in {"http", "https"} and "@" not in url.netloc
    return "" if good else "要写成 https://主机/路径,里面不带用户名和口令"


def _parts(value: str) -> SplitResult | None:
    """The parts of an address that names a host and a port that can be; None of any other."""
    try:
        url = urlsplit(value)
        return url if url.hostname and url.port != 0 and value.isprintable() else None
    except ValueError:
        return None


def _check_host(value: str) -> str:
    return "" if value in LOOPBACK or _is_one_machine(value) else "要是 127.0.0.1 或本机的一个 IPv4 地址"


def _check_proxy(value: str) -> str:
    return "" if _is_one_machine(value) else "要是代理服务器的 IPv4 地址"


def _is_one_machine(value: str) -> bool:
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_multicast or address == ipaddress.IPv4Address("255.255.255.255"))


def _any(_value: str) -> str:
    return ""


_NEEDS = (
    ("smtp_url", "mail_from"),
    ("webhook_url", "webhook_secret"),
    ("tls_cert", "tls_key"),
    ("tls_key", "tls_cert"),
)
_CHECKS: Mapping[str, Callable[[str], str]] = {
    "database_url": _check_url,
    "migration_url": _check_url,
    "data": _any,
    "port": _check_port,
    "host": _check_host,
    "profile": _any,
    "engine": _check_engine,
    "language": lambda value: "" if value in {"zh", "en"} else "要是 zh 或 en",
    "smtp_url": _check_smtp,
    "mail_from": lambda value: "" if is_address(value) else "要是一个邮件地址",
    "webhook_url": _check_webhook,
    "tls_cert": _any,
    "tls_key": _any,
    "proxy": _check_proxy,
    "webhook_secret": lambda value: "" if len(value) >= LEAST_SECRET else f"至少 {LEAST_SECRET} 个字符",
}


def _default_data(folder: Path) -> Path:
    # the database runs as a plain user, who cannot enter root's folders
    return Path("/var/lib/wuchuan") if os.geteuid() == 0 else (folder / "var").resolve()
