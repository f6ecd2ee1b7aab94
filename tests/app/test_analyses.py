"""What an analysis took off the map: told, brought back, confirmed; and what the daily one does by itself."""

import datetime as dt
from collections.abc import Sequence

import flask
import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from flask.testing import FlaskClient

from layers import pictures, read, reviews, runs, write
from layers.actor import LOCAL
from layers.database import transaction
from tests.app.conftest import signed_in
from tests.browser.city import _zone

HEADERS = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
FIRST, SECOND, THIRD = dt.date(2026, 2, 1), dt.date(2026, 2, 2), dt.date(2026, 2, 3)
TODAY = dt.date(2026, 2, 3)
#: Four places a kilometre apart and more.
PLACES = [(118.05, 27.05), (118.1, 27.05), (118.15, 27.05), (118.2, 27.05)]
POST = "全市打传办"


def analyse(
    engine: sa.Engine, places: Sequence[int], until: dt.date, *, grade: str = "yellow", **told: object
) -> pictures.Loss:
    """An analysis that finds a zone of that grade at each of these places."""
    run = {"method": "test-1", "seed": 1, "until": until, "parameters": {}, "incidents": 0}
    made = [
        _zone(grade, (118.25, 27.15), zone_id=f"{until}-{n + 1:03d}", geometry=_round(place))
        for n, place in enumerate(places)
    ]
    zones = gpd.GeoDataFrame(pd.DataFrame(made), geometry="geometry", crs="EPSG:4490")
    cells = gpd.GeoDataFrame(
        {"area_code": "990101001001", "incidents": 3, "likely": 1.0, "z": 2.0, "p": 0.01},
        geometry=[shapely.box(118, 27, 118.001, 27.001)] * len(places), crs="EPSG:4490", index=range(len(places)),
    )  # fmt: skip
    with transaction(engine, LOCAL) as connection:
        return write.store_analysis(
            connection,
            run=run,
            hotspots=cells,
            zones=zones,
            **({"today": TODAY} | told),  # type: ignore[arg-type]
        )


def _round(place: int) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Point(PLACES[place]).buffer(0.003)])


def shown(engine: sa.Engine) -> tuple[list[str], int, dt.date]:
    """The numbers of the zones on the map, how many hot cells there are, and the day of the analysis shown."""
    with transaction(engine, LOCAL) as connection:
        run = runs.last(connection, "analysis")
        assert run is not None
        zones = read.layer(connection, "risk_zones")["zone_id"].tolist()
        return zones, read.count(connection, "hotspots"), run["until"]


def aside(engine: sa.Engine) -> pictures.Waiting | None:
    with transaction(engine, LOCAL) as connection:
        return pictures.waiting(connection, today=TODAY)


@pytest.fixture
def client(own_app: flask.Flask, own_engine: sa.Engine) -> FlaskClient:
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(
            sa.text("INSERT INTO posts (title, area_code) VALUES (:post, '990000000000')"), {"post": POST}
        )
    return signed_in(own_app, post=POST)


def post(client: FlaskClient, act: str, waits: pictures.Waiting, *, aside: int = 0, shown: int = 0) -> int:
    """The status of deciding about what waits; ``aside`` and ``shown`` lead to another analysis than is meant."""
    told = {"analysis": str(waits.analysis_id + aside)}
    headers = HEADERS | {"If-Match": f'"{waits.shown_id + shown}"'}
    return client.post(f"/analyses/{act}", data=told, headers=headers).status_code


@pytest.mark.parametrize(("left", "gone", "told"), [((0, 1, 2, 3), 0, False), ((0, 1), 2, False), ((0,), 3, True)])
def test_more_than_half_gone_is_told_and_the_former_zones_are_set_aside(
    own_engine: sa.Engine, left: tuple[int, ...], gone: int, *, told: bool
) -> None:
    first = analyse(own_engine, (0, 1, 2, 3), FIRST)
    assert (first.before, first.is_heavy, aside(own_engine)) == (0, False, None)
    loss = analyse(own_engine, left, SECOND)
    assert (loss.before, loss.gone, loss.is_heavy) == (4, gone, told)
    assert (aside(own_engine) is not None) == told
    assert shown(own_engine)[2] == SECOND


def test_zones_that_had_lapsed_already_are_not_missed(own_engine: sa.Engine) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE risk_zones SET expires_on = :day"), {"day": TODAY})
    assert analyse(own_engine, (0,), SECOND) == pictures.Loss(before=0, gone=0)
    assert aside(own_engine) is None


def test_the_page_offers_the_former_analysis_and_it_comes_back_whole(
    client: FlaskClient, own_engine: sa.Engine
) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    before = shown(own_engine)
    assert "恢复上一次" not in client.get("/").text
    analyse(own_engine, (0,), SECOND)
    page = client.get("/").text
    assert "上一次的 4 处热点里有 3 处不见了" in page
    assert "恢复上一次" in page
    waits = aside(own_engine)
    assert waits is not None
    assert post(client, "exchange", waits, aside=5) == post(client, "exchange", waits, shown=5) == 412
    assert f'name="version" value="{waits.shown_id}"' in page
    assert client.post("/analyses/exchange", data={"analysis": "1"}).status_code == 403  # without the token
    assert post(client, "exchange", waits) == 303
    assert shown(own_engine) == before
    assert "采用新的" in client.get("/").text
    assert post(client, "confirm", waits) == 412  # the other one is set aside now
    newer = aside(own_engine)
    assert newer is not None
    assert post(client, "confirm", newer) == 303
    assert (shown(own_engine), aside(own_engine)) == (before, None)  # also though it is not the newest run
    with transaction(own_engine, LOCAL) as connection:
        query = "SELECT action, detail ->> 'post' FROM audit WHERE action LIKE 'analysis%' ORDER BY 1"
        noted = connection.execute(sa.text(query)).all()
    assert [tuple(row) for row in noted] == [("analysis_confirmed", POST), ("analysis_exchanged", POST)]


def test_nothing_is_taken_back_by_a_look_or_by_nobody(client: FlaskClient, own_engine: sa.Engine) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    analyse(own_engine, (0,), SECOND)
    assert client.get("/analyses/exchange").status_code == 405
    assert client.post("/analyses/exchange", data={}, headers=HEADERS).status_code == 428
    assert client.post("/analyses/exchange", data={"version": "1"}, headers=HEADERS).status_code == 400
    waits = aside(own_engine)
    assert waits is not None
    assert post(signed_in(client.application, post=""), "exchange", waits) == 403
    assert shown(own_engine)[2] == SECOND


def test_the_former_zones_wait_until_somebody_confirms_or_they_are_found_again(own_engine: sa.Engine) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    analyse(own_engine, (0,), SECOND)
    assert analyse(own_engine, (1,), THIRD) == pictures.Loss(before=4, gone=3)
    waits = aside(own_engine)
    assert waits is not None
    assert (waits.until, waits.is_former, waits.shown_until) == (FIRST, True, THIRD)
    assert analyse(own_engine, (0, 1, 2), THIRD) == pictures.Loss(before=4, gone=1)
    assert aside(own_engine) is None


def test_the_daily_analysis_keeps_the_map_until_a_post_takes_the_new_one(
    client: FlaskClient, own_engine: sa.Engine
) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    before = shown(own_engine)
    analyse(own_engine, (0,), SECOND, hold=True)
    assert shown(own_engine) == before
    assert "图上的 4 处热点里有 3 处会不见,没有采用" in client.get("/").text
    analyse(own_engine, (1,), THIRD, hold=True)  # another day; the first that waited gives way
    waits = aside(own_engine)
    assert waits is not None
    assert (waits.until, waits.is_former, shown(own_engine)) == (THIRD, False, before)
    assert post(client, "exchange", waits) == 303
    assert shown(own_engine) == (["2026-02-03-001"], 1, THIRD)


def test_a_daily_analysis_that_keeps_half_takes_the_place(own_engine: sa.Engine) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    analyse(own_engine, (0, 1), SECOND, hold=True)
    assert (shown(own_engine)[2], aside(own_engine)) == (SECOND, None)


def test_what_a_post_reviewed_meanwhile_stays_when_the_former_analysis_comes_back(own_engine: sa.Engine) -> None:
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    analyse(own_engine, (0,), SECOND)
    with transaction(own_engine, LOCAL) as connection:
        review = "UPDATE risk_zones SET reviewed_on = '2026-02-02' WHERE zone_id = '2026-02-02-001'"
        connection.execute(sa.text(review))
        waits = pictures.waiting(connection, today=TODAY)
        assert waits is not None
        pictures.exchange(connection, waits.analysis_id, waits.shown_id)
    # the former zone of the same ground gives way to the one reviewed, as after any analysis
    assert shown(own_engine)[0] == ["2026-02-01-002", "2026-02-01-003", "2026-02-01-004", "2026-02-02-001"]


@pytest.mark.parametrize("decision", ["dismissed", "confirmed"])
def test_what_a_post_took_off_the_map_does_not_come_back_with_the_former_analysis(
    own_engine: sa.Engine, decision: str
) -> None:
    """One dismissed, or one that gave way to a newer zone on its ground when that was confirmed."""
    analyse(own_engine, (0, 1, 2, 3), FIRST)
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE risk_zones SET reviewed_on = '2026-02-01' WHERE zone_id LIKE '%002'"))
    analyse(own_engine, (1,), SECOND, grade="red")  # higher, and so it stands beside the reviewed one
    reviewed, newer = "2026-02-01-002", "2026-02-02-001"
    with transaction(own_engine, LOCAL) as connection:
        zone = reviews.zone(connection, reviewed if decision == "dismissed" else newer)
        review = {"decision": decision, "grade": "red", "reason": "走访过", "post": POST, "reviewed_on": SECOND}
        reviews.keep(connection, zone, review | {"expires_on": zone["expires_on"]})
        waits = pictures.waiting(connection, today=TODAY)
        assert waits is not None
        pictures.exchange(connection, waits.analysis_id, waits.shown_id)
    assert reviewed not in shown(own_engine)[0]
    assert (newer in shown(own_engine)[0]) == (decision == "confirmed")


def test_a_zone_that_stood_beside_a_reviewed_one_comes_back_with_it(own_engine: sa.Engine) -> None:
    analyse(own_engine, (0, 0, 1, 2, 2), FIRST)
    with transaction(own_engine, LOCAL) as connection:
        review = "UPDATE risk_zones SET reviewed_on = '2026-02-01' WHERE zone_id = '2026-02-01-001'"
        connection.execute(sa.text(review))
    before = shown(own_engine)
    analyse(own_engine, (3,), SECOND)
    assert shown(own_engine)[0] == ["2026-02-01-001", "2026-02-02-001"]
    with transaction(own_engine, LOCAL) as connection:
        waits = pictures.waiting(connection, today=TODAY)
        assert waits is not None
        pictures.exchange(connection, waits.analysis_id, waits.shown_id)
    assert shown(own_engine) == before


@pytest.mark.parametrize(
    ("expires", "until", "is_due"), [(0, -5, True), (1, -5, False), (-5, -5, False), (0, 0, False)]
)
def test_a_zone_that_lapsed_since_the_last_analysis_calls_for_another(
    connection: sa.Connection, expires: int, until: int, *, is_due: bool
) -> None:
    utc_hour = connection.execute(sa.text("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')")).scalar_one()
    here, morning = ("INTERVAL '%+d:00' HOUR TO MINUTE" % (hour - int(utc_hour)) for hour in (12, 3))  # noqa: UP031
    connection.execute(sa.text(f"SET LOCAL TIME ZONE {here}"))
    today = connection.execute(sa.text("SELECT current_date")).scalar_one()
    day = dt.timedelta(days=1)
    run = {"method": "m", "seed": 1, "until": today + until * day, "parameters": {}, "incidents": 0}
    zones = gpd.GeoDataFrame(
        pd.DataFrame([_zone("red", (118.05, 27.05), expires_on=today + expires * day)]),
        geometry="geometry",
        crs="EPSG:4490",
    )
    write.store_analysis(connection, run=run, hotspots=pd.DataFrame({"geometry": []}), zones=zones)
    assert pictures.day_to_analyse(connection) == (today if is_due else None)
    connection.execute(sa.text(f"SET LOCAL TIME ZONE {morning}"))
    assert pictures.day_to_analyse(connection) is None  # not before six
