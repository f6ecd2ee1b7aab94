"""A database of the private cluster as one file, and back.

A backup is made as the superuser, because row security hides rows from everybody else. What comes back runs as the
owner: a stranger's file decides what the restored database contains, and has no power over the cluster.
"""

import os
import re
import tempfile
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import sqlalchemy as sa
from psycopg import sql

from gis.errors import Conflict, DomainError, IntakeError, NotFound
from layers.database import make_engine, other_city, transaction
from layers.embedded import Cluster, ensure_database
from layers.profile import CityProfile
from layers.programs import failure, plain_errors, run

#: Entries that only the superuser could restore; ``ensure_database`` has made what they hold.
MADE_BEFORE = re.compile(
    r"^\d+; \d+ \d+ (EXTENSION|COMMENT - EXTENSION|ACL - SCHEMA public|TABLE DATA public spatial_ref_sys) "
)


def backup(cluster: Cluster, database: str, file: Path) -> None:
    """Writes ``database`` into ``file`` (0600), which is replaced only when the whole dump is there.

    Raises:
        NotFound: there is no such folder.
        Unavailable: the folder cannot be written, the disk is full, or the database does not answer.
    """
    folder = file.absolute().parent
    with plain_errors(folder):
        if not folder.is_dir():
            raise NotFound(f"没有文件夹 {folder},没有备份;请先建立它。")
        descriptor, part = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=folder)
        os.close(descriptor)
        try:
            options = ["--format=custom", "--exclude-table-data=public.spatial_ref_sys", f"--file={part}"]
            target = f"--dbname={cluster.conninfo('superuser', database)}"
            answer = run(None, cluster.postgres.command("pg_dump", *options, target))
            if answer.returncode:
                raise failure(answer.stderr, folder)
            Path(part).replace(file)
        finally:
            Path(part).unlink(missing_ok=True)


def restore(cluster: Cluster, database: str, file: Path, *, profile: CityProfile) -> None:
    """Replaces ``database`` by the one in ``file``, built beside it first: until that is whole, nothing changes.

    One that says nothing of its city is taken for the profile's, as ``claim_city`` does at the next visit.

    Raises:
        NotFound: there is no such file.
        IntakeError: the file is no backup, or a damaged one.
        Conflict: kind other_city, the file is another city's; or somebody keeps using the database.
    """
    if not file.is_file():
        raise NotFound(f"没有备份文件 {file}。")
    incoming, previous = f"{database}_incoming", f"{database}_previous"
    _drop(cluster, incoming, previous)
    ensure_database(cluster, incoming)
    answer = _fill(cluster, incoming, file.resolve())
    if answer.returncode:
        _drop(cluster, incoming)
        reason = (answer.stderr.strip().splitlines() or [""])[-1]
        raise IntakeError(f"备份文件 {file} 不能恢复,原有数据没有改变:{reason}")
    try:
        _check_city(cluster, incoming, profile, file)
    except DomainError:
        _drop(cluster, incoming)
        raise
    _swap(cluster, database, incoming, previous)
    _drop(cluster, previous)


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
        with transaction(engine) as connection:
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
