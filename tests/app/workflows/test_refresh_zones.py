"""Analysis from rows to stored zones: seeded, dated by the records and never by the clock."""

import datetime as dt
import hashlib
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from app.desks.zones.analysis import Summary, refresh_zones, same_again
from gis import zones
from gis.errors import NotFound, Refused
from gis.risk import Method
from layers import pictures, read, runs, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.builders import slow, tips

NEWEST = dt.date(2026, 5, 20)
Refresh = Callable[..., Summary]
PREMISES = """
    INSERT INTO rental_units (address, rooms, occupants, rent_yuan, area_m2, identity, geom)
    SELECT n, 1 + n % 5, n % 9, 900, 60, md5('unit' || n)::uuid,
           ST_SetSRID(ST_MakePoint(118.07 + 0.001 * (n % 60), 26.67 + 0.001 * (n / 60)), 4490)
    FROM generate_series(0, 3599) AS n"""


@pytest.fixture
def stored(own_engine: sa.Engine) -> sa.Engine:
    """A tight group of 12 tips on 12 days, and 100 over the land about it, in degrees."""
    rng = np.random.default_rng(8)
    group, others = rng.normal((118.1, 26.7), 0.0005, (12, 2)), rng.uniform((118, 26.6), (118.2, 26.8), (100, 2))
    places = np.concatenate([group, others])
    days = [pd.Timestamp(NEWEST, tz="Asia/Shanghai") - pd.Timedelta(days=n % 30) for n in range(len(places))]
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["tips"], tips([tuple(p) for p in places], received_at=days))
    return own_engine


@pytest.fixture
def refresh(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> Refresh:
    """The analysis of those tips."""
    return partial(refresh_zones, stored, LOCAL, demo_profile, data=tmp_path, spread_on="local")


def _zones(engine: sa.Engine) -> pd.DataFrame:
    with transaction(engine, LOCAL) as connection:
        return read.layer(connection, "risk_zones")


def test_a_tight_group_becomes_a_stored_zone_dated_by_the_records(stored: sa.Engine, refresh: Refresh) -> None:
    summary = refresh()
    assert (summary.until, summary.incidents, summary.method) == (dt.date(2026, 5, 21), 112, "wuchuan-3")
    zone = _zones(stored).iloc[0]
    assert sum(summary.zones.values()) == len(_zones(stored)) == 1
    assert zone["sources"] == 12
    assert (zone["until"], zone["expires_on"], zone["reviewed_on"]) == (summary.until, dt.date(2026, 8, 18), None)
    assert zone.geometry.distance(shapely.Point(118.1, 26.7)) == 0


def test_a_tip_of_the_future_that_is_stored_already_does_not_move_the_day(stored: sa.Engine, refresh: Refresh) -> None:
    with transaction(stored, LOCAL) as connection:
        connection.execute(sa.text("UPDATE tips SET received_at = '2190-01-01' WHERE tip_no = 'T50'"))
    summary = refresh()
    assert (summary.until, summary.incidents) == (dt.date(2026, 5, 21), 111)
    assert _zones(stored).iloc[0]["sources"] == 12


@pytest.mark.slow
def test_an_analysis_that_loses_the_zones_warns_and_the_former_one_comes_back_and_is_checked(
    stored: sa.Engine, refresh: Refresh, tmp_path: Path
) -> None:
    today = dt.date(2026, 5, 21)
    assert refresh(today=today).to_json()["warnings"] == ()
    before = _zones(stored).to_wkb().to_csv()
    with transaction(stored, LOCAL) as connection:
        group = [f"T{n}" for n in range(12)]
        connection.execute(sa.text("UPDATE tips SET status = 'rejected' WHERE tip_no = ANY (:group)"), {"group": group})
    (warning,) = refresh(today=today).warnings
    assert warning["kind"] == "zones_gone"
    assert "原有的 1 处热点里有 1 处不见了" in warning["sentence"]
    with transaction(stored, LOCAL) as connection:
        waits = pictures.waiting(connection, today=today)
        assert waits is not None
        pictures.exchange(connection, waits.analysis_id, waits.shown_id)
    assert _zones(stored).to_wkb().to_csv() == before
    run = _run(stored)
    assert run["analysis_id"] == waits.analysis_id
    assert same_again(tmp_path, run)
    (held,) = refresh(today=today, hold=True).warnings
    assert "没有采用" in held["sentence"]
    assert _zones(stored).to_wkb().to_csv() == before


@pytest.mark.slow
def test_the_same_seed_stores_the_same_zones_again(stored: sa.Engine, refresh: Refresh) -> None:
    refresh(seed=3)
    first = _zones(stored).to_wkb().to_csv()
    refresh(seed=3)
    assert _zones(stored).to_wkb().to_csv() == first


def test_who_lives_there_has_no_door_into_the_score(stored: sa.Engine, refresh: Refresh) -> None:
    register = """
        INSERT INTO counts (community_code, month, register, count, identity)
        SELECT '990101001001', DATE '2026-05-01', register, 100, md5(register)::uuid
        FROM unnest(ARRAY['floating', 'outgoing', 'rental', 'unemployed', 'resident']) AS register"""
    with transaction(stored, LOCAL) as connection:
        connection.execute(sa.text(PREMISES))
        connection.execute(sa.text(register))
    before = _results(stored, refresh)
    assert len(_zones(stored)) == 1
    with transaction(stored, LOCAL) as connection:
        connection.execute(sa.text("UPDATE counts SET count = count * 50, community_code = '990101001002'"))
        connection.execute(sa.text("UPDATE rental_units SET occupants = 40 - occupants, rent_yuan = 90, area_m2 = 8"))
        connection.execute(sa.text("UPDATE counts SET register = 'floating' WHERE register = 'resident'"))
    assert _results(stored, refresh) == before
    with transaction(stored, LOCAL) as connection:  # and rooms, which are no people, do count
        connection.execute(sa.text("UPDATE rental_units SET rooms = 9 WHERE address::int % 2 = 0"))
    assert _results(stored, refresh) != before


def _results(engine: sa.Engine, refresh: Refresh) -> list[str]:
    """Everything an analysis stores, to the last digit."""
    refresh()
    tables = {"risk_zones": "analysis_id", "hotspots": "analysis_id, hotspot_id"}
    with transaction(engine, LOCAL) as connection:
        rows = [row for table in tables for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()]
    return sorted(str({k: v for k, v in row.items() if k not in ("analysis_id", "hotspot_id")}) for row in rows)


def test_visits_that_find_nothing_count_against_a_zone_and_its_parts_are_stored(
    stored: sa.Engine, refresh: Refresh
) -> None:
    refresh()
    alone = _zones(stored).iloc[0]
    visits = """
        INSERT INTO raids (action_no, date, kind, outcome, identity, geom)
        SELECT n, DATE '2026-05-20', 'inspection', outcome, md5('raid' || n)::uuid, geom
        FROM (SELECT n, outcome, geom FROM unnest(ARRAY['nothing', 'unknown']) WITH ORDINALITY AS o(outcome, n),
              (SELECT geom FROM tips ORDER BY geom <-> 'SRID=4490;POINT(118.1 26.7)' LIMIT 1) AS first) AS made"""
    with transaction(stored, LOCAL) as connection:
        connection.execute(sa.text(visits))
    refresh()
    zone = _zones(stored).iloc[0]
    assert (alone["checks_score"], zone["checks_score"]) == (0, -0.5)
    assert zone["score"] == pytest.approx(zone["tips_score"] - 0.5)
    assert zone["priority"] < alone["priority"]
    assert 0 < zone["likely"] < zone["sources"]


def test_a_city_of_english_is_told_in_english(stored: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    refresh_zones(stored, LOCAL, replace(demo_profile, language="en"), data=tmp_path, spread_on="local")
    assert "independent sources" in _zones(stored).iloc[0]["reasons"][0]


def test_a_day_before_the_records_is_refused_and_leaves_the_zones(stored: sa.Engine, refresh: Refresh) -> None:
    refresh()
    with pytest.raises(Refused, match="没有记录"):
        refresh(until=dt.date(2026, 1, 1))
    assert len(_zones(stored)) == 1


@pytest.mark.slow
def test_a_reviewed_zone_outlives_the_next_analysis_and_is_not_shown_twice(stored: sa.Engine, refresh: Refresh) -> None:
    refresh()
    with transaction(stored, LOCAL) as connection:
        connection.execute(sa.text("UPDATE risk_zones SET reviewed_on = '2026-05-21'"))
    summary = refresh()
    assert _zones(stored)["zone_id"].to_list() == ["20260521-001"]
    assert (sum(summary.zones.values()), summary.reviewed) == (1, 1)


def _run(engine: sa.Engine) -> dict[str, Any]:
    with transaction(engine, LOCAL) as connection:
        return runs.last(connection, "analysis") or {}


@pytest.mark.parametrize("premises", [True, *slow(False)])
def test_the_snapshots_that_a_run_names_give_its_zones_again(
    stored: sa.Engine, refresh: Refresh, tmp_path: Path, premises: bool
) -> None:
    if premises:
        with transaction(stored, LOCAL) as connection:
            connection.execute(sa.text(PREMISES))
    refresh(seed=5)
    run, table = _run(stored), _zones(stored)
    files = {name: tmp_path / "snapshots" / f"{sha}.parquet" for name, sha in run["parameters"]["snapshots"].items()}
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in files.values())
    parts = {name: gpd.read_parquet(path) for name, path in files.items()}
    assert (len(parts["incidents"]), len(parts["premises"]), len(parts["area"])) == (
        (112, 3600, 0) if premises else (112, 0, 1)
    )
    again = zones.find(
        parts["incidents"],
        shapely.get_coordinates(parts["premises"].geometry),
        rooms=parts["premises"]["rooms"],
        visits=parts["visits"],
        area=parts["area"].union_all(),
        until=run["until"],
        method=Method(),
        rng=np.random.default_rng(run["seed"]),
    ).zones
    assert again["score"].tolist() == table["score"].tolist()
    assert again["reasons"].tolist() == table["reasons"].tolist()
    assert len(table) == 1
    assert same_again(tmp_path, run)


@pytest.fixture
def five_groups(stored: sa.Engine) -> None:
    """Four more tight groups of 12 tips, so that there are zones to hand out."""
    rng = np.random.default_rng(9)
    middles = np.repeat([(118.03, 26.63), (118.17, 26.63), (118.03, 26.77), (118.17, 26.77)], 12, axis=0)
    days = [pd.Timestamp(NEWEST, tz="Asia/Shanghai") - pd.Timedelta(days=n % 12) for n in range(len(middles))]
    told = tips([tuple(p) for p in middles + rng.normal(0, 0.0005, middles.shape)], received_at=days)
    with transaction(stored, LOCAL) as connection:
        write.load(connection, LAYERS["tips"], told.assign(identity=[f"group:{n}" for n in range(len(told))]))


def _same_bits(engine: sa.Engine, refresh: Refresh, *engines: str) -> None:
    """Every engine must give what ``local`` gives."""
    found = []
    for spread_on in ("local", *engines):
        refresh(spread_on=spread_on)
        found.append((_run(engine)["parameters"], _zones(engine).to_wkb().to_csv()))
        assert len(_zones(engine)) == 5
    assert found == [found[0]] * len(found)


@pytest.mark.slow
@pytest.mark.usefixtures("five_groups")
def test_processes_find_the_same_bytes(stored: sa.Engine, refresh: Refresh) -> None:
    _same_bits(stored, refresh, "processes")


@pytest.mark.slow
@pytest.mark.usefixtures("five_groups")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_dask_cluster_finds_the_same_bytes_also_when_a_worker_is_killed(stored: sa.Engine, refresh: Refresh) -> None:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    )
    with cluster:
        engine = f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
        _same_bits(stored, refresh, engine)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        _same_bits(stored, refresh, engine)


@pytest.mark.slow
def test_another_result_a_changed_snapshot_and_a_lost_one_are_told(
    stored: sa.Engine, refresh: Refresh, tmp_path: Path
) -> None:
    refresh()
    run = _run(stored)
    assert not same_again(tmp_path, run | {"until": run["until"] + dt.timedelta(days=1)})
    kept = tmp_path / "snapshots" / f"{run['parameters']['snapshots']['incidents']}.parquet"
    kept.write_bytes(kept.read_bytes() + b" ")
    with pytest.raises(Refused, match="被改动过"):
        same_again(tmp_path, run)
    kept.unlink()
    with pytest.raises(NotFound, match="已不在"):
        same_again(tmp_path, run)


@pytest.mark.slow
def test_snapshots_that_no_result_names_are_swept_but_not_those_just_used(
    stored: sa.Engine, refresh: Refresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "NEWEST", 1)
    refresh()
    first = set((tmp_path / "snapshots").iterdir())
    assert len(first) == 4
    with transaction(stored, LOCAL) as connection:  # the zone stays, and with it what it came from
        connection.execute(sa.text("UPDATE risk_zones SET reviewed_on = '2026-05-21'"))
        write.load(connection, LAYERS["tips"], tips([(118.15, 26.75)], tip_no=["new"]).assign(identity="new"))
    stray = tmp_path / "snapshots" / f"{'0' * 64}.parquet"
    for path in (*first, stray):
        path.touch()
    refresh()
    assert stray.exists()
    for path in (tmp_path / "snapshots").iterdir():
        os.utime(path, (0, 0))
    refresh()
    assert not stray.exists()
    assert first < set((tmp_path / "snapshots").iterdir())
    with transaction(stored, LOCAL) as connection:
        connection.execute(sa.text("DELETE FROM risk_zones"))
    for path in (tmp_path / "snapshots").iterdir():
        os.utime(path, (0, 0))
    refresh(until=NEWEST)
    assert not first <= set((tmp_path / "snapshots").iterdir())
    assert same_again(tmp_path, _run(stored))


def test_progress_ends_at_its_total(refresh: Refresh) -> None:
    told: list[tuple[int, int]] = []
    refresh(progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


def test_no_records_are_refused_in_one_sentence(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="还没有举报线索"):
        refresh_zones(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local")
