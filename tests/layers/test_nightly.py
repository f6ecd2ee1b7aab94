"""Backups of each night: when they are due, which are kept, and that the disk is not filled."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
import sqlalchemy as sa

from gis.errors import Unavailable
from layers.actor import LOCAL
from layers.database import transaction
from layers.host import nightly
from layers.host.embedded import Cluster

NIGHT = dt.datetime(2026, 3, 10, 2, 30, tzinfo=dt.UTC)


def days(first: dt.date, count: int) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range(count)]


def test_of_a_year_and_a_half_of_nights_days_weeks_and_months_stay() -> None:
    every = days(dt.date(2025, 1, 1), 540)  # until 24 June 2026, a Wednesday
    staying = nightly.staying_days(every)
    assert set(days(dt.date(2026, 6, 18), 7)) <= staying
    sundays = [dt.date(2026, 6, 21), dt.date(2026, 6, 14), dt.date(2026, 6, 7)]
    assert set(sundays) <= staying  # the last of their weeks; the running week's is among the seven
    ends = [dt.date(2026, month + 1, 1) - dt.timedelta(days=1) for month in range(1, 6)]
    assert set(ends) <= staying
    assert min(staying) == dt.date(2025, 7, 31)
    assert len(staying) <= nightly.DAYS + nightly.WEEKS + nightly.MONTHS
    assert nightly.staying_days(staying) == staying  # letting go again lets nothing go


def test_a_backup_is_due_once_a_night_and_not_before_two(tmp_path: Path) -> None:
    assert nightly.night_is_due(tmp_path, NIGHT)
    assert not nightly.night_is_due(tmp_path, NIGHT.replace(hour=1))
    (tmp_path / nightly.NIGHTS).mkdir()
    (tmp_path / nightly.NIGHTS / "20260310-0001.dump").touch()
    assert not nightly.night_is_due(tmp_path, NIGHT)
    assert nightly.night_is_due(tmp_path, NIGHT + dt.timedelta(days=1))  # a machine that was off catches up


def test_the_nights_backup_holds_the_city_and_old_ones_go(
    cluster: Cluster, own_engine: sa.Engine, tmp_path: Path
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("INSERT INTO posts (title, area_code) VALUES ('夜班岗', '99')"))
    folder = tmp_path / nightly.NIGHTS
    folder.mkdir()
    for day in days(dt.date(2026, 2, 1), 37):
        (folder / f"{day:%Y%m%d}-0200.dump").touch()
    (folder / "before-0030.dump").touch()  # no nightly one: it stays
    path = nightly.back_up(cluster, str(own_engine.url.database), tmp_path, NIGHT)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size > 10_000
    left = [nightly.day_of(each) for each in nightly.nights(tmp_path)]
    assert set(left) == nightly.staying_days([*days(dt.date(2026, 2, 1), 37), NIGHT.date()])
    assert (folder / "before-0030.dump").exists()
    with psycopg.connect(cluster.conninfo("superuser", str(own_engine.url.database))) as server:
        assert server.execute("SELECT count(*) FROM posts").fetchone() == (1,)


def test_a_disk_that_would_be_left_too_full_gets_no_backup(
    cluster: Cluster, own_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly.shutil, "disk_usage", lambda _: SimpleNamespace(free=nightly.ROOM_LEFT_BYTES - 1))
    with pytest.raises(Unavailable, match="夜间备份没有做"):
        nightly.back_up(cluster, str(own_engine.url.database), tmp_path, NIGHT)
    assert nightly.nights(tmp_path) == []
