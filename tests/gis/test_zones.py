"""Zones: planted dens are found, chance is not, and every figure on a zone can be worked out by hand."""

import datetime as dt
import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import zones
from gis.errors import FrameError
from gis.frames import ZONES, check_frame
from gis.risk import Method, settled
from tests.builders import incidents, slow, visits

UNTIL = dt.date(2026, 7, 1)
METHOD = Method()
#: A town of 40 × 40 cells of 100 m with ten premises in each, in metres far from the origin.
TOWN = np.array([(500_000.0 + 100 * x, 3_000_000.0 + 100 * y) for x in range(40) for y in range(40)]) + 50
PREMISES = np.repeat(TOWN, 10, axis=0)
DEN = (502_000.0, 3_002_000.0)


def _den(count: int, *, spread_m: float = 60.0, **columns: object) -> gpd.GeoDataFrame:
    around = DEN + np.random.default_rng(5).normal(0, spread_m, (count, 2))
    days = [UNTIL - dt.timedelta(days=1 + 3 * n) for n in range(count)]
    return incidents(around, days, **columns)


def _background(count: int = 300, *, seed: int = 11, free_m: float = 500) -> gpd.GeoDataFrame:
    """Tips by chance all over town, but not within ``free_m`` of the den, so that its figures can be counted."""
    rng = np.random.default_rng(seed)
    far = TOWN[np.hypot(*(TOWN - DEN).T) >= free_m]
    places = far[rng.integers(0, len(far), count)] + rng.uniform(-50, 50, (count, 2))
    days = [UNTIL - dt.timedelta(days=int(n)) for n in rng.integers(1, METHOD.window_days, count)]
    return incidents(places, days)


def _find(*frames: gpd.GeoDataFrame, premises: np.ndarray = PREMISES, seed: int = 1, **more: object) -> zones.Result:
    seen = pd.concat(frames, ignore_index=True)
    seen["incident_id"] = pd.Series([f"tip:{n}" for n in range(len(seen))], dtype="str")
    area = shapely.box(500_000, 3_000_000, 504_000, 3_004_000)
    return zones.find(seen, premises, area=area, until=UNTIL, method=METHOD, rng=np.random.default_rng(seed), **more)


def _visits(days_ago: list[int], **columns: object) -> gpd.GeoDataFrame:
    """Visits to the den, and a random check elsewhere, so that chances are known."""
    days = [UNTIL - dt.timedelta(days=n) for n in days_ago]
    elsewhere = visits([(500_050.0, 3_000_050.0)], [UNTIL - dt.timedelta(days=40)], kind="random_check")
    there = visits([DEN] * len(days), days, **columns)
    return pd.concat([elsewhere.assign(incident_id="raid:check"), there], ignore_index=True)


def test_a_den_with_fourteen_sources_becomes_one_zone_around_it() -> None:
    found = _find(_background(), _den(14, verified=True)).zones
    assert len(found) == 1
    assert found.geometry.iloc[0].contains(shapely.Point(DEN))
    assert found.iloc[0][["grade", "sources", "area_code"]].to_list() == ["red", 14, "990101001001"]


@pytest.mark.slow
def test_chance_alone_makes_a_zone_in_at_most_one_of_twenty_towns() -> None:
    results = [_find(_background(seed=seed, free_m=0)) for seed in range(20)]
    assert sum(len(result.zones) > 0 for result in results) <= 1
    assert all(list(result.zones.columns) == list(zones.ZONE_COLUMNS) for result in results)


def test_no_incident_at_all_is_an_empty_result_with_all_columns() -> None:
    result = _find(incidents([], []))
    assert list(result.zones.columns) == list(zones.ZONE_COLUMNS)
    assert set(result.hotspots.columns) == {"incidents", "likely", "z", "p", "area_code", "geometry"}


@pytest.mark.parametrize("frame", [incidents([(502_000.0, 3_002_000.0)], [dt.date(2026, 6, 1)])])
def test_one_incident_is_no_zone(frame: gpd.GeoDataFrame) -> None:
    assert len(_find(frame).zones) == 0


def test_thirty_copies_of_one_story_count_once() -> None:
    copies = incidents([DEN] * 30, [UNTIL - dt.timedelta(days=2)] * 30, story="同一段话")
    once = _find(_background(), _den(14, verified=True)).zones
    many = _find(_background(), _den(14, verified=True), copies).zones
    assert many["sources"].to_list() == [15]
    assert many["score"].iloc[0] == pytest.approx(once["score"].iloc[0] + 0.5 * 0.5 ** (1 / 60))


def test_raids_alone_make_no_zone_and_bring_at_most_a_fifth_of_a_score() -> None:
    raids = _visits([*range(1, 15)], kind="random_check", found=True, dens=1)
    assert len(_find(_background(), visits=raids).zones) == 0
    both = _find(_background(), _den(14), visits=raids).zones
    assert both["own_raid_share"].iloc[0] == pytest.approx(0.2)
    assert both["own_raid_share"].iloc[0] <= 0.2 + 1e-12
    assert both["findings"].iloc[0] == 14


def test_what_one_found_where_one_always_looks_brings_next_to_nothing() -> None:
    found = _find(_background(), _den(14), visits=_visits([*range(1, 15)], found=True, dens=1)).zones.iloc[0]
    assert 0 < found["own_raid_share"] < 0.01


def test_a_visit_that_finds_nothing_lowers_the_score_and_is_told() -> None:
    alone = _find(_background(), _den(14)).zones.iloc[0]
    visited = _find(_background(), _den(14), visits=_visits([1, 1])).zones.iloc[0]
    assert visited["score"] == pytest.approx(alone["score"] - 1)
    assert visited["checks_score"] == pytest.approx(-1)
    assert "举报之后有2次检查未发现异常,分值已扣减1.0" in visited["reasons"]
    assert visited["priority"] < alone["priority"]


def test_a_visit_before_the_tips_or_to_another_door_lowers_nothing() -> None:
    before = _visits([100, 100])
    away = _visits([1, 1]).set_geometry([shapely.Point(502_400.0, 3_002_000.0)] * 3, crs="EPSG:4548")
    alone = _find(_background(), _den(14)).zones.iloc[0]["score"]
    for made in (before, away):
        assert _find(_background(), _den(14), visits=made).zones.iloc[0]["score"] == pytest.approx(alone)


def test_enough_visits_that_find_nothing_end_a_zone() -> None:
    assert len(_find(_background(), _den(14), visits=_visits([1] * 20)).zones) == 0


def test_unverified_words_of_few_sources_stay_below_red() -> None:
    few = incidents(DEN + np.random.default_rng(2).normal(0, 40, (12, 2)), [UNTIL - dt.timedelta(days=1)] * 12)
    found = _find(_background(), few).zones
    assert found["sources"].to_list() == [12]
    assert found["grade"].to_list() == ["orange"]


def test_a_zone_expires_ninety_days_after_its_newest_evidence() -> None:
    fresh = _den(14)
    assert _find(_background(), fresh).zones["expires_on"].iloc[0] == pd.Timestamp("2026-09-28")
    stale = fresh.assign(day=fresh["day"] - pd.Timedelta(days=90))
    assert len(_find(_background(), stale).zones) == 0


def test_every_incident_inside_the_drawn_zone_is_counted_and_no_other() -> None:
    frame = pd.concat([_background(free_m=0), _den(14, verified=True)], ignore_index=True)
    zone = _find(frame).zones.iloc[0]
    inside = frame.geometry.intersects(zone.geometry)
    assert zone["tips"] == inside.sum() == len(zone["evidence"])


def test_the_score_is_worked_out_again_from_the_listed_evidence_to_the_last_digit() -> None:
    made = pd.concat([_visits([1, 3], found=True, kind="random_check", dens=1), _visits([2, 30])], ignore_index=True)
    made["incident_id"] = [f"raid:{n}" for n in range(len(made))]
    found = _find(_background(), _den(14, verified=[True, False] * 7, place_error_m=40.0), visits=made).zones.iloc[0]
    told = pd.DataFrame(json.loads(json.dumps(found["evidence"])))
    assert told["kind"].value_counts().to_dict() == {"tip": 14, "finding": 2, "check": 2}
    factors = told[list(zones.FACTORS)].itertuples(index=False)
    again = settled(told.assign(weight=[math.prod(row) for row in factors], place=0), method=METHOD)
    assert again.tolist() == told["weight"].tolist()
    assert math.fsum(again) == found["score"]
    parts = {kind: math.fsum(again[told["kind"] == kind]) for kind in ("tip", "check", "finding")}
    assert list(parts.values()) == found[["tips_score", "checks_score", "raids_score"]].tolist()


def test_a_vague_address_counts_by_how_likely_it_lies_inside_and_shapes_no_zone() -> None:
    exact, vague = (
        _find(_background(), _den(14), _den(1, story="另一段", place_error_m=error)).zones.iloc[0]
        for error in (0.0, 400.0)
    )
    assert 0 < vague["tips_score"] - _find(_background(), _den(14)).zones.iloc[0]["tips_score"] < 0.2
    assert vague["tips_score"] < exact["tips_score"]
    assert any("有1条线索的地址不够精确" in reason for reason in vague["reasons"])
    assert len(_find(_background(), _den(14, place_error_m=400.0)).zones) == 0


def test_shown_counts_are_shrunk_towards_what_exposure_explains() -> None:
    result = _find(_background(), _den(14, verified=True))
    zone = result.zones.iloc[0]
    assert zone["expected"] < zone["likely"] < zone["sources"]
    assert (result.hotspots["likely"] < result.hotspots["incidents"]).all()


def test_the_reasons_are_told_in_the_language_of_the_city() -> None:
    told = " ".join(_find(_background(), _den(14, verified=True), language="en").zones.iloc[0]["reasons"])
    assert "14 independent sources in 120 days, on 14 different days" in told
    assert "its grade asks for a visit within 7 days" in told
    assert told.isascii()


def test_ten_thousand_calls_of_a_day_from_one_box_about_one_place_make_three_sources_at_most() -> None:
    days = [UNTIL - dt.timedelta(days=2)] * 10_000
    flood = incidents([DEN] * 10_000, days, channel="电话亭", story=[f"话{n}" for n in range(10_000)])
    found = _find(_background(), flood).zones
    assert (found["sources"] <= 3).all()
    assert (found["grade"] == "yellow").all()


def test_all_at_one_point_is_a_zone_only_with_three_sources_on_it() -> None:
    days = [UNTIL - dt.timedelta(days=n) for n in range(1, 13)]
    found = _find(_background(), incidents([DEN] * 12, days)).zones
    assert found["sources"].to_list() == [12]
    assert found["radius_m"].to_list() == [0]
    assert len(_find(_background(), incidents([DEN] * 2, days[:2])).zones) == 0


@pytest.mark.parametrize("premises", [PREMISES, np.empty((0, 2))], ids=["premises", "area"])
@pytest.mark.parametrize("step_m", [0.0, *slow(9.0)])
def test_the_only_den_of_a_quiet_town_is_found_whatever_the_seed(premises: np.ndarray, step_m: float) -> None:
    """Its tips are nearly all there are: they must not be taken for how places of this town vary."""
    spots = np.add(DEN, np.arange(25)[:, None] % 5 * step_m - 18)
    den = incidents(spots, [UNTIL - dt.timedelta(days=n) for n in range(1, 26)])
    for others in (0, 20):
        found = [_find(_background(others), den, premises=premises, seed=seed).zones for seed in (1, 2)]
        assert [zones["sources"].to_list() for zones in found] == [[25], [25]]


def test_a_frame_in_degrees_that_misses_a_column_is_refused_with_all_its_faults() -> None:
    frame = _den(3).assign(place_error_m=-1.0).drop(columns="verified").to_crs("EPSG:4490")
    with pytest.raises(FrameError) as error:
        _find(frame)
    told = "column verified is missing; column place_error_m is -1.0 (least 0); CRS is EPSG:4490, not metric"
    assert str(error.value) == f"incidents: {told}"


def test_visits_are_checked_as_incidents_are() -> None:
    with pytest.raises(FrameError, match="visits: column found is str, not bool"):
        _find(_background(), visits=_visits([1]).assign(found="yes"))


def test_zones_that_are_found_and_an_empty_result_have_the_same_columns_and_dtypes() -> None:
    for result in (_find(_background(), _den(14)), _find(incidents([], []))):
        assert check_frame(result.zones, ZONES.metric) is result.zones


def test_degrees_and_missing_days_are_refused() -> None:
    with pytest.raises(FrameError, match="degrees"):
        _find(incidents([(118.17, 26.64), (118.18, 26.61)], [dt.date(2026, 6, 1)] * 2))
    with pytest.raises(FrameError, match="column day has no value"):
        _find(_background().assign(day=pd.NaT))


def test_the_reasons_name_sources_days_radius_expected_and_expiry() -> None:
    found = _find(_background(), _den(14, verified=True)).zones.iloc[0]
    told = "".join(found["reasons"])
    for part in (
        "14个相互独立的举报来源",
        "14个不同日期",
        f"半径{found['radius_m']:.0f}米",
        "倍",
        "2026-09-28自动失效",
    ):
        assert part in told


def test_the_same_rows_in_another_order_give_the_same_zones() -> None:
    frame = pd.concat([_background(), _den(14)], ignore_index=True)
    shuffled = frame.sample(frac=1, random_state=4)
    columns = ["grade", "sources", "radius_m", "expected"]
    first, second = (_find(f).zones[columns] for f in (frame, shuffled))
    pd.testing.assert_frame_equal(first, second)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (_find(_background(), _den(14)).zones for _ in range(2))
    assert first.to_wkt().to_csv() == second.to_wkt().to_csv()


def test_without_premises_the_whole_area_is_expected_alike() -> None:
    found = _find(_background(), _den(14), premises=np.empty((0, 2))).zones
    assert found["sources"].to_list() == [14]


def test_incidents_without_a_point_or_outside_the_window_take_no_part() -> None:
    placeless = _den(14).assign(geometry=gpd.GeoSeries([None] * 14, crs="EPSG:4548"))
    future = _den(14).assign(day=pd.Timestamp("2026-07-02"))
    assert len(_find(_background(), placeless, future).zones) == 0
