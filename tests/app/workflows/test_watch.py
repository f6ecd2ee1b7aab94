"""The daily watch on a county whose figures a reader counts: see ``tests/app/watched.py``."""

import dataclasses
import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from scipy.sparse import csr_array

from app.desks.alerts.desk import Closing, close_alert, list_alerts
from app.desks.alerts.watch import Summary, watch_counties
from gis.errors import Conflict, NotFound, Refused
from gis.surveillance import scan
from layers import alerts, write
from layers.actor import LOCAL, NO_POST
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.app import watched
from tests.app.watched import ALONE, DEN, UNTIL

DAY = dt.timedelta(days=1)


@pytest.fixture
def county(own_engine: sa.Engine) -> sa.Engine:
    watched.fill(own_engine)
    return own_engine


def run(engine: sa.Engine, profile: CityProfile, **asked: object) -> Summary:
    return watch_counties(engine, LOCAL, profile, **({"watch": ALONE, "until": UNTIL} | asked))  # type: ignore[arg-type]


def standing(engine: sa.Engine, *, is_open: bool = True) -> list[dict[str, Any]]:
    with transaction(engine, LOCAL) as connection:
        return alerts.listed(connection, is_open=is_open)


def everything(engine: sa.Engine) -> list[object]:
    with transaction(engine, LOCAL) as connection:
        tables = ("alerts", "alert_steps", "alert_deliveries")
        rows = [connection.execute(sa.text(f"TABLE {table}")).all() for table in tables]
        return [*rows, [row | {"made_at": None} for row in alerts.watches(connection)]]


def test_a_planted_den_raises_one_alert_with_the_figures_a_hand_reckons(
    county: sa.Engine, demo_profile: CityProfile
) -> None:
    summary = run(county, demo_profile)
    assert (summary.watched, summary.raised, summary.updated, summary.is_open) == (1, 1, 0, 1)
    (alert,) = standing(county)
    # the den's ten of the last five days, and of the turn the tip of day 193
    assert (alert["since"], alert["observed"]) == (UNTIL - 7 * DAY, 11)
    assert (alert["communities"], alert["area_code"]) == ([DEN], DEN)
    # by itself: days 100 to 171 of the record, the last 28 left out, hold 72 tips and 7 of them here; two tips at the
    # county's mean are added; the week's clock runs 7 days and the 6 tips of the others (docs/method.md)
    mean = 72.5 / (10 * 72 + 9 * 72)
    assert alert["expected"] == pytest.approx((2 + 7) / (2 / mean + 72 + 72 - 7) * (7 + 6))
    assert (alert["observed"], alert["llr"]) == tuple(
        scan(watched.by_hand(), csr_array(np.eye(10)), watch=ALONE).iloc[-1][["observed", "llr"]]
    )
    assert (alert["until"], alert["loud_on"]) == (UNTIL, UNTIL - DAY)
    # a Monday; the five working days after Sunday the 19th end on Friday
    assert (alert["post"], alert["due_on"]) == ("四湾村联络员", dt.date(2026, 7, 24))
    assert (alert["county"], alert["places"]) == ("西山县", ["四湾村"])


def test_the_same_day_twice_changes_nothing(county: sa.Engine, demo_profile: CityProfile) -> None:
    run(county, demo_profile)
    before = everything(county)
    summary = run(county, demo_profile)
    assert (summary.raised, summary.updated, summary.is_open) == (0, 0, 1)
    assert everything(county) == before


def test_day_by_day_and_all_at_once_tell_the_same_episode(county: sa.Engine, demo_profile: CityProfile) -> None:
    for ago in range(6, -1, -1):
        run(county, demo_profile, until=UNTIL - ago * DAY)
    (alert,) = standing(county)
    assert alert["loud_on"] == UNTIL - DAY
    with transaction(county, LOCAL) as connection:
        steps = [step["step"] for step in alerts.steps(connection, alert["alert_id"])]
    assert steps[0] == "raised"
    assert set(steps[1:]) == {"updated"}
    assert alert["raised_on"] < alert["loud_on"]


def test_going_back_and_on_again_repeats_nothing(county: sa.Engine, demo_profile: CityProfile) -> None:
    run(county, demo_profile)
    before = standing(county)
    assert run(county, demo_profile, until=UNTIL - 3 * DAY).raised == 0
    assert run(county, demo_profile).raised == 0
    assert standing(county) == before


def test_a_closed_alert_of_an_episode_that_goes_on_is_not_raised_again(
    county: sa.Engine, demo_profile: CityProfile
) -> None:
    run(county, demo_profile, until=UNTIL - DAY)
    (alert,) = standing(county)
    with transaction(county, LOCAL) as connection:
        close_alert(connection, LOCAL.at("四湾村联络员"), alert["alert_id"], Closing(result="confirmed"))
    assert run(county, demo_profile).raised == 0
    (closed,) = standing(county, is_open=False)
    assert closed["loud_on"] == UNTIL - DAY
    assert closed["observed"] == alert["observed"]


def test_nobody_closes_an_alert_while_a_watch_gives_it_figures(county: sa.Engine, demo_profile: CityProfile) -> None:
    run(county, demo_profile)
    (alert,) = standing(county)
    with transaction(county, LOCAL) as watching:
        alerts.episodes(watching)
        with transaction(county, LOCAL) as closing:
            closing.execute(sa.text("SET LOCAL lock_timeout = '20ms'"))
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
                close_alert(closing, LOCAL.at("四湾村联络员"), alert["alert_id"], Closing(result="confirmed"))


def test_without_the_den_nothing_is_raised_and_the_county_is_watched(
    own_engine: sa.Engine, demo_profile: CityProfile
) -> None:
    watched.fill(own_engine, den=False)
    assert run(own_engine, demo_profile).raised == 0
    with transaction(own_engine, LOCAL) as connection:
        west, east = alerts.watches(connection)
    assert (west["county"], west["until"], west["reason"], west["communities"], west["tips"]) == (
        "西山县", UNTIL, "", 10, 100,
    )  # fmt: skip
    assert (east["county"], east["reason"], east["undrawn"]) == ("东山县", "社区都还没有边界", 1)


def test_a_county_says_why_it_cannot_be_watched(county: sa.Engine, demo_profile: CityProfile) -> None:
    long = dataclasses.replace(ALONE, record_days=195)
    summary = run(county, demo_profile, watch=long)
    assert summary.silent == {
        "西山县": "线索从 2026-01-01 起只有 200 天,满 209 天才能监测",
        "东山县": "社区都还没有边界",
    }
    assert (summary.watched, summary.raised) == (0, 0)


def test_only_what_was_known_then_counts(county: sa.Engine, demo_profile: CityProfile) -> None:
    step = "INSERT INTO tip_steps (tip_id, step, post, at) SELECT tip_id, 'rejected', '某岗位', :at FROM tips"
    reject = "UPDATE tips SET status = 'rejected' WHERE tip_no LIKE 'D%'"
    with transaction(county, LOCAL) as connection:
        connection.execute(sa.text(reject))
        connection.execute(sa.text(f"{step} WHERE tip_no LIKE 'D%'"), {"at": f"{UNTIL} 08:00"})
    assert run(county, demo_profile).raised == 1  # thrown out on the next day only
    with transaction(county, LOCAL) as connection:
        assert len(alerts.tips_known(connection, since=UNTIL - 200 * DAY, until=UNTIL)) == 210
        assert len(alerts.tips_known(connection, since=UNTIL - 200 * DAY, until=UNTIL + DAY)) == 200
        connection.execute(sa.text("UPDATE tips SET status = 'rejected' WHERE tip_no LIKE 'T%'"))  # came so
        assert len(alerts.tips_known(connection, since=UNTIL - 200 * DAY, until=UNTIL)) == 10


def test_ten_copies_of_a_story_are_one_source(own_engine: sa.Engine, demo_profile: CityProfile) -> None:
    watched.fill(own_engine, den=False)
    copies = (
        "INSERT INTO tips (tip_no, received_at, channel, text, geom, identity) SELECT 'C' || n, :at, '网络',"
        " '同一段话', ST_SetSRID(ST_MakePoint(118.035, 27.005), 4490), gen_random_uuid()"
        " FROM generate_series(1, 10) AS n"
    )
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text(copies), {"at": f"{UNTIL - DAY} 09:00"})
    assert run(own_engine, demo_profile).raised == 0


@pytest.mark.parametrize("until", [None, UNTIL])
def test_an_empty_city_says_so(own_engine: sa.Engine, demo_profile: CityProfile, until: dt.date | None) -> None:
    with pytest.raises(Refused, match="还没有社区"):
        run(own_engine, demo_profile, until=until)


def test_a_city_without_tips_says_so(own_engine: sa.Engine, own_owner: sa.Engine, demo_profile: CityProfile) -> None:
    watched.fill(own_engine)
    with transaction(own_owner, LOCAL) as connection:
        connection.execute(sa.text("DELETE FROM tips"))
    with pytest.raises(Refused, match="还没有举报线索"):
        run(own_engine, demo_profile, until=None)


def test_a_day_that_lies_ahead_is_refused_and_a_mistyped_one_does_not_stop_the_watch(
    county: sa.Engine, demo_profile: CityProfile
) -> None:
    with pytest.raises(Refused, match="2190-01-01 还没有到"):
        run(county, demo_profile, until=dt.date(2190, 1, 1))
    with transaction(county, LOCAL) as connection:
        connection.execute(sa.text("UPDATE tips SET received_at = '2190-01-01' WHERE tip_no = 'T0'"))
    summary = run(county, demo_profile, until=None)
    assert (summary.until, summary.later_tips) == (UNTIL, 1)


def test_a_county_without_communities_is_said_to_be_watched_by_nobody(
    county: sa.Engine, demo_profile: CityProfile
) -> None:
    bare = pd.DataFrame({"code": ["990103000000"], "name": ["空山县"], "level": ["county"], "identity": ["bare"]})
    with transaction(county, LOCAL) as connection:
        write.load(connection, LAYERS["areas"], gpd.GeoDataFrame(bare, geometry=[None], crs="EPSG:4490"))
    summary = run(county, demo_profile)
    assert (summary.watched, summary.silent["空山县"]) == (1, "还没有社区(村)")


def test_a_city_whose_codes_tell_no_county_is_watched_as_one(county: sa.Engine, demo_profile: CityProfile) -> None:
    summary = run(county, dataclasses.replace(demo_profile, parent="none"))
    assert (summary.watched, summary.raised, summary.silent) == (1, 1, {})


def test_an_alert_is_closed_once_with_a_result_that_exists(county: sa.Engine, demo_profile: CityProfile) -> None:
    run(county, demo_profile)
    number = standing(county)[0]["alert_id"]
    with transaction(county, LOCAL) as connection:
        for wrong, error in ((Closing(result="solved"), Refused), (_closing(note="长" * 501), Refused)):
            with pytest.raises(error):
                close_alert(connection, LOCAL, number, wrong)
        with pytest.raises(NotFound, match="没有编号为 999 的预警"):
            close_alert(connection, LOCAL, 999, _closing())
        with pytest.raises(Conflict, match="刚有变动"):
            close_alert(connection, LOCAL, number, _closing(version=7))
        closed = close_alert(connection, LOCAL, number, _closing(note=" 房东电话13800138000 ", version=1))
        assert (closed["result"], closed["closed_by"], closed["version"]) == ("nothing", NO_POST, 2)
        assert "13800138000" not in str(closed["note"])
        with pytest.raises(Conflict, match="已由本机值班办结"):
            close_alert(connection, LOCAL, number, _closing())
        assert [step["step"] for step in alerts.steps(connection, number)] == ["raised", "closed"]
        assert list_alerts(connection)["open"] == []


def _closing(**told: object) -> Closing:
    return Closing(**({"result": "nothing"} | told))  # type: ignore[arg-type]


@pytest.mark.slow
def test_processes_watch_to_the_last_bit_as_one_does(county: sa.Engine, demo_profile: CityProfile) -> None:
    run(county, demo_profile)
    (here,) = standing(county)
    with transaction(county, LOCAL) as connection:
        connection.execute(sa.text("UPDATE alerts SET loud_on = loud_on - 1, llr = 0, level = 0, expected = 0"))
    run(county, demo_profile, spread_on="processes")
    (there,) = standing(county)
    assert {**there, "version": 1} == here
