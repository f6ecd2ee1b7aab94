"""A public tip leaves no trace of its device: not in the database, a dump of it, the log or the limiter."""

import datetime as dt
import hashlib
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.core.pace import Pace
from app.desks.tips.gate import AGAIN_SECONDS, HOUR, MOST_FROM_ONE, TOO_MANY, USED, Gate
from layers.actor import LOCAL, PUBLIC
from layers.database import transaction
from layers.host.embedded import Cluster
from layers.host.programs import run

from .test_receipts import ADDRESS, BROWSER, REQUEST, TEXT, anyone, key_of, sql, submit

__all__ = ["anyone"]


def test_the_same_form_at_once_again_is_the_same_receipt_and_later_or_with_other_words_none() -> None:
    gate, form = Gate(), {"text": "a"}
    key = gate.issue(now=0)
    first, fault = gate.receipt(key, "a", form, now=1)
    assert (len(first), fault) == (16, "")
    assert gate.receipt(key, "a", form, now=30) == (first, "")
    assert gate.receipt(key, "a", {"text": "b"}, now=30) == ("", USED)
    assert gate.receipt(key, "a", form, now=1 + AGAIN_SECONDS) == ("", USED)
    assert first not in repr(gate)


@given(address=st.text(max_size=60), now=st.floats(0, 10**10))
def test_the_limit_knows_no_address_and_no_minute(address: str, now: float) -> None:
    pace = Pace(seconds=HOUR, one=3, all_=10)
    assert [pace.allows(address, now=now) for _ in range(4)] == [True] * 3 + [False]
    kept = [value for value in vars(pace).values() if not isinstance(value, type(pace._lock))]
    assert kept[:3] == [HOUR, 3, 10]
    day, key, window, counted = kept[3:]
    assert (day, window) == (int(now // 86_400), int(now // HOUR))
    assert [(len(sender), passed) for sender, passed in counted.items()] == [(32, 3)]
    assert address.encode("utf-8", "replace") not in counted
    assert len(key) == 32


def test_the_key_of_the_limit_is_another_each_day_and_counts_go_with_the_hour() -> None:
    pace = Pace(seconds=HOUR, one=1, all_=10)
    pace.allows("a", now=0)
    first = pace._key
    assert not pace.allows("a", now=HOUR - 1)
    assert pace.allows("a", now=HOUR)
    assert (pace._key, len(pace._passed)) == (first, 1)
    assert pace.allows("a", now=86_400)
    assert pace._key != first


def test_no_address_browser_request_or_minute_is_kept_in_dump_or_log(
    own_app: flask.Flask, anyone: FlaskClient, cluster: Cluster, own_engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = sql(own_app, "SELECT layer, changed_at FROM layer_versions WHERE layer = 'tips'")[0].changed_at
    anyone.environ_base.update(REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT=BROWSER)
    number = submit(anyone, client_id=REQUEST)
    for form in ({}, {"words": "补充一句", "client_id": REQUEST}):
        headers = {"Idempotency-Key": REQUEST}
        assert anyone.post("/tips/receipt", data={"number": number, **form}, headers=headers).status_code == 200
    digits = number.replace(" ", "")
    dump = dumped(cluster, own_engine)
    assert TEXT in dump
    assert "补充一句" in dump
    for planted in (ADDRESS, "rare browser", REQUEST, digits, number, digits.encode().hex(), number.encode().hex()):
        assert dump.count(planted) == 0, planted
        assert planted not in caplog.text
    server_log = (cluster.database / "server.log").read_text("utf-8", errors="replace")
    assert not [planted for planted in (ADDRESS, REQUEST, digits, number, TEXT) if planted in server_log]
    times = sql(own_app, "SELECT received_at, at, request_id, sign_in FROM tips JOIN tip_steps USING (tip_id)")
    assert {(row[0].time(), row[1].time(), row[2], row[3]) for row in times} == {(dt.time(), dt.time(), "", "")}
    assert sql(own_app, "SELECT changed_at FROM layer_versions WHERE layer = 'tips'")[0].changed_at == before
    for table in ("submissions", "audit", "former_rows_seen", "import_batches", "procrastinate_jobs", "job_progress"):
        if table != "former_rows_seen":
            assert sql(own_app, f"SELECT count(*) FROM {table}")[0][0] == 0, table


def test_every_moment_in_a_dump_after_a_public_tip_was_there_before(
    anyone: FlaskClient, cluster: Cluster, own_engine: sa.Engine
) -> None:
    """No table ties the tip to its minute: what the dump holds of time is as old as before, or a midnight."""
    moments = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d")
    before = set(moments.findall(dumped(cluster, own_engine)))
    time.sleep(0.01)
    number = submit(anyone)
    anyone.post("/tips/receipt", data={"number": number, "words": "补充一句"})
    new = set(moments.findall(dumped(cluster, own_engine))) - before
    assert new
    assert {moment[11:19] for moment in new} == {"00:00:00"}


def dumped(cluster: Cluster, engine: sa.Engine) -> str:
    """The database as the superuser's pg_dump writes it, in words, by the clock of the city."""
    target = f"{cluster.conninfo('superuser', str(engine.url.database))} options='-c timezone=Asia/Shanghai'"
    answer = run(None, cluster.postgres.command("pg_dump", "--inserts", f"--dbname={target}"))
    assert answer.returncode == 0, answer.stderr
    return str(answer.stdout)


def test_a_receipt_is_stored_as_a_digest_with_the_salt_of_its_own_database(
    own_app: flask.Flask, anyone: FlaskClient
) -> None:
    number = submit(anyone).replace(" ", "")
    ((stored, salt),) = sql(own_app, "SELECT receipt_scrypt, salt FROM receipts, receipt_salts")
    expected = hashlib.scrypt(number.encode(), salt=bytes(salt), n=2**14, r=8, p=1, dklen=32)
    assert (bytes(stored), len(bytes(salt))) == (expected, 32)


def test_the_public_has_no_moment_even_where_a_program_forgets_it(own_engine: sa.Engine) -> None:
    for actor, is_day in ((PUBLIC, True), (LOCAL, False)):
        with transaction(own_engine, actor) as connection:
            moment = connection.execute(sa.text("SELECT act_moment()")).scalar_one()
            assert (moment.time() == dt.time()) is is_day


def test_eight_at_once_with_one_form_are_one_tip_and_one_receipt(own_app: flask.Flask, anyone: FlaskClient) -> None:
    form = {"key": key_of(anyone), "text": TEXT}

    def send(_: int) -> tuple[int, str]:
        answer = own_app.test_client().post("/tips/new", data=form)
        return answer.status_code, "".join(re.findall(r'id="receipt">([\d ]+)<', answer.text))

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert len(answers) == 1
    assert answers.pop()[0] == 200
    assert sql(own_app, "SELECT count(*) FROM tips")[0][0] == 1


def test_one_address_sends_so_many_tips_an_hour_and_others_are_not_held_up() -> None:
    gate = Gate()
    keys = [gate.issue(now=0) for _ in range(MOST_FROM_ONE + 1)]
    assert [gate.receipt(key, "a", key, now=1)[1] for key in keys] == [""] * MOST_FROM_ONE + [TOO_MANY]
    assert gate.receipt(keys[-1], "b", {}, now=1)[1] == ""
    assert gate.receipt(gate.issue(now=3700), "a", {}, now=3701)[1] == ""
    assert gate.receipt(gate.issue(now=0), "c", {}, now=7300)[1] == USED
    assert gate.receipt(Gate().issue(now=0), "c", {}, now=1)[1] == USED
