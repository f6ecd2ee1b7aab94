import hashlib
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_array, csgraph

from gis.duplicates import ALIKE, alike
from gis.frames import check_frame
from layers.catalog import TIP_CATEGORIES, TIP_CHANNELS, layer_named
from layers.demo import DemoCity, city
from layers.demo.days import compact

LAYERS = ("areas", "rental_units", "venues", "tips", "raids", "counts", "roads")
POINTS = ("rental_units", "venues", "tips", "raids", "decisions", "dens")
END = pd.Timestamp("2026-11-01", tz="Asia/Shanghai")


def digest(frame: pd.DataFrame) -> str:
    plain = frame.to_wkb() if isinstance(frame, gpd.GeoDataFrame) else frame
    return hashlib.sha256(pd.util.hash_pandas_object(plain).to_numpy().tobytes()).hexdigest()


@pytest.mark.slow
def test_the_same_seed_gives_identical_frames(demo: DemoCity) -> None:
    again = city()
    for name in DemoCity.__dataclass_fields__:
        assert digest(getattr(again, name)) == digest(getattr(demo, name)), name


@pytest.mark.parametrize("key", LAYERS)
def test_frames_meet_the_catalogue(demo: DemoCity, key: str) -> None:
    check_frame(getattr(demo, key), layer_named(key).spec())


def test_every_frame_has_its_rows(demo: DemoCity) -> None:
    assert (len(demo.rental_units), len(demo.venues)) == (120_000, 3_000)
    assert (len(demo.tips), len(demo.raids), len(demo.decisions)) == (20_000, 600, 20)
    assert 30 <= len(demo.dens) <= 60
    assert len(demo.posts) == 1 + 10 + 140 + 2 * 2000


@pytest.mark.parametrize("key", POINTS)
def test_points_lie_in_the_community_they_name(demo: DemoCity, key: str) -> None:
    frame = getattr(demo, key)
    placed = frame[frame.geometry.notna()]
    shapes = demo.areas.set_index("code").geometry
    assert shapely.intersects(shapes[placed["community_code"]].to_numpy(), placed.geometry.to_numpy()).all()


def test_most_units_are_in_towns_and_most_villages_have_some(demo: DemoCity) -> None:
    urban = demo.rental_units["community_code"].str[9] < "2"
    assert 0.75 < urban.mean() < 0.92
    assert demo.rental_units["community_code"].nunique() > 1_700


def test_units_stand_within_40_metres_of_a_road(demo: DemoCity) -> None:
    some = demo.rental_units.iloc[::60].to_crs(4548)
    roads = demo.roads.to_crs(4548)
    _, away = roads.sindex.nearest(some.geometry, return_all=False, return_distance=True)
    assert away.max() < 40


def test_addresses_of_units_are_unique_and_start_with_the_city(demo: DemoCity) -> None:
    assert demo.rental_units["address"].is_unique
    assert demo.rental_units["address"].str.startswith("演示市").all()


def test_roads_are_one_network_joined_at_ends(demo: DemoCity) -> None:
    lines = demo.roads.geometry.to_numpy()
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)])
    nodes, place = np.unique(ends, axis=0, return_inverse=True)
    links = coo_array((np.ones(len(lines)), place.reshape(2, -1)), shape=(len(nodes),) * 2)
    parts, _ = csgraph.connected_components(links, directed=False)
    assert parts == 1


def test_every_township_has_a_road(demo: DemoCity) -> None:
    townships = demo.areas[demo.areas["level"] == "township"].geometry
    assert (demo.roads.sindex.query(townships, predicate="intersects")[0] == np.arange(140)[:, None]).any(axis=1).all()


def test_the_newest_tip_is_on_the_last_day_and_none_is_later(demo: DemoCity) -> None:
    local = demo.tips["received_at"].dt.tz_convert("Asia/Shanghai")
    assert local.max() < END
    assert local.max().date().isoformat() == "2026-10-31"
    assert local.min() >= END - pd.DateOffset(years=3)
    assert demo.raids["date"].max() < pd.Timestamp("2026-11-01")


def test_one_tip_in_seventeen_has_no_place_and_one_in_four_is_verified(demo: DemoCity) -> None:
    assert 0.05 < demo.tips.geometry.isna().mean() < 0.07
    assert 0.2 < demo.tips["verified"].fillna(value=False).mean() < 0.3


def test_tips_are_due_after_fifteen_working_days_and_a_few_are_overdue(demo: DemoCity) -> None:
    day = (
        demo.tips["received_at"].dt.tz_convert("Asia/Shanghai").dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    )
    due = demo.tips["due_on"].to_numpy().astype("datetime64[D]")
    assert (np.busday_count(day + 1, due + 1) == 15).all()
    overdue = (demo.tips["status"] == "new") & (demo.tips["due_on"] <= "2026-10-31")
    assert 10 < overdue.sum() < 60


def test_tips_are_told_in_the_words_of_the_desk(demo: DemoCity) -> None:
    assert set(demo.tips["channel"]) <= set(TIP_CHANNELS)
    assert set(demo.tips["category"]) <= set(TIP_CATEGORIES)


def test_copies_share_their_source_and_most_are_duplicates(demo: DemoCity) -> None:
    first = ~demo.tips["source_no"].duplicated()
    copies = demo.tips[~first].merge(demo.tips[first], on="source_no", suffixes=("", "_of"))
    assert 0.03 < len(copies) / len(demo.tips) < 0.1
    assert "duplicate" not in set(demo.tips.loc[first, "status"])
    overlooked = copies[copies["status"] != "duplicate"]
    assert len(overlooked) == len(copies) // 4
    assert overlooked["status"].eq(overlooked["status_of"]).all()
    assert (copies["received_at"] - copies["received_at_of"]).between(pd.Timedelta(0), pd.Timedelta(days=4)).all()


def test_another_call_tells_the_same_in_other_words_and_two_callers_seldom_do(demo: DemoCity) -> None:
    original = demo.tips[demo.tips["status"] != "duplicate"]
    copies = demo.tips[demo.tips["status"] == "duplicate"].merge(original, on="source_no", suffixes=("", "_of"))
    assert [pair for pair in zip(copies["text"], copies["text_of"], strict=True) if alike(*pair) < ALIKE] == []
    assert copies["text"].ne(copies["text_of"]).mean() > 0.9
    one, other = original["text"].sample(2000, random_state=1), original["text"].sample(2000, random_state=2)
    assert np.mean([alike(*pair) >= ALIKE for pair in zip(one, other, strict=True)]) < 0.03


def test_tips_gather_around_a_den_while_it_is_there(demo: DemoCity) -> None:
    tips, dens = demo.tips[demo.tips.geometry.notna()].to_crs(4548), demo.dens.to_crs(4548)
    den, tip = tips.sindex.query(dens.geometry, predicate="dwithin", distance=150)
    day = tips["received_at"].dt.tz_localize(None).to_numpy()[tip]
    since = dens["active_since"].to_numpy()[den]
    until = dens["active_until"].fillna(pd.Timestamp("2026-11-01")).to_numpy()[den]
    during = (since <= day) & (day < until)
    days = ((until - since) / np.timedelta64(1, "D"))[np.unique(den, return_index=True)[1]]
    rate_while_there = np.bincount(den, during) / days
    rate_else = np.bincount(den, ~during) / (1096 - days)
    assert np.median(rate_while_there) > 4 * np.median(rate_else)
    assert np.bincount(den[during]).max() > 15


def test_raids_find_only_what_is_there_and_mostly_do(demo: DemoCity) -> None:
    found = demo.raids[demo.raids["outcome"] == "found"].to_crs(4548)
    dens = demo.dens.to_crs(4548)
    near = shapely.distance(found.geometry.to_numpy()[:, None], dens.geometry.to_numpy()) < 1
    there = (dens["active_since"].to_numpy() <= found["date"].to_numpy()[:, None]) & (
        found["date"].to_numpy()[:, None] < dens["active_until"].fillna(END.tz_localize(None)).to_numpy()
    )
    assert (near & there).any(axis=1).all()
    assert 25 <= len(found) <= 80
    assert demo.raids["kind"].eq("random_check").sum() == 60


def test_findings_add_up_and_are_missing_where_unknown(demo: DemoCity) -> None:
    unknown = demo.raids["outcome"] == "unknown"
    assert demo.raids.loc[unknown, ["dens", "people", "amount_yuan"]].isna().all(axis=None)
    known = demo.raids[~unknown]
    assert (known["dispersed"] + known["rescued"] + known["detained"] == known["people"]).all()
    assert (known["dens"].gt(0) == known["outcome"].eq("found")).all()


def test_four_registers_of_every_community_for_twelve_months(demo: DemoCity) -> None:
    whole = demo.counts[demo.counts["building"].isna()]
    assert len(whole) == 2000 * 12 * 4
    assert whole.groupby(["month", "register"])["community_code"].nunique().eq(2000).all()
    last = whole[(whole["month"] == "2026-10-01") & (whole["register"] == "rental")].set_index("community_code")
    units = demo.rental_units["community_code"].value_counts()
    assert last["count"].equals(units.reindex(last.index, fill_value=0).astype("Int64").rename("count"))


def test_counts_by_building_add_up_to_their_community(demo: DemoCity) -> None:
    rental = demo.counts[demo.counts["register"] == "rental"]
    parts = rental[rental["building"].notna()].groupby(["community_code", "month"])["count"].sum()
    whole = rental[rental["building"].isna()].set_index(["community_code", "month"])["count"]
    assert len(parts) == 8 * 12
    assert parts.equals(whole.reindex(parts.index))


def test_no_frame_holds_personal_data(demo: DemoCity) -> None:
    person = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx]|先生|女士|[某××]|身份证|微信|QQ")
    texts = [demo.tips["text"], demo.tips["address"], demo.raids["text"], demo.raids["place"], demo.venues["name"]]
    texts += [demo.rental_units["address"], demo.posts["post"], demo.decisions["address"]]
    for column in texts:
        assert not column.str.contains(person).any(), column.name
    assert demo.posts["name"].eq("").all()
    assert demo.posts["work_phone"].str.fullmatch(r"0000-\d{7}").all()


def test_decisions_run_out_after_they_were_taken(demo: DemoCity) -> None:
    assert demo.decisions["decision_no"].is_unique
    assert (demo.decisions["expires_on"] > demo.decisions["decided_on"]).all()
    assert (demo.decisions["expires_on"] < "2026-11-01").any()


def test_days_are_written_without_dashes() -> None:
    assert compact(np.array(["2026-10-31", "2024-02-29"], dtype="datetime64[D]")) == ["20261031", "20240229"]
