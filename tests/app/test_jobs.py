"""Work behind the pages: queued once, told while it runs, taken up again when its worker dies."""

import dataclasses
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask
import psycopg
import pytest
import sqlalchemy as sa

from app.core import uploads
from app.desks.backtests.jobs import enqueue_backtest
from app.desks.imports.jobs import enqueue_import
from app.desks.imports.upload import REPORT, give_order
from app.desks.zones import analysis as refresh_zones
from app.desks.zones.jobs import analyse_daily, enqueue_analysis
from app.settings import DEMO_PROFILE, Settings
from gis.errors import Conflict, NotFound, Unavailable
from layers import jobs as kept
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import is_lost, transaction
from layers.host import embedded
from layers.intake.options import ReadOptions
from layers.write import load
from tests import builders

from .conftest import signed_in

REPO = Path(__file__).parents[2]
WORKER = """
import logging
import sys
from pathlib import Path
from app.worker import work
from app.settings import load_settings
from layers.database import make_engine
logging.basicConfig(level=logging.WARNING)
settings = load_settings(folder=Path(sys.argv[1]))
work(settings, make_engine(settings.database_url, timezone=settings.profile.timezone))
"""


@pytest.fixture
def queue_engine(own_engine: sa.Engine) -> sa.Engine:
    """A database with two communities and one tip to analyse."""
    with transaction(own_engine, LOCAL) as connection:
        load(connection, LAYERS["communities"], builders.communities())
        load(connection, LAYERS["tips"], builders.tips([(0.5, 0.5)]))
    return own_engine


def worker(settings: Settings, folder: Path) -> subprocess.Popen[bytes]:
    told = {"database_url": settings.database_url, "profile": DEMO_PROFILE, "data": settings.data}
    (folder / "wuchuan.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in told.items()))
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], cwd=REPO, stderr=log)


def wait_for(happened: Callable[[], object], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def status(engine: sa.Engine, job_id: int) -> str:
    with transaction(engine, LOCAL) as connection:
        return str(kept.one(connection, job_id)["status"])


def test_a_job_is_queued_in_its_callers_transaction(connection: sa.Connection) -> None:
    job_id = enqueue_analysis(connection, LOCAL, until=dt.date(2026, 2, 1), seed=7)
    told = kept.one(connection, job_id)
    assert (told["task"], told["status"], told["attempts"]) == ("analyse", "todo", 0)
    assert [job["job_id"] for job in kept.newest(connection)] == [job_id]


def test_two_analyses_do_not_wait_in_the_queue(connection: sa.Connection) -> None:
    enqueue_analysis(connection, LOCAL)
    with pytest.raises(Conflict, match="已有一次分析在排队"):
        enqueue_analysis(connection, LOCAL)
    assert len(kept.newest(connection)) == 1  # the caller may go on


def test_imports_into_different_layers_may_wait_together(connection: sa.Connection) -> None:
    first = enqueue_import(connection, LOCAL, layer="tips", upload="0" * 32)
    second = enqueue_import(connection, LOCAL, layer="raids", upload="1" * 32)
    assert [job["job_id"] for job in kept.newest(connection)] == [second, first]


def test_a_queued_import_names_nothing_but_an_upload(connection: sa.Connection) -> None:
    enqueue_import(connection, LOCAL, layer="tips", upload="0" * 32)
    args = connection.execute(sa.text("SELECT args FROM procrastinate_jobs")).scalar_one()
    assert args == {"upload": "0" * 32, "actor": LOCAL.to_json()}


def test_an_unknown_job_is_not_found(connection: sa.Connection) -> None:
    with pytest.raises(NotFound, match="编号为 5 的任务"):
        kept.one(connection, 5)


def test_a_worker_lives_while_its_heart_beats(connection: sa.Connection) -> None:
    assert not kept.worker_alive(connection)
    connection.execute(sa.text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    assert kept.worker_alive(connection)
    connection.execute(sa.text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    assert not kept.worker_alive(connection)


def test_a_sign_of_life_of_the_future_is_none(connection: sa.Connection) -> None:
    connection.execute(
        sa.text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '91 days')")
    )
    assert not kept.worker_alive(connection)


def test_the_jobs_of_a_worker_whose_clock_was_ahead_are_due(connection: sa.Connection) -> None:
    ahead = "interval '91 days'"
    worker_id = connection.execute(
        sa.text(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + {ahead}) RETURNING id")
    ).scalar_one()
    taken, waiting = enqueue_analysis(connection, LOCAL), enqueue_backtest(connection, LOCAL)
    change = "UPDATE procrastinate_jobs SET"
    connection.execute(sa.text(f"{change} status = 'doing', worker_id = {worker_id} WHERE id = {taken}"))
    connection.execute(sa.text(f"{change} scheduled_at = now() + {ahead} WHERE id = {waiting}"))
    kept.take_back_from_the_future(connection)
    stalled = "SELECT last_heartbeat < now() - interval '1 minute' FROM procrastinate_workers"
    assert connection.execute(sa.text(stalled)).scalar_one()
    due = sa.text("SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()")
    assert connection.execute(due).scalars().all() == [waiting]


@pytest.mark.slow
def test_a_job_that_the_database_falls_under_is_done_again(
    settings: Settings, queue_engine: sa.Engine, cluster: embedded.Cluster, tmp_path: Path
) -> None:
    url = queue_engine.url.render_as_string(hide_password=False)
    settings = dataclasses.replace(settings, database_url=url)
    with transaction(queue_engine, LOCAL) as connection:
        job_id = enqueue_analysis(connection, LOCAL, until=dt.date(2026, 2, 1))
    running = worker(settings, tmp_path)
    try:
        with transaction(queue_engine, LOCAL) as blocking:
            blocking.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('analyses'))"))
            with psycopg.connect(cluster.conninfo("superuser", "postgres"), autocommit=True) as server:
                wait_for(lambda: server.execute(CUT, [queue_engine.url.database]).rowcount)
            wait_for(lambda: status(queue_engine, job_id) == "todo")  # it waits for another turn
        wait_for(lambda: status(queue_engine, job_id) == "succeeded")
    finally:
        running.terminate()
        running.wait(timeout=15)
    with transaction(queue_engine, LOCAL) as connection:
        assert kept.one(connection, job_id)["attempts"] == 2


#: As a fall of the server looks to the session of the job, which waits to store what it found.
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'advisory'"


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (Unavailable("连不上", kind="no_database"), True),
        (Unavailable("满了", kind="disk_full"), False),
        (psycopg.OperationalError("the connection is closed"), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CrashShutdown(), True),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.LockNotAvailable(), False),
        (sa.exc.OperationalError("SELECT", {}, psycopg.errors.AdminShutdown()), True),
        (sa.exc.IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation()), False),
        (ValueError("lost"), False),
    ],
)
def test_only_a_lost_database_is_worth_another_try(error: Exception, lost: bool) -> None:
    assert is_lost(error) is lost


def test_an_analysis_is_started_from_the_page_and_looked_up(own_app: flask.Flask) -> None:
    client, headers = signed_in(own_app), {"X-CSRF-Token": "the-token"}
    answer = client.post("/api/analyses", data={"until": "2026-02-01"}, headers=headers)
    assert answer.status_code == 202
    told = client.get(answer.headers["Location"]).get_json()
    assert (told["job_id"], told["status"]) == (answer.get_json()["job_id"], "todo")
    assert [job["job_id"] for job in client.get("/api/jobs?limit=5").get_json()] == [told["job_id"]]
    assert client.post("/api/analyses", headers=headers).status_code == 409
    bad: tuple[dict[str, Any], ...] = (
        {"data": {"until": "soon"}}, {"json": {"until": "2026-02-01"}}, {"json": {"seed": -1}}, {"data": b"until"},
    )  # fmt: skip
    assert [client.post("/api/analyses", headers=headers, **body).status_code for body in bad] == [400] * 4
    assert client.get("/api/jobs/999").status_code == 404


def test_the_daily_analysis_is_of_today_where_a_zone_has_lapsed_and_holds_what_it_finds(
    settings: Settings, own_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def refresh(*_: object, **told: object) -> SimpleNamespace:
        asked.append(told)
        return SimpleNamespace(to_json=dict)

    monkeypatch.setattr(refresh_zones, "refresh_zones", refresh)
    here = {"settings": settings, "engine": own_engine}
    context = SimpleNamespace(additional_context=here, job=SimpleNamespace(id=1), should_abort=lambda: False)
    for day in (None, dt.date(2026, 3, 1)):
        monkeypatch.setattr("app.desks.zones.jobs.pictures.day_to_analyse", lambda _, day=day: day)
        analyse_daily.func(context, 0)
    assert [(told["until"], told["today"], told["hold"]) for told in asked] == [(dt.date(2026, 3, 1),) * 2 + (True,)]


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_taken_up_again_and_its_progress_told(
    settings: Settings, queue_engine: sa.Engine, tmp_path: Path
) -> None:
    url = queue_engine.url.render_as_string(hide_password=False)
    settings = dataclasses.replace(settings, database_url=url)
    with transaction(queue_engine, LOCAL) as connection:
        job_id = enqueue_analysis(connection, LOCAL, until=dt.date(2026, 2, 1))
    first = worker(settings, tmp_path)
    # the analysis cannot store its result while this lock is held, so the worker dies in the middle of the job
    with transaction(queue_engine, LOCAL) as blocking:
        blocking.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('analyses'))"))
        wait_for(lambda: status(queue_engine, job_id) == "doing")
        with transaction(queue_engine, LOCAL) as connection:
            wait_for(lambda: connection.execute(sa.text("SELECT done FROM job_progress")).scalar() is not None)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    assert status(queue_engine, job_id) == "doing"
    with transaction(queue_engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    second = worker(settings, tmp_path)
    try:
        wait_for(lambda: status(queue_engine, job_id) == "succeeded")
    finally:
        second.terminate()
        second.wait(timeout=15)
    with transaction(queue_engine, LOCAL) as connection:
        told = kept.one(connection, job_id)
        runs = connection.execute(sa.text("SELECT count(*) FROM analyses")).scalar()
    assert (told["done"], told["total"], told["note"]) == (3, 3, "已完成")
    assert told["result"]["until"] == "2026-02-01"
    assert (told["attempts"], runs) == (2, 1)


def test_an_import_is_done_behind_the_page(settings: Settings, queue_engine: sa.Engine, tmp_path: Path) -> None:
    settings = dataclasses.replace(settings, database_url=queue_engine.url.render_as_string(hide_password=False))
    register = tmp_path / "举报线索.csv"
    register.write_text("线索编号,接报时间,经度,纬度\nX1,2026-01-05 08:00,118.1,27.1\nX2,不详,118.1,27.1\n", "utf-8")
    upload = uploads.copied(settings.data, register)
    give_order(settings.data, upload, layer="tips", name=register.name, options=ReadOptions(datum="cgcs2000"))
    with transaction(queue_engine, LOCAL) as connection:
        job_id = enqueue_import(connection, LOCAL, layer="tips", upload=upload)
    running = worker(settings, tmp_path)
    try:
        wait_for(lambda: status(queue_engine, job_id) in {"succeeded", "failed"})
    finally:
        running.terminate()
        running.wait(timeout=15)
    with transaction(queue_engine, LOCAL) as connection:
        told = kept.one(connection, job_id)
    assert told["status"] == "succeeded"
    assert told["result"] == {"accepted": 1, "unchanged": 0, "updated": 0, "skipped": 0}
    assert [fault["kind"] for fault in uploads.read_note(settings.data, upload, REPORT)["refused"]] == ["bad_date"]
    assert uploads.refused_of(settings.data, upload) is not None
    with pytest.raises(NotFound):
        uploads.file_of(settings.data, upload)


@pytest.mark.slow
def test_a_job_that_is_refused_fails_with_its_sentence(
    settings: Settings, own_engine: sa.Engine, tmp_path: Path
) -> None:
    settings = dataclasses.replace(settings, database_url=own_engine.url.render_as_string(hide_password=False))
    with transaction(own_engine, LOCAL) as connection:
        job_id = enqueue_analysis(connection, LOCAL)
    running = worker(settings, tmp_path)
    try:
        wait_for(lambda: status(own_engine, job_id) == "failed")
    finally:
        running.terminate()
        assert running.wait(timeout=15) == 0
    assert "Traceback" not in (tmp_path / "worker.log").read_text("utf-8")
    with transaction(own_engine, LOCAL) as connection:
        assert "无从分析" in kept.one(connection, job_id)["note"]
