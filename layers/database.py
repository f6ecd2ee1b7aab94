"""Engine, transaction and migrations. The caller opens a transaction; nothing below commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import psycopg
import sqlalchemy as sa

from gis.errors import Conflict, Forbidden, Unavailable
from layers.actor import SERVICE, WHOLE_CITY, Actor
from layers.profile import CityProfile
from layers.schema.tables import house
from layers.words import MAKE_ROOM

#: The transaction that others are part of.
_JOINED: ContextVar[sa.Connection | None] = ContextVar("joined", default=None)
#: How long a statement may take for a page, and for what is known to take long: an import, an analysis, a command.
PAGE_SECONDS, LONG_SECONDS = 120, 3600
#: Reads go by the driver that the URL names; COPY and the queue know psycopg 3 alone.
_WRITER = "postgresql+psycopg"
_DISK_FULL, _CANCELED, _LOCKED, _NO_RIGHT, _TAKEN = "53100", "57014", "55P03", "42501", "23505"
#: Handed over in the transaction and gone with it: a pooled connection never carries one actor into another's work.
_ACTOR = sa.text(
    "SELECT " + ", ".join(f"set_config('wuchuan.{name}', :{name}, true)" for name in Actor.__dataclass_fields__)
)
_SCOPE = sa.text("SELECT set_config('wuchuan.scope', :scope, true)")
MIGRATIONS = Path(__file__).parent / "schema" / "migrations"


def make_engine(
    url: str | sa.URL, *, timezone: str = "Asia/Shanghai", patience_seconds: int = PAGE_SECONDS
) -> sa.Engine:
    """An engine whose sessions speak the city's time zone: in SQL a day begins when the city's day begins.

    A statement that takes longer than ``patience_seconds`` is given up; 0 waits for ever. A URL that names no driver
    means psycopg 3; one of psycopg2 gets a second engine for what ``writing`` is for. The URL's own libpq ``options``
    hold beside these.

    Values never stand in its errors: they may be a tip's words or a token. A load stages its rows in a temporary table,
    which is slow where it does not fit into memory; memory is taken only by a session that does so.
    """
    address = sa.make_url(url)
    if address.drivername == address.get_backend_name():
        address = address.set(drivername=_WRITER)
    own = " ".join(address.normalized_query.get("options", ()))
    ours = f"-c timezone={timezone} -c temp_buffers=512MB -c statement_timeout={patience_seconds}s"
    options = {"options": f"{own} {ours}".strip(), "connect_timeout": 5}
    engine = sa.create_engine(address, pool_pre_ping=True, hide_parameters=True, connect_args=options)
    if address.drivername != _WRITER:
        writer = make_engine(address.set(drivername=_WRITER), timezone=timezone, patience_seconds=patience_seconds)
        engine.update_execution_options(writing=writer)
        sa.event.listen(engine, "engine_disposed", lambda _engine: writer.dispose())
    return engine


def writing(engine: sa.Engine) -> sa.Engine:
    """The engine of the same database by psycopg 3, for a transaction that copies rows or enqueues a job."""
    writer: sa.Engine = engine.get_execution_options().get("writing", engine)
    return writer


@contextmanager
def transaction(engine: sa.Engine, actor: Actor) -> Iterator[sa.Connection]:
    """One transaction of that actor: committed when the block ends well, rolled back whole when it does not.

    The database knows the actor while it lasts: ``current_setting('wuchuan.account', true)``, and so ``post``,
    ``scope``, ``sign_in`` and ``agency``. Row security keeps to the scope, and shows nothing where there is none.

    Within ``joined`` it is a part of that transaction: rolled back alone, committed with the whole; by its driver.

    Raises:
        Unavailable: the database cannot be reached; kind disk_full, it has no room for what the block does; kind
            too_slow, a statement took longer than the engine waits.
        Forbidden: kind out_of_scope, a row that the block writes lies outside the actor's area, or has the number of
            one that does.

    """
    outer = _JOINED.get()
    if outer is not None and outer.engine is writing(engine):
        with outer.begin_nested():
            yield outer
        return
    try:
        connection = engine.connect()
    except sa.exc.OperationalError as error:
        raise Unavailable("数据库连不上,请运行 wuchuan doctor 查看原因", kind="no_database") from error
    try:
        with connection, connection.begin():
            connection.execute(_ACTOR, actor.settings())
            yield connection
    except (sa.exc.ProgrammingError, sa.exc.IntegrityError) as error:
        # a number that is taken, perhaps where the actor cannot look, is refused like a row that lies there
        is_outside = _sqlstate(error) == _NO_RIGHT and "row-level security" in str(error.orig)
        if not is_outside and not (actor.scope and _sqlstate(error) == _TAKEN):
            raise
        raise Forbidden("这里面有编号已用或不在您管辖范围内的内容,没有保存", kind="out_of_scope") from error
    except (psycopg.errors.DiskFull, sa.exc.OperationalError) as error:
        if _sqlstate(error) == _CANCELED:
            raise Unavailable("数据库里的这一步太慢,已经中止;请缩小范围后重试", kind="too_slow") from error
        if _sqlstate(error) != _DISK_FULL:
            raise
        raise Unavailable(f"磁盘已满,数据库写不下;{MAKE_ROOM}。", kind="disk_full") from error


@contextmanager
def citywide(connection: sa.Connection) -> Iterator[None]:
    """Let the block reach the whole city: what the service does by itself in the course of somebody's act.

    Nothing that it reads may be shown to whoever acts. ``tests/layers/test_scopes.py`` lists who uses it.
    """
    setting = sa.text("SELECT current_setting('wuchuan.scope', true)")
    scope = connection.execute(setting).scalar_one()
    connection.execute(_SCOPE, {"scope": WHOLE_CITY})
    yield
    connection.execute(_SCOPE, {"scope": scope or ""})  # an error rolls the transaction back, and this with it


@contextmanager
def joined(engine: sa.Engine, actor: Actor) -> Iterator[sa.Connection]:
    """A transaction of which every other one on this engine, begun in this thread within the block, is a part.

    Any of them may copy or enqueue, so the whole is ``writing``.
    """
    with transaction(writing(engine), actor) as connection:
        token = _JOINED.set(connection)
        try:
            yield connection
        finally:
            _JOINED.reset(token)


def is_lock_timeout(error: sa.exc.OperationalError) -> bool:
    """Whether somebody else's lock was waited for in vain."""
    return _sqlstate(error) == _LOCKED


def be_patient(connection: sa.Connection) -> None:
    """Let each statement of this transaction take as long as what is known to take long."""
    connection.execute(sa.text(f"SET LOCAL statement_timeout = '{LONG_SECONDS}s'"))


def is_lost(error: BaseException) -> bool:
    """Whether the database fell or could not be reached, so that the same may well succeed once it is back."""
    if isinstance(error, Unavailable):
        return error.kind == "no_database"
    if not isinstance(error, sa.exc.OperationalError | psycopg.OperationalError):
        return False
    state = _sqlstate(error)
    return state is None or state.startswith(("08", "57P"))


def _sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of an error by either driver; None where the server said nothing."""
    cause = getattr(error, "orig", error)
    state: str | None = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state


def migrate(url: str) -> None:
    """Bring the schema to the newest version, as the owner; nothing is done when it is there already.

    Raises:
        Unavailable: the database cannot be reached; kind newer_schema, a newer program made it.

    """
    engine = make_engine(url, patience_seconds=0)
    try:
        with transaction(writing(engine), SERVICE) as connection:
            _check_not_newer(connection)
            if schema_version(connection) != newest_revision():
                _upgrade(connection)
    finally:
        engine.dispose()


def check_current(connection: sa.Connection) -> None:
    """Nothing, when the schema is the newest.

    Raises:
        Unavailable: it is not; kind newer_schema, a newer program made it.
    """
    _check_not_newer(connection)
    if schema_version(connection) != newest_revision():
        raise Unavailable("数据库的表结构不是最新的,请设置 WUCHUAN_MIGRATION_URL 后再启动", kind="old_schema")


def claim_city(connection: sa.Connection, profile: CityProfile) -> None:
    """Write down which city this database belongs to, on the first visit.

    Raises:
        Conflict: it belongs to another.

    """
    kept = connection.execute(sa.select(house.city.c.code_prefix, house.city.c.name)).first()
    if kept is None:
        connection.execute(house.city.insert().values(code_prefix=profile.code_prefix, name=profile.name))
    elif kept.code_prefix != profile.code_prefix:
        raise Conflict(
            f"这个数据库是“{kept.name}”的,不能用“{profile.name}”的配置打开;请换一个数据库", kind="other_city"
        )


def other_city(connection: sa.Connection, profile: CityProfile) -> str | None:
    """The name of the city for which ``claim_city`` would refuse the profile; None also where no city is kept yet."""
    if connection.execute(sa.text("SELECT to_regclass('city')")).scalar_one() is None:
        return None
    kept = sa.select(house.city.c.name).where(house.city.c.code_prefix != profile.code_prefix)
    return connection.execute(kept.order_by(house.city.c.code_prefix)).scalars().first()


def newest_revision() -> str:
    """The number of the newest migration: their files are numbered in the order in which they run."""
    return max(_revisions())


def schema_version(connection: sa.Connection) -> str | None:
    """The number of the last migration that this database went through; None where it went through none."""
    if connection.execute(sa.text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    newest = "SELECT version_num FROM alembic_version ORDER BY version_num DESC"
    return connection.execute(sa.text(newest)).scalars().first()


def _revisions() -> set[str]:
    return {path.stem[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def _check_not_newer(connection: sa.Connection) -> None:
    revision = schema_version(connection)
    if revision is not None and revision not in _revisions():
        raise Unavailable(
            f"数据库的表结构({revision})来自更新的程序,本机的程序只到 {newest_revision()};请先升级程序",
            kind="newer_schema",
        )


def _upgrade(connection: sa.Connection) -> None:
    # Alembic takes a quarter of a second to load, and every command comes by here
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
