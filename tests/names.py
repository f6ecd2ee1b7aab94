"""The public names of the tree that mean more than one thing, printed to be read and made fewer."""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

REPO = Path(__file__).parent.parent
ROOMS = {"gis": (), "layers": ("gis",), "app": ("gis", "layers")}
#: What is called alike wherever it stands: a part that registers itself, a reader, a log, a program.
SAME_EVERYWHERE = {"logger", "main", "read", "register"}
#: Where names are told apart by their folder: desks, which import nothing of each other; the fictional city; tables.
OWN_NAMES = ("app/desks/", "layers/demo/", "layers/schema/")


@cache
def modules_of(room: str) -> tuple[tuple[Path, ast.Module], ...]:
    """The files of a room with their syntax trees."""
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in sorted((REPO / room).rglob("*.py")))


def _named(tree: ast.Module) -> Iterator[str]:
    """The public names that a module makes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def meanings() -> dict[str, list[str]]:
    """The public names that several modules make, with the modules; a list to read, and to make shorter."""
    where: dict[str, list[str]] = {}
    for path, tree in (pair for room in ROOMS for pair in modules_of(room)):
        module = path.relative_to(REPO).as_posix()
        if not any(module.startswith(folder) for folder in OWN_NAMES):
            for name in set(_named(tree)) - SAME_EVERYWHERE:
                if not name.startswith("_"):
                    where.setdefault(name, []).append(module)
    return {name: modules for name, modules in sorted(where.items()) if len(modules) > 1}


def lines(twice: Mapping[str, list[str]]) -> list[str]:
    """A line for each name, with the modules that make it."""
    return [f"{name}: {', '.join(modules)}" for name, modules in twice.items()]


if __name__ == "__main__":
    sys.stdout.write("\n".join(["Public names that mean more than one thing:", *lines(meanings()), ""]))
