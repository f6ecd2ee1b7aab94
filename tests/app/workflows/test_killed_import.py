"""An import that is killed at any moment has stored all of its rows or none, and can be done again."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from layers.actor import LOCAL
from layers.database import transaction
from layers.host import embedded

REPO = Path(__file__).parents[3]
ROWS, MOMENTS = 20_000, 50


def start(url: str, file: Path) -> "subprocess.Popen[bytes]":
    """The command itself, as a person runs it."""
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}  # noqa: TID251
    told = {"WUCHUAN_DATABASE_URL": url, "WUCHUAN_DATA": str(file.parent / "data")}
    command = [
        sys.executable,
        "-c",
        "from app.cli import main; main()",
        "import",
        "tips",
        file.name,
        "--datum",
        "wgs84",
    ]
    environment = kept | told | {"PYTHONPATH": str(REPO)}
    return subprocess.Popen(
        command, cwd=file.parent, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def stored(engine: sa.Engine) -> tuple[int, int]:
    """Rows and batches, once nobody else is connected: the server notices a dead client only when it answers it."""
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    while True:
        with transaction(engine, LOCAL) as connection:
            if not connection.execute(others).scalar_one():
                counts = sa.text("SELECT (SELECT count(*) FROM tips), (SELECT count(*) FROM import_batches)")
                rows, batches = connection.execute(counts).one()
                return int(rows), int(batches)
        time.sleep(0.05)


def register(folder: Path, rows: int) -> Path:
    file = folder / "tips.csv"
    lines = (f"T{n},2026-03-01 09:00,某路{n}号,118.{n % 1000:03d},27.1\n" for n in range(rows))
    file.write_text("线索编号,接报时间,地址,经度,纬度\n" + "".join(lines), "utf-8")
    return file


@pytest.mark.slow
def test_killed_with_its_batch_begun_it_has_stored_nothing_and_a_second_run_completes(
    own_engine: sa.Engine, tmp_path: Path
) -> None:
    file, url = register(tmp_path, 300), own_engine.url.render_as_string(hide_password=False)
    waits = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    )
    with transaction(own_engine, LOCAL) as blocking:
        blocking.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('tips'))"))  # whoever loads tips waits here
        process = start(url, file)
        with own_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as looking:
            while not looking.execute(waits).scalar_one():
                assert process.poll() is None, "it ended before it could be killed"
                time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    own_engine.dispose()
    assert stored(own_engine) == (0, 0)
    assert start(url, file).wait() == 0
    assert stored(own_engine) == (300, 1)


@pytest.mark.slow
def test_killed_at_fifty_moments_it_is_all_or_nothing_and_a_second_run_completes(
    own_engine: sa.Engine, cluster: embedded.Cluster, tmp_path: Path
) -> None:
    file, url = register(tmp_path, ROWS), own_engine.url.render_as_string(hide_password=False)
    began = time.monotonic()
    assert start(url, file).wait() == 0
    whole_s = time.monotonic() - began
    assert stored(own_engine) == (ROWS, 1)
    owner = sa.create_engine(cluster.url("owner", str(own_engine.url.database)))
    chance, found = random.Random(50), []  # noqa: S311 - moments, no secrets
    for _ in range(MOMENTS):
        with owner.begin() as connection:
            connection.execute(sa.text("TRUNCATE tips, import_batches CASCADE"))
        owner.dispose()
        process = start(url, file)
        time.sleep(chance.uniform(0.3, 1.0) * whole_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found.append(stored(own_engine))
    assert set(found) <= {(0, 0), (ROWS, 1)}
    assert (0, 0) in found
    assert start(url, file).wait() == 0
    assert stored(own_engine)[0] == ROWS
