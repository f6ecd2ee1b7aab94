"""The demo city has teams enough for a joint action, at stations on its roads, and names nobody."""

from layers.demo import DemoCity
from layers.profile import CityProfile


def test_every_agency_of_a_city_has_stations_and_teams_of_two_at_least(
    demo: DemoCity, demo_profile: CityProfile
) -> None:

    assert set(demo.stations["agency"]) == set(demo.teams["agency"]) == set(demo_profile.agencies)
    assert demo.teams["officers"].min() >= 2
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
