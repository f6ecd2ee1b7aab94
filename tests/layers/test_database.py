"""Whether a schema is the newest is asked of the database alone, and agrees with what Alembic would say."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from gis.errors import Unavailable
from layers import database
from layers.actor import LOCAL
from layers.database import check_current, make_engine, newest_revision, transaction
from layers.host import embedded
from layers.schema.tables.alerts import alerts


def test_the_newest_revision_is_the_only_head_that_alembic_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "schema" / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [newest_revision()]


@pytest.mark.parametrize("change", ["UPDATE alembic_version SET version_num = '0001'", "DROP TABLE alembic_version"])
def test_an_older_schema_and_none_at_all_are_not_current(cluster: embedded.Cluster, migrated: str, change: str) -> None:
    engine = make_engine(cluster.url("owner", migrated))
    with engine.connect() as connection:
        check_current(connection)
        connection.execute(sa.text(change))
        with pytest.raises(Unavailable):
            check_current(connection)
        connection.rollback()
    engine.dispose()


def test_a_database_without_room_is_named(engine: sa.Engine) -> None:
    full = "DO $$ BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file'; END $$"
    with pytest.raises(Unavailable) as caught, transaction(engine, LOCAL) as connection:
        connection.execute(sa.text(full))
    assert (caught.value.kind, caught.value.sentence) == ("disk_full", "磁盘已满,数据库写不下;请腾出空间后重试。")


@pytest.mark.parametrize(
    "change",
    [
        *(f"DELETE FROM {table}" for table in (
            "tips", "tip_steps", "actions", "action_steps", "targets", "alerts", "alert_steps", "analyses",
            "zone_reviews", "backtests", "audit", "import_batches", "drawn_zone_versions", "count_changes", "city",
            "layer_versions", "areas", "rental_units", "venues", "raids", "counts", "decisions", "teams", "stations",
        )),
        *(f"UPDATE {table} SET {column}" for table, column in (
            ("analyses", "seed = 1"), ("hotspots", "z = 0"), ("zone_reviews", "reason = ''"),
            ("tip_steps", "post = ''"), ("action_steps", "post = ''"), ("actions", "name = ''"),
            ("targets", "address = ''"), ("legs", "team_id = 1"),
            ("alert_steps", "post = ''"), ("audit", "account = ''"), ("import_batches", "sha256 = ''"),
            ("backtests", "seed = 1"), ("posts", "title = ''"), ("city", "name = ''"),
        )),
    ],
)  # fmt: skip
def test_the_application_adds_to_the_record_and_takes_nothing_back(connection: sa.Connection, change: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        connection.execute(sa.text(change))


def test_a_closed_alert_stays_as_it_was_closed_until_it_is_opened_again(connection: sa.Connection) -> None:
    alert = {
        "county_code": "99", "area_code": "a", "communities": ["a"], "since": "2026-01-01", "until": "2026-01-02",
        "observed": 2, "expected": 1, "llr": 1, "level": 1, "recurrence_days": 9, "chance_days": 9, "method": "m",
        "seed": 1, "raised_on": "2026-01-02", "loud_on": "2026-01-02", "post": "岗", "due_on": "2026-01-09",
        "result": "nothing", "closed_by": "岗", "closed_at": "2026-01-03", "geom": "SRID=4490;MULTIPOLYGON EMPTY",
    }  # fmt: skip
    connection.execute(alerts.insert().values(alert))
    for change in (
        "result = 'confirmed'",
        "note = '另写'",
        "closed_by = '另一岗'",
        "closed_at = now()",
        "observed = 9",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="is closed"), connection.begin_nested():
            connection.execute(sa.text(f"UPDATE alerts SET {change}"))
    connection.execute(sa.text("UPDATE alerts SET loud_on = '2026-01-05'"))
    connection.execute(sa.text("UPDATE alerts SET result = NULL, closed_by = NULL, closed_at = NULL"))
