"""A city of one's own in the place of the demo city: its profile is written, its database made, the service begun anew.

The demo city's database stays as it is. The profile is put in force last: whoever is killed before has changed nothing.
"""

import dataclasses
import datetime as dt
import json
import math
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from app.core import acting, open_city
from app.core.files import replacing
from app.settings import DEMO_PROFILE, OWN_PROFILE, Settings
from gis.errors import Conflict, Refused
from layers import write
from layers.actor import SERVICE
from layers.database import transaction
from layers.profile import CityProfile, load_profile

ENTRY_LIFE = dt.timedelta(hours=1)
EDGES = ("west", "south", "east", "north")
#: The 3-degree zones of CGCS2000 by their central meridian: 75 is EPSG:4534, 135 is EPSG:4554.
FIRST_MERIDIAN, LAST_MERIDIAN, FIRST_ZONE, DEGREES = 75, 135, 4534, 3
CODE_DIGITS = 12


def why_not(settings: Settings) -> str:
    """Why the page cannot change the city, in one sentence; "" where it can. ``settings`` are those before opening."""
    if settings.database_url:
        return "数据库由 WUCHUAN_DATABASE_URL 指定,换城市请另备一个库,再改 WUCHUAN_PROFILE 和它,重新启动"
    if settings.is_profile_named:
        return "城市由 WUCHUAN_PROFILE(或 wuchuan.toml 里的 profile)指定,换城市请改它,重新启动"
    if not settings.profile.is_demo:
        return f"现在已经是{settings.profile.name};它的配置在 {settings.profile_file}"
    return ""


def make_ready(settings: Settings, values: Mapping[str, str]) -> str:
    """Make the city that these values describe, ready to be served next; return a token that signs in there.

    Raises:
        Refused: a value does not hold; all are named.
        Conflict: the city of this installation cannot be changed on a page.
    """
    if reason := why_not(settings):
        raise Conflict(reason, kind="city_stays")
    text = _toml(values)
    with replacing(settings.data / OWN_PROFILE) as unfinished:
        shutil.copyfile(DEMO_PROFILE.with_name("holidays.toml"), unfinished.with_name("holidays.toml"))
        unfinished.write_text(text, "utf-8")
        profile = load_profile(unfinished)
        _refuse_demo(profile)
        token = _prepared(dataclasses.replace(settings, profile=profile))
        _put_calendar(settings.data)
    return token


def _prepared(settings: Settings) -> str:
    """The city's database made and migrated, and a token for whoever opens it first."""
    _, engine = open_city.open_city(settings)
    engine.dispose()
    token = secrets.token_urlsafe(32)
    with open_city.owner_engine(settings) as owner, transaction(owner, SERVICE) as connection:
        expires_at = dt.datetime.now(dt.UTC) + ENTRY_LIFE  # noqa: TID251
        write.add_entry_token(connection, acting.digest(token), expires_at=expires_at)
    return token


def _put_calendar(data: Path) -> None:
    if not (data / "holidays.toml").exists():
        shutil.copyfile(DEMO_PROFILE.with_name("holidays.toml"), data / "holidays.toml")


def _refuse_demo(profile: CityProfile) -> None:
    if profile.is_demo:
        raise Refused("本市的名称不能以“演示市”开头,那是演示用的", kind="bad_profile")


def _toml(values: Mapping[str, str]) -> str:
    """The profile as a file.

    Raises:
        Refused: a value is missing or no number where one is asked for.
    """
    name, prefix = (values.get(key, "").strip() for key in ("name", "code_prefix"))
    edges = {edge: _degrees(values.get(edge, "")) for edge in EDGES}
    faults = [] if name and name.isprintable() else ["请写城市名称"]
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) in (2, 4, 6)):
        faults.append("区划代码开头要是 2、4 或 6 位数字,如 3507")
    if (
        not all(map(math.isfinite, edges.values()))
        or edges["west"] >= edges["east"]
        or edges["south"] >= edges["north"]
    ):
        faults.append("四至要是度数,西小于东,南小于北,如 117.0、26.2、119.3、28.4")
    elif not -180 <= edges["west"] < edges["east"] <= 180 or not -90 <= edges["south"] < edges["north"] <= 90:
        faults.append("四至超出了经纬度的范围")
    if faults:
        raise Refused(";".join(faults), kind="bad_profile")
    lines = {
        "name": name, "code_prefix": prefix, "code_pattern": f"^{prefix}[0-9]{{{CODE_DIGITS - len(prefix)}}}$",
        "bounds": list(edges.values()), "metric_crs": _grid((edges["west"] + edges["east"]) / 2),
        "calendar": "holidays.toml", "issuing_unit": values.get("issuing_unit", "").strip(),
    }  # fmt: skip
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items())


def _degrees(text: str) -> float:
    try:
        return float(text.strip())
    except ValueError:
        return math.nan


def _grid(longitude: float) -> str:
    """The 3-degree zone whose meridian is nearest."""
    meridian = min(max(round(longitude / DEGREES) * DEGREES, FIRST_MERIDIAN), LAST_MERIDIAN)
    return f"EPSG:{FIRST_ZONE + (meridian - FIRST_MERIDIAN) // DEGREES}"
