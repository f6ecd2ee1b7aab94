"""The city profile: what differs between two cities that use the same code, read from one TOML file."""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from gis.errors import Refused

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
CLUSTERS = ("dbscan", "hdbscan", "optics")
DATUMS: tuple[Datum, ...] = ("wgs84", "cgcs2000", "gcj02", "bd09")
#: Characters that fit beside the date at the foot of a printed sheet.
LONGEST_LINE = 40
_FILES = ("roads", "basemap", "calendar")
_TEXTS = (
    "name", "code_prefix", "code_pattern", "metric_crs", "timezone", "language", "default_datum", "parent",
    "issuing_unit", "handling_mark", "clusters", *_FILES,
)  # fmt: skip
#: The Gauss-Kruger zones of CGCS2000, in metres each: 6 degrees with and without the zone's number, and 3 degrees.
_CGCS2000_GRIDS = frozenset(f"EPSG:{code}" for code in range(4491, 4555))
#: The letters that every code of a pattern begins with; one that may be left out or repeated is none of them.
_BEGINNING = re.compile(r"\^?([\w-]*)(?![?*{])", re.ASCII)

#: As browsers send it: small letters, and no port.
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class CityProfile:
    """One city. ``bounds`` are W, S, E, N in degrees; ``parent = "none"`` means codes say nothing of a parent.

    ``agencies`` send teams to joint actions; their names are today's, for those of 2016 were merged in 2018.
    ``issuing_unit`` and ``handling_mark`` stand on every printed sheet; without a unit the city's name does.
    ``clusters`` is the method by which an analysis joins sources to zones where none is asked for.
    ``alert_mail`` are pairs of how an area's code begins and a work address that hears of alerts there.
    ``host_names`` open the pages over https beside the service's own address; the first is printed on links.
    ``local_link`` lets this machine print links that sign in; ``require_totp`` asks every account for a one-time code.
    """

    name: str
    code_prefix: str
    code_pattern: str
    bounds: tuple[float, float, float, float]
    metric_crs: str
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    default_datum: Datum = "cgcs2000"
    parent: Literal["prefix", "none"] = "prefix"
    roads: Path | None = None
    basemap: Path | None = None
    calendar: Path | None = None
    agencies: tuple[str, ...] = ("公安", "市场监管", "政法委")
    issuing_unit: str = ""
    handling_mark: str = "内部资料 不得公开"
    alert_mail: tuple[tuple[str, str], ...] = ()
    clusters: Literal["dbscan", "hdbscan", "optics"] = "dbscan"
    host_names: tuple[str, ...] = ()
    local_link: bool = True
    require_totp: bool = False

    @property
    def city_code(self) -> str:
        """The code of the whole city: the prefix padded with zeros to 12 where codes are Chinese, else the prefix."""
        return self.code_prefix.ljust(12, "0") if self.parent == "prefix" else self.code_prefix

    @property
    def is_demo(self) -> bool:
        """Whether it is the fictional city, which is filled at its first start."""
        return self.name.startswith("演示市")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a day begins."""
        return ZoneInfo(self.timezone)


def load_profile(path: Path) -> CityProfile:
    """The profile in that TOML file; relative ``roads``, ``basemap`` and ``calendar`` count from the file's folder.

    Raises:
        Refused: the file is missing or is not TOML, or a setting is missing, unknown or does not hold, or names a file
            that is not there; all named.

    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"读不了城市配置文件 {path}:{error}", kind="bad_profile") from error
    faults = _faults(raw)
    files = {key: path.parent / raw[key] for key in _FILES if raw.get(key)} if not faults else {}
    unread = [key for key, file in files.items() if not os.access(file, os.R_OK) or not file.is_file()]
    faults += [f"{key} 的 {files[key]} 不存在,或不是能读的文件" for key in unread]
    if faults:
        raise Refused(f"城市配置文件 {path.name} 有误:" + ";".join(faults), kind="bad_profile")
    lists: dict[str, tuple[object, ...]] = {
        key: tuple(raw[key]) for key in ("bounds", "agencies", "host_names") if key in raw
    }
    lists["alert_mail"] = tuple((begins, to) for begins, told in _alert_mail(raw).items() for to in told)
    return CityProfile(**{**raw, **lists, **files})


def _faults(raw: dict[str, object]) -> list[str]:
    known = {f.name for f in fields(CityProfile)}
    needed = ("name", "code_prefix", "code_pattern", "bounds", "metric_crs")
    faults = [f"缺少 {key}" for key in needed if raw.get(key, "") == "" and not (key == "code_prefix" and key in raw)]
    faults += [_unknown(key, known) for key in raw if key not in known]
    faults += [f"{key} 的值 {raw[key]!r} 要写在引号里" for key in _TEXTS if not isinstance(raw.get(key, ""), str)]
    if faults:
        return faults
    for key, check in _checks(raw).items():
        try:
            check()
        except (ValueError, TypeError, KeyError, re.error, OSError):
            faults.append(f"{key} 的值 {raw.get(key)!r} 不对")
    return faults


def _unknown(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key.lower(), sorted(known), n=1, cutoff=0.0)
    return f"不认识的设置 {key},最接近的是 {near[0]}"


def _checks(raw: dict[str, object]) -> dict[str, Callable[[], object]]:
    return {
        "code_pattern": lambda: re.compile(str(raw["code_pattern"])),
        "code_prefix": lambda: _check_prefix(str(raw["code_prefix"]), str(raw["code_pattern"])),
        "bounds": lambda: _check_bounds(raw["bounds"]),
        "metric_crs": lambda: _check_metric(str(raw["metric_crs"])),
        "timezone": lambda: ZoneInfo(str(raw.get("timezone", "Asia/Shanghai"))),
        "language": lambda: ("zh", "en").index(str(raw.get("language", "zh"))),
        "default_datum": lambda: DATUMS.index(raw.get("default_datum", "cgcs2000")),
        "parent": lambda: ("prefix", "none").index(str(raw.get("parent", "prefix"))),
        "issuing_unit": lambda: _check_line(raw.get("issuing_unit", "")),
        "handling_mark": lambda: _check_line(raw.get("handling_mark", "")),
        "agencies": lambda: _check_agencies(raw.get("agencies", ["公安"])),
        "clusters": lambda: CLUSTERS.index(str(raw.get("clusters", "dbscan"))),
        "alert_mail": lambda: _check_mail(_alert_mail(raw)),
        "host_names": lambda: _check_hosts(raw.get("host_names", [])),
        "local_link": lambda: _check_flag(raw.get("local_link", True)),
        "require_totp": lambda: _check_flag(raw.get("require_totp", False)),
    }


def _check_bounds(bounds: object) -> None:
    if not isinstance(bounds, list) or not all(type(edge) in (int, float) for edge in bounds):
        raise TypeError(bounds)
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(bounds)


def _check_prefix(prefix: str, pattern: str) -> None:
    """Refuse a prefix that no code of the pattern begins with, as far as the pattern's first letters tell."""
    found = _BEGINNING.match(pattern)
    begins = found[1] if found and "|" not in pattern else ""
    if not (begins.startswith(prefix) or prefix.startswith(begins)):
        raise ValueError(prefix)


def _check_agencies(agencies: object) -> None:
    names = agencies if isinstance(agencies, list) else []
    if not names or len(set(names)) < len(names) or not all(isinstance(n, str) and n.strip() for n in names):
        raise ValueError(agencies)


def _check_line(text: object) -> None:
    if not isinstance(text, str) or not text.isprintable() or len(text) > LONGEST_LINE:
        raise ValueError(text)


def _check_hosts(names: object) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) and _HOST_NAME.fullmatch(name) for name in names):
        raise ValueError(names)


def _check_flag(value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(value)


def is_address(text: str) -> bool:
    """Whether a text may stand as a plain e-mail address."""
    return re.fullmatch(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)*", text, re.ASCII) is not None


def _alert_mail(raw: dict[str, object]) -> dict[str, list[str]]:
    """The table [alert_mail]: how codes begin ("" for the whole city), and one address or several."""
    table = raw.get("alert_mail", {})
    if not isinstance(table, dict):
        raise TypeError(table)
    return {begins: told if isinstance(told, list) else [told] for begins, told in table.items()}


def _check_mail(table: dict[str, list[str]]) -> None:
    if not all(re.fullmatch(r"[0-9A-Za-z_-]{0,32}", begins) for begins in table):
        raise ValueError(table)
    if not all(is_address(to) for told in table.values() for to in told):
        raise ValueError(table)


def _check_metric(name: str) -> None:
    """Refuse what does not measure in metres: degrees, feet, and Web Mercator, whose metres grow to the north."""
    if name in _CGCS2000_GRIDS:
        return
    import pyproj  # noqa: PLC0415 - a twentieth of a second, which every command would wait for

    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(name) from error
    if not crs.is_projected or crs.axis_info[0].unit_conversion_factor != 1:
        raise ValueError(name)
    if crs.coordinate_operation is not None and "Pseudo" in crs.coordinate_operation.method_name:
        raise ValueError(name)
