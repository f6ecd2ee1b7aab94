"""What the demo city holds: land, roads, registers, tips and raids, and stations; it is made once for all of them."""

import datetime as dt
import hashlib
import json
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
from layers.demo import DemoCity, _land, city
from layers.demo.borders import Shapes
from layers.demo.days import compact
from layers.holidays import load_calendar
from layers.profile import CityProfile
from tests.conftest import REPO

LAYERS = ("areas", "rental_units", "venues", "tips", "raids", "counts", "roads")
POINTS = ("rental_units", "venues", "tips", "raids", "decisions", "dens")
END = pd.Timestamp("2026-11-01", tz="Asia/Shanghai")
BOUNDS = shapely.box(117.0, 26.2, 119.3, 28.4)


@pytest.fixture(scope="module")
def demo() -> DemoCity:
    return city()


def at_level(areas: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    return areas[areas["level"] == level].set_index("code")


def assert_tiles_exactly(shapes: Shapes) -> None:
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes), "a gap, an overlap, or a vertex that a neighbour does not have"
    whole = shapely.coverage_union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-12)
    assert isinstance(whole, shapely.Polygon)
    assert not whole.interiors


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


def test_a_title_names_one_post_though_communities_share_their_names(demo: DemoCity) -> None:
    communities = demo.areas.loc[demo.areas["level"].eq("community"), "name"]
    assert communities.duplicated().any()
    assert demo.posts["title"].is_unique


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


@pytest.mark.slow
def test_a_city_made_on_another_day_ends_the_day_before_with_an_inbox_that_is_mostly_in_time(
    demo: DemoCity,
) -> None:
    last = dt.date(2026, 2, 27)  # the spring festival's nine days off lie in its newest tips' three weeks
    calendar = load_calendar(REPO / "profiles" / "holidays.toml")
    made = city(last_day=last, calendar=calendar)
    day = made.tips["received_at"].dt.tz_convert("Asia/Shanghai").dt.date
    assert (day.max(), day.min() >= dt.date(2023, 2, 28)) == (last, True)
    assert made.raids["date"].max() <= pd.Timestamp(last)
    assert made.rental_units["registered_on"].max() <= pd.Timestamp(last)
    assert made.venues["opened_on"].max() <= pd.Timestamp(last)
    assert made.decisions["decided_on"].max() < pd.Timestamp(last)
    # February is not over, so that January is the newest month counted
    assert sorted(made.counts["month"].dt.strftime("%Y-%m").unique())[::11] == ["2025-02", "2026-01"]
    new = made.tips[made.tips["status"] == "new"]
    assert len(new) > 100
    assert (new["due_on"] > pd.Timestamp(last)).mean() > 0.8
    # after Friday 13 February come 14 and 28 (worked Saturdays), 24 to 27 and, from 2 March, nine weekdays
    assert set(made.tips.loc[day == dt.date(2026, 2, 13), "due_on"]) == {pd.Timestamp("2026-03-12")}
    assert digest(made.areas) == digest(demo.areas)


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
    texts += [demo.rental_units["address"], demo.posts["title"], demo.decisions["address"]]
    for column in texts:
        assert not column.str.contains(person).any(), column.name
    assert demo.posts["name"].eq("").all()
    assert demo.posts["work_phone"].str.fullmatch(r"0000-\d{7}").all()


def test_decisions_run_out_after_they_were_taken(demo: DemoCity) -> None:
    assert demo.decisions["number"].is_unique
    assert (demo.decisions["expires_on"] > demo.decisions["decided_on"]).all()
    assert (demo.decisions["expires_on"] < "2026-11-01").any()


def test_days_are_written_without_dashes() -> None:
    assert compact(np.array(["2026-10-31", "2024-02-29"], dtype="datetime64[D]")) == ["20261031", "20240229"]


def test_the_city_has_ten_counties_140_townships_and_2000_communities(demo: DemoCity) -> None:
    assert demo.areas["level"].value_counts().to_dict() == {"community": 2000, "township": 140, "county": 10, "city": 1}


def test_communities_tile_the_land_with_shared_vertices(demo: DemoCity) -> None:
    assert_tiles_exactly(at_level(demo.areas, "community").geometry.to_numpy())


@pytest.mark.slow
def test_another_seed_gives_another_land_that_tiles_too(demo: DemoCity) -> None:
    other = _land(np.random.default_rng(2)).communities
    assert_tiles_exactly(other)
    assert not shapely.equals(other, at_level(demo.areas, "community").geometry.to_numpy()).any()


@pytest.mark.parametrize(("level", "below"), [("township", "community"), ("county", "township"), ("city", "county")])
def test_an_area_is_the_exact_union_of_its_children(demo: DemoCity, level: str, below: str) -> None:
    parents, children = at_level(demo.areas, level).geometry, at_level(demo.areas, below)
    for code, members in children.groupby("parent_code"):
        union = shapely.coverage_union_all(members.geometry.to_numpy())
        assert shapely.equals_exact(union.normalize(), parents[code].normalize(), 0)


def test_codes_nest_and_names_differ_among_siblings(demo: DemoCity) -> None:
    below = demo.areas[demo.areas["level"] != "city"]
    width = below["level"].map({"county": 2, "township": 6, "community": 9})
    heads = [code[:n].ljust(12, "0") for code, n in zip(below["code"], width, strict=True)]
    assert heads == below["parent_code"].to_list()
    assert demo.areas["code"].str.fullmatch("99[0-9]{10}").all()
    assert not below.duplicated(["parent_code", "name"]).any()
    assert at_level(demo.areas, "township")["name"].is_unique


def test_names_end_as_their_level_and_code_say(demo: DemoCity) -> None:
    assert at_level(demo.areas, "county")["name"].str.contains("[区县市]$").all()
    assert at_level(demo.areas, "township")["name"].str.contains("(?:街道|镇|乡)$").all()
    communities = at_level(demo.areas, "community")
    village = communities.index.str[9:] > "200"
    assert (communities["name"].str.endswith("村") == village).all()


def test_every_name_is_written_in_characters_that_every_font_has(demo: DemoCity) -> None:
    for name in demo.areas["name"]:
        name.encode("gb2312")


def test_the_city_lies_in_its_bounds_and_is_no_rectangle(demo: DemoCity) -> None:
    whole = at_level(demo.areas, "city").geometry.iloc[0]
    area_km2 = at_level(demo.areas, "city").to_crs(4548).area.iloc[0] / 1e6
    assert BOUNDS.contains(whole)
    assert 18_000 < area_km2 < 23_000
    assert whole.area / shapely.minimum_rotated_rectangle(whole).area < 0.85


def test_two_thousand_communities_fit_in_700_kilobytes(demo: DemoCity) -> None:
    communities = at_level(demo.areas, "community")
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, name, shape in zip(communities.index, communities["name"], communities.geometry, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    assert len(text.encode()) < 700_000
    assert 9 < communities.geometry.count_coordinates().mean() < 14


def test_coordinates_of_areas_are_whole_hundred_thousandths_of_a_degree(demo: DemoCity) -> None:
    xy = shapely.get_coordinates(demo.areas.geometry.to_numpy())
    assert np.array_equal(xy, np.round(xy, 5))


@pytest.mark.parametrize("network", ["police", "market_supervision"])
def test_each_kind_of_jurisdiction_covers_the_city_once(demo: DemoCity, network: str) -> None:
    some = demo.jurisdictions[demo.jurisdictions["network"] == network]
    assert shapely.coverage_is_valid(some.geometry.to_numpy())
    whole = shapely.coverage_union_all(some.geometry.to_numpy())
    assert shapely.equals(whole, at_level(demo.areas, "city").geometry.iloc[0])
    assert some["name"].is_unique


def test_every_agency_of_a_city_has_stations_and_teams_of_two_at_least(
    demo: DemoCity, demo_profile: CityProfile
) -> None:
    assert set(demo.stations["agency"]) == set(demo.teams["agency"]) == set(demo_profile.agencies)
    assert demo.teams["size"].min() >= 2
    assert set(demo.teams["station"]) == set(demo.stations["name"])


def test_thirty_three_targets_can_be_served_by_three_agencies(demo: DemoCity) -> None:
    assert demo.teams["agency"].value_counts().min() >= 33


def test_teams_and_stations_are_called_by_their_office_each_by_its_own_name(demo: DemoCity) -> None:
    assert demo.stations["name"].is_unique
    assert demo.teams["name"].is_unique
    assert demo.teams["name"].str.fullmatch(r".+(局|所|政法委)\d+队").all()


def test_stations_stand_on_a_road(demo: DemoCity) -> None:
    roads = demo.roads.to_crs(4548)
    _, away = roads.sindex.nearest(demo.stations.to_crs(4548).geometry, return_all=False, return_distance=True)
    assert away.max() < 1
