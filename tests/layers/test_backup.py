"""Dump and restore on the run's PostGIS."""

from pathlib import Path

import psycopg
import pytest

from gis.errors import IntakeError, NotFound, Unavailable
from layers.backup import backup, restore
from layers.embedded import Cluster, ensure_database


@pytest.fixture
def database(cluster: Cluster, worker_name: str) -> str:
    name = f"backup_{worker_name}"
    ensure_database(cluster, name)
    with psycopg.connect(cluster.conninfo("owner", name)) as connection:
        connection.execute("DROP TABLE IF EXISTS places")
        connection.execute("CREATE TABLE places AS SELECT '甲村' AS name, ST_Point(118, 27, 4490) AS geom")
        connection.execute("GRANT SELECT ON places TO wuchuan_app")
    return name


def names(cluster: Cluster, database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.conninfo("app", database)) as connection:
        return connection.execute("SELECT name, ST_SRID(geom) FROM places").fetchall()


def test_a_restored_database_is_as_it_was_saved(cluster: Cluster, database: str, tmp_path: Path) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    with psycopg.connect(cluster.conninfo("owner", database)) as connection:
        connection.execute("INSERT INTO places VALUES ('乙村', NULL)")
        connection.commit()
        restore(cluster, database, tmp_path / "city.dump")
    assert names(cluster, database) == [("甲村", 4490)]
    with psycopg.connect(cluster.conninfo("app", database)) as connection:
        mark = connection.execute("SELECT proleakproof FROM pg_proc WHERE proname = 'geometry_overlaps'").fetchone()
        others = connection.execute("SELECT FROM pg_database WHERE datname LIKE %s", [f"{database}_%"]).fetchall()
    assert (mark, others) == ((True,), [])


def test_a_backup_is_closed_to_others_and_leaves_no_part(cluster: Cluster, database: str, tmp_path: Path) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    assert [path.name for path in tmp_path.iterdir()] == ["city.dump"]
    assert (tmp_path / "city.dump").stat().st_mode & 0o777 == 0o600


def test_a_failed_backup_keeps_the_one_before(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "city.dump").write_text("before")
    with pytest.raises(Unavailable):
        backup(cluster, "no_such_city", tmp_path / "city.dump")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.99])
def test_a_damaged_backup_changes_nothing(cluster: Cluster, database: str, tmp_path: Path, kept: float) -> None:
    backup(cluster, database, tmp_path / "city.dump")
    whole = (tmp_path / "city.dump").read_bytes()
    (tmp_path / "city.dump").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(IntakeError):
        restore(cluster, database, tmp_path / "city.dump")
    assert names(cluster, database) == [("甲村", 4490)]


def test_a_missing_backup_is_named(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no\.dump"):
        restore(cluster, "city", tmp_path / "no.dump")
