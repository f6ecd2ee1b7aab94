"""Zones: planted dens are found, chance is not, and every figure on a zone can be worked out by hand."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import zones
from gis.risk import Method
from tests.builders import incidents

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


def _find(*frames: gpd.GeoDataFrame, premises: np.ndarray = PREMISES, seed: int = 1) -> zones.Result:
    seen = pd.concat(frames, ignore_index=True)
    seen["incident_id"] = [f"tip:{n}" for n in range(len(seen))]
    area = shapely.box(500_000, 3_000_000, 504_000, 3_004_000)
    return zones.find(seen, premises, area=area, until=UNTIL, method=METHOD, rng=np.random.default_rng(seed))


def test_a_den_with_fourteen_sources_becomes_one_zone_around_it() -> None:
    found = _find(_background(), _den(14, verified=True)).zones
    assert len(found) == 1
    assert found.geometry.iloc[0].contains(shapely.Point(DEN))
    assert found.iloc[0][["grade", "sources", "area_code"]].to_list() == ["red", 14, "990101001001"]


def test_chance_alone_makes_a_zone_in_at_most_one_of_twenty_towns() -> None:
    results = [_find(_background(seed=seed, free_m=0)) for seed in range(20)]
    assert sum(len(result.zones) > 0 for result in results) <= 1
    assert all(list(result.zones.columns) == list(zones.ZONE_COLUMNS) for result in results)


def test_no_incident_at_all_is_an_empty_result_with_all_columns() -> None:
    result = _find(incidents([], []))
    assert list(result.zones.columns) == list(zones.ZONE_COLUMNS)
    assert set(result.hotspots.columns) == {"incidents", "z", "p", "area_code", "geometry"}


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
    raids = _den(14, kind="finding", verified=True, dens=1)
    assert len(_find(_background(), raids).zones) == 0
    both = _find(_background(), _den(14), raids).zones
    assert both["own_raid_share"].iloc[0] == pytest.approx(0.2)
    assert both["findings"].iloc[0] == 14


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


def test_the_weights_of_the_evidence_add_up_to_the_score() -> None:
    found = _find(_background(), _den(14, verified=True), _den(5, kind="finding", verified=True, dens=1)).zones.iloc[0]
    assert sum(piece["weight"] for piece in found["evidence"]) == pytest.approx(found["score"], rel=1e-12)


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
