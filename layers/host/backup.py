"""A database of the private cluster as one file, and back.

A backup is made as the superuser, because row security hides rows from everybody else. What comes back runs as the
owner: a stranger's file decides what the restored database contains, and has no power over the cluster. It is migrated
before it takes the former one's place, and no one-time link that it holds lets anybody in.

A backup or a restore that was killed leaves an unfinished file or database behind. A link in ``unfinished`` names each
such file, and whoever works on one holds its lock, so that ``sweep`` knows what nobody will finish.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import sqlalchemy as sa
from psycopg import sql

from gis.errors import Conflict, DomainError, IntakeError, NotFound, Unavailable
from layers import contacts
from layers.actor import SERVICE
from layers.database import make_engine, migrate, other_city, schema_version, transaction
from layers.host.embedded import Cluster, ensure_database
from layers.host.programs import failure, plain_errors, run
from layers.profile import CityProfile

#: Entries that only the superuser could restore, or that no city has; ``ensure_database`` has made what they hold.
MADE_BEFORE = re.compile(
    r"^\d+; \d+ \d+ (EXTENSION|COMMENT - EXTENSION|ACL - SCHEMA public|TABLE DATA public spatial_ref_sys"
    r"|ACL pg_catalog|DEFAULT ACL|BLOBS?|BLOB METADATA|(ACL|COMMENT) - LARGE OBJECT) "
)

#: Where the links to unfinished backups stand in the data folder.
UNFINISHED = "unfinished"
#: Held in the database "postgres" by whoever restores.
RESTORING = 1


def backup(cluster: Cluster, database: str, file: Path) -> None:
    """Writes ``database`` into ``file`` (0600), which is replaced only when the whole dump is there.

    Raises:
        NotFound: there is no such folder.
        Unavailable: the folder cannot be written, the disk is full, or the database does not answer.
    """
    sweep(cluster, database)
    folder = file.absolute().parent
    with plain_errors(folder):
        if not folder.is_dir():
            raise NotFound(f"没有文件夹 {folder},没有备份;请先建立它。")
        with _part(cluster.data, file.absolute()) as (part, lock):
            options = ["--format=custom", "--exclude-table-data=public.spatial_ref_sys", f"--file={part}"]
            target = f"--dbname={cluster.conninfo('superuser', database)}"
            answer = run(None, cluster.postgres.command("pg_dump", *options, target), lock=lock)
            if answer.returncode:
                raise failure(answer.stderr, folder)
            part.replace(file)


def restore(cluster: Cluster, database: str, file: Path, *, profile: CityProfile) -> None:
    """Replaces ``database`` by the one in ``file``, built and migrated beside it: until then, nothing changes.

    One that says nothing of its city is taken for the profile's, as ``claim_city`` does at the next visit.

    Raises:
        NotFound: there is no such file.
        IntakeError: the file is no backup of a city, or a damaged one.
        Conflict: kind other_city, the file is another city's; kind newer_schema, a newer program made it; kind
            restoring, another restore is under way; or somebody keeps using the database.
    """
    if not file.is_file():
        raise NotFound(f"没有备份文件 {file}。")
    _sweep_parts(cluster.data)
    incoming, previous = f"{database}_incoming", f"{database}_previous"
    with _restoring(cluster, database) as alone:
        if not alone:
            raise Conflict("另一次恢复正在进行,没有恢复;请等它结束。", kind="restoring")
        _drop(cluster, incoming, previous)
        ensure_database(cluster, incoming)
        try:
            _build(cluster, incoming, file, profile)
            _swap(cluster, database, incoming, previous)
        except DomainError:
            _drop(cluster, incoming)
            raise
        _drop(cluster, previous)


def sweep(cluster: Cluster, database: str) -> None:
    """Removes what killed backups and restores of ``database`` left; what is still being worked on stays."""
    _sweep_parts(cluster.data)
    with _restoring(cluster, database) as alone:
        if alone:
            _drop(cluster, f"{database}_incoming", f"{database}_previous")


@contextmanager
def _part(data: Path, file: Path) -> Iterator[tuple[Path, int]]:
    """An empty file beside ``file`` and its descriptor, locked and linked to until the block ends; removed then."""
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    link = data / UNFINISHED / secrets.token_hex(8)
    with suppress(OSError):  # a data folder without room must not stop a backup onto another disk
        link.parent.mkdir(mode=0o700, exist_ok=True)
        link.symlink_to(part)  # before the file: it is never without
    descriptor = -1
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield part, descriptor
    finally:
        if descriptor >= 0:
            part.unlink(missing_ok=True)
            os.close(descriptor)
        link.unlink(missing_ok=True)


def _sweep_parts(data: Path) -> None:
    """Removes the unfinished backups that nobody works on; pg_dump holds the lock as long as it runs, too."""
    links = data / UNFINISHED
    for link in sorted(links.iterdir()) if links.is_dir() else ():
        with suppress(FileNotFoundError, BlockingIOError):  # another swept it; it is still being written
            with suppress(FileNotFoundError):
                _remove_unless_locked(link.readlink())
            link.unlink()


def _remove_unless_locked(part: Path) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        part.unlink()
    finally:
        os.close(descriptor)


@contextmanager
def _restoring(cluster: Cluster, database: str) -> Iterator[bool]:
    """Whether nobody else restores ``database`` while the block lasts; the server frees the lock of one killed."""
    lock = [RESTORING, database]
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", lock).fetchone()
        alone = bool(row and row[0])
        try:
            yield alone
        finally:
            if alone:  # by itself the server frees it a moment after the connection has closed
                connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", lock)


def _build(cluster: Cluster, database: str, file: Path, profile: CityProfile) -> None:
    """Fills the empty ``database`` from ``file`` and brings it to the newest schema."""
    answer = _fill(cluster, database, file.resolve())
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or [""])[-1]
        raise IntakeError(f"备份文件 {file} 不能恢复,原有数据没有改变:{reason}")
    _check_city(cluster, database, profile, file)
    url = cluster.url("owner", database)
    try:
        migrate(url)
        _end_what_is_over(url)
    except Unavailable as error:
        if error.kind != "newer_schema":
            raise
        raise Conflict(f"备份文件 {file} 没有恢复,原有数据没有改变:{error.sentence}", kind=error.kind) from error
    except sa.exc.DBAPIError as error:
        raise IntakeError(f"备份文件 {file} 的表结构不能升级到本机的版本,原有数据没有改变。") from error


def _end_what_is_over(url: str) -> None:
    """Links and sign-ins of before must not let anybody in, nor a key that is due open a contact; turns go forward."""
    engine = make_engine(url)
    try:
        with transaction(engine, SERVICE) as connection:
            connection.execute(sa.text("UPDATE entry_tokens SET spent_at = now() WHERE spent_at IS NULL"))
            connection.execute(sa.text("UPDATE sign_ins SET ended_at = now() WHERE ended_at IS NULL"))
            connection.execute(sa.text("SELECT settle_audit_clock()"))
            contacts.expire(connection)
    finally:
        engine.dispose()


def _fill(cluster: Cluster, database: str, file: Path) -> CompletedProcess[str]:
    """What pg_restore answered as the owner; in one transaction, so that a file that fails leaves nothing behind."""
    listed = run(None, cluster.postgres.command("pg_restore", "--list", file)).stdout.split("\n")
    wanted = "\n".join(line for line in listed if not MADE_BEFORE.match(line))
    target = f"--dbname={cluster.conninfo('owner', database)}"
    options = ["--single-transaction", "--no-owner", "--use-list=/dev/stdin", target]
    return run(None, cluster.postgres.command("pg_restore", *options, file), stdin=wanted)


def _check_city(cluster: Cluster, database: str, profile: CityProfile, file: Path) -> None:
    """Reads as the owner whose database this is: what is read may be a stranger's view."""
    engine = make_engine(cluster.url("owner", database))
    try:
        with transaction(engine, SERVICE) as connection:
            if schema_version(connection) is None:
                raise IntakeError(f"备份文件 {file} 不是本系统的备份,原有数据没有改变。")
            other = other_city(connection, profile)
    except sa.exc.DBAPIError as error:
        raise IntakeError(f"备份文件 {file} 里读不出是哪个城市的,原有数据没有改变。") from error
    finally:
        engine.dispose()
    if other is not None:
        sentence = f"备份文件 {file} 是“{other}”的,不能恢复到“{profile.name}”,原有数据没有改变。"
        raise Conflict(sentence, kind="other_city")


def _drop(cluster: Cluster, *databases: str) -> None:
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as connection:
        for database in databases:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(database)))


def _swap(cluster: Cluster, database: str, incoming: str, previous: str) -> None:
    """Renames both in one transaction; who is connected is sent away, and comes back to the new one."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(cluster.conninfo("superuser", "postgres")) as connection:
        users = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        ).fetchall()
        try:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                connection.execute(rename.format(sql.Identifier(database), sql.Identifier(previous)))
            connection.execute(rename.format(sql.Identifier(incoming), sql.Identifier(database)))
        except psycopg.errors.ObjectInUse as error:
            sentence = f"数据库 {database} 正被 {len(users)} 个连接使用,没有恢复;请停止服务后重试。"
            raise Conflict(sentence) from error
