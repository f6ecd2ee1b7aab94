"""Open a city: its database started, migrated, and known to be this city's."""

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.settings import Settings
from gis.errors import Unavailable
from layers import contacts
from layers.actor import SERVICE
from layers.database import LONG_SECONDS, check_current, claim_city, make_engine, migrate, transaction
from layers.host import embedded
from layers.profile import CityProfile


def open_city(settings: Settings) -> tuple[Settings, sa.Engine]:
    """The settings with the address of the city's database, and an engine on it as the application's plain role.

    Without a database address the private cluster of ``settings.data`` is started, with one database for each city;
    with one, the schema is migrated where ``migration_url`` allows it, and checked where it does not.

    Raises:
        Unavailable: the database cannot be started or reached, or its schema is not the newest.
        Conflict: it belongs to another city.
    """
    settings = dataclasses.replace(settings, database_url=_prepared(settings))
    engine = make_engine(settings.database_url, timezone=settings.profile.timezone, patience_seconds=LONG_SECONDS)
    with transaction(engine, SERVICE) as connection:
        check_current(connection)
        claim_city(connection, settings.profile)
        connection.execute(sa.text("SELECT settle_audit_clock()"))
        contacts.expire(connection)  # a machine that was off, or a database that came back, serves none of their keys
    return settings, engine


@contextmanager
def owner_engine(settings: Settings) -> Iterator[sa.Engine]:
    """An engine as the owner of the city's tables, while the block lasts: for what the application may not do itself.

    ``settings`` are those that ``open_city`` was given.

    Raises:
        Unavailable: ``migration_url`` is not set for a database of one's own, or the private one cannot be started.
    """
    if settings.database_url and not settings.migration_url:
        raise Unavailable("这一步要用数据库的属主登录,请设置 WUCHUAN_MIGRATION_URL", kind="no_owner")
    url = settings.migration_url or embedded.start(settings.data).url("owner", database_name(settings.profile))
    engine = make_engine(url, timezone=settings.profile.timezone)
    try:
        yield engine
    finally:
        engine.dispose()


def database_name(profile: CityProfile) -> str:
    """The city's database inside the private cluster, so that two cities in one data folder never mix."""
    digest = hashlib.sha256(profile.name.encode()).hexdigest()[:6]
    return f"wuchuan_{re.sub('[^a-z0-9]+', '_', profile.code_prefix.lower())}_{digest}"


def _prepared(settings: Settings) -> str:
    if settings.database_url:
        if settings.migration_url:
            migrate(settings.migration_url)
        return settings.database_url
    cluster, name = embedded.start(settings.data), database_name(settings.profile)
    embedded.ensure_database(cluster, name)
    migrate(cluster.url("owner", name))
    return cluster.url("app", name)
