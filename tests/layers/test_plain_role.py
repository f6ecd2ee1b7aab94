"""What one injected statement could do as the service's own role: nothing, or nothing that outlives the next start."""

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from gis.errors import Unavailable
from layers.actor import LOCAL
from layers.database import be_patient, make_engine, transaction
from layers.host import health
from layers.host.backup import backup, restore
from layers.host.embedded import LIMITS, ROLES, Cluster, ensure_database
from layers.profile import CityProfile
from tests.builders import as_owner
from tests.conftest import NewDatabase

#: Tables from which rows go, since what they hold is computed anew, waits for a while, or is kept as it was.
EMPTIED = {
    "forecast_cells", "hotspots", "hotspots_aside", "legs", "misses", "pictures", "posts",
    "procrastinate_periodic_defers", "risk_zones", "risk_zones_aside", "submissions",
}  # fmt: skip
RECORDS = (
    "tips", "raids", "rental_units", "venues", "counts", "areas", "decisions", "teams", "stations", "alerts", "roads",
)  # fmt: skip
LOCKED = (*RECORDS, "procrastinate_jobs", "audit", "actions")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT lo_create(0)",
        "SELECT lo_creat(131072)",
        "SELECT lo_from_bytea(0, 'abc')",
        "SELECT lo_put(1, 0, 'abc')",
        "SELECT lo_open(1, 131072)",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT pg_cancel_backend(pg_backend_pid())",
        "SET temp_file_limit = -1",
        "ALTER ROLE wuchuan_app SET temp_file_limit = -1",
        "ALTER ROLE wuchuan_app SUPERUSER",
        "ALTER ROLE wuchuan_app CREATEROLE",
        "ALTER ROLE wuchuan_owner PASSWORD 'x'",
        "DELETE FROM procrastinate_jobs",
        "DELETE FROM procrastinate_events",
        "DELETE FROM procrastinate_workers",
        "UPDATE procrastinate_events SET type = 'failed'",
        "UPDATE procrastinate_jobs SET args = '{}'",
        "SELECT * FROM former_rows",
        "DELETE FROM former_rows",
        "INSERT INTO former_rows (layer, former) VALUES ('tips', '{}')",
        *(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE" for table in LOCKED),
        *(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE" for table in RECORDS),
        *(f"TRUNCATE {table}" for table in ("tips", "risk_zones", "legs", "posts", "procrastinate_jobs")),
    ],
)  # fmt: skip
def test_it_may_not(connection: sa.Connection, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be superuser"):
        connection.execute(sa.text(statement))


def test_it_removes_rows_only_where_they_are_computed_passing_or_kept(connection: sa.Connection) -> None:
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
        AND has_table_privilege(oid, 'DELETE')"""
    assert set(connection.execute(sa.text(query)).scalars()) == EMPTIED


def test_it_writes_whole_tables_only_where_it_may_empty_them(connection: sa.Connection) -> None:
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
        AND has_table_privilege(oid, 'UPDATE')"""
    assert set(connection.execute(sa.text(query)).scalars()) <= EMPTIED


def former(connection: sa.Connection, layer: str, name: str) -> list[object]:
    query = sa.text("SELECT former ->> :name FROM former_rows WHERE layer = :layer ORDER BY former_row_id")
    return list(connection.execute(query, {"name": name, "layer": layer}).scalars())


def test_what_it_rewrites_or_removes_is_kept_as_it_was(cluster: Cluster, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO tips (tip_no, identity, received_at, text, status)"
                " VALUES ('T1', gen_random_uuid(), '2026-01-05', '有人传销', 'new')"
            )
        )
        connection.execute(sa.text("INSERT INTO posts (title, area_code) VALUES ('城关所', '99')"))
        connection.execute(sa.text("UPDATE tips SET status = 'accepted'"))  # a step of its own keeps that
        connection.execute(sa.text("UPDATE tips SET text = '改'"))
        connection.execute(sa.text("UPDATE tips SET text = '又改'"))
        connection.execute(sa.text("DELETE FROM posts"))
    with as_owner(cluster, own_engine) as connection:
        assert former(connection, "tips", "text") == ["有人传销", "改"]
        assert former(connection, "posts", "post") == ["城关所"]


def test_what_it_does_to_itself_ends_with_the_next_start(
    cluster: Cluster, own_engine: sa.Engine, own_name: str
) -> None:
    """In one transaction that is rolled back: the other tests log in by this role meanwhile."""
    app = ROLES["app"]
    harm = [
        f"ALTER ROLE {app} PASSWORD 'x'",
        f"ALTER ROLE {app} SET search_path = 'evil'",
        f"ALTER ROLE {app} SET default_transaction_read_only = on",
        f"ALTER ROLE {app} IN DATABASE {own_name} SET statement_timeout = 1",
    ]
    with own_engine.connect() as connection:
        for statement in harm:
            connection.execute(sa.text(statement))  # PostgreSQL lets it
        connection.rollback()
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(0)")  # until the start below, nobody else starts
        role = sql.Identifier(app)
        server.execute(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET statement_timeout = 1").format(role, sql.Identifier(own_name))
        )
        server.execute(sql.SQL("ALTER ROLE {} SET default_statistics_target = 99").format(role))
        server.execute(sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(ROLES["owner"])))
    before = verifier(cluster)
    ensure_database(cluster, own_name)
    assert verifier(cluster) != before  # made anew from the password file
    with psycopg.connect(cluster.conninfo("superuser", "postgres")) as server:
        kept = server.execute(
            "SELECT setdatabase = 0, setconfig FROM pg_db_role_setting WHERE setrole = %s::regrole", [app]
        ).fetchall()
        lent = server.execute("SELECT FROM pg_auth_members WHERE roleid = %s::regrole", [app]).fetchall()
    assert (kept, lent) == ([(True, [f"{name}={value}" for name, value in LIMITS.items()])], [])
    with psycopg.connect(cluster.conninfo("app", own_name)) as connection_:  # its password file still opens
        assert connection_.execute("SHOW temp_file_limit").fetchone() == ("4GB",)


def verifier(cluster: Cluster) -> str:
    with psycopg.connect(cluster.conninfo("superuser", "postgres")) as server:
        row = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [ROLES["app"]]).fetchone()
    assert row is not None
    return str(row[0])


def test_what_it_prepares_for_its_own_tables_stops_no_restore(
    cluster: Cluster, new_database: NewDatabase, own_name: str, tmp_path: Path, demo_profile: CityProfile
) -> None:
    with new_database(own_name) as engine:
        with transaction(engine, LOCAL) as connection:
            connection.execute(sa.text("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"))
        file = tmp_path / "city.dump"
        backup(cluster, own_name, file)
        restore(cluster, own_name, file, profile=demo_profile)
        with (
            transaction(engine, LOCAL) as connection,
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        ):
            connection.execute(sa.text("SELECT lo_create(0)"))


def test_a_statement_that_takes_too_long_is_one_sentence_and_a_long_one_may(cluster: Cluster, migrated: str) -> None:
    engine = make_engine(cluster.url("app", migrated), patience_seconds=1)
    with pytest.raises(Unavailable) as caught, transaction(engine, LOCAL) as connection:
        connection.execute(sa.text("SELECT pg_sleep(5)"))
    assert (caught.value.kind, caught.value.sentence[:10]) == ("too_slow", "数据库里的这一步太慢")
    with transaction(engine, LOCAL) as connection:
        be_patient(connection)
        connection.execute(sa.text("SELECT pg_sleep(1.2)"))
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "1h"
    with transaction(engine, LOCAL) as connection:
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "1s"
    engine.dispose()


def test_the_doctor_says_which_limits_a_database_of_ones_own_lacks(
    connection: sa.Connection, cluster: Cluster, migrated: str
) -> None:
    assert health.unlimited(connection) == []
    with psycopg.connect(cluster.conninfo("superuser", migrated)) as owner:
        owner.execute("GRANT EXECUTE ON FUNCTION lo_create(oid), pg_terminate_backend(integer, bigint) TO wuchuan_app")
        owner.rollback()
    superuser = make_engine(cluster.url("superuser", migrated))
    with superuser.connect() as without:
        told = health.unlimited(without)
    superuser.dispose()
    assert [text.split(" ")[0] for text in told] == ["ALTER", "REVOKE", "REVOKE"]
    assert "ALTER ROLE postgres SET temp_file_limit = '4GB'" in told[0]
