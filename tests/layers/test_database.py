"""Whether a schema is the newest is asked of the database alone, and agrees with what Alembic would say."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from gis.errors import Unavailable
from layers import database, embedded
from layers.database import check_current, make_engine, newest_revision


def test_the_newest_revision_is_the_only_head_that_alembic_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
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
