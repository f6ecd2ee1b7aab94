"""Open an untrusted file in a locked-down child process, and receive the tables that it sends back.

The child gets the open file, a pipe and nothing else (layers/intake/lockdown.py); here its memory, time and output are
watched, and what it sends is checked before anybody touches it.
"""

import json
import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gis.errors import IntakeError, Unavailable
from layers.intake import child, privacy
from layers.intake.limits import MIB, Limits
from layers.intake.raw import NOTES, Note, RawTable
from layers.intake.readers import LEADING, masks

_KINDS = (
    "not_readable", "empty", "too_large", "unsafe_archive", "external_reference", "encrypted", "missing_crs", "too_deep"
)  # fmt: skip

#: hears which share of the file has been read
Tell = Callable[[float], None]

_ROOT = Path(__file__).resolve().parents[2]
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from layers.intake.child import main; main(*sys.argv[2:])"
#: all the child sees of an environment: few threads, and an allocator that asks for no more than it uses
_ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "LC_ALL": "C.UTF-8",
}
#: what reading bytes that are no Arrow stream may raise
_DAMAGED = (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, MemoryError, OverflowError)
_LIMITS = Limits()
_WATCH_S = 0.02
_LONGEST_MESSAGE, _LONGEST_NOTE = 4096, 500
#: resident bytes of a child that has imported its libraries and not said so yet
_LARGEST_IDLE = 160 * MIB


def open_file(
    path: Path, *, sheet: str | None = None, rows: int | None = None, limits: Limits = _LIMITS, tell: Tell | None = None
) -> list[RawTable]:
    """The tables of the file at ``path``, or only the sheet or layer named ``sheet``; each has at least one row.

    ``rows`` is how many of each table's first ones are enough.

    Raises:
        IntakeError: the file as a whole is refused; kind is one of KINDS and the sentence says why and what to do.
        Unavailable: this machine cannot isolate the child.
    """
    order = {"limits": asdict(limits), "sheet": sheet, "rows": rows}
    with _opened(path, limits) as (file, size), _child(file, size, order, limits) as answer:
        tables = list(_tables(answer, tell))
    return _with_data(tables)


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[tuple[BinaryIO, int]]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise IntakeError(f"打不开这个文件:{error.strerror}。", kind="not_readable") from error
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise IntakeError("这不是一个文件。", kind="not_readable")
    with os.fdopen(descriptor, "rb") as file:
        if about.st_size == 0:
            raise IntakeError("文件是空的(0 字节)。", kind="empty")
        if about.st_size > limits.file_mib * MIB:
            size = about.st_size / MIB
            raise IntakeError(f"文件有 {size:.0f} MB,超过允许的 {limits.file_mib} MB。", kind="too_large")
        yield file, about.st_size


@dataclass(kw_only=True)
class _Answer:
    """The reading end of the child's pipe, as a file for Arrow; every wait looks at the child's memory and time."""

    process: subprocess.Popen[bytes]
    descriptor: int
    memory_bytes: int
    bytes_left: int
    deadline: float
    idle_bytes: int = _LARGEST_IDLE
    closed: bool = field(default=False, init=False)

    def read(self, count: int) -> memoryview:
        """Exactly ``count`` bytes, or fewer where the child has ended.

        Raises:
            IntakeError: too_large, for more bytes, memory or time than the limits allow.
        """
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise IntakeError("文件中的数据过多,超过一次导入的限制,请分成几个文件。", kind="too_large")
        buffer = memoryview(bytearray(count))
        filled = 0
        while filled < count and (got := self._read_into(buffer[filled:])):
            filled += got
        return buffer[:filled]

    def _read_into(self, buffer: memoryview) -> int:
        while not select.select([self.descriptor], [], [], _WATCH_S)[0]:
            self._watch()
        self._watch()
        return os.readv(self.descriptor, [buffer])

    def _watch(self) -> None:
        if time.monotonic() > self.deadline:
            raise IntakeError("读取这个文件花的时间过长,已停止。", kind="too_large")
        if self._resident() - self.idle_bytes > self.memory_bytes:
            raise IntakeError(f"{child.NEEDS_MEMORY},已停止。", kind="too_large")

    def _resident(self) -> int:
        """Resident bytes of the child now, 0 once it has ended."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def _child(file: BinaryIO, size: int, order: dict[str, Any], limits: Limits) -> Iterator[_Answer]:
    """The answer of a child that reads ``file``; whatever happens, the child is gone afterwards."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0):
        try:
            process = _start(file.fileno(), writing, json.dumps(order))
        finally:
            os.close(writing)
        try:
            yield _Answer(
                process=process,
                descriptor=reading,
                memory_bytes=limits.memory_bytes(size),
                bytes_left=limits.result_bytes(size),
                deadline=time.monotonic() + limits.wall_s(size),
            )
        finally:
            process.kill()
            process.wait()


def _start(source: int, result: int, order: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _BOOT, str(_ROOT), str(source), str(result), order],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            pass_fds=(source, result),
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable(f"启动不了读取文件的子进程:{error.strerror}。") from error


def _tables(answer: _Answer, tell: Tell | None) -> Iterator[RawTable]:
    while (mark := bytes(answer.read(1))) != child.END:
        if mark == child.READY:
            answer.idle_bytes = int.from_bytes(answer.read(8), "little")
        elif mark == child.SHARE:
            percent = answer.read(1)
            if tell is not None and percent:
                tell(min(percent[0], 100) / 100)
        elif mark == child.TABLE:
            yield _table(answer)
        elif mark == child.ERROR:
            raise _error(answer)
        else:
            raise _ended(answer.process)


def _table(answer: _Answer) -> RawTable:
    """One table, every buffer of it checked: a child that was taken over may send offsets that point anywhere."""
    try:
        with pa.ipc.open_stream(answer) as stream:
            received = stream.read_all()
        received.validate(full=True)
        return _raw(received.replace_schema_metadata(None), json.loads(received.schema.metadata[child.META]))
    except _DAMAGED as error:
        raise _ended(answer.process) from error


def _raw(received: pa.Table, said: dict[str, Any]) -> RawTable:
    rows, lines, cells, wkb = (received.column(i) for i in range(len(LEADING)))
    notes = tuple(map(_note, said.pop(child.NOTES)))
    if not _is_sound(said) or not (pa.types.is_null(wkb.type) or pa.types.is_binary(wkb.type)):
        raise ValueError(said)
    table = received.select(range(len(LEADING), received.num_columns))
    table, numbers = (table, None) if said["typed"] else _apart(table)
    return RawTable(
        table=table,
        numbers=numbers,
        rows=np.asarray(rows, np.int64),
        lines=None if pa.types.is_null(lines.type) else np.asarray(lines, np.int64),
        cells=None if pa.types.is_null(cells.type) else np.asarray(cells, np.int64),
        wkb=None if pa.types.is_null(wkb.type) else wkb.combine_chunks(),
        notes=notes,
        **{**said, "merged": tuple(tuple(merge) for merge in said["merged"])},
    )


def _apart(table: pa.Table) -> tuple[pa.Table, pa.Table | None]:
    """What is shown in each cell; and the columns in which numbers stand behind that, with the numbers."""
    numbers = {}
    for at, name in enumerate(table.column_names):
        column = table.column(at)
        if pc.any(pc.match_substring(column, masks.BOTH)).as_py():
            numbers[name] = pc.replace_substring_regex(column, f"(?s){masks.BOTH}.*", "")
            table = table.set_column(at, name, pc.replace_substring_regex(column, f"^[^{masks.BOTH}]*{masks.BOTH}", ""))
    return table, pa.table(numbers) if numbers else None


def _note(said: dict[str, Any]) -> Note:
    """A note as the child says it; its sentence may quote the file."""
    kind, sentence, rows = said["kind"], said["sentence"], said["rows"]
    if kind not in NOTES or not isinstance(sentence, str) or not all(isinstance(row, int) for row in rows):
        raise ValueError(said)
    return Note(kind=kind, sentence=privacy.masked(sentence[:_LONGEST_NOTE]), rows=tuple(rows))


def _is_sound(said: dict[str, Any]) -> bool:
    """Whether what is said of a table is of the kinds that RawTable holds."""
    texts = all(said[name] is None or isinstance(said[name], str) for name in ("sheet", "crs", "encoding"))
    flags = all(isinstance(said[name], bool) for name in ("typed", "date1904"))
    headings = all(isinstance(name, str) and bytes.fromhex(raw) for name, raw in said["cut"].items())
    headings = headings and all(isinstance(text, str) for pair in said["also"].items() for text in pair)
    places = all(isinstance(place, int) and place >= 0 for merge in said["merged"] for place in merge)
    return (
        set(said) == set(child.SAID)
        and texts
        and flags
        and places
        and headings
        and all(len(one) == 4 for one in said["merged"])
    )


def _error(answer: _Answer) -> IntakeError | Unavailable:
    count = int.from_bytes(answer.read(4), "little")
    try:
        said = json.loads(bytes(answer.read(min(count, _LONGEST_MESSAGE))))
        kind, sentence = str(said["kind"]), str(said["sentence"])
    except (ValueError, KeyError, TypeError):
        return _ended(answer.process)
    sentence = privacy.masked(sentence)  # it may quote a sheet's name
    return IntakeError(sentence, kind=kind) if kind in _KINDS else Unavailable(sentence)


def _ended(process: subprocess.Popen[bytes]) -> IntakeError:
    """Why a child stopped in the middle."""
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        process.kill()
    if process.returncode == -signal.SIGXCPU:
        return IntakeError("读取这个文件花的时间过长,已停止。", kind="too_large")
    return IntakeError("读取这个文件时程序中断,文件可能已损坏或有害,未读取。", kind="not_readable")


def _with_data(tables: list[RawTable]) -> list[RawTable]:
    """Tables with rows.

    Raises:
        IntakeError: empty, when no table has any, or all the file has is one row: its headings.
    """
    filled = [table for table in tables if table.table.num_rows]
    if not any(table.typed or table.table.num_rows > 1 for table in filled):
        if filled and all(table.encoding is not None and table.table.num_columns == 1 for table in filled):
            raise IntakeError("这不是工作簿,也不是有列的文本:里面只有一行字,没有读到表格。", kind="empty")
        raise IntakeError("文件中没有数据" + ("(只有表头)。" if filled else "。"), kind="empty")
    return filled
