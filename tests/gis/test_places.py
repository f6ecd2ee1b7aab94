"""Candidates on a gazetteer made by hand: metres that a reader checks."""

import pandas as pd
import pytest

from gis.addresses import parse
from gis.gazetteer import HOUSE_M, Gazetteer, gazetteer, indexed, tables
from gis.places import LANE_M, candidates, place

A, B, C = "990101001001", "990201001001", "990101001002"


def _frame(rows: list[tuple[str, str, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "code", "x", "y", "radius_m"])


@pytest.fixture
def known() -> Gazetteer:
    """Two counties; 青山社区 in both; 人民路 in A with the numbers 1, 5, 9 and 13 at x = 0, 40, 80, 120."""
    areas = [("西县", "990101000000", 0, 0, 9000), ("东县", "990201000000", 9e4, 0, 9000)]
    areas += [("梧镇", "990101001000", 0, 0, 5000), ("桐镇", "990201001000", 9e4, 0, 5000)]
    areas += [("青山社区", A, 0, 0, 200), ("青山社区", B, 9e4, 0, 250), ("绿水村", C, 3000, 0, 900)]
    houses = [(f"人民路{n}号", A, 10.0 * (n - 1), 0.0, 0.0) for n in (1, 5, 9, 13)]
    houses += [("人民路5号附2号", A, 44, 0, 0), ("人民路9号3栋", A, 80, 70, 0), ("绿水村2组7号", C, 3100, 0, 0)]
    return gazetteer(
        areas=_frame(areas).assign(level=["county"] * 2 + ["township"] * 2 + ["community"] * 3),
        roads=_frame([("人民路", A, 60, 0, 100), ("人民路", B, 9e4, 50, 120), ("解放路", A, 0, 90, 80)]),
        houses=_frame(houses),
        sites=_frame([("嘉苑宾馆", A, 15, 5, 30)]),
    )


def _best(known: Gazetteer, text: str, code: str | None = None) -> tuple[str, str, float, float, str | None]:
    best = candidates(known, parse(text), community_code=code)[0]
    return best.name, best.kind, round(best.x), round(best.radius_m), best.code


def test_a_known_house_is_found_by_its_number_its_sub_number_and_its_building(known: Gazetteer) -> None:
    assert _best(known, "西县梧镇青山社区人民路13号1单元301室") == ("人民路13号", "house", 120, 30, A)
    assert _best(known, "青山社区人民路五号附2号", A) == ("人民路5号附2", "house", 44, 30, A)
    assert _best(known, "人民路9号3栋", A) == ("人民路9号3", "house", 80, 30, A)


def test_a_number_with_a_mark_is_another_house_than_the_bare_one() -> None:
    known = gazetteer(
        areas=_frame([("青山社区", A, 50, 0, 300)]).assign(level="community"),
        roads=_frame([]),
        houses=_frame([("人民路5号", A, 40, 0, 0), ("人民路甲5号", A, 60, 0, 0), ("人民路9号", A, 80, 0, 0)]),
        sites=_frame([]),
    )
    for text in ("人民路甲5号", "人民路五号甲", "人民路甲5号2单元301室"):
        assert _best(known, text, A)[:4] == ("人民路甲5号", "house", 60, 30), text
    *_, near = _best(known, "人民路乙5号", A)[:4]  # of the number, two houses are known and this one is not
    assert near > 70


def test_a_number_between_two_houses_stands_between_them(known: Gazetteer) -> None:
    name, kind, x, radius_m, _ = _best(known, "人民路11号", A)
    assert (name, kind, x) == ("人民路11号", "between", 100)
    assert radius_m >= 20 + HOUSE_M


def test_a_number_past_the_last_house_is_less_sure_and_far_past_it_is_the_road(known: Gazetteer) -> None:
    assert _best(known, "人民路15号", A)[1:3] == ("beyond", 120)
    assert _best(known, "人民路99号", A)[:2] == ("人民路", "road")


def test_vague_words_widen_the_radius(known: Gazetteer) -> None:
    assert _best(known, "人民路13号对面", A)[3] == HOUSE_M + 60
    assert _best(known, "人民路13号附近", A)[3] == HOUSE_M + 300


def test_a_repeated_name_gives_every_place_that_has_it(known: Gazetteer) -> None:
    found = candidates(known, parse("青山社区"))
    assert [(one.kind, one.code) for one in found] == [("community", A), ("community", B)]
    assert [one.code for one in candidates(known, parse("东县青山社区")) if one.kind == "community"] == [B]
    assert {one.code for one in candidates(known, parse("人民路"))} == {A, B}


def test_a_wrong_letter_costs_score_and_nothing_else(known: Gazetteer) -> None:
    right, wrong = (candidates(known, parse(f"{road}1号"), community_code=A)[0] for road in ("人民路", "人名路"))
    assert wrong._replace(score=right.score) == right
    assert wrong.score < right.score


def test_a_bare_name_means_sites_roads_and_areas(known: Gazetteer) -> None:
    assert _best(known, "嘉苑宾馆旁")[:4] == ("嘉苑宾馆", "site", 15, 70)
    assert _best(known, "解放路")[:2] == ("解放路", "road")
    assert _best(known, "绿水")[:2] == ("绿水村", "community")
    assert candidates(known, parse("完全不相干的话")) == []
    assert candidates(known, parse("")) == []


def test_a_group_of_a_village_is_sought_in_that_village_only(known: Gazetteer) -> None:
    assert _best(known, "绿水村二组7号")[1:3] == ("house", 3100)
    assert _best(known, "青山社区2组7号", A)[1] == "community"


def test_only_what_is_sure_and_near_enough_is_placed(known: Gazetteer) -> None:
    texts = ["人民路13号", "人民路13号", "人民路13号附近", "青山社区", "绿水村", "", "西县青山社区"]
    codes = [A, None, A, None, C, A, None]
    placed = place(known, texts, codes, within_m=300)
    assert placed["x"].notna().tolist() == [True, False, False, False, False, False, True]
    assert placed["code"].fillna("").tolist() == [A, "", A, "", C, A, A]
    assert placed.loc[[0, 6], "radius_m"].tolist() == [30, 200]


def test_places_come_back_in_the_order_they_were_asked_in(known: Gazetteer) -> None:
    texts = [f"人民路{n}号" for n in (9, 1, 13, 9, 5, 1)]
    placed = place(known, texts, [A] * 6, within_m=300)
    assert placed["x"].round().tolist() == [80, 0, 120, 80, 42, 0]


@pytest.mark.parametrize(
    "lane",
    ["9弄", "九弄", "9号弄", "9号院", "9弄3支弄", "9巷", "3巷", "桂花巷", "5支路", "二条", "9里", "5坊", "12胡同"],
)
@pytest.mark.parametrize("number", [1, 5, 13])
def test_a_house_in_a_lane_is_never_the_house_of_that_number_on_the_road(
    known: Gazetteer, lane: str, number: int
) -> None:
    text = f"人民路{lane}{number}号"
    assert not any(one.name == f"人民路{number}号" for one in candidates(known, parse(text), community_code=A))
    placed = place(known, [text], [A], within_m=300).iloc[0]
    assert pd.isna(placed["x"]) or (placed["x"] in (60, 80, 85) and placed["radius_m"] >= LANE_M)


def test_a_lane_opens_at_the_house_that_it_is_called_by(known: Gazetteer) -> None:
    assert _best(known, "人民路13弄1号", A) == ("人民路13弄", "lane", 120, round(HOUSE_M + LANE_M), A)
    assert _best(known, "人民路13弄2号楼301室", A)[:3] == ("人民路13弄", "lane", 120)
    assert _best(known, "人民路13弄3支弄1号", A)[3] == HOUSE_M + 2 * LANE_M
    assert _best(known, "人民路3巷1号", A)[:2] == ("人民路", "road")


def test_a_lane_with_houses_of_its_own_is_a_road() -> None:
    lane = [("人民路9弄1号", A, 80.0, 500.0, 0.0), ("人民路9弄3号", A, 80.0, 520.0, 0.0)]
    also = gazetteer(areas=_frame([]).assign(level=[]), roads=_frame([]), houses=_frame(lane), sites=_frame([]))
    assert [one.y for one in candidates(also, parse("人民路九弄三号"), community_code=A, limit=1)] == [520]
    assert candidates(also, parse("人民路9弄2号"), community_code=A)[0].kind == "between"
    assert candidates(also, parse("人民路8弄3号"), community_code=A) == []


def test_names_that_differ_in_a_number_or_a_word_for_a_road_are_different_names(known: Gazetteer) -> None:
    for text in ("人民东路1号", "人民支路1号", "人民巷1号", "人民路二段1号"):
        assert not any(one.kind in ("house", "road") for one in candidates(known, parse(text), community_code=A))


def test_an_estate_is_known_by_the_buildings_that_registers_have_in_it() -> None:
    houses = [("嘉和苑3幢2单元501室", A, 10.0, 0.0, 0.0), ("嘉和苑8幢101室", A, 90.0, 0.0, 0.0)]
    houses += [("解放路5号紫荆小区2栋", A, 500.0, 0.0, 0.0)]
    estate = gazetteer(areas=_frame([]).assign(level=[]), roads=_frame([]), houses=_frame(houses), sites=_frame([]))
    assert _best(estate, "嘉和苑8号楼3单元", A)[:3] == ("嘉和苑8栋", "house", 90)
    assert _best(estate, "嘉和苑", A)[:2] == ("嘉和苑", "site")
    assert _best(estate, "嘉和苑9栋", A)[1] == "site"
    assert _best(estate, "紫荆小区2栋101", A)[:3] == ("紫荆小区2栋", "house", 500)


def test_the_public_part_knows_no_register() -> None:
    made = tables(
        areas=_frame([("青山社区", A, 0, 0, 200)]).assign(level=["community"]),
        roads=_frame([("解放路", A, 0, 90, 80)]),
        houses=_frame([("人民路5号附2号", A, 44, 0, 0), ("嘉和苑3幢", A, 44, 0, 0)]),
        sites=_frame([("嘉苑宾馆", A, 15, 5, 30), ("集训点", A, 15, 5, 30)]).assign(public=[True, False]),
    )
    public = indexed(made, public=True)
    assert (list(public.roads), list(public.sites)) == (["解放路"], ["嘉苑宾馆"])
    assert not public.streets
    assert not public.doors
    assert candidates(public, parse("人民路5号"), community_code=A)[0].kind == "community"


def test_an_empty_gazetteer_knows_nothing() -> None:
    empty = gazetteer(areas=_frame([]).assign(level=[]), roads=_frame([]), houses=_frame([]), sites=_frame([]))
    assert candidates(empty, parse("青山社区人民路1号")) == []
    assert place(empty, ["人民路1号"], [A], within_m=300).loc[0, "code"] == A
    assert len(place(empty, [], [], within_m=300)) == 0
