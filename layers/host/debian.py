"""PostgreSQL with PostGIS, Chinese fonts, Chromium for the tests, from Debian's packages: found, or else installed.

Runs on the standard library alone (``python -m layers.host.debian postgis``). As root apt installs; an ordinary user
gets the packages unpacked into a cache folder, from which PostgreSQL runs as well: it relocates itself.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gis.errors import Unavailable
from layers.host.programs import plain_errors

#: Debian's own name for "the default PostgreSQL with its PostGIS".
PACKAGE = "postgresql-postgis"
#: Noto Sans CJK: all that GB 2312 has and 20,000 rarer characters, in a licence that lets documents hold it.
FONTS = "fonts-noto-cjk"
FONT_FILES = tuple(f"usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc" for weight in ("Regular", "Bold"))
#: The first is Chromium without windows of its own: a page costs it a third less.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

#: Read by postgresql-common when it is installed; without it a cluster of the system's own starts on port 5432.
CLUSTER_RULES = Path("/etc/postgresql-common/createcluster.d/wuchuan.conf")
NO_CLUSTER = "# wuchuan starts a private cluster of its own\ncreate_main_cluster = false\n"

#: Where unpacked libraries lie; Debian reaches blas and lapack by links that only an installation makes.
LIBRARIES = ("usr/lib/*-linux-gnu", "usr/lib/*-linux-gnu/blas", "usr/lib/*-linux-gnu/lapack", "lib/*-linux-gnu")

#: Names of packages, given the options that keep apt's state apart.
Wanted = Callable[[list[str]], list[str]]


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """One installation with PostGIS: the file tree it stands in, its major version, variables its programs need."""

    root: Path
    version: str
    variables: tuple[str, ...] = ()

    def command(self, program: str, *arguments: str | Path) -> list[str]:
        """The argument list that runs ``program`` of this installation."""
        path = self.root / "usr/lib/postgresql" / self.version / "bin" / program
        prefix = ["env", *self.variables] if self.variables else []
        return [*prefix, str(path), *map(str, arguments)]


def cache_folder() -> Path:
    """Where an ordinary user's unpacked packages stay.

    Raises:
        Unavailable: kind no_passwd_entry, the user has no home.
    """
    try:
        return Path.home() / ".cache/wuchuan"
    except RuntimeError:
        raise Unavailable(f"用户编号 {os.geteuid()} 没有主目录。", kind="no_passwd_entry") from None


def find_postgis(version: str | None = None, *, system: Path = Path("/"), cache: Path | None = None) -> Postgres | None:
    """The newest PostgreSQL with PostGIS, or the one of ``version``: the system's, else the one in ``cache``."""
    found = [*_installations(system), *(_installations((cache or cache_folder()) / "postgis") if os.geteuid() else ())]
    return next((postgres for postgres in found if version in {None, postgres.version}), None)


def _installations(root: Path) -> Iterator[Postgres]:
    with suppress(PermissionError):  # HOME may be somebody else's
        controls = root.glob("usr/share/postgresql/*/extension/postgis.control")
        for version in sorted((control.parts[-3] for control in controls), key=float, reverse=True):
            if (root / "usr/lib/postgresql" / version / "bin/initdb").exists():
                yield Postgres(root=root, version=version, variables=() if root == Path("/") else _variables(root))


def _variables(prefix: Path) -> tuple[str, ...]:
    libraries = ":".join(str(folder) for pattern in LIBRARIES for folder in prefix.glob(pattern))
    return (f"LD_LIBRARY_PATH={libraries}", f"PROJ_DATA={prefix / 'usr/share/proj'}")


def install_postgis(*, system: Path = Path("/"), cache: Path | None = None) -> Postgres:
    """The PostgreSQL with PostGIS of this machine, installed first where it is missing.

    Raises:
        Unavailable: one sentence; kind not_debian, not_installed, read_only or disk_full.
    """
    if found := find_postgis(system=system, cache=cache):
        return found
    _say("正在安装 PostgreSQL 和 PostGIS(下载约 120 MB)……")
    if os.geteuid() == 0:
        CLUSTER_RULES.parent.mkdir(parents=True, exist_ok=True)
        CLUSTER_RULES.write_text(NO_CLUSTER)
    _install(PACKAGE, "postgis", _server, system=system, cache=cache)
    if found := find_postgis(system=system, cache=cache):
        return found
    raise Unavailable("PostGIS 装上了却找不到;请检查 postgresql 软件包。", kind="not_installed")


def find_fonts(*, system: Path = Path("/"), cache: Path | None = None) -> tuple[Path, Path] | None:
    """The collections that hold Noto Sans CJK, regular and bold: the system's, else those in ``cache``."""
    for root in (system, *([(cache or cache_folder()) / "fonts"] if os.geteuid() else [])):
        regular, bold = (root / file for file in FONT_FILES)
        with suppress(PermissionError):  # HOME may be somebody else's
            if regular.is_file() and bold.is_file():
                return regular, bold
    return None


def install_fonts(*, system: Path = Path("/"), cache: Path | None = None) -> tuple[Path, Path]:
    """The fonts of this machine, installed first where they are missing; raises as ``install_postgis``."""
    if found := find_fonts(system=system, cache=cache):
        return found
    _say("正在安装中文字体(下载约 57 MB)……")
    _install(FONTS, "fonts", lambda _: [FONTS], system=system, cache=cache)
    if found := find_fonts(system=system, cache=cache):
        return found
    raise Unavailable(f"中文字体装上了却找不到;请检查 {FONTS} 软件包。", kind="not_installed")


def find_chromium() -> str | None:
    """The program that drives the pages of the tests: the first of ``BROWSERS`` on this machine."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def install_chromium() -> bool:
    """Whether Chromium is there now; only root can install it.

    Raises:
        Unavailable: one sentence; kind not_debian or not_installed.
    """
    if not find_chromium() and os.geteuid() == 0:
        _say("正在安装 Chromium,供浏览器测试使用……")
        _apt_install(*BROWSERS[:2])
    return bool(find_chromium())


def _install(package: str, folder: str, wanted: Wanted, *, system: Path, cache: Path | None) -> None:
    """Installs the package as root; else unpacks what is wanted into that folder of the cache."""
    if os.geteuid() == 0:
        _apt_install(package)
        return
    cache = cache or cache_folder()
    with plain_errors(cache):
        _unpack(cache, folder, wanted, status=system / "var/lib/dpkg/status")


def _apt_install(*packages: str) -> None:
    """Installs the first of ``packages`` that apt has, whose lists are refreshed only when they do not serve."""
    install = ["install", "--yes", "--no-install-recommends"]
    if any(_apt_get(*install, package).returncode == 0 for package in packages):
        return
    _apt_get("update")
    if all(_apt_get(*install, package).returncode for package in packages[:-1]):
        _must(_apt_get(*install, packages[-1]))


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("apt-get"):
        sentence = "这里不是 Debian 系统(没有 apt-get);请自行安装带 PostGIS 的 PostgreSQL,或设置 WUCHUAN_DATABASE_URL。"
        raise Unavailable(sentence, kind="not_debian")
    quiet = "env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -qq -o DPkg::Lock::Timeout=300"
    return _run([*quiet.split(), *arguments])


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def _must(answer: subprocess.CompletedProcess[str]) -> str:
    if answer.returncode:
        lines = [line for line in answer.stderr.splitlines() if line.startswith("E:")] or answer.stderr.splitlines()
        raise Unavailable(f"安装没有成功:{(lines or ['没有说明原因'])[0]}", kind="not_installed")
    return answer.stdout


def _unpack(cache: Path, name: str, wanted: Wanted, *, status: Path) -> None:
    """Fills ``cache``/``name`` with the wanted packages and whatever of their dependencies the system lacks."""
    with_apt, fresh, prefix = cache / "apt", cache / f"{name}.new", cache / name
    for folder in (with_apt, fresh):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (with_apt / "lists/partial", with_apt / "archives/partial", fresh):
        folder.mkdir(parents=True)
    for package in _download(with_apt, wanted, status):
        unpack = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --directory "$2" --no-same-owner'
        _must(_run(["bash", "-o", "pipefail", "-c", unpack, "unpack", str(package), str(fresh)]))
    for folder in fresh.glob("usr/share/postgresql/*/extension"):
        (folder / "postgis.control").symlink_to("postgis-3.control")
    shutil.rmtree(prefix, ignore_errors=True)
    fresh.rename(prefix)
    shutil.rmtree(with_apt)


def _download(folder: Path, wanted: Wanted, status: Path) -> list[Path]:
    """Downloads with apt's state in ``folder``; what is wanted itself too, even where the system has it."""
    private = {
        "Dir::State": folder,
        "Dir::State::status": status,
        "Dir::Cache": folder,
        "Debug::NoLocking": "true",
        "APT::Keep-Downloaded-Packages": "true",
    }
    options = [word for name, value in private.items() for word in ("-o", f"{name}={value}")]
    _apt_get(*options, "update")
    download = ["install", "--download-only", "--reinstall", "--yes", "--no-install-recommends"]
    _must(_apt_get(*options, *download, *wanted(options)))
    return sorted((folder / "archives").glob("*.deb"))


def _server(options: list[str]) -> list[str]:
    """The packages of the server with PostGIS; the server is named, for the system may have it without PostGIS."""
    answer = _must(_run(["apt-cache", *options, "depends", PACKAGE]))
    names = re.search(r"Depends: (postgresql-(\d+)-postgis-\d+)", answer)
    if names is None:
        raise Unavailable(f"软件源里没有 {PACKAGE}。", kind="not_installed")
    postgis, version = names.groups()
    return [postgis, f"{postgis}-scripts", f"postgresql-{version}", f"postgresql-client-{version}"]


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


def main() -> int:
    """``python -m layers.host.debian postgis|fonts|chromium``: 1 when it cannot be had; a browser is only named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["postgis", "fonts", "chromium"])
    what = parser.parse_args().what
    try:
        if what == "chromium":
            if not install_chromium():
                _say(f"缺少 Chromium,浏览器测试没有运行;请管理员执行:apt-get install {BROWSERS[0]}")
        else:
            {"postgis": install_postgis, "fonts": install_fonts}[what]()
    except Unavailable as error:
        _say(error.sentence)
        return int(what != "chromium")
    return 0


if __name__ == "__main__":
    sys.exit(main())
