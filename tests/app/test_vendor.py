import json
import re
from pathlib import Path

import pytest

from app import vendor
from app.maps.figure import LOCAL
from gis.errors import Unavailable

LOCK = json.loads((vendor.ROOT / "package-lock.json").read_text("utf-8"))
PINNED = json.loads((vendor.ROOT / "package.json").read_text("utf-8"))["dependencies"]
TOOLS = json.loads((vendor.ROOT / "package.json").read_text("utf-8"))["devDependencies"]


def test_the_lock_names_no_registry_and_a_checksum_for_every_package() -> None:
    packages = {name: package for name, package in LOCK["packages"].items() if name}
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_every_package_is_pinned_to_one_version_and_used() -> None:
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in (PINNED | TOOLS).values())
    used = {re.match(r"(@[^/]+/)?[^/]+", pattern)[0] for pattern, _ in vendor.FILES}  # type: ignore[index]
    assert used == set(PINNED)


def test_what_stands_in_for_foreign_files_is_among_those_fetched() -> None:
    fetched = {f"vendor/{folder}/{Path(pattern).name}" for pattern, folder in vendor.FILES}
    assert set(LOCAL.values()) <= fetched


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """Packages as npm leaves them, every listed file in them."""
    for pattern, _ in vendor.FILES:
        file = tmp_path / "node_modules" / pattern.replace("*", "a").replace("[46]", "4")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pattern, "ascii")
    return tmp_path / "node_modules"


def test_files_are_copied_once_and_known_again(modules: Path, tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    assert not vendor.is_installed(target)
    vendor._copy(modules, target)
    assert (target / "leaflet" / "leaflet.js").is_file()
    assert (target / "noto-sans-sc" / "files" / "a-400-normal.woff2").is_file()
    assert vendor.is_installed(target)
    assert vendor.install(target) is False


def test_a_package_without_a_listed_file_leaves_the_old_folder_whole(modules: Path, tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    vendor._copy(modules, target)
    (modules / "leaflet" / "dist" / "leaflet.js").unlink()
    with pytest.raises(Unavailable, match=r"leaflet\.js"):
        vendor._copy(modules, target)
    assert vendor.is_installed(target)


def test_a_failing_command_is_told_by_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="没有取到:the registry is away"):
        vendor.run_command(["sh", "-c", "echo first >&2; echo the registry is away >&2; exit 1"], tmp_path)
