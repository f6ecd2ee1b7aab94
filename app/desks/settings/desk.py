"""Registers row by row, each change noted with whoever made it, and what the city's profile says in words."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gis.errors import NotFound
from layers import registers, write
from layers.actor import Actor
from layers.catalog import CATALOG, Layer, layer_named
from layers.profile import CityProfile

SHAPES = ("jurisdictions", "rivers")
#: What each key of a profile is called on the page.
PROFILE_TITLES = {
    "name": "城市名称", "code_prefix": "区划代码开头", "code_pattern": "区划代码的样子", "bounds": "西南东北四至",
    "metric_crs": "投影坐标系", "timezone": "时区", "language": "文字", "default_datum": "默认坐标基准",
    "parent": "上级代码", "roads": "道路文件", "basemap": "底图文件", "calendar": "节假日文件", "agencies": "成员单位",
    "issuing_unit": "制图单位", "handling_mark": "密级提示", "alert_mail": "收预警的邮箱", "clusters": "聚类方法",
    "local_link": "本机一次性链接", "require_totp": "动态码",
}  # fmt: skip


def by_hand(key: str) -> Layer:
    """The register of that key that is filled in row by row.

    Raises:
        NotFound: there is none.
    """
    layer = layer_named(key)
    if not layer.by_hand:
        rows = "、".join(each.title for each in CATALOG.values() if each.by_hand)
        raise NotFound(f"“{layer.title}”请用文件导入;逐行填写的只有:{rows}", kind="unknown_layer")
    return layer


def by_row(key: str) -> Layer:
    """The register of that key that is shown row by row; some are filled by files alone, for their rows have shapes.

    Raises:
        NotFound: there is none.
    """
    return layer_named(key) if key in SHAPES else by_hand(key)


def keep_row(
    connection: sa.Connection, actor: Actor, profile: CityProfile, key: str, values: Mapping[str, str],
    row_id: int | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Add a row to a register, or change that one; return its warnings. Raises as ``registers.store_row``."""
    layer = by_hand(key)
    warnings = registers.store_row(connection, actor, profile, key, values, row_id=row_id)
    action = "register_row_added" if row_id is None else "register_row_changed"
    write.note(connection, actor, action=action, layer=key, detail={"row": values.get(layer.number or "", "")})
    return warnings


def take_off(connection: sa.Connection, actor: Actor, key: str, row_id: int) -> str:
    """Take a row off a register; return what it was called. Raises as ``registers.take_off``."""
    by_row(key)
    name = registers.take_off(connection, key, row_id)
    write.note(connection, actor, action="register_row_removed", layer=key, detail={"row": name})
    return name


def take_off_named(connection: sa.Connection, actor: Actor, key: str, name: str) -> None:
    """Take the row of that name off a register.

    Raises:
        NotFound: there is none.
    """
    by_hand(key)
    take_off(connection, actor, key, registers.row_named(connection, key, name))


def profile_in_words(profile: CityProfile) -> list[tuple[str, str, str]]:
    """Each key of the profile with its title and its value as text, "" where it has none."""
    return [(key, title, _text(getattr(profile, key))) for key, title in PROFILE_TITLES.items()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(" = ".join(each) if isinstance(each, tuple) else str(each) for each in value)
    return "" if value is None else str(value)
