"""Reviews of zones over HTTP, and what a later analysis makes of them."""

import datetime as dt

import flask
import pandas as pd
import pytest
import sqlalchemy as sa

from layers import read, write
from layers.actor import LOCAL
from layers.database import transaction
from layers.tips import today
from tests.app.conftest import signed_in
from tests.browser.city import UNTIL, _zones

HEADERS = {"X-CSRF-Token": "the-token", "Accept": "application/json"}
ZONE = "2026-02-red-001"


def analyse(engine: sa.Engine, *, until: dt.date = UNTIL, **changed: object) -> None:
    """The three zones of an analysis as it would find them anew, none reviewed."""
    run = {"method": "test-1", "seed": 1, "until": until, "parameters": {}, "incidents": 0}
    zones = _zones().assign(reviewed_on=None, **changed)
    with transaction(engine, LOCAL) as connection:
        write.store_analysis(connection, run=run, hotspots=pd.DataFrame({"geometry": []}), zones=zones)


def analyse_one(engine: sa.Engine, grade: str, **changed: object) -> None:
    """An analysis that finds one zone, always on the same ground, of that grade."""
    zones = _zones().head(1).assign(reviewed_on=None, grade=grade, **changed)
    run = {"method": "test-1", "seed": 1, "until": UNTIL, "parameters": {}, "incidents": 0}
    with transaction(engine, LOCAL) as connection:
        write.store_analysis(connection, run=run, hotspots=pd.DataFrame({"geometry": []}), zones=zones)


def standing(engine: sa.Engine) -> list[tuple[str, bool]]:
    with transaction(engine, LOCAL) as connection:
        zones = read.layer(connection, "risk_zones")
    return sorted(zip(zones["grade"], zones["reviewed_on"].notna(), strict=True))


def put(app: flask.Flask, *, zone_id: str = ZONE, **told: str) -> tuple[int, dict[str, object]]:
    client = signed_in(app)
    shown = client.get(f"/api/zones/{zone_id}/review", headers=HEADERS).json
    expires_on = dt.date.fromisoformat(shown["today"]) + dt.timedelta(days=90)
    form = {"decision": "confirmed", "grade": "orange", "reason": "两次走访见到授课", "version": shown["version"]}
    answer = client.put(
        f"/api/zones/{zone_id}/review", data=form | {"expires_on": expires_on.isoformat()} | told, headers=HEADERS
    )
    return answer.status_code, dict(answer.json)


def test_a_reviewed_zone_keeps_its_history_and_is_not_shown_twice(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    analyse(own_engine)
    status, told = put(own_app)
    assert status == 200
    assert (told["grade"], told["reviews"][0]["grade_before"]) == ("orange", "red")
    analyse(own_engine)
    assert standing(own_engine) == [("orange", False), ("orange", True), ("yellow", False)]


def test_an_expired_zone_gives_way_to_a_new_hotspot_on_its_ground(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    analyse(own_engine)
    put(own_app)
    analyse(own_engine, until=dt.date(2099, 1, 1))
    assert standing(own_engine) == [("orange", False), ("red", False), ("yellow", False)]


@pytest.mark.parametrize(("days", "status"), [(-1, 409), (0, 409), (1, 200)])
def test_a_zone_that_has_expired_is_marked_and_can_no_longer_be_reviewed(
    own_app: flask.Flask, own_engine: sa.Engine, days: int, status: int
) -> None:
    with transaction(own_engine, LOCAL) as connection:
        expires_on = today(connection) + dt.timedelta(days=days)
    analyse(own_engine, expires_on=expires_on)
    client = signed_in(own_app)
    shown = client.get("/api/layers/risk_zones").json["features"]
    assert [zone["properties"]["expired"] for zone in shown] == [status == 409] * 3
    figures = client.get("/api/figures").json
    assert [figures[grade] for grade in ("red", "orange", "yellow")] == [int(status == 200)] * 3
    for decision in ("confirmed", "dismissed"):
        answered, told = put(own_app, decision=decision)
        assert answered == status, told
        assert status == 200 or f"已于 {expires_on} 过期" in str(told["sentence"])


@pytest.mark.parametrize(("computed", "told", "shown"), [
    ("red", {}, [("red", False), ("yellow", True)]),
    ("orange", {}, [("orange", False), ("yellow", True)]),
    ("yellow", {}, [("yellow", True)]),
    ("red", {"grade": "red"}, [("red", True)]),
])  # fmt: skip
def test_a_higher_grade_comes_through_beside_a_reviewed_zone(
    own_app: flask.Flask, own_engine: sa.Engine, computed: str, told: dict[str, str], shown: list[tuple[str, bool]]
) -> None:
    analyse_one(own_engine, "yellow")
    assert put(own_app, **{"grade": "yellow"} | told)[0] == 200
    analyse_one(own_engine, computed)
    assert standing(own_engine) == shown


def test_a_grade_that_a_post_lowered_comes_back_with_more_sources_only(
    own_app: flask.Flask, own_engine: sa.Engine
) -> None:
    analyse_one(own_engine, "red")
    assert put(own_app, grade="yellow")[0] == 200
    analyse_one(own_engine, "red")
    assert standing(own_engine) == [("yellow", True)]
    analyse_one(own_engine, "red", sources=10)
    assert standing(own_engine) == [("red", False), ("yellow", True)]


def test_the_review_of_a_higher_grade_takes_the_place_of_the_former_one(
    own_app: flask.Flask, own_engine: sa.Engine
) -> None:
    analyse_one(own_engine, "yellow")
    assert put(own_app, grade="yellow")[0] == 200
    analyse_one(own_engine, "red")
    with transaction(own_engine, LOCAL) as connection:
        zones = read.layer(connection, "risk_zones")
    fresh = str(zones.loc[zones["reviewed_on"].isna(), "zone_id"].item())
    assert put(own_app, zone_id=fresh, grade="red")[0] == 200
    assert standing(own_engine) == [("red", True)]


def test_a_dismissed_zone_stays_away_until_more_sources_tell_of_it(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    analyse(own_engine)
    assert put(own_app, decision="dismissed") == (200, {"dismissed": True})
    analyse(own_engine)
    assert standing(own_engine) == [("orange", False), ("yellow", False)]
    analyse(own_engine, sources=10)
    assert len(standing(own_engine)) == 3


def test_a_stale_review_is_told_and_changes_nothing(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    analyse(own_engine)
    stale = signed_in(own_app).get(f"/api/zones/{ZONE}/review", headers=HEADERS).json["version"]
    assert put(own_app)[0] == 200
    status, told = put(own_app, grade="yellow", version=stale)
    assert status == 412
    assert "刚才已核定" in told["sentence"]
    assert ("orange", True) in standing(own_engine)


@pytest.mark.parametrize(
    "told",
    [{"reason": " "}, {"reason": "长" * 501}, {"grade": "purple"}, {"expires_on": "2020-01-01"}],
)
def test_a_review_that_lacks_something_is_refused(
    own_app: flask.Flask, own_engine: sa.Engine, told: dict[str, str]
) -> None:
    analyse(own_engine)
    assert put(own_app, **told)[0] == 400
    assert not any(reviewed for _, reviewed in standing(own_engine))
