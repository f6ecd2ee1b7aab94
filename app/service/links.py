"""One-time links that sign in whoever opens them first."""

import datetime as dt
import secrets

from app.core import acting, open_city, serving
from app.settings import Settings
from gis.errors import Unavailable
from layers import write
from layers.actor import SERVICE
from layers.database import transaction

LINK_LIFE = dt.timedelta(hours=12)


def entry_link(settings: Settings, *, url: str = "") -> str:
    """A link that signs in whoever opens it first, within twelve hours; made as the owner, whom no page can act for.

    It leads to that ``url``, else to where the settings say.

    In a city whose profile has no ``local_link`` it is the form for accounts.

    Raises:
        Unavailable: see ``owner_engine``.
    """
    base = url or settings.url
    if not settings.profile.local_link:
        return f"{base}/sign-in"
    token = secrets.token_urlsafe(32)
    with open_city.owner_engine(settings) as engine, transaction(engine, SERVICE) as connection:
        write.add_entry_token(connection, acting.digest(token), expires_at=dt.datetime.now(dt.UTC) + LINK_LIFE)  # noqa: TID251
    return f"{base}/enter?token={token}"


def new_link(settings: Settings, *, port: int | None = None) -> str:
    """A fresh ``entry_link`` to the service that runs on this data folder; of that ``port``, where one is stated.

    Raises:
        Unavailable: kind not_served, none runs; or see ``owner_engine``.
    """
    service = serving.service_on(settings.data)
    if service is None:
        raise Unavailable(
            f"没有服务在数据文件夹 {settings.data} 上运行,网址打不开;请先运行 make run 或 wuchuan up", kind="not_served"
        )
    if port not in {None, service.port}:
        raise Unavailable(f"服务在端口 {service.port} 上运行,不在 {port}", kind="not_served")
    return entry_link(settings, url=service.url)
