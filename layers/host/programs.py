"""Runs PostgreSQL's programs as the user who owns the cluster, and turns their failures into one plain sentence."""

import errno
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gis.errors import Unavailable
from layers.words import MAKE_ROOM

#: Nothing is inherited: a PGPORT or PGDATA of the caller must not reach the private cluster. English, to be matched.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

#: root may not run PostgreSQL; the first of these that exists does.
PLAIN_USERS = ("postgres", "nobody")

#: PostgreSQL makes its log of changes in files of this size: with less room than that it cannot go on writing.
LEAST_FREE_BYTES = 16 << 20

FULL = f"磁盘已满,文件夹 {{folder}} 写不下;{MAKE_ROOM}。"
FORCED = "磁盘已满,数据库 {folder} 停不下来,已强制停止;请腾出空间后再启动。"
LOCKED = "数据库文件夹 {folder} 正被另一个进程{pid}占用;请先停止它,若它与数据库无关,重启电脑后再试。"
NO_LOCK = "锁文件 {folder}/postmaster.pid 是空的;请先确认没有 postgres 进程在用这个文件夹,再删除该文件后重试。"
READ_ONLY = "{folder} 不可读写(只读,或没有权限);请换一个文件夹或修改其权限。"
DAMAGED = "数据库文件夹 {folder} 已损坏,请用备份恢复:{line}"
FAILED = "数据库出错:{line}"

#: What PostgreSQL says, the kind it is and the sentence for people; the first match counts.
FAILURES = (
    (r"No space left on device|Check free disk space|Disk quota exceeded", "disk_full", FULL),
    (r'lock file "[^"]*" already exists|pre-existing shared memory block', "locked", LOCKED),
    (r'(PID|lock) file "[^"]*" is empty', "empty_lock", NO_LOCK),
    (r"Read-only file system|Permission denied", "read_only", READ_ONLY),
    (
        r"not a (valid )?data(base cluster)? directory|pg_control|PG_VERSION|valid checkpoint|invalid page"
        r"|could not (open|access|read) (file|directory|the server configuration file)",
        "damaged",
        DAMAGED,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The operating-system user the cluster runs as; ``switch`` when root has to become it first."""

    name: str
    uid: int
    gid: int
    switch: bool


def account_for(folder: Path) -> Account:
    """Whoever owns ``folder``; where it is not there yet, the caller, or a plain user when that is root.

    Raises:
        Unavailable: kind no_passwd_entry, foreign_owner or (when root, without a plain user) no_plain_user.
    """
    me = os.geteuid()
    owner = folder.stat().st_uid if folder.exists() else None
    if me != 0:
        if owner not in {None, me}:
            raise Unavailable(
                f"数据库文件夹 {folder} 属于用户 {_user_name(owner)},当前用户不能使用。", kind="foreign_owner"
            )
        return _account(me, switch=False)
    if owner:
        return _account(owner, switch=True)
    for name in PLAIN_USERS:
        try:
            return _account(pwd.getpwnam(name).pw_uid, switch=True)
        except KeyError:
            continue
    raise Unavailable("数据库不能以 root 运行,系统里也没有 postgres 或 nobody 用户。", kind="no_plain_user")


def _account(uid: int, *, switch: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        sentence = f"用户编号 {uid} 在系统用户表(/etc/passwd)中没有记录,数据库不能以它运行。"
        raise Unavailable(sentence, kind="no_passwd_entry") from None
    return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid, switch=switch)


def _user_name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)


def run(
    account: Account | None, command: list[str], *, stdin: str = "", lock: int | None = None
) -> subprocess.CompletedProcess[str]:
    """What ``command`` answered as ``account`` (None: the caller); it holds ``lock`` as long as it runs.

    It stands in /, because the caller's folder may be closed to it.
    """
    if account and account.switch:
        become = [f"--reuid={account.uid}", f"--regid={account.gid}", "--init-groups", "--no-new-privs"]
        command = ["setpriv", *become, *command]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd="/",
        env=ENVIRONMENT,
        umask=0o077,
        pass_fds=() if lock is None else (lock,),
        check=False,
    )


def check_enterable(account: Account, folder: Path) -> None:
    """Nothing, when ``account`` can enter ``folder``.

    Raises:
        Unavailable: kind closed_folder, naming the outermost parent that is closed.
    """
    if run(account, ["test", "-x", str(folder)]).returncode == 0:
        return
    closed = next(p for p in reversed([folder, *folder.parents]) if run(account, ["test", "-x", str(p)]).returncode)
    sentence = f"数据库用户 {account.name} 进不了文件夹 {closed};请换一个它能进入的数据文件夹。"
    raise Unavailable(sentence, kind="closed_folder")


def failure(output: str, folder: Path) -> Unavailable:
    """The error that names why a program working on ``folder`` failed, from what it wrote."""
    grave = re.findall(r"(?:PANIC|FATAL|ERROR|error): .*", output)
    line = (grave or output.strip().splitlines() or ["没有任何输出"])[-1]
    if shutil.disk_usage(folder).free < 1 << 20:  # then even the log stays empty
        return Unavailable(FULL.format(folder=folder), kind="disk_full")
    for pattern, kind, sentence in FAILURES:
        if re.search(pattern, output):
            pid = re.search(r"\(PID (\d+)\)", output)
            return Unavailable(sentence.format(folder=folder, line=line, pid=f" {pid[1]} " if pid else ""), kind=kind)
    return Unavailable(FAILED.format(line=line), kind="database_failed")


def is_full(folder: Path) -> bool:
    """Whether a database in ``folder`` has no room left to go on with."""
    return shutil.disk_usage(folder).free < LEAST_FREE_BYTES


def has_no_room(error: OSError) -> bool:
    """Whether the disk, or one's share of it, is full."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """Turns an operating-system error inside the block into one sentence naming the folder or file.

    Raises:
        Unavailable: kind disk_full, read_only or unusable_folder.
    """
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        if has_no_room(error):
            raise Unavailable(FULL.format(folder=folder), kind="disk_full") from error
        if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            raise Unavailable(READ_ONLY.format(folder=place), kind="read_only") from error
        raise Unavailable(f"数据文件夹 {place} 不能使用:{error.strerror}。", kind="unusable_folder") from error
