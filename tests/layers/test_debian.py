"""What is found, what apt is told, and (slow) the whole way of an ordinary user on a machine without PostGIS."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gis.errors import Unavailable
from layers.host import debian
from layers.host.debian import Postgres, find_chromium, find_postgis, install_chromium, install_postgis

ANSWER = subprocess.CompletedProcess[str]


def installation(root: Path, version: str) -> None:
    for file in (f"share/postgresql/{version}/extension/postgis.control", f"lib/postgresql/{version}/bin/initdb"):
        path = root / "usr" / file
        path.parent.mkdir(parents=True)
        path.touch()


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_the_newest_postgresql_with_postgis_is_found(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        installation(tmp_path, version)
    (tmp_path / "usr/lib/postgresql/18/bin").mkdir(parents=True)
    assert [found.version for wanted in (None, "15") if (found := find_postgis(wanted, system=tmp_path))] == [
        "17",
        "15",
    ]
    assert find_postgis("16", system=tmp_path, cache=tmp_path / "cache") is None


def test_postgresql_without_postgis_is_not_enough(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/postgresql/15/bin").mkdir(parents=True)
    (tmp_path / "usr/lib/postgresql/15/bin/initdb").touch()
    assert find_postgis(system=tmp_path, cache=tmp_path / "cache") is None


@pytest.mark.usefixtures("as_user")
def test_unpacked_programs_find_their_libraries(tmp_path: Path) -> None:
    prefix = tmp_path / "cache/postgis"
    installation(prefix, "15")
    (prefix / "usr/lib/x86_64-linux-gnu/blas").mkdir(parents=True)
    found = find_postgis(system=tmp_path, cache=tmp_path / "cache")
    libraries = f"{prefix}/usr/lib/x86_64-linux-gnu:{prefix}/usr/lib/x86_64-linux-gnu/blas"
    assert found is not None
    assert found.command("initdb", "-D", Path("x")) == [
        "env",
        f"LD_LIBRARY_PATH={libraries}",
        f"PROJ_DATA={prefix}/usr/share/proj",
        f"{prefix}/usr/lib/postgresql/15/bin/initdb",
        "-D",
        "x",
    ]


@pytest.mark.usefixtures("as_root")
def test_root_never_runs_what_lies_in_a_cache(tmp_path: Path) -> None:
    installation(tmp_path / "cache/postgis", "15")
    assert find_postgis(system=tmp_path, cache=tmp_path / "cache") is None


def test_programs_of_the_system_need_no_variables() -> None:
    assert Postgres(root=Path("/"), version="15").command("psql") == ["/usr/lib/postgresql/15/bin/psql"]


@pytest.mark.usefixtures("as_root")
def test_root_installs_after_forbidding_a_cluster_of_the_systems_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[str] = []

    def run(command: list[str]) -> ANSWER:
        told.append(command[command.index("DPkg::Lock::Timeout=300") + 1])
        assert "create_main_cluster = false" in (tmp_path / "rules/wuchuan.conf").read_text()
        if len(told) == 3:
            installation(tmp_path, "15")
        return ANSWER(command, 100 if told == ["install"] else 0, "", "E: Unable to locate package")

    monkeypatch.setattr(debian, "CLUSTER_RULES", tmp_path / "rules/wuchuan.conf")
    monkeypatch.setattr(debian, "_run", run)
    assert install_postgis(system=tmp_path).version == "15"
    assert told == ["install", "update", "install"]


@pytest.mark.usefixtures("as_root")
def test_a_failed_installation_says_what_apt_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(debian, "CLUSTER_RULES", tmp_path / "rules/wuchuan.conf")
    monkeypatch.setattr(debian, "_run", lambda command: ANSWER(command, 100, "", "W: old\nE: Unable to fetch some\n"))
    with pytest.raises(Unavailable, match="E: Unable to fetch some") as caught:
        install_postgis(system=tmp_path)
    assert caught.value.kind == "not_installed"


@pytest.mark.usefixtures("as_user")
def test_a_machine_without_apt_gets_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Unavailable) as caught:
        install_postgis(system=tmp_path, cache=tmp_path / "cache")
    assert (caught.value.kind, "\n" in caught.value.sentence) == ("not_debian", False)


@pytest.mark.usefixtures("as_root")
def test_fonts_are_installed_where_either_weight_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[str] = []

    def run(command: list[str]) -> ANSWER:
        told.append(command[-1])
        (tmp_path / debian.FONT_FILES[1]).touch()
        return ANSWER(command, 0, "", "")

    (tmp_path / debian.FONT_FILES[0]).parent.mkdir(parents=True)
    (tmp_path / debian.FONT_FILES[0]).touch()
    monkeypatch.setattr(debian, "_run", run)
    assert debian.find_fonts(system=tmp_path) is None
    found = debian.install_fonts(system=tmp_path)
    assert found == debian.install_fonts(system=tmp_path) == tuple(tmp_path / file for file in debian.FONT_FILES)
    assert told == ["fonts-noto-cjk"]


@pytest.mark.usefixtures("as_user")
def test_a_missing_browser_is_only_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["debian", "chromium"])
    assert install_chromium() is False
    assert debian.main() == 0
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("there", "found"),
    [(["chromium"], "chromium"), (["chromium", "chromium-headless-shell"], "chromium-headless-shell")],
)
def test_a_browser_without_windows_is_taken_first_and_any_other_serves(
    there: list[str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(debian, "_apt_install", lambda *_: pytest.fail("it is there"))
    assert (install_chromium(), find_chromium()) == (True, found)


@pytest.mark.usefixtures("as_root")
def test_where_apt_lacks_the_smaller_browser_the_other_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(command: list[str]) -> ANSWER:
        asked.append(command[-1])
        return ANSWER(command, 0 if asked[-1] == "update" or asked.count("chromium") > 1 else 100, "", "E: none\n")

    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    monkeypatch.setattr(debian, "_run", run)
    assert install_chromium() is False  # this apt only says so
    smaller = "chromium-headless-shell"
    assert asked == [smaller, "chromium", "update", smaller, "chromium"]


def test_asking_again_for_what_is_there_is_silent(cluster: object) -> None:
    assert cluster
    again = subprocess.run([sys.executable, "-m", "layers.host.debian", "postgis"], capture_output=True, check=False)
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"")


ORDINARY = """
import sys
from pathlib import Path
import psycopg
from layers.host import debian, embedded
folder = Path(sys.argv[1])
postgres = debian.install_postgis(system=folder / "system", cache=folder / "cache")
cluster = embedded.start(folder / "data", fsync=False, postgres=postgres)
try:
    embedded.ensure_database(cluster, "city")
    with psycopg.connect(cluster.conninfo("app", "city")) as connection:
        print(connection.execute("SELECT ST_SRID(ST_Transform(ST_Point(118, 27, 4490), 4548))").fetchone()[0])
finally:
    embedded.stop(folder / "data")
"""


@pytest.mark.slow
def test_an_ordinary_user_unpacks_postgis_where_the_system_has_none() -> None:
    """The real packages, unpacked and run; only the system's own PostGIS is out of sight."""
    assert _as_nobody(ORDINARY) == "4548\n"


def _as_nobody(program: str) -> str:
    """What that program prints, run by an ordinary user with a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="wct-") as folder:
        status = Path(folder) / "system/var/lib/dpkg/status"
        status.parent.mkdir(parents=True)
        shutil.copy("/var/lib/dpkg/status", status)
        become = []
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            become = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        command = [*become, sys.executable, "-c", program, folder]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


FONTS = """
import sys
from pathlib import Path
from layers.host import debian
folder = Path(sys.argv[1])
print(*(path.relative_to(folder) for path in debian.install_fonts(system=folder / "system", cache=folder / "cache")))
"""


@pytest.mark.slow
def test_an_ordinary_user_unpacks_the_fonts() -> None:
    assert _as_nobody(FONTS) == " ".join(f"cache/fonts/{file}" for file in debian.FONT_FILES) + "\n"


@pytest.mark.usefixtures("as_user")
def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(Unavailable) as caught:
        install_postgis(system=tmp_path, cache=tmp_path / "cache")
    assert str(tmp_path / "cache") in caught.value.sentence
