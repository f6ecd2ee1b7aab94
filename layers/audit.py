"""The audit: who did what, as which post, for which area; sealed in blocks whose heads also lie outside the database.

An entry is added in the transaction of what it tells and never changed. A block is made of all entries of the
transactions before the oldest open one, so that no writer is waited for and none comes too late; its head is the
SHA-256 of the head before and of the block. Each head is a line of a file in the data folder: whoever changes, removes
or reorders entries, or cuts off the last of them, has the file against him.
"""

import datetime as dt
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from gis.errors import Unavailable
from layers.actor import Actor
from layers.database import transaction
from layers.schema.tables.house import audit, audit_blocks

FILE = Path("audit") / "heads.txt"
FIRST_HEAD = "0" * 64
#: A line of the file that says that a backup was restored: the blocks from that number on are those of before.
RESTORED = "restored"
_SEAL_LOCK = "audit"


class AuditBlock(NamedTuple):
    """One sealed part: its number, its turns, how many entries, their hash, and the head."""

    number: int
    since: int
    until: int
    entries: int
    entries_sha256: str
    head: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the audit is whole, in a sentence; ``open`` entries are younger than the last block."""

    is_whole: bool
    sentence: str
    blocks: int
    sealed: int
    open: int


def seal_settled(engine: sa.Engine, actor: Actor, data: Path) -> None:
    """Close a block over what is settled, and write its head into the file.

    Raises:
        Unavailable: the file cannot be written; the head follows with the next.
    """
    with transaction(engine, actor.computing()) as connection:
        close_block(connection)
    with transaction(engine, actor.computing()) as connection:
        write_heads(connection, data)


def close_block(connection: sa.Connection) -> AuditBlock | None:
    """Close a block over what is settled and not sealed yet; None where there is nothing. One seals at a time."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": _SEAL_LOCK})
    former = last_block(connection)
    since = former.until if former else 0
    until = int(connection.execute(sa.text("SELECT audit_settled()")).scalar_one())
    many, digest = _entries(connection, since, until)
    if not many:
        return None
    number = former.number + 1 if former else 1
    head = _head(former.head if former else FIRST_HEAD, number, since, until, many, digest)
    block = AuditBlock(number, since, until, many, digest, head)
    values = dict(zip(("audit_block_id", "since", "until", "entries", "entries_sha256", "head"), block, strict=True))
    connection.execute(audit_blocks.insert().values(values))
    return block


def last_block(connection: sa.Connection) -> AuditBlock | None:
    """The last block; None before the first."""
    blocks = _blocks(connection, newest=True)
    return blocks[0] if blocks else None


def write_heads(connection: sa.Connection, data: Path) -> None:
    """Add to the file the heads that it lacks, and wait until the disk has them.

    Raises:
        Unavailable: the file cannot be written.
    """
    path = data / FILE
    try:
        written = _lines(path)
        known = max((number for number, _ in _standing(written)), default=0)
        missing = [block for block in _blocks(connection) if block.number > known]
        if missing:
            _append(path, [f"{block.number} {block.head}" for block in missing])
    except OSError as error:
        raise Unavailable(f"审计封存文件 {path} 写不了({error.strerror})", kind="audit_file") from error


def note_restore(connection: sa.Connection, data: Path) -> None:
    """Say in the file that the backup was restored whose blocks are there now."""
    block = last_block(connection)
    at = connection.execute(sa.select(sa.func.now())).scalar_one()
    if (data / FILE).exists():
        _append(data / FILE, [f"{RESTORED} {block.number if block else 0} {at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"])


def verify(connection: sa.Connection, data: Path) -> Verdict:
    """Whether every sealed entry is as it was sealed, and every head of the file is still there.

    An edit, a removal and a change of order break the hash of their block; a tail that was cut off leaves heads in the
    file that no block has.
    """
    blocks, head, since, sealed = _blocks(connection), FIRST_HEAD, 0, 0
    fault = ""
    for place, block in enumerate(blocks, 1):
        entries, digest = _entries(connection, block.since, block.until)
        wanted = _head(head, place, since, block.until, block.entries, block.entries_sha256)
        if (block.number, block.since, block.head) != (place, since, wanted):
            fault = f"第 {place} 段的封条不对:前后段接不上"
        elif (entries, digest) != (block.entries, block.entries_sha256):
            fault = f"第 {place} 段的记录被改动过:封存时 {block.entries} 条,现有 {entries} 条"
        if fault:
            break
        head, since, sealed = block.head, block.until, sealed + entries
    fault = fault or _against(data / FILE, blocks)
    rest = int(connection.execute(sa.select(sa.func.count()).where(audit.c.turn >= since)).scalar_one())
    said = fault or f"审计完整:{len(blocks)} 段、{sealed} 条已封存,{rest} 条待封存"
    return Verdict(is_whole=not fault, sentence=said, blocks=len(blocks), sealed=sealed, open=rest)


def entries(
    connection: sa.Connection, *, since: dt.date | None = None, account: str = "", action: str = "", limit: int = 200,
    before: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Entries, newest first, from a day on, of an account, of an action, and older than the entry ``before``.

    Keys: audit_id, at, account, post, area_code, action, layer, detail, request_id.
    """
    wanted: list[sa.ColumnElement[bool]] = []
    if since is not None:
        wanted.append(audit.c.at >= since)
    if account:
        wanted.append(audit.c.account == account)
    if action:
        wanted.append(audit.c.action == action)
    if before is not None:
        wanted.append(audit.c.audit_id < before)
    names = ("audit_id", "at", "account", "post", "area_code", "action", "layer", "detail", "request_id")
    query = sa.select(*(audit.c[name] for name in names)).where(*wanted)
    rows = connection.execute(query.order_by(audit.c.audit_id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]


def kinds(connection: sa.Connection) -> list[str]:
    """The kinds of what was done, in the order of their names."""
    return list(connection.execute(sa.select(audit.c.action).distinct().order_by(audit.c.action)).scalars())


def _blocks(connection: sa.Connection, *, newest: bool = False) -> list[AuditBlock]:
    columns = audit_blocks.c
    query = sa.select(*(columns[name] for name in (
        "audit_block_id", "since", "until", "entries", "entries_sha256", "head")))  # fmt: skip
    ordered = (
        query.order_by(columns.audit_block_id.desc()).limit(1) if newest else query.order_by(columns.audit_block_id)
    )
    return [AuditBlock(*row) for row in connection.execute(ordered)]


def _entries(connection: sa.Connection, since: int, until: int) -> tuple[int, str]:
    query = sa.text("SELECT entries, entries_sha256 FROM audit_entries(:since, :until)")
    row = connection.execute(query, {"since": since, "until": until}).one()
    return int(row.entries), str(row.entries_sha256)


def _head(former: str, number: int, since: int, until: int, entries: int, digest: str) -> str:
    return hashlib.sha256(f"{former} {number} {since} {until} {entries} {digest}".encode()).hexdigest()


def _against(path: Path, blocks: list[AuditBlock]) -> str:
    """What the file has against these blocks, in a sentence; "" where nothing."""
    try:
        standing = _standing(_lines(path))
    except (OSError, ValueError):
        return f"审计封存文件 {path} 读不出来"
    if blocks and not standing:
        return f"审计封存文件 {path} 不见了,或者是空的"
    heads = {block.number: block.head for block in blocks}
    for number, head in standing:
        if number not in heads:
            return f"第 {number} 段不见了:封存文件里有它,数据库里没有"
        if heads[number] != head:
            return f"第 {number} 段和封存文件里的不一样"
    return ""


def _standing(lines: list[list[str]]) -> list[tuple[int, str]]:
    """The heads of the file that must be in the database: those after a restored backup's are gone with it."""
    heads: dict[int, str] = {}
    for line in lines:
        if line[0] == RESTORED:
            heads = {number: head for number, head in heads.items() if number <= int(line[1])}
        else:
            heads[int(line[0])] = line[1]
    return list(heads.items())


def _lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def _append(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
