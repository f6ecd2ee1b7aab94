"""The page of the house's own score."""

import datetime as dt
import re

import flask
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.backtests.desk import SHARES, Setup, backtest
from app.desks.backtests.scorecard import scorecard
from layers import write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from tests.app import little
from tests.app.conftest import signed_in
from tests.app.workflows.test_backtest import UNTIL, tell_tips
from tests.builders import tips


def test_before_the_first_back_test_the_page_says_what_it_would_do(visitor: FlaskClient) -> None:
    page = visitor.get("/backtest")
    assert page.status_code == 200
    assert "还没有检验过" in page.text


def test_the_page_shows_each_method_and_what_it_was_made_from(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    tell_tips(own_engine)
    house = own_app.extensions["wuchuan"].settings
    backtest(own_engine, LOCAL, house.profile, data=house.data, spread_on="local", setup=Setup(until=UNTIL))
    page = signed_in(own_app).get("/backtest")
    for told in ("本系统的预测", "历史总数", "去年同期", "全境", "2026-03-01", "100.0%"):
        assert told in page.text


def test_a_period_without_tips_has_a_dash_and_no_point(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    little.fill(own_engine, "a quiet month")
    house = own_app.extensions["wuchuan"].settings
    trials = backtest(own_engine, LOCAL, house.profile, data=house.data, spread_on="local")
    quiet = sorted({trial["origin"] for trial in trials if not trial["events"]})
    assert quiet == ["2026-05-06"]  # the tips before the last one end on 21 April
    page = signed_in(own_app).get("/backtest")
    assert page.status_code == 200
    row = re.search(r'<th scope="row">2026-05-06</th>(.*?)</tr>', page.text)
    assert row is not None
    assert re.findall(r'<td class="number">(.*?)</td>', row[1]) == ["0", "—", "—", "—"]
    periods = len({trial["origin"] for trial in trials})
    assert page.text.count('<circle class="forecast"') == len(SHARES) * (periods - len(quiet))


@pytest.mark.slow
def test_the_city_s_interval_is_the_same_wherever_it_stands(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    rng = np.random.default_rng(7)
    spots = [(118.1 + east, 26.7 + north) for east, north in rng.normal(0, 0.01, (300, 2))]
    when = [pd.Timestamp(UNTIL - dt.timedelta(days=300 - n), tz="Asia/Shanghai") for n in range(300)]
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["tips"], tips(spots, received_at=when))
    house = own_app.extensions["wuchuan"].settings
    backtest(own_engine, LOCAL, house.profile, data=house.data, spread_on="local", setup=Setup(until=UNTIL))
    with transaction(own_engine, LOCAL) as connection:
        card = scorecard(connection)
    assert card is not None
    share, city = card.shares[0], card.counties[0]
    assert city["low"] < city["gain"] < city["high"]
    assert (share.gain, share.low, share.high) == pytest.approx((city["gain"], city["low"], city["high"]), abs=1e-12)


def test_a_stranger_neither_reads_nor_starts_one(stranger: FlaskClient) -> None:
    assert stranger.get("/backtest").status_code == 302
    assert stranger.post("/backtest").status_code == 302


def test_one_back_test_waits_at_a_time_and_a_post_without_the_token_starts_none(own_app: flask.Flask) -> None:
    client = signed_in(own_app)
    assert client.post("/backtest").status_code == 403
    told = {"csrf_token": "the-token"}
    assert [client.post("/backtest", data=told).status_code for _ in range(2)] == [303, 409]
    with transaction(own_app.extensions["wuchuan"].engine, LOCAL) as connection:
        queued = connection.execute(sa.text("SELECT task_name FROM procrastinate_jobs")).scalars().all()
    assert queued == ["backtest"]
