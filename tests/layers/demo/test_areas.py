import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.demo import DemoCity, _land
from layers.demo.borders import Shapes

BOUNDS = shapely.box(117.0, 26.2, 119.3, 28.4)


def at_level(areas: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    return areas[areas["level"] == level].set_index("code")


def assert_tiles_exactly(shapes: Shapes) -> None:
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes), "a gap, an overlap, or a vertex that a neighbour does not have"
    whole = shapely.coverage_union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-12)
    assert isinstance(whole, shapely.Polygon)
    assert not whole.interiors


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


@pytest.mark.parametrize("kind", ["police", "market"])
def test_each_kind_of_jurisdiction_covers_the_city_once(demo: DemoCity, kind: str) -> None:
    some = demo.jurisdictions[demo.jurisdictions["kind"] == kind]
    assert shapely.coverage_is_valid(some.geometry.to_numpy())
    whole = shapely.coverage_union_all(some.geometry.to_numpy())
    assert shapely.equals(whole, at_level(demo.areas, "city").geometry.iloc[0])
    assert some["area_code"].isin(at_level(demo.areas, "township").index).all()
    assert some["name"].is_unique
