"""The functions of gis that scripts import say what goes in, what comes back and what is refused."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO

TABLE = (REPO / "docs/interfaces.md").read_text("utf-8").partition("## Python")[2]
ROWS = re.findall(r"^\| `(gis\.\w+)` \| (.*) \|$", TABLE, re.MULTILINE)


def _entries() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of the table of interfaces.md, and the constructors of a class that is in it."""
    for module, names in ROWS:
        for name in re.findall(r"`(\w+)`", names):
            entry = getattr(importlib.import_module(module), name)
            if inspect.isclass(entry):
                makers = [maker for maker in vars(entry) if maker.startswith("from_")]
                yield from ((f"{module}.{name}.{maker}", getattr(entry, maker)) for maker in makers)
            else:
                yield f"{module}.{name}", entry


ENTRIES = dict(_entries())


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((REPO / Path(*module.split("."))).with_suffix(".py").read_text("utf-8"))


def _refuses(module: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> bool:
    """Whether that function, or one of gis that it calls by its name, raises an error."""
    tree = _tree(module)
    function = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name), None)
    if function is None or (module, name) in seen:
        return False
    origin = {alias.asname or alias.name: (node.module, alias.name)
              for node in tree.body if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gis.")
              for alias in node.names}  # fmt: skip
    calls = [n.func.id for n in ast.walk(function) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    return any(isinstance(n, ast.Raise) for n in ast.walk(function)) or any(
        _refuses(*origin.get(call, (module, call)), seen | {(module, name)}) for call in calls
    )


def lacks(function: Callable[..., Any], *, refuses: bool) -> list[str]:
    """What a docstring leaves out: a parameter, the result, or the errors of a function that raises some."""
    sections = re.split(r"^(Args|Returns|Raises|Source):\n", inspect.getdoc(function) or "", flags=re.MULTILINE)
    text = dict(zip(sections[1::2], sections[2::2], strict=True))
    told = set(re.findall(r"\w+", " ".join(re.findall(r"^    (\w.*?):", text.get("Args", ""), re.MULTILINE))))
    wanted = {name for name in inspect.signature(function).parameters if name != "cls"}
    return sorted(wanted - told) + [s for s in ("Returns", *["Raises"] * refuses) if not text.get(s)]


@pytest.mark.parametrize("name", ENTRIES)
def test_every_function_that_scripts_import_says_arguments_result_and_errors(name: str) -> None:
    module, _, own = name.removeprefix("gis.").partition(".")
    assert lacks(ENTRIES[name], refuses=_refuses(f"gis.{module}", own.rpartition(".")[2])) == []


def test_a_parameter_or_section_that_is_missing_is_noticed() -> None:
    def share(hits: int, events: int) -> float:
        """The share.

        Args:
            hits: those that lie inside.
        """
        return hits / events

    assert len(ENTRIES) > 25
    assert lacks(share, refuses=True) == ["events", "Returns", "Raises"]
    assert _refuses("gis.hotspots", "gi_star")
