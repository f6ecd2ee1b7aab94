"""Every notebook runs from its first cell to its last, and is kept without what it printed."""

from pathlib import Path

import nbclient
import nbformat
import pytest

from tests.conftest import REPO

NOTEBOOKS = sorted((REPO / "notebooks").glob("*.ipynb"))


def _read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_are_the_four_of_the_readme() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["back_test", "fairness", "first_look", "parameters"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_printed(path: Path) -> None:
    assert all(not cell.get("outputs") for cell in _read(path).cells)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    done = nbclient.NotebookClient(_read(path), timeout=600, resources={"metadata": {"path": str(REPO)}}).execute()
    assert any(cell.get("outputs") for cell in done.cells)
