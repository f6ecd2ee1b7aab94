"""A joint action from its targets to its departure times, by hand on two straight roads."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from app.desks.actions.desk import (
    Action,
    Target,
    approve,
    complete_target,
    new_action,
    plan_strike,
    road_network,
)
from gis.errors import Conflict, NotFound, Refused
from layers import actions as kept
from layers.actor import LOCAL, Actor
from layers.database import transaction
from layers.host import embedded
from layers.profile import CityProfile
from tests.app import town
from tests.app.town import AGENCIES, COMMUNITY, FAR_LANE, LANE, UNDRAWN
from tests.builders import as_owner

#: Somebody else than the one who plans.
OTHER = Actor(account="另一人")
NOW = dt.datetime(2026, 11, 1, 8, 0, tzinfo=dt.UTC)
TEN = dt.datetime(2026, 11, 2, 2, 0, tzinfo=dt.UTC)  # ten in the morning in the city
DOCUMENTS = {
    "evidence": "三条互相独立的线索",
    "legal_basis": "《禁止传销条例》第十四条",
    "authority": "某区市场监督管理局",
    "document_no": "演市监〔2026〕8号",
}


@pytest.fixture(scope="module")
def built(cluster: embedded.Cluster, worker_name: str) -> Iterator[sa.Engine]:
    with town.database(cluster, f"strike_{worker_name}") as engine:
        yield engine


@pytest.fixture
def place(cluster: embedded.Cluster, built: sa.Engine) -> sa.Engine:
    """The town of two roads without any action."""
    town.forget_actions(cluster, built)
    return built


def asked(*places: str, documents: Mapping[str, str] = DOCUMENTS, **told: Any) -> Action:
    targets = tuple(Target(place=place, documents=documents) for place in places)
    return Action(**{"name": "秋季行动", "since": TEN, "until": TEN + dt.timedelta(hours=1), "agencies": AGENCIES,
                     "targets": targets} | told)  # fmt: skip


def actions(engine: sa.Engine) -> int:
    with transaction(engine, LOCAL) as connection:
        return len(kept.listed(connection))


def test_everybody_arrives_at_one_moment_and_waits_the_buffer_out(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("V1", "V2"), now=NOW)
    plan_strike(place, LOCAL, demo_profile, action_id, now=NOW)
    with transaction(place, LOCAL) as connection:
        action, legs = kept.action(connection, action_id), kept.legs(connection, action_id)
    assert action["h_hour"] == TEN
    assert legs[["number", "agency"]].to_numpy().tolist() == [[n, a] for n in (1, 2) for a in AGENCIES]
    metres = shapely.length(legs.geometry.to_crs(demo_profile.metric_crs).to_numpy())
    assert metres.tolist() == pytest.approx([4960, 4960, 6940, 6940], abs=40)
    minutes = dt.timedelta(minutes=1)
    for leg, length_m in zip(legs.itertuples(), metres, strict=True):
        assert leg.arrive_at == TEN - 10 * minutes
        assert (leg.arrive_at - leg.leave_at) / minutes == pytest.approx(length_m / 1000, rel=1e-6)
        assert (leg.leave_at - leg.notify_at) / minutes == pytest.approx(leg.ready_minutes)


def beside(lane: tuple[float, float]) -> Action:
    """An action at a house a few metres north of the lane."""
    point = Target(lon=lane[0] + 0.0002, lat=lane[1] + 0.00005, address="巷口", documents=DOCUMENTS)
    return asked(targets=(point,))


def test_a_target_beside_a_lane_that_joins_nothing_is_reached_by_the_road_behind_it(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    action_id = new_action(place, LOCAL, demo_profile, beside(LANE), now=NOW, planned=True)
    with transaction(place, LOCAL) as connection:
        legs = kept.legs(connection, action_id)
    metres = shapely.length(legs.geometry.to_crs(demo_profile.metric_crs).to_numpy())
    assert metres.tolist() == pytest.approx([7960, 7960], abs=40)


def test_a_target_whose_only_road_leads_nowhere_is_named_and_not_the_teams(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    with pytest.raises(Refused, match="目标“巷口”旁 500 米内的道路与各队驻地不相连") as refused:
        new_action(place, LOCAL, demo_profile, beside(FAR_LANE), now=NOW, planned=True)
    assert refused.value.kind == "no_road"


def test_a_station_whose_only_road_leads_nowhere_is_named(
    place: sa.Engine, demo_profile: CityProfile, cluster: embedded.Cluster
) -> None:
    move = sa.text("UPDATE stations SET geom = ST_SetSRID(ST_MakePoint(:x, :y), 4490) WHERE name = '西市监所'")
    with as_owner(cluster, place) as owner:
        owner.execute(move, dict(zip("xy", FAR_LANE, strict=True)))
    try:
        with pytest.raises(Refused, match="市场监管驻地“西市监所”旁 500 米内没有通往目标的道路"):
            new_action(place, LOCAL, demo_profile, asked("V1"), now=NOW, planned=True)
    finally:
        with as_owner(cluster, place) as owner:
            owner.execute(move, {"x": 118.05, "y": 27.0})


def test_the_team_that_is_ready_first_takes_the_farthest_way(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("V1", "V2"), now=NOW)
    plan_strike(place, LOCAL, demo_profile, action_id, now=NOW)
    with transaction(place, LOCAL) as connection:
        legs = kept.legs(connection, action_id)
    assert legs.loc[legs["number"] == 2, "ready_minutes"].tolist() == [5, 5]


def test_a_window_that_has_begun_is_used_from_the_first_moment_all_can_be_there(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    now = TEN - dt.timedelta(minutes=11)
    action_id = new_action(place, LOCAL, demo_profile, asked("V1"), now=now)
    plan_strike(place, LOCAL, demo_profile, action_id, now=now)
    with transaction(place, LOCAL) as connection:  # 5 to be ready, 4.96 on the road, 10 to wait: 19.96 from 9:49
        assert kept.action(connection, action_id)["h_hour"] == TEN + dt.timedelta(minutes=10)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (asked(), "no_targets"),
        (asked("V1", name=" "), "no_name"),
        (asked("V1", agencies=()), "no_agencies"),
        (asked("V1", agencies=("教育",)), "unknown_agency"),
        (asked("V1", until=TEN), "bad_window"),
        (asked("V1", since=TEN - dt.timedelta(days=9), until=NOW), "window_past"),
        (asked("V1", "甲旅馆"), "twice"),
        (asked("V1", "同名店"), "ambiguous_place"),
        (asked("V1", UNDRAWN), "no_boundary"),
        (asked("V1", "没有的地方"), "unknown_place"),
        (asked(targets=(Target(lon=150.0, lat=27.0, address="海上", documents={}),)), "outside"),
        (asked(targets=(Target(lon=118.1, lat=27.0, documents={}),)), "no_place"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(
    place: sa.Engine, demo_profile: CityProfile, told: Action, kind: str
) -> None:
    with pytest.raises((Refused, NotFound)) as refused:
        new_action(place, LOCAL, demo_profile, told, now=NOW)
    assert refused.value.kind == kind
    assert actions(place) == 0


@pytest.mark.parametrize(
    ("places", "now", "kind"),
    [
        (("V9",), NOW, "no_road"),
        (("V1", "V2", "V3"), NOW, "too_few_teams"),
        (("V1",), TEN + dt.timedelta(minutes=50), "window_past"),
    ],
)
def test_what_cannot_be_planned_stays_the_draft_it_was(
    place: sa.Engine, demo_profile: CityProfile, places: tuple[str, ...], now: dt.datetime, kind: str
) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked(*places), now=NOW)
    with pytest.raises(Refused) as refused:
        plan_strike(place, LOCAL, demo_profile, action_id, now=now)
    assert refused.value.kind == kind
    with transaction(place, LOCAL) as connection:
        action = kept.action(connection, action_id)
        assert (action["status"], action["version"], len(kept.legs(connection, action_id))) == ("draft", 1, 0)


def test_a_target_without_evidence_or_document_stays_pending_and_cannot_be_approved(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("V1", documents=DOCUMENTS | {"document_no": " "}), now=NOW)
    version = plan_strike(place, LOCAL, demo_profile, action_id, now=NOW)
    with pytest.raises(Refused) as refused:
        approve(place, OTHER.at("乙岗"), action_id, version=version)
    assert refused.value.kind == "pending"
    version = complete_target(place, LOCAL, action_id, 1, {"document_no": "演市监〔2026〕9号"}, version=version)
    approve(place, OTHER.at("乙岗"), action_id, version=version)
    with transaction(place, LOCAL) as connection:
        assert kept.action(connection, action_id)["status"] == "approved"


def test_a_dwelling_needs_the_police_document_as_well(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("U1"), now=NOW)
    with transaction(place, LOCAL) as connection:
        target = kept.targets(connection, action_id).iloc[0]
    assert (target["dwelling"], target["pending"]) == (True, True)
    complete_target(place, LOCAL, action_id, 1, {"police_document_no": "演公〔2026〕3号"}, version=1)
    with transaction(place, LOCAL) as connection:
        assert not kept.targets(connection, action_id)["pending"].any()


def test_a_change_made_from_an_older_version_is_lost_and_says_so(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("V1"), now=NOW)
    complete_target(place, LOCAL, action_id, 1, {"evidence": "先改的"}, version=1)
    with pytest.raises(Conflict):
        complete_target(place, LOCAL, action_id, 1, {"evidence": "后改的"}, version=1)
    with transaction(place, LOCAL) as connection:
        assert kept.targets(connection, action_id)["evidence"].tolist() == ["先改的"]


def test_an_area_is_reached_on_a_road_inside_it_and_a_point_lies_in_its_community(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    point = Target(lon=118.1, lat=27.001, address="路口", documents={})
    told = asked(targets=(Target(place=COMMUNITY, documents={}), point))
    with transaction(place, LOCAL) as connection:
        square = shapely.box(118.0, 26.9, 118.3, 27.2)
        new = new_action(place, LOCAL, demo_profile, told, now=NOW)
        targets = kept.targets(connection, new)
    assert shapely.contains(square, targets.geometry.to_numpy()).all()
    assert targets.geometry.iloc[0].y == pytest.approx(27.0)  # the road's; the middle of the square lies farther north
    assert targets["area_code"].tolist() == [COMMUNITY, COMMUNITY]
    assert np.isfinite(shapely.get_coordinates(targets.geometry)).all()


def test_a_name_is_given_once(place: sa.Engine, demo_profile: CityProfile) -> None:
    new_action(place, LOCAL, demo_profile, asked("V1"), now=NOW)
    with pytest.raises(Conflict):
        new_action(place, LOCAL, demo_profile, asked("V2"), now=NOW)
    assert actions(place) == 1


def test_without_roads_the_sentence_says_what_to_import(demo_profile: CityProfile) -> None:
    none = gpd.GeoDataFrame({"speed_kmh": [], "class": [], "oneway": []}, geometry=[], crs="EPSG:4490")
    with pytest.raises(Refused, match="请先导入道路"):
        road_network(none, demo_profile.metric_crs)


def test_a_road_without_speed_takes_that_of_its_class_or_a_slow_one(demo_profile: CityProfile) -> None:
    lines = [shapely.LineString([(118.0, y), (118.1, y)]) for y in (27.0, 27.1, 27.2)]
    told = {"speed_kmh": [60, np.nan, np.nan], "class": ["track", "trunk", None], "oneway": False}
    network = road_network(gpd.GeoDataFrame(told, geometry=lines, crs="EPSG:4490"), demo_profile.metric_crs)
    length_m = np.linalg.norm(network.nodes[network.ends[:, 0]] - network.nodes[network.ends[:, 1]], axis=1)
    assert sorted(length_m * 0.06 / network.there_minutes) == pytest.approx([30, 60, 80])


def approved(engine: sa.Engine, profile: CityProfile, told: Action) -> int:
    """An action of complete papers that one post planned and another approved."""
    action_id = new_action(engine, LOCAL.at("甲岗"), profile, told, now=NOW, planned=True)
    with transaction(engine, LOCAL) as connection:
        version = kept.action(connection, action_id)["version"]
    approve(engine, OTHER.at("乙岗"), action_id, version=version)
    return action_id


def test_the_post_that_planned_does_not_approve(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("V1"), now=NOW)
    version = plan_strike(place, LOCAL.at("甲岗"), demo_profile, action_id, now=NOW)
    with pytest.raises(Refused, match="由“甲岗”排定或改过,要由另一个岗位批准"):
        approve(place, OTHER.at("甲岗"), action_id, version=version)
    version = approve(place, OTHER.at("乙岗"), action_id, version=version)
    with transaction(place, LOCAL) as connection:
        action = kept.action(connection, action_id)
    assert (action["status"], action["planned_by"], action["approved_by"]) == ("approved", "甲岗", "乙岗")
    complete_target(place, LOCAL, action_id, 1, {"evidence": "新的证据"}, version=version)
    with transaction(place, LOCAL) as connection:
        assert kept.action(connection, action_id)["approved_by"] == ""  # what was approved is no more


def test_a_version_that_is_still_to_come_is_not_approved(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL.at("甲岗"), demo_profile, asked("V1"), now=NOW, planned=True)
    with pytest.raises(Conflict):  # else who writes it meanwhile would not be the one who is compared
        approve(place, LOCAL.at("甲岗"), action_id, version=3)


def test_what_was_planned_before_steps_were_kept_is_planned_anew_first(
    place: sa.Engine, demo_profile: CityProfile, cluster: embedded.Cluster
) -> None:
    action_id = new_action(place, LOCAL.at("甲岗"), demo_profile, asked("V1"), now=NOW, planned=True)
    with as_owner(cluster, place) as owner:
        owner.execute(sa.text("DELETE FROM action_steps WHERE action_id = :action_id"), {"action_id": action_id})
    with pytest.raises(Refused, match="重新排定"):
        approve(place, OTHER.at("乙岗"), action_id, version=2)


def test_a_command_stands_for_no_post_and_approves_nothing(place: sa.Engine, demo_profile: CityProfile) -> None:
    action_id = new_action(place, LOCAL, demo_profile, asked("V1"), now=NOW, planned=True)
    with pytest.raises(Refused, match="命令不代表任何岗位"):
        approve(place, LOCAL, action_id, version=2)
    with transaction(place, LOCAL) as connection:
        assert kept.action(connection, action_id)["status"] == "planned"


def test_every_step_of_an_action_is_kept_and_stays(place: sa.Engine, demo_profile: CityProfile) -> None:
    planner, other = (Actor(account="甲", post="甲岗", sign_in="1a"), Actor(account="乙", post="乙岗", sign_in="2b"))
    action_id = new_action(place, planner, demo_profile, asked("V1"), now=NOW, planned=True)
    version = approve(place, other, action_id, version=2)
    version = complete_target(place, other, action_id, 1, {"evidence": "新的证据"}, version=version)
    with pytest.raises(Conflict):
        plan_strike(place, planner, demo_profile, action_id, now=NOW, version=version - 1)
    plan_strike(place, planner, demo_profile, action_id, now=NOW, version=version)
    with transaction(place, LOCAL) as connection:
        steps = kept.steps(connection, action_id)
    written = {"number": 1, "evidence": "新的证据"}
    assert [(each["step"], each["post"], each["account"], each["detail"]) for each in steps] == [
        ("added", "甲岗", "甲", {}), ("planned", "甲岗", "甲", {}), ("approved", "乙岗", "乙", {}),
        ("changed", "乙岗", "乙", written), ("planned", "甲岗", "甲", {}),
    ]  # fmt: skip
    for change in ("UPDATE action_steps SET post = '丙岗'", "DELETE FROM action_steps"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), transaction(place, LOCAL) as connection:
            connection.execute(sa.text(change))


def test_a_team_in_two_actions_of_a_day_is_named_and_not_approved_twice(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    second = new_action(place, LOCAL, demo_profile, asked("V2", name="后一行动"), now=NOW, planned=True)
    first = approved(place, demo_profile, asked("V1", name="先一行动"))
    with transaction(place, LOCAL) as connection:
        told = kept.shared(connection, second)
        version = kept.action(connection, second)["version"]
        teams = set(kept.legs(connection, second)["team"])
        assert teams == set(kept.legs(connection, first)["team"])  # those that are ready first
    assert told == [{"team": team, "action": "先一行动", "status": "approved"} for team in sorted(teams)]
    with pytest.raises(Refused, match="当天已在批准的行动“先一行动”里"):
        approve(place, OTHER.at("乙岗"), second, version=version)
    version = plan_strike(place, LOCAL, demo_profile, second, now=NOW, version=version)
    with transaction(place, LOCAL) as connection:
        assert not teams & set(kept.legs(connection, second)["team"])
    approve(place, OTHER.at("乙岗"), second, version=version)


def test_teams_that_an_approved_action_takes_are_missed_by_its_name(
    place: sa.Engine, demo_profile: CityProfile
) -> None:
    approved(place, demo_profile, asked("V1", name="先一行动"))
    with pytest.raises(Refused, match="当天批准的行动“先一行动”占用了 2 支队伍"):
        new_action(place, LOCAL, demo_profile, asked("V1", "V2", name="后一行动"), now=NOW, planned=True)
