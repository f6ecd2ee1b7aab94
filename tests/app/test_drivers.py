"""A database named with psycopg2: it reads; what copies or enqueues goes by psycopg 3 as a whole."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import flask
import psycopg
import pytest
import sqlalchemy as sa

from app.desks.imports.desk import import_file
from app.desks.zones.analysis import refresh_zones
from app.settings import Settings
from gis.errors import Unavailable
from layers import posts, read
from layers.actor import LOCAL
from layers.database import is_lock_timeout, is_lost, joined, make_engine, transaction, writing
from layers.host import embedded
from layers.intake.options import ReadOptions
from layers.profile import CityProfile
from tests.app.conftest import POST, application, signed_in

TOKEN = {"X-CSRF-Token": "the-token"}
DRIVERS = ("psycopg2", "psycopg")
HEADING = "线索编号,接报时间,地址,经度,纬度\n"


@pytest.fixture
def psycopg2_engine(own_engine: sa.Engine) -> Iterator[sa.Engine]:
    """The own database by a URL that names psycopg2, with a libpq setting of its own."""
    engine = make_engine(_url(own_engine, "psycopg2"))
    yield engine
    engine.dispose()


@pytest.fixture
def used() -> Iterator[dict[str, list[str]]]:
    """The first words of what ran meanwhile, by driver."""
    seen: dict[str, list[str]] = defaultdict(list)

    def note(connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        seen[connection.dialect.driver].append(" ".join(statement.split()[:3]))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def _url(engine: sa.Engine, driver: str) -> str:
    url = engine.url.set(drivername=f"postgresql+{driver}").update_query_dict({"options": "-c geqo_threshold=7"})
    return url.render_as_string(hide_password=False)


def _tips(folder: Path) -> Path:
    """Twelve tips of twelve days at one place, and forty along a line."""
    first = dt.datetime(2026, 4, 1, 9)  # noqa: DTZ001 as a clerk writes it
    places = [(118.1, 26.7)] * 12 + [(118.0 + n / 200, 26.6 + n / 300) for n in range(40)]
    days = [f"{first + dt.timedelta(days=n):%Y-%m-%d %H:%M}" for n in range(len(places))]
    rows = (f"A{n},{days[n]},青山路{n + 1}号,{lon},{lat}\n" for n, (lon, lat) in enumerate(places))
    path = folder / "线索.csv"
    path.write_text(HEADING + "".join(rows), "utf-8")
    return path


@pytest.fixture
def site(psycopg2_engine: sa.Engine, settings: Settings) -> flask.Flask:
    """The application on that database, with the tips imported and analysed."""
    profile, url = settings.profile, psycopg2_engine.url.render_as_string(hide_password=False)
    stated = ReadOptions(datum="wgs84")
    with transaction(psycopg2_engine, LOCAL) as connection:
        posts.add(connection, POST, area_code="99")
    report = import_file(psycopg2_engine, LOCAL, profile, layer="tips", path=_tips(settings.data), options=stated)
    assert (report.accepted, report.file) == (52, None)
    refresh_zones(psycopg2_engine, LOCAL, profile, data=settings.data, spread_on="local")
    return application("psycopg2", dataclasses.replace(settings, database_url=url), psycopg2_engine)


@pytest.mark.slow
def test_the_interface_reads_by_psycopg2_and_an_unsafe_request_is_psycopg_3_as_a_whole(
    site: flask.Flask, used: dict[str, list[str]]
) -> None:
    client = signed_in(site)
    (zone,) = client.get("/api/layers/risk_zones").get_json()["features"]
    assert zone["properties"]["sources"] == 12
    assert client.get("/api/layers/tips").get_json()["numberMatched"] == 52
    assert client.get("/tiles/tips/8/211/109.mvt").status_code == 200
    assert client.get("/").status_code == 200
    assert set(used) == {"psycopg2"}
    used.clear()
    queued = client.post(
        "/api/analyses", headers=TOKEN | {"Idempotency-Key": "an-analysis-1", "Accept": "application/json"}
    )
    assert queued.status_code in (202, 303), queued.text
    assert set(used) == {"psycopg"}
    assert client.get("/api/layers/tips?limit=1").get_json()["numberReturned"] == 1
    with transaction(site.extensions["wuchuan"].database, LOCAL) as connection:
        jobs = connection.execute(sa.text("SELECT task_name, status::text FROM procrastinate_jobs")).all()
    assert [tuple(job) for job in jobs] == [("analyse", "todo")]


@pytest.mark.slow
def test_an_import_copies_by_psycopg_3_and_an_analysis_runs_by_psycopg2(
    psycopg2_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path, used: dict[str, list[str]]
) -> None:
    path, stated = _tips(tmp_path), ReadOptions(datum="wgs84")
    report = import_file(psycopg2_engine, LOCAL, demo_profile, layer="tips", path=path, options=stated)
    assert report.accepted == 52
    stored = {driver for driver, words in used.items() if "INSERT INTO import_batches" in words}
    assert stored == {"psycopg"}
    used.clear()
    summary = refresh_zones(psycopg2_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local")
    assert (set(used), sum(summary.zones.values())) == ({"psycopg2"}, 1)


def test_within_what_may_copy_nothing_is_a_connection_of_its_own(psycopg2_engine: sa.Engine) -> None:
    with joined(psycopg2_engine, LOCAL) as whole, transaction(psycopg2_engine, LOCAL) as part:
        with transaction(writing(psycopg2_engine), LOCAL) as copying:
            assert whole is part is copying
        assert isinstance(whole.connection.driver_connection, psycopg.Connection)
    assert psycopg2_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_settings_of_the_url_and_ours_hold_by_either_driver(own_engine: sa.Engine, driver: str) -> None:
    engine = make_engine(_url(own_engine, driver), timezone="Asia/Urumqi", patience_seconds=7)
    shown = ("geqo_threshold", "TimeZone", "statement_timeout")
    for one in (engine, writing(engine)):
        with transaction(one, LOCAL) as connection:
            values = [connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in shown]
            assert connection.execute(sa.text("SELECT current_setting('wuchuan.account')")).scalar_one() == "本机"
        assert values == ["7", "Asia/Urumqi", "7s"]
    engine.dispose()


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_the_server_refuses_is_known_from_either_driver(
    cluster: embedded.Cluster, own_engine: sa.Engine, driver: str
) -> None:
    engine = make_engine(_url(own_engine, driver), patience_seconds=1)
    full = "DO $$ BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file'; END $$"
    for statement, kind in ((full, "disk_full"), ("SELECT pg_sleep(3)", "too_slow")):
        with pytest.raises(Unavailable) as caught, transaction(engine, LOCAL) as connection:
            connection.execute(sa.text(statement))
        assert caught.value.kind == kind
    with transaction(own_engine, LOCAL) as first, engine.connect() as second:
        first.execute(sa.text("SELECT pg_advisory_xact_lock(1)"))
        second.execute(sa.text("SET LOCAL lock_timeout = '10ms'"))
        with pytest.raises(sa.exc.OperationalError) as waited:
            second.execute(sa.text("SELECT pg_advisory_xact_lock(1)"))
    assert (is_lock_timeout(waited.value), is_lost(waited.value)) == (True, False)
    with engine.connect() as connection:
        process = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        with psycopg.connect(cluster.conninfo("superuser", "postgres")) as server:
            server.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        with pytest.raises(sa.exc.OperationalError) as ended:
            connection.execute(sa.text("SELECT 1"))
    assert is_lost(ended.value)
    engine.dispose()


def test_no_server_is_no_database_by_either_driver(tmp_path: Path) -> None:
    for driver in DRIVERS:
        with (
            pytest.raises(Unavailable) as caught,
            transaction(make_engine(f"postgresql+{driver}://nobody@/none?host={tmp_path}"), LOCAL),
        ):
            pass
        assert is_lost(caught.value)


def test_a_url_without_a_driver_is_psycopg_3(own_engine: sa.Engine) -> None:
    engine = make_engine("postgresql://nobody@localhost/none")
    assert (engine.dialect.driver, writing(engine)) == ("psycopg", engine)
    assert writing(own_engine) is own_engine


def test_both_drivers_read_the_same_rows(site: flask.Flask, own_engine: sa.Engine) -> None:
    for key in ("tips", "risk_zones", "hotspots"):
        frames = []
        for engine in (site.extensions["wuchuan"].database, own_engine):
            with transaction(engine, LOCAL) as connection:
                frames.append(read.layer(connection, key))
        assert frames[0].to_wkb().to_csv() == frames[1].to_wkb().to_csv()
        assert list(frames[0].dtypes) == list(frames[1].dtypes)
