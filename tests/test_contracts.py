"""Every contract of the import linter refuses what it forbids: an import that breaks it is planted in a copy."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import REPO

CONTRACTS = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
#: For each contract a module, and an import in it that breaks this contract.
PLANTS = {
    "app → layers → gis": ("layers/posts.py", "from app import vendor"),
    "the service stands on desks, desks on the core": ("app/core/texts.py", "from app.desks.tips import desk"),
    "no desk imports another": ("app/desks/tips/desk.py", "from app.desks.zones import desk"),
    "maps and sheets know no request, no database and no desk": ("app/maps/styles.py", "from layers import read"),
    "reading files and making the demo city need no database": ("layers/intake/names.py", "import sqlalchemy"),
    "gis reads no file but in gis.osm": ("gis/density.py", "import pathlib"),
    "views see no layers but those listed": ("app/desks/tips/views.py", "from layers.database import transaction"),
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three rooms with their contracts, without the files that are no modules."""
    tree = tmp_path_factory.mktemp("contracts")
    only_modules = shutil.ignore_patterns("static", "__pycache__", "*.js", "*.css", "*.html", "*.sql", "*.json")
    for room in ("app", "layers", "gis"):
        shutil.copytree(REPO / room, tree / room, ignore=only_modules)
    shutil.copyfile(REPO / "pyproject.toml", tree / "pyproject.toml")
    return tree


def _broken(tree: Path) -> list[str]:
    """The contracts that ``lint-imports`` calls broken in that tree."""
    answer = subprocess.run([REPO / ".venv/bin/lint-imports"], cwd=tree, capture_output=True, text=True, check=False)
    assert "Contracts: " in answer.stdout, answer.stdout + answer.stderr
    return re.findall(r"^(.+) BROKEN\b", answer.stdout, re.MULTILINE)


def test_every_contract_has_an_import_that_breaks_it() -> None:
    assert [contract["name"] for contract in CONTRACTS] == list(PLANTS)


def test_the_copy_keeps_every_contract(tree: Path) -> None:
    assert _broken(tree) == []


@pytest.mark.parametrize("contract", PLANTS)
def test_an_import_that_breaks_a_contract_is_refused_by_its_name(tree: Path, contract: str) -> None:
    module, line = PLANTS[contract]
    path = tree / module
    text = path.read_text("utf-8")
    path.write_text(f"{text}\n{line}\n", "utf-8")
    try:
        assert contract in _broken(tree)
    finally:
        path.write_text(text, "utf-8")
