"""Zip archives: looked at as a list of names and sizes before anything is unpacked."""

import stat
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO

from gis.errors import IntakeError
from layers.intake.limits import MIB, Limits

_NESTED = (".zip", ".kmz", ".rar", ".7z", ".gz", ".bz2", ".xz", ".tar", ".tgz")
#: what a Mac puts beside each file
_MACOS = "._"
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800


def members(file: BinaryIO, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """Files of the archive by their name in Unicode with "/" between folders.

    Raises:
        IntakeError: unsafe_archive (a name that leaves the folder, a link, an archive inside, too many files),
            too_large (declared sizes), encrypted, not_readable (no archive, or cut off).
    """
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise IntakeError("压缩文件(或 xlsx)不完整或已损坏,请重新导出或重新传送。", kind="not_readable") from error
    _check_sizes(entries, file.seek(0, 2), limits)
    found = {_name(entry): entry for entry in entries if not entry.is_dir()}
    for name, entry in found.items():
        _check_member(name, entry)
    return {name: entry for name, entry in found.items() if not PurePosixPath(name).name.startswith(_MACOS)}


def read_member(file: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
    """The unpacked bytes of one member, checked against its declared size and checksum.

    Raises:
        IntakeError: not_readable when they do not match.
    """
    try:
        return zipfile.ZipFile(file).read(entry)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise IntakeError(f"压缩包中的“{_name(entry)}”已损坏,无法解开。", kind="not_readable") from error


def _check_sizes(entries: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    if len(entries) > limits.members:
        raise IntakeError(f"压缩包中有 {len(entries)} 个文件,超过 {limits.members} 个。", kind="unsafe_archive")
    inflated = sum(entry.file_size for entry in entries)
    bound = limits.inflated_bytes(size)
    if inflated > bound:
        raise IntakeError(
            f"文件解开后有 {inflated / MIB:.0f} MB,超过允许的 {bound / MIB:.0f} MB,未读取。", kind="too_large"
        )


def _name(entry: zipfile.ZipInfo) -> str:
    """Old Windows archivers write names in GBK without saying so, and some part folders by backslash."""
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", errors="replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", errors="replace")
    return name.replace("\\", "/")


def encrypted(file: str) -> IntakeError:
    """What is raised for a file of that kind which a password locks."""
    return IntakeError(f"{file}设有密码,请去掉密码后再导入。", kind="encrypted")


def _check_member(name: str, entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        raise IntakeError(f"压缩包中的文件名“{name[:80]!r}”指向文件夹之外,未读取。", kind="unsafe_archive")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise IntakeError(f"压缩包中的“{name[:80]}”是指向别处的链接,未读取。", kind="unsafe_archive")
    if path.suffix.lower() in _NESTED:
        raise IntakeError(f"压缩包中还有压缩包“{name[:80]}”,请先解开。", kind="unsafe_archive")
    if entry.flag_bits & _ENCRYPTED:
        raise encrypted("压缩包")
