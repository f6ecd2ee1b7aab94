"""The private PostGIS cluster behind ``make run``: created, started and stopped here, reachable by one socket only.

A data folder holds ``database`` (the cluster), ``secrets`` (a password file per role) and ``socket``. The cluster
outlives the program that started it, so a killed program breaks nothing; PostgreSQL itself recovers from kill -9 and
from stale locks: ``postmaster.pid`` is read and never touched.

Three roles, all by scram from the first start: the superuser makes databases and extensions, ``owner`` owns the schema
and runs migrations, ``app`` is what the service logs in as. This keeps SQL injection within what ``app`` is granted; it
does not stop code that runs as the service's own user, who can read the password files.
"""

import fcntl
import hashlib
import os
import secrets
import shlex
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.conninfo import make_conninfo

from gis.errors import Unavailable
from layers.host.debian import Postgres, find_postgis
from layers.host.programs import (
    FORCED,
    FULL,
    Account,
    account_for,
    check_enterable,
    failure,
    is_full,
    plain_errors,
    run,
)

Role = Literal["superuser", "owner", "app"]
State = Literal["absent", "stopped", "starting", "stopping", "running"]

ROLES: dict[Role, str] = {"superuser": "postgres", "owner": "wuchuan_owner", "app": "wuchuan_app"}
PORT = "5432"  # only a part of the socket's name

#: The SSLRequest packet, which a server answers before authentication: length 8, code 80877103.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")

#: A socket's path holds 107 bytes, and in a list of hosts these two characters part one from the next.
LONGEST_SOCKET = 107
HOST_MARKS = set(",:")

#: pg_ctl hands the folder's name to a shell between double quotes.
SHELL_MARKS = set('"$`\\\n')

WAIT_SECONDS = 300  # recovery after a crash may replay gigabytes

#: How long a stop may take, and one on a full disk, where a server that fell rarely ends by itself; then it is forced.
STOP_SECONDS, FULL_SECONDS, FORCED_SECONDS = 60, 5, 20

#: Refusals that pass by themselves: children of a killed server take a moment to notice, and a start whose caller was
#: killed goes on.
PASSING_SECONDS = {"pre-existing shared memory block": 10, '"postmaster.pid" already exists': 5}

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "cluster_name": "wuchuan",
    "timezone": "UTC",
    "jit": "off",
    "shared_buffers": "128MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "log_checkpoints": "off",
}
#: What one session of ``app`` may take: of the disk for sorting, and of time where it does not say what it needs.
LIMITS = {"temp_file_limit": "4GB", "statement_timeout": "2min"}

#: What PostgreSQL lets everybody do and nobody here does: keep files in the database, and end others' sessions.
CLOSED_FUNCTIONS = (
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
    "lo_open(oid, integer)",
    "lo_put(oid, bigint, bytea)",
    "lowrite(integer, bytea)",
    "lo_truncate(integer, integer)",
    "lo_truncate64(integer, bigint)",
    "pg_cancel_backend(integer)",
    "pg_terminate_backend(integer, bigint)",
)

FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster by its data folder, its socket's folder and the PostgreSQL that serves it."""

    data: Path
    socket: Path
    postgres: Postgres

    @property
    def database(self) -> Path:
        """The folder PostgreSQL keeps its files in."""
        return self.data / "database"

    def password_file(self, role: Role) -> Path:
        """The libpq password file of ``role``."""
        return self.data / "secrets" / role

    def password(self, role: Role) -> str:
        """The password of ``role``.

        Raises:
            Unavailable: kind no_secret, the password file is missing.
        """
        path = self.password_file(role)
        if not path.exists():
            raise Unavailable(f"口令文件 {path} 不见了,不能登录数据库。", kind="no_secret")
        return path.read_text().strip().rpartition(":")[2]

    def conninfo(self, role: Role, database: str) -> str:
        """A libpq connection string that names the password file and holds no password itself."""
        file = str(self.password_file(role))
        return make_conninfo(host=str(self.socket), port=PORT, user=ROLES[role], dbname=database, passfile=file)

    def url(self, role: Role, database: str) -> str:
        """A SQLAlchemy URL with the password of ``role``; raises as ``password``."""
        place = f"{quote(database, safe='')}?host={quote(str(self.socket), safe='')}&port={PORT}"
        return f"postgresql+psycopg://{ROLES[role]}:{self.password(role)}@/{place}"

    def psql(self, database: str) -> list[str]:
        """The argument list of an interactive psql as the owner, for ``os.execvp``."""
        return self.postgres.command("psql", self.conninfo("owner", database))


def start(data: Path, *, fsync: bool = True, postgres: Postgres | None = None) -> Cluster:
    """The running cluster of ``data``, created and started where needed; two callers at once get the same one.

    ``fsync=False`` is for tests: faster, and lost when the machine loses power.

    Raises:
        Unavailable: one sentence; kind no_binaries, no_passwd_entry, foreign_owner, closed_folder, read_only,
            disk_full, locked, empty_lock, damaged, open_folder, unusable_folder, recovering or database_failed.
    """
    data = data.resolve()
    if SHELL_MARKS & set(str(data)):
        raise Unavailable(f"数据文件夹 {data} 的名字里有数据库不能使用的符号;请换一个名字。", kind="unusable_folder")
    with plain_errors(data), _alone(data) as lock:
        account = account_for(data / "database")
        cluster = _cluster(data, postgres)
        if _settled(cluster) == "running":
            return cluster
        check_enterable(account, data)
        if not cluster.database.exists():
            _create(cluster, account, lock, fsync=fsync)
        _own_folder(cluster.socket, account.uid, account.gid)
        _launch(cluster, account, fsync=fsync)
    return cluster


def stop(data: Path) -> None:
    """Stops the cluster of ``data`` where it runs: open transactions are rolled back, nothing else is lost.

    One that does not end in time is stopped as by a crash, from which the next start recovers: a server told to stop
    while it comes back from a fall may wait for ever.

    Raises:
        Unavailable: as ``start``; kind disk_full when it had to be forced on a full disk; kind stop_failed when it did
            not stop even so.
    """
    data = data.resolve()
    if status(data) == "absent":
        return
    with plain_errors(data), _alone(data):
        account = account_for(data / "database")
        cluster = _cluster(data)
        hangs = is_full(cluster.database) and _state(cluster.database, cluster.socket) != "running"
        patience = FULL_SECONDS if hangs else STOP_SECONDS
        if _stopped(cluster, account, "fast", patience):
            return
        if not _stopped(cluster, account, "immediate", FORCED_SECONDS):
            raise Unavailable(f"数据库 {cluster.database} 没有停下来,强制停止也不行。", kind="stop_failed")
        if is_full(cluster.database):
            raise Unavailable(FORCED.format(folder=cluster.database), kind="disk_full")


def _stopped(cluster: Cluster, account: Account, mode: str, seconds: int) -> bool:
    """Whether the cluster is stopped, after it was asked to if need be."""
    if _state(cluster.database, cluster.socket) == "stopped":
        return True
    options = ["-D", str(cluster.database), "-m", mode, "-w", "-t", str(seconds)]
    answer = run(account, cluster.postgres.command("pg_ctl", "stop", *options))
    return answer.returncode == 0 or _state(cluster.database, cluster.socket) == "stopped"


@contextmanager
def plain_fall(data: Path) -> Iterator[None]:
    """Turns the loss of the server inside the block into one sentence with the reason its log gives.

    Raises:
        Unavailable: kind disk_full, or as ``start``.
    """
    try:
        yield
    except (psycopg.OperationalError, sa.exc.OperationalError) as error:
        database = data.resolve() / "database"
        log = run(account_for(database), ["tail", "-n", "40", str(database / "server.log")]).stdout
        found = failure(log, database)
        if found.kind != "disk_full":  # a running server's log holds older faults too
            found = Unavailable(f"数据库中途断开,请重试;原因见 {database / 'server.log'}", kind="database_failed")
        raise found from error


def status(data: Path) -> State:
    """How the cluster of ``data`` is right now; changes nothing.

    Raises:
        Unavailable: kind read_only, the folder is closed to the caller; kind open_folder, the socket's is not private;
            kind foreign_owner, the cluster's is root's.
    """
    data = data.resolve()
    with plain_errors(data):
        return _state(data / "database", _socket_folder(data))


def ensure_database(cluster: Cluster, name: str) -> None:
    """Makes the database ``name`` with PostGIS, owned by ``owner`` and open to ``app`` alone; repeats without harm.

    PostgreSQL lets every role change its own password and settings; so each time all roles are as they should be again.
    The schema stays the superuser's: its owner could drop PostGIS with it, and prepare what the superuser then runs.
    ``geometry_overlaps`` is marked leakproof each time, because a restore loses the mark and row security then turns
    the spatial index off.

    Raises:
        Unavailable: one sentence; kind disk_full, no_secret or database_failed.
    """
    database, owner, app = map(sql.Identifier, (name, ROLES["owner"], ROLES["app"]))
    try:
        with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as server:
            server.execute("SELECT pg_advisory_lock(0)")  # two callers at once would undo each other's grants
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            server.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app))
            _put_roles_right(cluster, server)
            with psycopg.connect(cluster.conninfo("superuser", name)) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
                connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")
                connection.execute("ALTER SCHEMA public OWNER TO CURRENT_USER")
                connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
                connection.execute(sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(owner))
                connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
                for function in CLOSED_FUNCTIONS:
                    connection.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(sql.SQL(function)))
    except psycopg.Error as error:
        raise failure(f"ERROR: {error}", cluster.database) from error


def _put_roles_right(cluster: Cluster, server: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Gives each plain role its password, its settings and no others, and takes back what it lent of itself."""
    with server.transaction():
        for role in _PLAIN_ROLES:
            name = sql.Identifier(ROLES[role])
            password = cluster.password(role).encode()
            verifier = server.pgconn.encrypt_password(password, ROLES[role].encode(), b"scram-sha-256")
            server.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier.decode())))
            server.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(name))
            for (database,) in server.execute(_SET_IN, [ROLES[role]]).fetchall():
                reset = sql.SQL("ALTER ROLE {} IN DATABASE {} RESET ALL")
                server.execute(reset.format(name, sql.Identifier(database)))
            for (member,) in server.execute(_LENT_TO, [ROLES[role]]).fetchall():
                server.execute(sql.SQL("REVOKE {} FROM {}").format(name, sql.Identifier(member)))
        for setting, value in LIMITS.items():
            limit = sql.SQL("ALTER ROLE {} SET {} = {}")
            server.execute(limit.format(sql.Identifier(ROLES["app"]), sql.Identifier(setting), sql.Literal(value)))


_PLAIN_ROLES: tuple[Role, ...] = ("owner", "app")
_SET_IN = """
    SELECT datname FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
    WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = %s) ORDER BY 1"""
_LENT_TO = """
    SELECT rolname FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member
    WHERE roleid = (SELECT oid FROM pg_roles WHERE rolname = %s) ORDER BY 1"""


@contextmanager
def _alone(data: Path) -> Iterator[int]:
    """The data folder's lock, which the system drops with its last holder; makes the folder first."""
    data.mkdir(parents=True, exist_ok=True, mode=0o711)  # the database user passes through and lists nothing
    descriptor = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _cluster(data: Path, postgres: Postgres | None = None) -> Cluster:
    version = data / "database/PG_VERSION"
    made_by = version.read_text().strip() if version.exists() else None
    postgres = postgres or find_postgis(made_by) or find_postgis()
    if postgres is None:
        raise Unavailable("没有找到带 PostGIS 的 PostgreSQL;请先运行 make install。", kind="no_binaries")
    return Cluster(data=data, socket=_socket_folder(data), postgres=postgres)


def _socket_folder(data: Path) -> Path:
    """Beside the cluster, where no cleaner of temporary files comes; in /tmp where that path does not serve."""
    folder = data / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET and not HOST_MARKS & set(str(folder)):
        return folder
    short = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path("/tmp") / f"wuchuan-{short}"  # noqa: S108 - its owner and mode are checked


def _own_folder(folder: Path, uid: int, gid: int) -> None:
    """Makes a folder that only ``uid`` enters; one that somebody else put there is refused."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid == os.geteuid() == 0:
        os.chown(folder, uid, gid, follow_symlinks=False)
    _check_private(folder, {uid})


def _check_private(folder: Path, owners: set[int]) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & 0o077:
        raise Unavailable(f"文件夹 {folder} 不是数据库专用的(属主或权限不对);请删除它后重试。", kind="open_folder")


def _check_not_roots(database: Path, owner: int) -> None:
    """Refuses a cluster copied by root: PostgreSQL never runs as root, so that it was somebody else's before."""
    if owner == 0:
        sentence = f"数据库文件夹 {database} 属于 root,数据库不能以 root 运行;请用 chown -R 改回它原来的用户。"
        raise Unavailable(sentence, kind="foreign_owner")


def _state(database: Path, folder: Path) -> State:
    """By an answer on the socket, since the process number in ``postmaster.pid`` may by now be anybody's.

    Nobody is asked in a folder that a stranger may have made: who answers there would be told the password.
    """
    if not database.exists():
        return "absent"
    try:
        owner = database.stat().st_uid
        _check_not_roots(database, owner)
        _check_private(folder, {owner, 0})
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(folder / f".s.PGSQL.{PORT}"))
            client.sendall(SSL_REQUEST)
            answered = client.recv(1)
        word = (database / "postmaster.pid").read_text().splitlines()[7].strip() if answered else ""
    except TimeoutError:
        return "starting"
    except (FileNotFoundError, ConnectionError, IndexError):
        return "stopped"
    states: dict[str, State] = {"": "stopped", "ready": "running", "stopping": "stopping"}
    return states.get(word, "starting")


def _settled(cluster: Cluster) -> State:
    """The state once a start or stop that is under way has ended."""
    began = time.monotonic()
    while (state := _state(cluster.database, cluster.socket)) in {"starting", "stopping"}:
        waited = time.monotonic() - began
        if state == "stopping" and waited > FULL_SECONDS and is_full(cluster.database):
            raise Unavailable(FULL.format(folder=cluster.database), kind="disk_full")
        if waited > WAIT_SECONDS:
            raise Unavailable(f"数据库 {cluster.database} 正在恢复,请稍后再试。", kind="recovering")
        time.sleep(0.05)
    return state


def _create(cluster: Cluster, account: Account, lock: int, *, fsync: bool) -> None:
    """Makes the cluster under another name, so that a killed attempt leaves nothing that looks like one.

    The programs hold the lock too: should this one be killed, the next caller waits for them to end.
    """
    fresh = cluster.data / "database.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    _own_folder(fresh, account.uid, account.gid)
    passwords = _write_secrets(cluster)
    made = ["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=reject", "--data-checksums"]
    single = ["--single", "-D", str(fresh), "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "postgres"]
    steps = [
        (cluster.postgres.command("initdb", "-D", fresh, *made, *([] if fsync else ["--no-sync"])), ""),
        (["tee", str(fresh / "pg_hba.conf")], "local all all scram-sha-256\n"),
        (cluster.postgres.command("postgres", *single), _bootstrap(passwords)),
    ]
    for command, stdin in steps:
        answer = run(account, command, stdin=stdin, lock=lock)
        if answer.returncode:
            raise failure(answer.stdout + answer.stderr, cluster.data)
    fresh.rename(cluster.database)


def _write_secrets(cluster: Cluster) -> dict[Role, str]:
    """A new password per role, each in a libpq password file that only the caller reads."""
    _own_folder(cluster.data / "secrets", os.geteuid(), os.getegid())
    passwords = {role: secrets.token_urlsafe(32) for role in ROLES}
    for role, password in passwords.items():
        path = cluster.password_file(role)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        with path.open("w") as file:
            file.write(f"*:*:*:{ROLES[role]}:{password}\n")
            file.flush()
            os.fsync(file.fileno())
    return passwords


def _bootstrap(passwords: dict[Role, str]) -> str:
    """One statement a line, for the server's single-user mode."""
    plain = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD"
    return (
        f"ALTER ROLE {ROLES['superuser']} PASSWORD '{passwords['superuser']}';\n"
        f"CREATE ROLE {ROLES['owner']} {plain} '{passwords['owner']}';\n"
        f"CREATE ROLE {ROLES['app']} {plain} '{passwords['app']}';\n"
        "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;\n"
    )


def _launch(cluster: Cluster, account: Account, *, fsync: bool) -> None:
    settings = SETTINGS | {"unix_socket_directories": str(cluster.socket)} | ({} if fsync else FORGETFUL)
    flags = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
    log = cluster.database / "server.log"
    options = ["-D", str(cluster.database), "-l", str(log), "-o", flags, "-s", "-w", "-t", str(WAIT_SECONDS)]
    began = time.monotonic()
    while True:
        if log.exists():
            log.replace(log.with_name("server.previous.log"))
        answer = run(account, cluster.postgres.command("pg_ctl", "start", *options))
        if answer.returncode == 0 or _settled(cluster) == "running":
            return
        output = run(account, ["tail", "-n", "40", str(log)]).stdout or answer.stderr
        patience = next((seconds for words, seconds in PASSING_SECONDS.items() if words in output), 0)
        if time.monotonic() - began >= patience:
            raise failure(output, cluster.database)
        time.sleep(0.2)
