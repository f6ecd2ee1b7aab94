"""Workflows take the connection (or engine) and the actor first; routes name a permission or are public."""

import ast
from functools import cache
from pathlib import Path

import flask
import pytest

from app.core import access
from app.desks import DESKS
from tests.conftest import REPO

#: What commands and the service call with a connection and only read by.
READS = {"list_alerts", "list_tips", "story", "is_fresh"}


@cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    paths = sorted((REPO / "app").rglob("*.py"))
    return tuple((path.relative_to(REPO).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def _functions(tree: ast.AST) -> dict[str, list[str]]:
    """The names of the parameters of every function of a module, nested ones too."""
    return {n.name: [a.arg for a in n.args.args] for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def _parameters(name: str, tree: ast.Module) -> list[str] | None:
    """Those of a function that a module calls by that name, its own or an imported one; None where it is a variable."""
    if name in (own := _functions(tree)):
        return own[name]
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)):
        for alias in node.names:
            base, _, attribute = name.partition(".")
            if (alias.asname or alias.name) == base:
                module = f"{node.module}.{alias.name}" if attribute else node.module or ""
                path = (REPO / Path(*module.split("."))).with_suffix(".py")
                return _functions(ast.parse(path.read_text("utf-8")))[attribute or alias.name]
    return None


def handed_to_act(tree: ast.Module) -> dict[str, list[str] | None]:
    """What a module hands to ``act``, with its parameters; a workflow that is itself a parameter has None."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "act"]
    return {name: _parameters(name, tree) for name in (ast.unparse(call.args[0]) for call in calls)}


def called_in_a_transaction(tree: ast.Module) -> dict[str, list[str]]:
    """The functions of app that a module calls with ``connection``, but those of ``READS`` and its own."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.args and ast.unparse(n.args[0]) == "connection"]
    ours = {alias.asname or alias.name
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app")
            for alias in node.names}  # fmt: skip
    names = {ast.unparse(call.func) for call in calls}
    return {name: _parameters(name, tree) or [] for name in names if name.partition(".")[0] in ours - READS}


def of_several_transactions(tree: ast.Module) -> dict[str, list[str]]:
    """The public functions of a module that take the engine and open transactions of it."""
    return {
        node.name: _functions(node)[node.name]
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        and "engine" in _functions(node)[node.name][:1]
        and any(isinstance(n, ast.Call) and ast.unparse(n.func) == "transaction" for n in ast.walk(node))
    }  # fmt: skip


def test_what_a_view_hands_to_act_takes_the_connection_and_the_actor() -> None:
    views = [(path, tree) for path, tree in _modules() if path.startswith("app/desks/")]
    handed = {(path, name): parameters for path, tree in views for name, parameters in handed_to_act(tree).items()}
    known = {call: parameters[:2] for call, parameters in handed.items() if parameters is not None}
    assert len(known) > 10
    assert {call: two for call, two in known.items() if two != ["connection", "actor"]} == {}
    assert sorted(call for call in handed if call not in known) == [
        ("app/desks/accounts/own.py", "workflow"), ("app/desks/zones/views.py", "workflow"),
    ]  # fmt: skip


def test_what_a_command_or_the_service_calls_in_a_transaction_takes_the_actor() -> None:
    callers = [(path, tree) for path, tree in _modules() if path.endswith("commands.py") or "/service/" in path]
    called = {(path, name): two[:2] for path, tree in callers for name, two in called_in_a_transaction(tree).items()}
    assert len(called) > 5
    assert {call: two for call, two in called.items() if two != ["connection", "actor"]} == {}


def test_a_workflow_of_several_transactions_takes_the_engine_and_the_actor() -> None:
    several = {
        (path, name): two[:2] for path, tree in _modules() for name, two in of_several_transactions(tree).items()
    }
    assert len(several) > 15
    assert {call: two for call, two in several.items() if two != ["engine", "actor"]} == {}


def test_every_route_of_every_desk_names_a_permission_or_is_public() -> None:
    app = flask.Flask("routes")
    for desk in DESKS:
        for blueprint in desk.blueprints():
            app.register_blueprint(blueprint)
    assert len(app.view_functions) > 50
    access.check_marks(app)
    app.add_url_rule("/bare", "bare", lambda: "")
    with pytest.raises(LookupError, match="the view bare names no known permission"):
        access.check_marks(app)


def test_a_workflow_without_an_actor_is_noticed() -> None:
    nameless = "def store(connection, tip): ...\ndef add():\n    act(store, 1)"
    assert handed_to_act(ast.parse(nameless)) == {"store": ["connection", "tip"]}
    several = "def load(engine, path):\n    with transaction(engine, LOCAL): ..."
    assert of_several_transactions(ast.parse(several)) == {"load": ["engine", "path"]}
    command = "from app.desks.tips.desk import show_tip\ndef run(connection):\n    show_tip(connection, 1)"
    assert called_in_a_transaction(ast.parse(command)) == {"show_tip": ["connection", "profile", "tip_id"]}
