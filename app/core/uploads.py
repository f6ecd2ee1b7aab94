"""Files people hand in: kept in a private folder under random names until they are imported, or forgotten.

An upload is a folder that only the service can enter. In it ``file`` is what came, ``declared.json`` says how large it
is to be, ``order.json`` what is to be done with it; ``report.json`` and ``file.refused.xlsx`` tell what became of it.
A job names an upload and no path, and nothing of an upload outlives its folder.
"""

import fcntl
import io
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gis.errors import Conflict, IntakeError, NotFound, Unavailable
from layers.host.programs import has_no_room
from layers.words import MAKE_ROOM

LARGEST_MIB = 256
#: at a time, so that nobody fills the disk: what is done with is forgotten at once, the rest after LIFE_SECONDS
MOST, MOST_OF_SESSION = 48, 12
LIFE_SECONDS = 2 * 3600
#: an order that was downloaded stays so long, in case the download broke
SOON_SECONDS = 300
FILE, REFUSED, DECLARED, PRINTED = "file", "file.refused.xlsx", "declared", "printed"
_ID = re.compile(r"[0-9a-f]{32}")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MORE = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_COPIED_BYTES = 1 << 20


def begin(data: Path, *, size: int, session: str = "") -> str:
    """The id of a new upload, empty so far, for a file of ``size`` bytes; what is too old is swept out meanwhile.

    What has been imported is no longer counted, and what the service itself draws never is.

    Raises:
        IntakeError: the file is larger than LARGEST_MIB, kind too_large.
        Unavailable: the folder of uploads is not the service's own, cannot be written, or holds as many as it may, of
            that session or of all; kind disk_full, the disk has no room.
    """
    if size > LARGEST_MIB << 20:
        raise IntakeError(
            f"文件有 {size / 2**20:.0f} MB,网页一次最多收 {LARGEST_MIB} MB;更大的请用 wuchuan import 导入",
            kind="too_large",
        )
    sweep(data)
    waiting = _waiting(data)
    for count, most, whose in ((waiting.count(session), MOST_OF_SESSION, "您"), (len(waiting), MOST, "全市")):
        if count >= most:
            raise Unavailable(
                f"{whose}已有 {most} 个文件等着导入,请先导入或放弃其中的,或过两小时再来", kind="too_many_uploads"
            )
    with _with_room():
        upload = _made(data)
        write_note(data, upload, DECLARED, {"size": size, "session": session})
    return upload


def sheet_of(data: Path, action_id: int) -> tuple[str, dict[str, Any]] | None:
    """The upload that the order of an action is drawn into, and the note about it; None where there is none."""
    for folder in _root(data).iterdir():
        with suppress(NotFound):
            note = read_note(data, folder.name, PRINTED)
            if note["action_id"] == action_id and file_of(data, folder.name):
                return folder.name, note
    return None


def begin_sheet(data: Path, *, action_id: int) -> str:
    """The id of a new upload for the order of an action, PRINTED still to be noted; a former one is forgotten.

    Raises:
        Unavailable: as ``begin``, but for how many there are.
    """
    former = sheet_of(data, action_id)
    if former is not None:
        discard(data, former[0])
    with _with_room():
        return _made(data)


def append(data: Path, upload: str, part: bytes, *, at: int) -> int:
    """Add the ``part`` that begins at byte ``at`` and return how many bytes there are now.

    Raises:
        NotFound: there is no such upload.
        Conflict: another part is due.
        IntakeError: the file has become larger than LARGEST_MIB or than was said, kind too_large.
        Unavailable: kind disk_full, the disk has no room; the part can be sent again.
    """
    with _with_room(), _to_append(file_of(data, upload)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # reject the second of two identical concurrent chunks
        there = os.fstat(file.fileno()).st_size
        if there != at:
            raise Conflict(f"文件已收到 {there} 字节,下一段应从那里开始", kind="other_part_due")
        if there + len(part) > LARGEST_MIB << 20:
            raise IntakeError(f"文件超过 {LARGEST_MIB} MB", kind="too_large")
        if there + len(part) > (size := read_note(data, upload, DECLARED)["size"]):
            raise IntakeError(f"文件超过事先说明的 {size} 字节", kind="too_large")
        try:
            rest = memoryview(part)
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            os.ftruncate(file.fileno(), there)  # or the part would not be due when it comes again
            raise
    return there + len(part)


def copied(data: Path, path: Path) -> str:
    """The id of a new upload that is a copy of the file at ``path``.

    Raises:
        Unavailable: kind disk_full, the disk has no room.
    """
    with _with_room():
        upload = _made(data)
    try:
        with _with_room(), path.open("rb") as source, _to_append(file_of(data, upload)) as target:
            shutil.copyfileobj(source, target, _COPIED_BYTES)
    except Unavailable:
        discard(data, upload)
        raise
    return upload


def file_of(data: Path, upload: str) -> Path:
    """Where the file of an upload stands.

    Raises:
        NotFound: it has been imported, forgotten, or never was.
    """
    path = _folder(data, upload) / FILE
    if not path.is_file() or path.is_symlink():
        raise NotFound("这个文件已经处理完或过期了,请重新选择文件", kind="no_upload")
    return path


def whole_of(data: Path, upload: str) -> Path:
    """Where the file of an upload that was begun stands, once all of it is there.

    Raises:
        NotFound: it has been imported, forgotten, or never was.
        Conflict: a part is still due.
    """
    path, size = file_of(data, upload), read_note(data, upload, DECLARED)["size"]
    if (there := path.stat().st_size) != size:
        raise Conflict(f"文件只收到 {there} 字节,全部是 {size} 字节,请传完再继续", kind="incomplete_upload")
    return path


def refused_of(data: Path, upload: str) -> Path | None:
    """Where the workbook of refused rows stands; None when there is none."""
    path = _folder(data, upload) / REFUSED
    return path if path.is_file() and not path.is_symlink() else None


def write_note(data: Path, upload: str, name: str, value: Mapping[str, Any]) -> None:
    """Put ``value`` into the upload as ``name``.json, whole or not at all.

    Raises:
        NotFound: there is no such upload.
    """
    folder = _folder(data, upload)
    aside = folder / secrets.token_hex(8)
    try:
        with _with_room(), os.fdopen(os.open(aside, _NEW, 0o600), "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
    except FileNotFoundError as error:
        raise NotFound("这个文件已经过期了,请重新选择文件", kind="no_upload") from error
    aside.replace(folder / f"{name}.json")


def read_note(data: Path, upload: str, name: str) -> dict[str, Any]:
    """What ``write_note`` put there.

    Raises:
        NotFound: there is none.
    """
    path = _folder(data, upload) / f"{name}.json"
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), encoding="utf-8") as file:
            note: dict[str, Any] = json.load(file)
    except OSError as error:
        raise NotFound("没有这次导入的结果,或者已经过期", kind="no_upload") from error
    return note


def drop(data: Path, upload: str, name: str) -> None:
    """Forget one of the files of an upload."""
    (_folder(data, upload) / name).unlink(missing_ok=True)


def discard(data: Path, upload: str) -> None:
    """Forget an upload with all there is of it; one that is not there is forgotten already."""
    shutil.rmtree(_folder(data, upload), ignore_errors=True)


def leave(data: Path, upload: str) -> None:
    """Forget an upload SOON_SECONDS from now; one that is not there is forgotten already."""
    touched = time.time() - LIFE_SECONDS + SOON_SECONDS
    with suppress(FileNotFoundError):
        os.utime(_folder(data, upload), (touched, touched))


def sweep(data: Path) -> None:
    """Forget the uploads that nobody has touched for LIFE_SECONDS, those that were left, and those of the future."""
    newest = time.time() + SOON_SECONDS
    oldest = newest - SOON_SECONDS - LIFE_SECONDS
    for folder in _root(data).iterdir():
        with suppress(FileNotFoundError):  # its own page has just forgotten it
            if _ID.fullmatch(folder.name) and not oldest <= folder.lstat().st_mtime <= newest:
                shutil.rmtree(folder, ignore_errors=True)


def _to_append(path: Path) -> io.FileIO:
    return io.FileIO(os.open(path, _MORE), "ab")


@contextmanager
def _with_room() -> Iterator[None]:
    """Turns a full disk inside the block into one sentence."""
    try:
        yield
    except OSError as error:
        if has_no_room(error):
            raise Unavailable(f"磁盘已满,文件没有收下;{MAKE_ROOM}", kind="disk_full") from error
        raise


def _waiting(data: Path) -> list[str]:
    """The sessions of the uploads whose file is still to be imported."""
    sessions = []
    for folder in _root(data).iterdir():
        with suppress(NotFound):
            note = read_note(data, folder.name, DECLARED)
            if (folder / FILE).exists():
                sessions.append(str(note.get("session", "")))
    return sessions


def _made(data: Path) -> str:
    upload = secrets.token_hex(16)
    folder = _root(data) / upload
    folder.mkdir(mode=0o700)
    os.close(os.open(folder / FILE, _NEW, 0o600))
    return upload


def _folder(data: Path, upload: str) -> Path:
    if not _ID.fullmatch(upload):
        raise NotFound("没有这个文件", kind="no_upload")
    return _root(data) / upload


def _root(data: Path) -> Path:
    """The folder of all uploads, made where it is missing."""
    root = data / "uploads"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = root.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise Unavailable(f"上传文件夹 {root} 不是本服务独有的(应属于运行它的用户,权限 700)", kind="uploads_folder")
    return root
