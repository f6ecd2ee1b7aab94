"""The audit is sealed: what is tampered with is found, and nothing else is."""

import threading
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from layers import audit, write
from layers.actor import LOCAL, Actor
from layers.database import make_engine, transaction
from layers.host.embedded import Cluster

WEST = Actor(account="西县受理", post="西县岗", scope="990101", sign_in="1a")


def note(engine: sa.Engine, number: int, actor: Actor = LOCAL) -> None:
    with transaction(engine, actor) as connection:
        write.note(connection, actor, action="done", layer="tips", detail={"number": number})


def seal(engine: sa.Engine, data: Path) -> None:
    with transaction(engine, LOCAL) as connection:
        audit.close_block(connection)
    with transaction(engine, LOCAL) as connection:
        audit.write_heads(connection, data)


def seal_all(engine: sa.Engine, data: Path) -> None:
    """Seal once nothing waits: transactions that other tests have open in the same PostgreSQL put it off."""
    end = time.monotonic() + 60
    settled = sa.text("SELECT audit_settled() > max(turn) FROM audit")
    while time.monotonic() < end:
        with transaction(engine, LOCAL) as connection:
            if connection.execute(settled).scalar_one():
                break
    seal(engine, data)


def verdict(engine: sa.Engine, data: Path) -> audit.Verdict:
    with transaction(engine, LOCAL) as connection:
        return audit.verify(connection, data)


@pytest.fixture
def sealed(own_engine: sa.Engine, tmp_path: Path) -> sa.Engine:
    """Two blocks of three entries each, and one entry that waits."""
    for start in (0, 3):
        for number in range(start, start + 3):
            note(own_engine, number)
        seal_all(own_engine, tmp_path)
    note(own_engine, 6)
    return own_engine


def test_what_is_sealed_is_whole_and_says_how_much_it_is(sealed: sa.Engine, tmp_path: Path) -> None:
    found = verdict(sealed, tmp_path)
    assert (found.is_whole, found.blocks, found.sealed, found.open) == (True, 2, 6, 1)
    heads = (tmp_path / audit.FILE).read_text().splitlines()
    assert [line.split()[0] for line in heads] == ["1", "2"]
    assert (tmp_path / audit.FILE).stat().st_mode & 0o777 == 0o600
    seal_all(sealed, tmp_path)
    assert (verdict(sealed, tmp_path).blocks, verdict(sealed, tmp_path).open) == (3, 0)
    seal(sealed, tmp_path)  # nothing new: no block
    assert verdict(sealed, tmp_path).blocks == 3


TAMPERING = {
    "an edit": (
        """UPDATE audit SET detail = '{"number": 9}' WHERE detail = '{"number": 1}'""",
        "第 1 段的记录被改动过",
    ),
    "a removal": ("""DELETE FROM audit WHERE detail = '{"number": 4}'""", "第 2 段的记录被改动过"),
    "another order": (
        """UPDATE audit AS a SET detail = b.detail FROM audit AS b
           WHERE a.detail IN ('{"number": 0}', '{"number": 2}') AND b.detail IN ('{"number": 0}', '{"number": 2}')
             AND a.detail <> b.detail""",
        "第 1 段的记录被改动过",
    ),
    "a cut tail": (
        """DELETE FROM audit WHERE turn >= (SELECT since FROM audit_blocks WHERE audit_block_id = 2);
           DELETE FROM audit_blocks WHERE audit_block_id = 2""",
        "第 2 段不见了",
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found_and_where(sealed: sa.Engine, cluster: Cluster, tmp_path: Path, how: str) -> None:
    statement, sentence = TAMPERING[how]
    with psycopg.connect(cluster.conninfo("superuser", str(sealed.url.database))) as server:
        server.execute("SET session_replication_role = replica")  # its triggers are off
        server.execute(statement)
    found = verdict(sealed, tmp_path)
    assert (found.is_whole, sentence in found.sentence) == (False, True), found.sentence


def test_a_seal_made_anew_over_what_was_changed_has_the_file_against_it(
    sealed: sa.Engine, cluster: Cluster, tmp_path: Path
) -> None:
    with psycopg.connect(cluster.conninfo("superuser", str(sealed.url.database))) as server:
        server.execute("SET session_replication_role = replica")
        server.execute("""UPDATE audit SET account = 'x' WHERE detail = '{"number": 1}'""")
        server.execute("DELETE FROM audit_blocks")
    with transaction(sealed, LOCAL) as connection:
        audit.close_block(connection)
    found = verdict(sealed, tmp_path)
    assert (found.is_whole, "和封存文件里的不一样" in found.sentence) == (False, True)
    (tmp_path / audit.FILE).unlink()
    assert "不见了" in verdict(sealed, tmp_path).sentence


def test_eight_writers_and_slow_ones_raise_no_false_alarm(  # noqa: C901
    own_engine: sa.Engine, tmp_path: Path
) -> None:
    stop, faults = threading.Event(), []

    def writing(writer: int) -> None:
        for number in range(40):
            with transaction(own_engine, LOCAL) as connection:
                write.note(connection, LOCAL, action="done", layer="tips", detail={"writer": writer, "number": number})
                if number % 10 == writer:
                    stop.wait(0.02)  # its entry has a lower number than those that are there already

    def sealing() -> None:
        while not stop.is_set():
            seal(own_engine, tmp_path)
            found = verdict(own_engine, tmp_path)
            if not found.is_whole:
                faults.append(found.sentence)

    sealer = threading.Thread(target=sealing)
    writers = [threading.Thread(target=writing, args=(number,)) for number in range(8)]
    sealer.start()
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    stop.set()
    sealer.join()
    seal_all(own_engine, tmp_path)
    found = verdict(own_engine, tmp_path)
    assert (faults, found.is_whole, found.sealed, found.open) == ([], True, 320, 0)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_another_time_zone_is_no_tampering(sealed: sa.Engine, tmp_path: Path, zone: str) -> None:
    engine = make_engine(sealed.url, timezone=zone)
    assert verdict(engine, tmp_path).is_whole
    engine.dispose()


def test_a_restored_backup_is_no_tampering_once_it_is_said(sealed: sa.Engine, cluster: Cluster, tmp_path: Path) -> None:
    """As a restore leaves it: the second block is gone with what came after the backup."""
    with psycopg.connect(cluster.conninfo("superuser", str(sealed.url.database))) as server:
        server.execute("SET session_replication_role = replica")
        server.execute(TAMPERING["a cut tail"][0])
    assert not verdict(sealed, tmp_path).is_whole
    with transaction(sealed, LOCAL) as connection:
        audit.note_restore(connection, tmp_path)
    assert verdict(sealed, tmp_path).is_whole
    note(sealed, 7)
    seal_all(sealed, tmp_path)
    found = verdict(sealed, tmp_path)
    assert (found.is_whole, found.blocks) == (True, 2)


def test_turns_go_forward_where_another_postgresql_counted_further(own_engine: sa.Engine, own_owner: sa.Engine) -> None:
    note(own_engine, 0)
    with transaction(own_engine, LOCAL) as connection:
        far = connection.execute(sa.text("SELECT max(turn) + 1000000 FROM audit")).scalar_one()
        connection.execute(
            sa.text("INSERT INTO audit_blocks (audit_block_id, since, until, entries, entries_sha256, head)"
                    " VALUES (1, 0, :far, 0, '', '')"), {"far": far}
        )  # fmt: skip
        connection.execute(sa.text("SELECT settle_audit_clock()"))
    note(own_engine, 1)
    with transaction(own_engine, LOCAL) as connection:
        assert connection.execute(sa.text("SELECT max(turn) FROM audit")).scalar_one() > far
    with transaction(own_owner, LOCAL) as owner:
        before = owner.execute(sa.text("SELECT ahead FROM audit_clock")).scalar_one()
        owner.execute(sa.text("SELECT settle_audit_clock()"))
        assert owner.execute(sa.text("SELECT ahead FROM audit_clock")).scalar_one() == before


def test_an_entry_says_who_as_which_post_for_which_area(own_engine: sa.Engine) -> None:
    note(own_engine, 0, WEST)
    with transaction(own_engine, LOCAL) as connection:
        (entry,) = audit.entries(connection, account="西县受理")
    assert (entry["post"], entry["area_code"], entry["detail"]) == ("西县岗", "990101", {"number": 0})


@pytest.mark.parametrize("table", ["audit", "audit_blocks"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_neither_the_plain_role_nor_the_owner_changes_it(
    sealed: sa.Engine, own_owner: sa.Engine, table: str, statement: str
) -> None:
    for engine in (sealed, own_owner):
        with (
            pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|only grows"),
            engine.begin() as connection,
        ):
            connection.execute(sa.text(statement.format(table)))
