"""Databases as the first migrations made them, and as the release before the layers' own function did, lose no row."""

import re
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from layers.actor import LOCAL
from layers.database import MIGRATIONS, make_engine, migrate, newest_revision, schema_version, transaction
from layers.host.embedded import Cluster, ensure_database

HERE = Path(__file__).parent
FIRST, LATER = (f"upgrades_{name}.sql" for name in ("first", "later"))
Rows = dict[str, Counter[str]]
#: What tells today what a column of before told.
TOLD_BY = {
    "teams": {"officers": "size"},
    "decisions": {"decision_no": "number"},
    "jurisdictions": {"kind": "CASE network WHEN 'market_supervision' THEN 'market' ELSE network END"},
}


def upgrade(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def columns(connection: sa.Connection) -> dict[str, list[str]]:
    """The columns of each table of ours but those that the database computes."""
    query = """
        SELECT relname, array_agg(quote_ident(attname) ORDER BY attname) FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('alembic_version', 'spatial_ref_sys') AND relname NOT LIKE 'procrastinate%'
        GROUP BY relname"""
    return {table: list(names) for table, names in connection.execute(sa.text(query)).all()}


def hashes(connection: sa.Connection, of: dict[str, list[str]]) -> Rows:
    rows = {}
    for table, names in of.items():
        query = f"SELECT md5(ROW({', '.join(names)})::text) FROM {table}"
        rows[table] = Counter(connection.execute(sa.text(query)).scalars())
    return rows


@pytest.mark.parametrize(
    ("revision", "files"), [("0002", [FIRST]), ("0026", [FIRST, LATER])], ids=["first", "before the layers' function"]
)
def test_every_row_is_there_after_the_upgrade(cluster: Cluster, own_name: str, revision: str, files: list[str]) -> None:
    ensure_database(cluster, own_name)
    engine = make_engine(cluster.url("owner", own_name))
    with engine.begin() as connection:
        upgrade(connection, revision)
        for name in files:
            connection.exec_driver_sql((HERE / name).read_text("utf-8"))
        known = columns(connection)
        before = hashes(connection, known)
    assert [table for table, rows in before.items() if not rows] == []
    migrate(cluster.url("owner", own_name))
    with transaction(engine, LOCAL) as connection:
        after = hashes(connection, {table: [TOLD_BY.get(table, {}).get(one, one) for one in names]
                                    for table, names in known.items()})  # fmt: skip
        assert schema_version(connection) == newest_revision()
    engine.dispose()
    lost = {table for table, rows in before.items() if rows - after[table]}
    assert lost <= {"layer_versions"}  # those of renamed columns, which pages must ask for anew
    grown = {table for table, rows in before.items() if after[table] - rows}
    assert grown <= {"layer_versions"}  # layers that came later


def test_each_migration_says_what_it_moves_and_follows_the_one_before() -> None:
    files = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
    parts = [path.read_text("utf-8").split('"""') for path in files]
    assert [path.name for path, part in zip(files, parts, strict=True) if part[0] or not part[1].endswith(".")] == []
    assert [path.name for path, part in zip(files, parts, strict=True) if not part[3].strip().endswith(".")] == []
    numbers = [int(path.name[:4]) for path in files]
    absent = set(range(1, max(numbers) + 1)) - set(numbers)
    explained = (MIGRATIONS / "README.md").read_text("utf-8")
    assert set(map(int, re.findall(r"^- (\d{4}):", explained, re.MULTILINE))) == absent
