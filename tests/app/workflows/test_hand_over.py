"""Long work goes to a living worker and is followed to its end; without one it is done on the spot."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core import follow
from app.desks.imports import hand_over
from app.desks.imports.hand_over import import_anywhere
from app.desks.imports.upload import import_upload
from app.desks.zones.hand_over import analyse_anywhere
from gis.errors import Refused, Unavailable
from layers import write
from layers.actor import LOCAL
from layers.database import transaction
from layers.intake.options import ReadOptions
from layers.profile import CityProfile

TEXT = "线索编号,接报时间,地址,经度,纬度\nA1,2026-03-01 09:00,青山路1号,118.1,26.7\n"


def _worker(engine: sa.Engine, *, alive: bool = True) -> None:
    with transaction(engine, LOCAL) as connection:
        age = "0" if alive else "1 hour"
        connection.execute(
            sa.text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - CAST(:age AS interval))"),
            {"age": age},
        )


def _finish(
    engine: sa.Engine, status: str, work: Callable[[dict[str, Any]], dict[str, object] | None], note: str = ""
) -> None:
    """What a worker does: the first job's work, then its status and result."""
    while True:
        with transaction(engine, LOCAL) as connection:
            job_id = connection.execute(sa.text("SELECT min(id) FROM procrastinate_jobs")).scalar_one()
            if job_id is not None:
                result = work(connection.execute(sa.text("SELECT args FROM procrastinate_jobs")).scalar_one())
                write.set_progress(connection, job_id, done=1, total=1, note=note, result=result)
                for state in ("doing", status):
                    connection.execute(
                        sa.text("UPDATE procrastinate_jobs SET status = CAST(:s AS procrastinate_job_status)"),
                        {"s": state},
                    )
                return
        time.sleep(0.05)


def _ignored(_done: int, _total: int) -> None:
    """Nobody listens."""


def test_without_a_worker_the_work_is_done_here(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    _worker(own_engine, alive=False)
    file = tmp_path / "a.csv"
    file.write_text(TEXT, "utf-8")
    options = ReadOptions(datum="wgs84")
    report = import_anywhere(
        own_engine, LOCAL, demo_profile, tmp_path, layer="tips", path=file, options=options, progress=_ignored
    )
    assert report["accepted"] == 1
    told = analyse_anywhere(
        own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", until=None, seed=None, progress=_ignored
    )
    assert told["incidents"] == 1


def test_a_large_file_and_an_analysis_are_followed_at_the_worker(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "LARGE_BYTES", 0)
    _worker(own_engine)
    file, data = tmp_path / "a.csv", tmp_path / "data"
    file.write_text(TEXT + "A2,不详,青山路2号,118.1,26.7\n", "utf-8")

    def work(arguments: dict[str, Any]) -> None:
        import_upload(own_engine, LOCAL, demo_profile, data, arguments["upload"])

    worker = threading.Thread(target=_finish, args=(own_engine, "succeeded", work))
    worker.start()
    report = import_anywhere(
        own_engine, LOCAL, demo_profile, data, layer="tips", path=file, options=ReadOptions(), progress=_ignored
    )
    worker.join()
    assert (report["accepted"], len(report["refused"])) == (1, 1)
    assert (tmp_path / "a.refused.xlsx").stat().st_size > 0
    assert list((data / "uploads").iterdir()) == []


def test_a_job_that_failed_gives_its_sentence(own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    _worker(own_engine)
    worker = threading.Thread(target=_finish, args=(own_engine, "failed", lambda _: None, "还没有举报线索"))
    worker.start()
    with pytest.raises(Refused, match="还没有举报线索"):
        analyse_anywhere(
            own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", until=None, seed=None, progress=_ignored
        )
    worker.join()


def test_a_worker_that_falls_silent_is_named(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "SILENT_SECONDS", 0.0)
    _worker(own_engine)
    alive = iter([True, False, False])
    monkeypatch.setattr(hand_over.jobs, "worker_alive", lambda _connection: next(alive, False))
    with pytest.raises(Unavailable, match="后台没有回应"):
        analyse_anywhere(
            own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", until=None, seed=None, progress=_ignored
        )
