"""The back-test of a city: what is kept, what counts as an event, and what is said where the forecast loses."""

import datetime as dt
import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from app.desks.backtests.desk import Setup, backtest
from app.desks.backtests.scorecard import scorecard
from gis.errors import Refused
from layers import read, runs, write
from layers.actor import LOCAL
from layers.catalog import LAYERS
from layers.database import transaction
from layers.profile import CityProfile
from tests.builders import tips

UNTIL = dt.date(2026, 3, 1)
FIELDS = ["cell_m", "top_share", "origin", "method", "hits", "events", "pai", "pei", "rri"]


def tell_tips(engine: sa.Engine, *, copies: int = 1) -> None:
    """Every fourth day for 300 days a tip at one of three places, each told so many times by the same caller."""
    days = [UNTIL - dt.timedelta(days=n) for n in range(1, 300, 4)]
    places = [(118.1, 26.7), (118.15, 26.75), (118.3, 26.9)]
    spots = [places[n % 3] for n in range(len(days)) for _ in range(copies)]
    when = [pd.Timestamp(day, tz="Asia/Shanghai") for day in days for _ in range(copies)]
    with transaction(engine, LOCAL) as connection:
        write.load(connection, LAYERS["tips"], tips(spots, received_at=when))


def test_each_origin_share_and_method_is_a_row_and_a_caller_counts_once(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    tell_tips(own_engine, copies=3)
    rows = backtest(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", setup=Setup(until=UNTIL))
    assert list(rows[0]) == FIELDS
    assert len(rows) == 9 * 2 * 3  # 299 days hold ten horizons of 28, the first of them to learn from
    assert {row["method"] for row in rows} == {"forecast", "prior_counts", "last_year_counts"}
    assert {row["events"] for row in rows} == {7}  # 28 days, every fourth
    assert all(row["hits"] == 7 for row in rows if row["method"] == "forecast")


def test_a_tip_of_the_future_moves_no_origin(own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path) -> None:
    tell_tips(own_engine)
    with transaction(own_engine, LOCAL) as connection:
        connection.execute(sa.text("UPDATE tips SET received_at = '2190-01-01' WHERE tip_no = 'T8'"))
    rows = backtest(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local")
    assert max(row["origin"] for row in rows) == "2026-02-01"  # the newest real tip is of 28 February


def test_what_it_was_made_from_lies_under_its_hash(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    tell_tips(own_engine)
    backtest(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", setup=Setup(until=UNTIL))
    with transaction(own_engine, LOCAL) as connection:
        kept = runs.last(connection, "backtest")
    assert kept is not None
    file = tmp_path / "snapshots" / f"{kept['snapshot_sha256']}.parquet"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == kept["snapshot_sha256"]
    assert len(gpd.read_parquet(file)) == 75
    assert "text" not in gpd.read_parquet(file)


@pytest.mark.slow
def test_the_same_rows_give_the_same_trials_wherever_they_are_computed(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    tell_tips(own_engine)
    here, there = (
        backtest(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on=engine, setup=Setup(until=UNTIL))
        for engine in ("local", "processes")
    )
    assert here == there
    assert len(list((tmp_path / "snapshots").iterdir())) == 1


def test_a_tip_where_nothing_was_told_before_is_a_miss_on_the_map(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    tell_tips(own_engine)
    surprise = tips([(118.2, 26.8)], received_at=[pd.Timestamp("2026-02-20", tz="Asia/Shanghai")], tip_no=["new"])
    with transaction(own_engine, LOCAL) as connection:
        write.load(connection, LAYERS["tips"], surprise.assign(identity="new"))
    backtest(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", setup=Setup(until=UNTIL))
    with transaction(own_engine, LOCAL) as connection:
        missed, cells = read.layer(connection, "misses"), read.layer(connection, "forecast_cells")
        card = scorecard(connection)
    assert missed["day"].tolist() == [dt.date(2026, 2, 20)]
    assert missed.geometry[0].distance(surprise.geometry[0]) < 1e-7
    assert len(cells) > 0
    assert (cells["likely"] >= 0).all()
    assert card is not None
    assert card.counties[0]["name"] == "全境"
    assert [len(line.points) for line in card.shares[0].lines] == [9, 9, 9]


def test_a_short_history_is_refused_in_one_sentence_and_keeps_nothing(
    own_engine: sa.Engine, demo_profile: CityProfile, tmp_path: Path
) -> None:
    for stored, sentence in ((False, "2026-03-01 之前没有带位置的举报线索"), (True, "不足两个 28 天")):
        if stored:
            with transaction(own_engine, LOCAL) as connection:
                when = [pd.Timestamp("2026-02-20", tz="Asia/Shanghai")]
                write.load(connection, LAYERS["tips"], tips([(118.2, 26.8)], received_at=when))
        with pytest.raises(Refused, match=sentence):
            backtest(own_engine, LOCAL, demo_profile, data=tmp_path, spread_on="local", setup=Setup(until=UNTIL))
    with transaction(own_engine, LOCAL) as connection:
        assert runs.last(connection, "backtest") is None
        assert scorecard(connection) is None
    assert np.array_equal(list(tmp_path.iterdir()), [])
