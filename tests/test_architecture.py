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
from tests.names import ROOMS, lines, meanings, modules_of

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
#: So many public names of the rest mean more than one thing: fewer is better, and one more is a fault.
MOST_TWICE = 75

#: What names nothing: whose, of what and to what end they leave out.
EMPTY_WORDS = {"told", "kept", "found", "asked", "held"}

#: Words that would name or describe a person, in any column but those of the posts on duty.
PERSONAL = re.compile(
    r"person|surname|id_card|id_no|phone|mobile|ethnic|nation|gender|birth|face|plate|wechat|qq\b|tenant|suspect|owner_name"
)

#: Sentences end where other than Chinese stands, a placeholder or a tag; a comma ends a part of one.
SENTENCE, PART, HAN = re.compile("[\u4e00-\u9fff,、“”《》()]+"), re.compile("[^,]+"), re.compile("[\u4e00-\u9fff]")
LONG = 8
SHOWN = {".py", ".js", ".html", ".sql"}
NOT_OURS = ("app/static/vendor/", "layers/schema/migrations/")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_from_app_to_layers_to_gis(room: str) -> None:
    forbidden = set(ROOMS) - set(ROOMS[room]) - {room}
    assert [(path.name, name) for path, tree in modules_of(room) for name in _imported(tree) if name in forbidden] == []


def test_gis_touches_no_file_clock_database_or_log() -> None:
    assert [(path.name, name) for path, tree in modules_of("gis") for name in _imported(tree) if name in PURE] == []


def test_no_further_name_means_two_things() -> None:
    twice = meanings()
    assert len(twice) <= MOST_TWICE, "\n".join(lines(twice))


def named_emptily(tree: ast.Module) -> list[str]:
    """The functions, classes, parameters and fields whose name, or a word of it, is one of ``EMPTY_WORDS``."""
    names = [
        *(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)),
        *(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)),
        *(
            field.target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            for field in node.body
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        ),
    ]
    return [name for name in names if EMPTY_WORDS & set(name.lower().split("_"))]


def test_no_function_or_parameter_is_called_told_kept_found_asked_or_held() -> None:
    named = {
        path.relative_to(REPO).as_posix(): named_emptily(tree) for room in ROOMS for path, tree in modules_of(room)
    }
    assert {path: names for path, names in named.items() if names} == {}
    seeded = "def _told(asked): ...\nclass Found:\n    kept: int\nread = lambda held: held\ndef withheld(text): ..."
    assert named_emptily(ast.parse(seeded)) == ["_told", "Found", "asked", "held", "kept"]


def _shown(path: Path) -> Iterator[str]:
    """The texts in a file of the product that people may come to read."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield text
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sentences(text: str) -> set[str]:
    """The Chinese sentences of that text and their parts, those that are long, without their marks."""
    whole = SENTENCE.findall(text)
    parts = [part for each in whole for part in PART.findall(each)]
    bare = {"".join(HAN.findall(each)) for each in (*whole, *parts)}
    return {each for each in bare if len(each) >= LONG}


def test_a_sentence_is_found_between_tags_and_placeholders() -> None:
    text = 'el("p", `${name}没有取到,请检查服务是否在运行。`)<b>绝不是入户的依据</b>短句'
    assert sentences(text) == {"没有取到请检查服务是否在运行", "请检查服务是否在运行", "绝不是入户的依据"}


def test_no_chinese_sentence_stands_in_two_files() -> None:
    where: dict[str, set[str]] = {}
    for room in ROOMS:
        for path in (REPO / room).rglob("*"):
            name = path.relative_to(REPO).as_posix()
            if path.suffix in SHOWN and not name.startswith(NOT_OURS):
                for sentence in {each for text in _shown(path) for each in sentences(text)}:
                    where.setdefault(sentence, set()).add(name)
    assert {sentence: sorted(files) for sentence, files in where.items() if len(files) > 1} == {}


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.relative_to(REPO).as_posix()
        for room in ROOMS
        for path, tree in modules_of(room)
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
        for path, tree in modules_of(room)
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
