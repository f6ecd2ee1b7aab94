"""The shape of the house, checked: who imports whom, reads the environment, writes SQL, and who is in the schema."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import alembic_helpers

from layers.schema.tables import METADATA
from tests.conftest import REPO

ROOMS = {"gis": (), "layers": ("gis",), "app": ("gis", "layers")}
PURE = {
    "os",
    "sys",
    "pathlib",
    "io",
    "socket",
    "subprocess",
    "logging",
    "time",
    "random",
    "sqlalchemy",
    "psycopg",
    "flask",
}
#: Words that would name or describe a person, in any column but those of the posts on duty.
PERSONAL = re.compile(
    r"person|surname|id_card|id_no|phone|mobile|ethnic|nation|gender|birth|face|plate|wechat|qq\b|tenant|suspect|owner_name"
)


def _modules(room: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((REPO / room).rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_from_app_to_layers_to_gis(room: str) -> None:
    forbidden = set(ROOMS) - set(ROOMS[room]) - {room}
    assert [(path.name, name) for path, tree in _modules(room) for name in _imported(tree) if name in forbidden] == []


def test_gis_touches_no_file_clock_database_or_log() -> None:
    assert [(path.name, name) for path, tree in _modules("gis") for name in _imported(tree) if name in PURE] == []


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.relative_to(REPO).as_posix()
        for room in ROOMS
        for path, tree in _modules(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= {"app/settings.py"}


def test_sql_is_written_in_layers_only() -> None:
    statement = re.compile(
        r"\b(SELECT|INSERT INTO|DELETE FROM|CREATE TABLE|UPDATE \w+ SET)\b.*\b(FROM|VALUES|SET|WHERE)\b", re.DOTALL
    )
    found = [
        (path.name, node.value[:40])
        for room in ("gis", "app")
        for path, tree in _modules(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value)
    ]
    assert found == []


def test_no_real_city_is_named_in_the_code() -> None:
    real = re.compile("南平|武夷|延平|建阳|广州|Portland|Chicago", re.IGNORECASE)
    named = [
        path.name for room in ROOMS for path in (REPO / room).rglob("*.py") if real.search(path.read_text("utf-8"))
    ]
    assert named == []


def test_no_table_but_posts_has_a_column_for_a_person(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    ours = [table for table in inspector.get_table_names() if not table.startswith("procrastinate")]
    columns = [(table, column["name"]) for table in ours if table != "posts" for column in inspector.get_columns(table)]
    assert len(columns) > 100
    assert [pair for pair in columns if PERSONAL.search(pair[1])] == []


def test_the_schema_rule_would_catch_a_person() -> None:
    assert PERSONAL.search("tenant_name")
    assert PERSONAL.search("mobile")


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(engine: sa.Engine) -> None:
    def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        if (name or "").startswith("procrastinate"):
            return False
        return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        differences = compare_metadata(context, METADATA)
    assert differences == []


def test_no_tracked_file_names_a_registry_host_or_a_machine_path() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=True).stdout.split()
    hosts = re.compile(
        r"registry\.npm" + r"js|py" + r"pi\.org|pythonhos" + r"ted|deb\.deb" + r"ian|/wo" + r"rk/|/ro" + r"ot/"
    )
    texts = {name: (REPO / name).read_text("utf-8", errors="ignore") for name in listed if (REPO / name).is_file()}
    assert [name for name, text in texts.items() if hosts.search(text)] == []
