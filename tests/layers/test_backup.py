"""Dump and restore on the run's PostGIS."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql

from gis.errors import Conflict, IntakeError, NotFound, Unavailable
from layers.database import MIGRATIONS, make_engine, newest_revision
from layers.host.backup import RESTORING, UNFINISHED, _part, backup, restore, sweep
from layers.host.embedded import Cluster, ensure_database
from layers.profile import load_profile
from tests.builders import slow
from tests.conftest import REPO, NewDatabase

PROFILE = load_profile(REPO / "profiles" / "demo.toml")


@pytest.fixture
def database(cluster: Cluster, new_database: NewDatabase, own_name: str) -> Iterator[str]:
    """A city with a table that only this test knows."""
    with new_database(own_name):
        with psycopg.connect(cluster.conninfo("owner", own_name)) as connection:
            connection.execute("CREATE TABLE places AS SELECT '甲村' AS name, ST_Point(118, 27, 4490) AS geom")
            connection.execute("GRANT SELECT ON places TO wuchuan_app")
        yield own_name


@pytest.fixture
def scratch(cluster: Cluster, new_database: NewDatabase, own_name: str) -> Iterator[str]:
    """Another city, which ends with the test."""
    name = f"{own_name}_scratch"
    with new_database(name):
        yield name
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def do(cluster: Cluster, database: str, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last of these statements of the owner's."""
    with psycopg.connect(cluster.conninfo("owner", database)) as connection:
        for statement in statements:
            answer = connection.execute(statement)  # type: ignore[call-overload]  # the texts of this file
        return list(answer.fetchall()) if answer.description else []


def names(cluster: Cluster, database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.conninfo("app", database)) as connection:
        return connection.execute("SELECT name, ST_SRID(geom) FROM places").fetchall()


def test_a_restored_database_is_as_it_was_saved(cluster: Cluster, database: str, tmp_path: Path) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    with psycopg.connect(cluster.conninfo("owner", database)) as connection:
        connection.execute("INSERT INTO places VALUES ('乙村', NULL)")
        connection.commit()
        restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
    assert names(cluster, database) == [("甲村", 4490)]
    with psycopg.connect(cluster.conninfo("app", database)) as connection:
        mark = connection.execute("SELECT proleakproof FROM pg_proc WHERE proname = 'geometry_overlaps'").fetchone()
        others = connection.execute("SELECT FROM pg_database WHERE datname LIKE %s", [f"{database}_%"]).fetchall()
    assert (mark, others) == ((True,), [])


def test_one_restores_a_city_at_a_time_and_another_city_meanwhile(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    lock = "SELECT pg_advisory_lock(%s, hashtext(%s))"
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as holding:
        holding.execute(lock, [RESTORING, f"{database}_other"])
        restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
        assert names(cluster, database) == [("甲村", 4490)]
        holding.execute(lock, [RESTORING, database])
        with pytest.raises(Conflict) as caught:
            restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
    assert caught.value.kind == "restoring"


def rights(cluster: Cluster, database: str) -> list[tuple[object, ...]]:
    """Each object with its owner, its comment, and who may do what with it or its columns."""
    with psycopg.connect(cluster.conninfo("superuser", database)) as connection:
        return connection.execute(
            """SELECT relname::text, relowner::regrole::text, obj_description(oid, 'pg_class'), relacl::text,
                      (SELECT array_agg((attname, attacl)::text ORDER BY attname) FROM pg_attribute
                       WHERE attrelid = pg_class.oid AND attacl IS NOT NULL)
               FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')
               UNION ALL
               SELECT oid::regprocedure::text, proowner::regrole::text, obj_description(oid, 'pg_proc'),
                      proacl::text, NULL
               FROM pg_proc WHERE pronamespace = 'public'::regnamespace
               UNION ALL
               SELECT nspname, nspowner::regrole::text, obj_description(oid, 'pg_namespace'), NULL,
                      (SELECT array_agg(entry::text ORDER BY entry::text) FROM unnest(nspacl) AS entry)
               FROM pg_namespace WHERE nspname = 'public'
               ORDER BY 1"""
        ).fetchall()


def test_owners_comments_and_grants_of_a_city_come_back(cluster: Cluster, scratch: str, tmp_path: Path) -> None:
    before = rights(cluster, scratch)
    backup(cluster, scratch, tmp_path / "city.dump")
    restore(cluster, scratch, tmp_path / "city.dump", profile=PROFILE)
    assert rights(cluster, scratch) == before


@pytest.fixture
def other_citys_backup(cluster: Cluster, scratch: str, tmp_path: Path) -> Path:
    do(cluster, scratch, "INSERT INTO city (code_prefix, name) VALUES ('35', '试验市')")
    backup(cluster, scratch, tmp_path / "other.dump")
    return tmp_path / "other.dump"


@pytest.mark.slow
def test_another_citys_backup_is_refused_and_replaces_nothing(
    cluster: Cluster, database: str, other_citys_backup: Path
) -> None:
    with pytest.raises(Conflict) as caught:
        restore(cluster, database, other_citys_backup, profile=PROFILE)
    told = f"备份文件 {other_citys_backup} 是“试验市”的,不能恢复到“演示市(虚构)”,原有数据没有改变。"
    assert (caught.value.kind, caught.value.sentence) == ("other_city", told)
    assert names(cluster, database) == [("甲村", 4490)]
    restore(cluster, database, other_citys_backup, profile=dataclasses.replace(PROFILE, code_prefix="35"))


def test_a_backup_whose_city_cannot_be_read_is_refused(
    cluster: Cluster, database: str, scratch: str, tmp_path: Path
) -> None:
    do(cluster, scratch, "DROP TABLE city", "CREATE VIEW city AS SELECT 1 / 0 AS code_prefix")
    backup(cluster, scratch, tmp_path / "city.dump")
    with pytest.raises(IntakeError, match="读不出是哪个城市的,原有数据没有改变"):
        restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
    assert names(cluster, database) == [("甲村", 4490)]


def strangers_backup(cluster: Cluster, database: str, file: Path, deeds: list[str]) -> None:
    """A backup that, while it is restored, does each of ``deeds`` in a constraint."""
    function = "CREATE OR REPLACE FUNCTION deed(text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN {}RETURN true; END'"
    with psycopg.connect(cluster.conninfo("owner", database)) as connection:
        connection.execute(sql.SQL(function).format(sql.SQL("")))
        for number, deed in enumerate(deeds):
            table = sql.Identifier(f"deed_{number}")
            connection.execute(sql.SQL("CREATE TABLE {} (deed text CHECK (deed(deed)))").format(table))
            connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(table, deed))
        connection.execute(sql.SQL(function).format(sql.SQL("EXECUTE $1; ")))
    backup(cluster, database, file)


#: All but the passwords, which each start of a database makes anew from their files.
ROLES_AS_THEY_ARE = "SELECT to_jsonb(pg_authid) - 'rolpassword' FROM pg_authid ORDER BY oid"


@pytest.mark.parametrize(
    "deeds",
    [
        ["RESET SESSION AUTHORIZATION", "RESET ROLE", "CREATE ROLE intruder SUPERUSER"],
        *slow(
            ["COPY (SELECT 1) TO PROGRAM 'touch stolen'"],
            ["ALTER ROLE wuchuan_app SUPERUSER"],
            ["ALTER ROLE wuchuan_owner PASSWORD 'known'", "ALTER ROLE wuchuan_owner SUPERUSER"],
        ),
    ],
)
def test_a_strangers_backup_has_no_power_over_the_cluster(
    cluster: Cluster, database: str, scratch: str, tmp_path: Path, deeds: list[str]
) -> None:
    strangers_backup(cluster, scratch, tmp_path / "city.dump", deeds)
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as connection:
        before = connection.execute(ROLES_AS_THEY_ARE).fetchall()
        with pytest.raises(IntakeError, match="不能恢复,原有数据没有改变") as caught:
            restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
        assert connection.execute(ROLES_AS_THEY_ARE).fetchall() == before
    assert "\n" not in caught.value.sentence
    assert not (cluster.database / "stolen").exists()
    assert names(cluster, database) == [("甲村", 4490)]


def test_a_backup_is_closed_to_others_and_leaves_no_part(cluster: Cluster, database: str, tmp_path: Path) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    assert [path.name for path in tmp_path.iterdir()] == ["city.dump"]
    assert (tmp_path / "city.dump").stat().st_mode & 0o777 == 0o600


def test_a_planted_link_is_not_followed(cluster: Cluster, database: str, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("before")
    for name in ("city.dump", "city.dump.part"):
        (tmp_path / name).symlink_to("victim")
    backup(cluster, database, tmp_path / "city.dump")
    assert (tmp_path / "victim").read_text() == "before"
    assert not (tmp_path / "city.dump").is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="makes another user's file, which only root can")
@pytest.mark.parametrize("name", ["city.dump", "city.dump.part"])
def test_a_backup_belongs_to_who_made_it(cluster: Cluster, database: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(mode=0o666)
    os.chown(tmp_path / name, 54321, -1)
    backup(cluster, database, tmp_path / "city.dump")
    found = (tmp_path / "city.dump").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (0, 0o600)


def test_a_failed_backup_keeps_the_one_before(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "city.dump").write_text("before")
    with pytest.raises(Unavailable):
        backup(cluster, "no_such_city", tmp_path / "city.dump")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize("kept", [0.5, *slow(0.0, 0.01, 0.99)])
def test_a_damaged_backup_changes_nothing(cluster: Cluster, database: str, tmp_path: Path, kept: float) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    whole = (tmp_path / "city.dump").read_bytes()
    (tmp_path / "city.dump").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(IntakeError):
        restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
    assert names(cluster, database) == [("甲村", 4490)]


def test_a_missing_folder_of_a_backup_is_named(cluster: Cluster, database: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        backup(cluster, database, tmp_path / "no/city.dump")
    assert caught.value.sentence == f"没有文件夹 {tmp_path / 'no'},没有备份;请先建立它。"


def test_a_missing_backup_is_named(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no\.dump"):
        restore(cluster, "city", tmp_path / "no.dump", profile=PROFILE)


def upgraded(cluster: Cluster, database: str, revision: str) -> None:
    """A new database whose schema is that of an earlier release."""
    ensure_database(cluster, database)
    engine = make_engine(cluster.url("owner", database))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


@pytest.mark.slow
def test_a_backup_of_an_earlier_release_is_brought_up_to_date_before_it_serves(
    cluster: Cluster, database: str, own_name: str, tmp_path: Path
) -> None:
    older = f"{own_name}_older"
    upgraded(cluster, older, "0002")
    titles = ["城关所", "甲岗", "城关所", "城关所(2)", "城关所"]  # of a time when a title might be given twice
    for post in titles:
        do(cluster, older, f"INSERT INTO posts (post, area_code) VALUES ('{post}', '990101000000')")
    backup(cluster, older, tmp_path / "older.dump")
    restore(cluster, database, tmp_path / "older.dump", profile=PROFILE)
    assert do(cluster, database, "SELECT version_num FROM alembic_version") == [(newest_revision(),)]
    renamed = ["城关所", "甲岗", "城关所(3)", "城关所(2)", "城关所(4)"]
    assert do(cluster, database, "SELECT post FROM posts ORDER BY post_id") == [(post,) for post in renamed]
    with psycopg.connect(cluster.conninfo("app", database)) as connection:
        assert connection.execute("SELECT count(*) FROM alerts").fetchone() == (0,)  # a table of a later release


def test_a_backup_of_a_newer_program_is_refused_in_a_sentence(
    cluster: Cluster, database: str, scratch: str, tmp_path: Path
) -> None:
    do(cluster, scratch, "UPDATE alembic_version SET version_num = '9001'")
    backup(cluster, scratch, tmp_path / "newer.dump")
    with pytest.raises(Conflict, match=r"没有恢复,原有数据没有改变:.*9001.*请先升级程序") as caught:
        restore(cluster, database, tmp_path / "newer.dump", profile=PROFILE)
    assert caught.value.kind == "newer_schema"
    assert names(cluster, database) == [("甲村", 4490)]


def test_a_database_that_is_no_city_is_refused(cluster: Cluster, database: str, scratch: str, tmp_path: Path) -> None:
    do(cluster, scratch, "DROP TABLE alembic_version")
    backup(cluster, scratch, tmp_path / "other.dump")
    with pytest.raises(IntakeError, match="不是本系统的备份"):
        restore(cluster, database, tmp_path / "other.dump", profile=PROFILE)
    assert names(cluster, database) == [("甲村", 4490)]


def test_a_link_of_before_the_restore_lets_nobody_in(cluster: Cluster, database: str, tmp_path: Path) -> None:
    hour = "now() + interval '1 hour'"
    do(cluster, database, f"INSERT INTO entry_tokens (token_sha256, expires_at) VALUES ('a', {hour}), ('b', {hour})")
    backup(cluster, database, tmp_path / "city.dump")
    do(cluster, database, "UPDATE entry_tokens SET spent_at = now() WHERE token_sha256 = 'a'")
    restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
    assert do(cluster, database, "SELECT token_sha256 FROM entry_tokens WHERE spent_at IS NULL") == []


KILLED = """
import os, signal, sys
from pathlib import Path
from layers.host import backup, embedded
from layers.profile import load_profile

def fall(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

cluster = embedded.start(Path(sys.argv[1]))
if sys.argv[2] == "backup":
    backup.failure = fall
    backup.run = lambda *_, **__: fall()
    backup.backup(cluster, sys.argv[3], Path(sys.argv[4]))
else:
    backup._swap = fall
    backup.restore(cluster, sys.argv[3], Path(sys.argv[4]), profile=load_profile(Path(sys.argv[5])))
"""


def killed(cluster: Cluster, deed: str, database: str, file: Path) -> None:
    """Back up or restore in a process that is killed before its last step."""
    profile = REPO / "profiles" / "demo.toml"
    process = subprocess.run(
        [sys.executable, "-c", KILLED, cluster.data, deed, database, file, profile], cwd=REPO, check=False
    )
    assert process.returncode == -signal.SIGKILL


def databases(cluster: Cluster, database: str) -> list[str]:
    with psycopg.connect(cluster.conninfo("superuser", "postgres")) as connection:
        like = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1"
        return [name for (name,) in connection.execute(like, [f"{database}%"])]


def test_what_a_killed_backup_left_goes_with_the_next_start(cluster: Cluster, database: str, tmp_path: Path) -> None:
    killed(cluster, "backup", database, tmp_path / "city.dump")
    assert [path.name.startswith("city.dump.") for path in tmp_path.iterdir()] == [True]
    sweep(cluster, database)
    assert list(tmp_path.iterdir()) == []
    assert list((cluster.data / UNFINISHED).iterdir()) == []


@pytest.mark.slow
def test_what_a_killed_restore_left_goes_with_the_next_start_and_the_city_stands(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    killed(cluster, "restore", database, tmp_path / "city.dump")
    assert databases(cluster, database) == [database, f"{database}_incoming"]
    assert names(cluster, database) == [("甲村", 4490)]
    sweep(cluster, database)
    assert databases(cluster, database) == [database]


def test_a_backup_and_a_restore_under_way_are_not_swept(cluster: Cluster, database: str, tmp_path: Path) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    seen: list[list[str]] = []

    def look(*_: object, **__: object) -> None:
        sweep(cluster, database)
        with pytest.raises(Conflict, match="另一次恢复正在进行"):
            restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
        seen.append(databases(cluster, database))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("layers.host.backup._check_city", look)
        restore(cluster, database, tmp_path / "city.dump", profile=PROFILE)
    assert seen == [[database, f"{database}_incoming"]]
    with _part(cluster.data, tmp_path / "other.dump") as (part, _):
        sweep(cluster, database)
        assert part.exists()
