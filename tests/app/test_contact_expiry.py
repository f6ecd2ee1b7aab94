"""The key of a contact is destroyed in time: by the worker, in the files, and in a database that comes back."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import flask
import psycopg
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from nacl.public import PrivateKey

from app.core.queue import queue
from app.desks.contacts.jobs import expire_contacts
from layers import contacts
from layers.actor import SERVICE
from layers.database import transaction
from layers.host.backup import backup, restore
from layers.host.embedded import Cluster
from layers.profile import CityProfile
from tests.builders import as_owner

from .test_contacts import CONTACT, HEADERS, anyone, at_desk, opened, private, read, submit
from .test_receipt_traces import dumped
from .test_receipts import sql

__all__ = ["anyone", "private"]


def test_a_key_is_destroyed_ninety_days_after_the_reward_and_nothing_opens_the_contact_then(
    own_app: flask.Flask, anyone: FlaskClient, private: PrivateKey, cluster: Cluster, own_engine: sa.Engine
) -> None:
    first, second, third = (submit(anyone, contact=CONTACT) for _ in range(3))
    for tip_id, rewards in ((first, ("promised", "paid")), (second, ("lapsed",)), (third, ("promised",))):
        for reward in rewards:
            answer = at_desk(own_app).post(f"/contacts/{tip_id}/reward", json={"reward": reward}, headers=HEADERS)
            assert answer.json == {"tip_id": tip_id, "reward": reward}
    key = bytes(sql(own_app, "SELECT sealed_key FROM contact_keys JOIN contacts USING (contact_id) WHERE tip_id = :it",
                    it=first)[0][0])  # fmt: skip
    assert (expired(own_app, cluster, days=89), expired(own_app, cluster, days=1)) == (0, 2)
    for tip_id in (first, second):
        answer = opened(own_app, tip_id)
        assert (answer.status_code, answer.json["error"]) == (409, "destroyed")
    assert read(opened(own_app, third).json, private) == CONTACT
    assert expired(own_app, cluster, days=1000) == 0  # a promise stands
    steps = sql(
        own_app, "SELECT tip_id, account FROM contact_steps JOIN contacts USING (contact_id) WHERE step = 'destroyed'"
    )
    assert sorted(tuple(row) for row in steps) == [(first, "服务"), (second, "服务")]
    assert key.hex() not in dumped(cluster, own_engine)
    assert key not in b"".join(files_of(cluster, own_engine))


def expired(app: flask.Flask, cluster: Cluster, *, days: int) -> int:
    """What is destroyed when so many days more have passed."""
    with as_owner(cluster, app.extensions["wuchuan"].database) as connection:
        connection.execute(sa.text("UPDATE contacts SET reward_on = reward_on - :days"), {"days": days})
    with transaction(app.extensions["wuchuan"].engine, SERVICE) as connection:
        return contacts.expire(connection)


def files_of(cluster: Cluster, engine: sa.Engine) -> Iterator[bytes]:
    """The bytes of the database's own files, after all that was in memory went there."""
    with as_owner(cluster, engine) as connection:
        oid = connection.execute(sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as server:
        server.execute("CHECKPOINT")
        folder = Path(server.execute("SHOW data_directory").fetchone()[0]) / "base" / str(oid)  # type: ignore[index]
    files = sorted(file for file in folder.iterdir() if file.is_file())
    assert len(files) > 100
    yield from (file.read_bytes() for file in files)


@pytest.mark.usefixtures("private")
def test_the_worker_destroys_what_is_due_within_the_hour(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster, own_engine: sa.Engine
) -> None:
    tip_id = submit(anyone, contact=CONTACT)
    at_desk(own_app).post(f"/contacts/{tip_id}/reward", json={"reward": "lapsed"}, headers=HEADERS)
    with as_owner(cluster, own_engine) as connection:
        connection.execute(sa.text("UPDATE contacts SET reward_on = reward_on - 91"))
    work = {"engine": own_engine, "settings": own_app.extensions["wuchuan"].settings}
    context = SimpleNamespace(job=SimpleNamespace(id=1), should_abort=lambda: False, additional_context=work)
    expire_contacts.func(context, timestamp=0)
    assert opened(own_app, tip_id).status_code == 409
    crons = [
        task.cron for (name, _), task in queue.periodic_registry.periodic_tasks.items() if name == "expire_contacts"
    ]
    assert crons == ["17 * * * *"]


@pytest.mark.usefixtures("private")
def test_a_reward_that_nobody_promised_lapses_after_a_year(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster
) -> None:
    tip_id = submit(anyone, contact=CONTACT)
    for days, reward in ((364, "none"), (1, "lapsed")):
        with as_owner(cluster, own_app.extensions["wuchuan"].database) as connection:
            connection.execute(
                sa.text("UPDATE tips SET received_at = received_at - make_interval(days => :days)"), {"days": days}
            )
        assert expired(own_app, cluster, days=0) == 0
        assert sql(own_app, "SELECT reward FROM contacts")[0][0] == reward
    assert expired(own_app, cluster, days=90) == 1
    assert opened(own_app, tip_id).status_code == 409


@pytest.mark.usefixtures("private")
def test_a_backup_from_before_opens_nothing_that_is_due_by_now(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster, own_engine: sa.Engine,
    tmp_path: Path, demo_profile: CityProfile,
) -> None:  # fmt: skip
    """The dump holds the key; before the restored database takes the former one's place, the key is destroyed."""
    tip_id = submit(anyone, contact=CONTACT)
    at_desk(own_app).post(f"/contacts/{tip_id}/reward", json={"reward": "paid"}, headers=HEADERS)
    with as_owner(cluster, own_engine) as connection:
        connection.execute(sa.text("UPDATE contacts SET reward_on = reward_on - 91"))
    name = str(own_engine.url.database)
    backup(cluster, name, tmp_path / "city.dump")
    assert sql(own_app, "SELECT count(*) FROM contact_keys")[0][0] == 1
    own_engine.dispose()
    restore(cluster, name, tmp_path / "city.dump", profile=demo_profile)
    assert sql(own_app, "SELECT count(*) FROM contact_keys")[0][0] == 0
    assert opened(own_app, tip_id).status_code == 409
