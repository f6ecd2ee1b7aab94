"""A real cluster per module, killed, locked, crowded and starved. Root tests become other users by seteuid."""

import contextlib
import dataclasses
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from gis.errors import Unavailable
from layers.host import embedded
from layers.host.embedded import Cluster, ensure_database, start, status, stop

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root can")
START = (
    "import sys; from pathlib import Path; from layers.host import embedded; "
    "embedded.start(Path(sys.argv[1]), fsync=False)"
)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder the database's own user can enter, unlike pytest's under root; its cluster ends with it."""
    place = Path(tempfile.mkdtemp(prefix="wct-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        stop(place / "data")
        shutil.rmtree(place)


@contextmanager
def small_disk(place: Path, *, size: str) -> Iterator[Path]:
    """A disk of its own, which the database's own user can enter."""
    disk = place / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield disk
    finally:
        with contextlib.suppress(Unavailable):
            stop(disk / "data")
        subprocess.run(["umount", disk], check=True)


@contextmanager
def acting_as(uid: int) -> Iterator[None]:
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with folder() as place:
        ensure_database(start(place / "data", fsync=False), "city")
        yield place / "data"


@pytest.fixture
def running(data: Path) -> Cluster:
    return start(data, fsync=False)


@pytest.fixture
def place() -> Iterator[Path]:
    with folder() as place:
        yield place


def server_pid(cluster: Cluster) -> int:
    return int((cluster.database / "postmaster.pid").read_text().splitlines()[0])


def query(
    cluster: Cluster, text: str, *, role: embedded.Role = "app", database: str = "city"
) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.conninfo(role, database)) as connection:
        answer = connection.execute(sql.SQL(text))
        return answer.fetchall() if answer.description else []


def refusal(data: Path) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        start(data, fsync=False)
    assert "\n" not in caught.value.sentence
    return caught.value


def owned_like(path: Path, pattern: Path) -> None:
    found = pattern.stat()
    os.chown(path, found.st_uid, found.st_gid)


def test_the_url_of_each_role_reaches_postgis(running: Cluster) -> None:
    for role in ("owner", "app"):
        url = running.url(role, "city").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            answer = connection.execute("SELECT current_user, ST_AsText(ST_Point(118, 27))").fetchone()
        assert answer == (f"wuchuan_{role}", "POINT(118 27)")


def test_the_service_roles_have_no_power_over_the_cluster(running: Cluster) -> None:
    flags = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication FROM pg_roles"
    assert query(running, f"{flags} WHERE rolname LIKE 'wuchuan%'") == [(False,), (False,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(running, "CREATE TABLE mine (n int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        query(running, "SELECT 1", database="postgres")


def test_the_owner_makes_tables_and_cannot_drop_postgis(running: Cluster) -> None:
    query(running, "CREATE TABLE made AS SELECT 7 AS n", role="owner")
    for drop in ("DROP SCHEMA public CASCADE", "DROP EXTENSION postgis CASCADE"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(running, drop, role="owner")


def test_nobody_enters_without_the_password(running: Cluster) -> None:
    for user in ("postgres", "wuchuan_owner", "wuchuan_app"):
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=str(running.socket), user=user, dbname="city", passfile=os.devnull)


def test_passwords_and_socket_are_closed_to_others(running: Cluster) -> None:
    files = sorted((running.data / "secrets").iterdir())
    assert [file.name for file in files] == ["app", "owner", "superuser"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (files[0].parent, running.socket, running.database)} == {0o700}
    assert query(running, "SHOW listen_addresses") == [("",)]


def test_text_is_utf8_and_passwords_are_scram(running: Cluster) -> None:
    assert query(running, "SELECT '无传一张图', current_setting('server_encoding')") == [("无传一张图", "UTF8")]
    stored = query(running, "SELECT rolpassword FROM pg_authid WHERE rolcanlogin", role="superuser")
    assert all(str(password).startswith("SCRAM-SHA-256$") for (password,) in stored)


def test_ensuring_a_database_again_restores_the_leakproof_mark(running: Cluster) -> None:
    mark = "SELECT proleakproof FROM pg_proc WHERE proname = 'geometry_overlaps'"
    with psycopg.connect(running.conninfo("superuser", "city")) as connection:
        connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) NOT LEAKPROOF")
    ensure_database(running, "city")
    assert query(running, mark) == [(True,)]


def test_starting_again_finds_the_running_one(running: Cluster, data: Path) -> None:
    before = server_pid(running)
    assert start(data) == running
    assert server_pid(running) == before
    assert status(data) == "running"


def test_rows_survive_stop_and_start(running: Cluster, data: Path) -> None:
    query(running, "CREATE TABLE kept AS SELECT 7 AS n", role="owner")
    stop(data)
    assert status(data) == "stopped"
    stop(data)
    assert query(start(data, fsync=False), "SELECT n FROM kept", role="owner") == [(7,)]


@pytest.mark.slow
def test_what_was_committed_survives_kill_9(running: Cluster, data: Path) -> None:
    query(running, "CREATE TABLE committed AS SELECT 7 AS n", role="owner")
    with psycopg.connect(running.conninfo("owner", "city")) as connection:
        connection.execute("INSERT INTO committed VALUES (8)")
        os.kill(server_pid(running), signal.SIGKILL)
        start(data, fsync=False)
        connection.close()
    assert query(running, "SELECT n FROM committed", role="owner") == [(7,)]


def test_the_cluster_outlives_a_killed_program(running: Cluster, data: Path) -> None:
    stop(data)
    killed = subprocess.run([sys.executable, "-c", f"{START}; import os; os.kill(os.getpid(), 9)", data], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert query(running, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("owner", ["a process that ended", "a process that runs"])
def test_a_lock_left_behind_counts_only_while_its_process_runs(
    running: Cluster, data: Path, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(embedded.PASSING_SECONDS, '"postmaster.pid" already exists', 0.5)
    lock = running.database / "postmaster.pid"
    lines = lock.read_text().splitlines()
    stop(data)
    user = running.database.stat().st_uid
    become = [] if os.geteuid() else ["setpriv", f"--reuid={user}", "--clear-groups"]
    with subprocess.Popen([*become, "sleep", "60"]) as sleeper:
        if owner == "a process that ended":
            sleeper.kill()
            sleeper.wait()
        while sleeper.poll() is None and Path(f"/proc/{sleeper.pid}").stat().st_uid != user:
            time.sleep(0.01)
        lock.write_text("\n".join([str(sleeper.pid), *lines[1:]]) + "\n")
        owned_like(lock, running.database)
        if owner == "a process that runs":
            error = refusal(data)
            assert (error.kind, str(sleeper.pid) in error.sentence) == ("locked", True)
            assert lock.exists()
            sleeper.kill()
    start(data, fsync=False)
    assert status(data) == "running"


def test_an_empty_lock_left_behind_is_named_and_kept(running: Cluster, data: Path) -> None:
    stop(data)
    lock = running.database / "postmaster.pid"
    lock.touch(mode=0o600)
    owned_like(lock, running.database)
    try:
        error = refusal(data)
        assert (error.kind, f"{lock} 是空的" in error.sentence) == ("empty_lock", True)
        assert lock.exists()
    finally:
        lock.unlink()
    start(data, fsync=False)


@pytest.mark.slow
def test_two_starters_at_once_get_one_cluster(place: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        clusters = list(pool.map(lambda _: start(place / "data", fsync=False), range(3)))
        list(pool.map(lambda _: ensure_database(clusters[0], "city"), range(3)))
    assert len({server_pid(cluster) for cluster in clusters}) == 1
    assert sorted(path.name for path in (place / "data").iterdir()) == ["database", "secrets", "socket"]


@pytest.mark.slow
def test_a_first_start_killed_half_way_leaves_nothing_in_the_way(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", START, place / "data"]) as starter:
        while not (place / "data/database.new/PG_VERSION").exists():
            time.sleep(0.01)
        starter.kill()
    assert status(place / "data") == "absent"
    assert query(start(place / "data", fsync=False), "SELECT 1", role="superuser", database="postgres") == [(1,)]


@pytest.mark.slow
def test_a_long_path_with_odd_characters_gets_its_socket_elsewhere(place: Path) -> None:
    cluster = start(place / "南平市, '演示'" / ("长" * 40) / "data", fsync=False)
    try:
        ensure_database(cluster, "city")
        assert not cluster.socket.is_relative_to(place)
        assert cluster.socket.stat().st_mode & 0o777 == 0o700
        with psycopg.connect(cluster.url("app", "city").replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        stop(cluster.data)
        shutil.rmtree(cluster.socket)


def test_a_socket_folder_open_to_others_is_refused(running: Cluster, data: Path) -> None:
    stop(data)
    running.socket.chmod(0o755)
    error = refusal(data)
    running.socket.chmod(0o700)
    assert error.kind == "open_folder"


@pytest.mark.parametrize("planted", [pytest.param("by another user", marks=needs_root), "as a link"])
def test_a_planted_socket_folder_is_refused_before_anything_connects(
    running: Cluster, data: Path, tmp_path: Path, planted: str
) -> None:
    stop(data)
    kept = running.socket.rename(data / "socket.kept")
    bait = tmp_path / "bait" if planted == "as a link" else running.socket
    bait.mkdir(mode=0o700)
    if planted == "as a link":
        running.socket.symlink_to(bait)
        owned_like(bait, running.database)
    else:
        os.chown(bait, 54321, -1)
    try:
        with socket.socket(socket.AF_UNIX) as impostor:
            impostor.bind(str(running.socket / ".s.PGSQL.5432"))
            impostor.listen()
            impostor.setblocking(False)
            for act in (status, start, stop):
                with pytest.raises(Unavailable) as caught:
                    act(data)
                assert caught.value.kind == "open_folder"
            with pytest.raises(BlockingIOError):
                impostor.accept()
    finally:
        shutil.rmtree(bait)
        running.socket.unlink(missing_ok=True)
        kept.rename(running.socket)


def test_a_damaged_folder_is_named(place: Path) -> None:
    database = place / "data/database"
    database.mkdir(parents=True, mode=0o700)
    (database / "PG_VERSION").write_text("15\n")
    if os.geteuid() == 0:
        for path in (database, database / "PG_VERSION"):
            os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
    error = refusal(place / "data")
    assert (error.kind, str(database) in error.sentence) == ("damaged", True)


def test_a_failed_start_quotes_the_log(running: Cluster, data: Path) -> None:
    stop(data)
    settings = running.database / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    error = refusal(data)
    settings.write_text(before)
    assert error.kind == "database_failed"
    assert "postgresql.auto.conf" in error.sentence


def test_without_binaries_make_install_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedded, "find_postgis", lambda *_: None)
    error = refusal(tmp_path / "data")
    assert (error.kind, "make install" in error.sentence) == ("no_binaries", True)


@pytest.mark.parametrize("mark", ['"', "$HOME", "`", "\\", "\n"])
def test_a_folder_name_that_a_shell_would_read_is_refused(tmp_path: Path, mark: str) -> None:
    with pytest.raises(Unavailable, match="符号"):
        start(tmp_path / f"a{mark}b")
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert str(tmp_path / "data") in refusal(tmp_path / "data").sentence


def test_a_read_only_folder_is_named(place: Path) -> None:
    place.chmod(0o555)
    if os.geteuid() == 0:
        with acting_as(pwd.getpwnam("nobody").pw_uid):
            error = refusal(place / "data")
    else:
        error = refusal(place / "data")
    assert (error.kind, str(place / "data") in error.sentence) == ("read_only", True)


@needs_root
def test_a_closed_parent_folder_is_named(place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    error = refusal(place / "closed" / "inner" / "data")
    assert error.kind == "closed_folder"
    assert f"{place / 'closed'};" in error.sentence


@needs_root
def test_a_user_without_a_passwd_entry_is_named(place: Path) -> None:
    place.chmod(0o777)
    with acting_as(54321):
        error = refusal(place / "data")
    assert (error.kind, "54321" in error.sentence) == ("no_passwd_entry", True)


@needs_root
def test_somebody_elses_cluster_is_refused(place: Path) -> None:
    (place / "data/database").mkdir(parents=True)
    with acting_as(pwd.getpwnam("nobody").pw_uid):
        error = refusal(place / "data")
        assert (error.kind, "root" in error.sentence) == ("foreign_owner", True)
    (place / "data/database").rmdir()


@needs_root
@pytest.mark.parametrize("act", [start, stop, status])
def test_a_cluster_that_became_roots_is_named_not_its_socket(
    running: Cluster, data: Path, act: Callable[[Path], object]
) -> None:
    stop(data)
    before = running.database.stat()
    os.chown(running.database, 0, 0)
    try:
        with pytest.raises(Unavailable) as caught:
            act(data)
    finally:
        os.chown(running.database, before.st_uid, before.st_gid)
    assert (caught.value.kind, f"{running.database} 属于 root" in caught.value.sentence) == ("foreign_owner", True)


@needs_root
def test_a_full_disk_is_named_and_leaves_no_cluster(place: Path) -> None:
    with small_disk(place, size="20m") as disk:
        error = refusal(disk / "data")
        assert status(disk / "data") == "absent"
    assert error.kind == "disk_full"


@pytest.mark.slow
@needs_root
def test_a_cluster_that_hangs_on_a_full_disk_is_named_and_stops(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A held checkpointer keeps the server from ending, as its fall on a full disk does."""
    monkeypatch.setattr(embedded, "FULL_SECONDS", 0)
    with small_disk(place, size="110m") as disk:
        cluster = start(disk / "data", fsync=False)
        processes = query(
            cluster, "SELECT pid, backend_type FROM pg_stat_activity", role="superuser", database="postgres"
        )
        os.kill(next(int(str(pid)) for pid, kind in processes if kind == "checkpointer"), signal.SIGSTOP)
        (disk / "fills it").write_bytes(bytes(shutil.disk_usage(disk).free - (1 << 20)))
        os.kill(server_pid(cluster), signal.SIGINT)
        while status(disk / "data") != "stopping":
            time.sleep(0.01)
        assert (refusal(disk / "data").kind, status(disk / "data")) == ("disk_full", "stopping")
        with pytest.raises(Unavailable, match=r"磁盘已满.*已强制停止") as caught:
            stop(disk / "data")
        assert (caught.value.kind, status(disk / "data")) == ("disk_full", "stopped")


@pytest.mark.slow
@needs_root
def test_a_server_that_fell_for_want_of_room_is_said_to_have(place: Path) -> None:
    with small_disk(place, size="110m") as disk:
        cluster = start(disk / "data", fsync=False)
        fill = "CREATE TABLE much AS SELECT repeat(md5(n::text), 50) AS words FROM generate_series(1, 1e6) AS n"
        with pytest.raises(Unavailable) as caught, embedded.plain_fall(disk / "data"):
            query(cluster, fill, role="superuser", database="postgres")
        with contextlib.suppress(Unavailable):
            stop(disk / "data")
        assert (caught.value.kind, status(disk / "data")) == ("disk_full", "stopped")


def test_a_database_that_cannot_be_made_gets_one_sentence(running: Cluster) -> None:
    with pytest.raises(Unavailable) as caught:
        ensure_database(running, "")
    assert (caught.value.kind, "\n" in caught.value.sentence) == ("database_failed", False)


def test_a_password_file_that_is_gone_is_named(running: Cluster, tmp_path: Path) -> None:
    shutil.copytree(running.data / "secrets", tmp_path / "secrets", ignore=shutil.ignore_patterns("app"))
    with pytest.raises(Unavailable, match=r"口令文件 .*/secrets/app 不见了") as refused:
        ensure_database(dataclasses.replace(running, data=tmp_path), "city")
    assert refused.value.kind == "no_secret"
