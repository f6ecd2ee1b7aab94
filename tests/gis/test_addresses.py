"""Addresses as people write them come apart into the parts they name."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.addresses import Address, opening, parse

WRITTEN = {
    "演示市苇陵区栎坳街道颂和社区栎楸公路23号1单元101室": Address(
        county="苇陵区", township="栎坳街道", community="颂和社区", road="栎楸公路", number=23, unit="1", room="101"
    ),
    "福建省南平市建瓯市芝山街道中山路１２－３号": Address(
        county="建瓯市", township="芝山街道", road="中山路", number=12, sub=3
    ),
    "演示市鹭麓县栎峡乡锦畔社区1组1号": Address(
        county="鹭麓县", township="栎峡乡", community="锦畔社区", road="1组", number=1
    ),
    "镇前镇镇前村第五组十二号": Address(township="镇前镇", community="镇前村", road="5组", number=12),
    "东坑5组": Address(community="东坑", road="5组"),
    "人民路二十三号附３号": Address(road="人民路", number=23, sub=3),
    "人民路 12 号 (原供销社)": Address(road="人民路", number=12),
    "人民路12-2-301": Address(road="人民路", number=12, unit="2", room="301"),
    "人民路三巷5号": Address(road="人民路3巷", number=5, lanes=("3巷",)),
    "春晖路1200弄5号": Address(road="春晖路1200弄", number=5, lanes=("1200弄",)),
    "南京路一百弄三支弄五号": Address(road="南京路100弄3支弄", number=5, lanes=("100弄", "3支弄")),
    "建设街7巷2号院3号楼": Address(road="建设街7巷", number=2, building="3", lanes=("7巷",)),
    "和平路15号院3号": Address(road="和平路15号院", number=3, lanes=("15号院",)),
    "和平路19弄2号楼301室": Address(road="和平路19弄", building="2", room="301", lanes=("19弄",)),
    "和平路二支路5号": Address(road="和平路2支路", number=5, lanes=("2支路",)),
    "和平路桂花巷5号": Address(road="和平路桂花巷", number=5, lanes=("桂花巷",)),
    "西大街东二巷10号附3": Address(road="西大街东2巷", number=10, sub=3, lanes=("东2巷",)),
    "和平里三条5号": Address(road="和平里3条", number=5, lanes=("3条",)),
    "平安胡同12号": Address(road="平安胡同", number=12),
    "文灶里三十二号": Address(road="文灶里", number=32),
    "人民路一段12号": Address(road="人民路1段", number=12),
    "人民路小巷人家饭店": Address(road="人民路", place="小巷人家饭店"),
    "十里铺村5号": Address(community="十里铺村", number=5),
    "人民路甲5号": Address(road="人民路", number=5, mark="甲"),
    "人民路乙十二号2单元301室": Address(road="人民路", number=12, mark="乙", unit="2", room="301"),
    "人民路5号甲": Address(road="人民路", number=5, mark="甲"),
    "人民路5号甲2单元": Address(road="人民路", number=5, mark="甲", unit="2"),
    "人民路5号甲栋": Address(road="人民路", number=5, building="甲"),
    "人民路5号B座12层1203室": Address(road="人民路", number=5, building="B", room="1203"),
    "人民路5号A301室": Address(road="人民路", number=5, room="A301"),
    "人民路12a号": Address(road="人民路", number=12, mark="A"),
    "人民路丙7号附3": Address(road="人民路", number=7, mark="丙", sub=3),
    "和平里甲32号": Address(road="和平里", number=32, mark="甲"),
    "青山村乙1号": Address(community="青山村", number=1, mark="乙"),
    "甲5号": Address(number=5, mark="甲"),
    "嘉和苑甲3号501": Address(building="甲3", room="501", place="嘉和苑"),
    "嘉和苑3号2单元501": Address(building="3", unit="2", room="501", place="嘉和苑"),
    "嘉苑小区3号楼2单元501": Address(building="3", unit="2", room="501", place="嘉苑小区"),
    "嘉苑小区B座十二层1203室": Address(building="B", room="1203", place="嘉苑小区"),
    "八一路8号": Address(road="八一路", number=8),
    "城乡路5号": Address(road="城乡路", number=5),
    "黛垅镇镇中路8号": Address(township="黛垅镇", road="镇中路", number=8),
    "示意弄13号附近": Address(road="示意弄", number=13, slack_m=300.0),
    "春晖路12号斜对面": Address(road="春晖路", number=12, slack_m=80.0),
    "人民路15号往东200米": Address(road="人民路", number=15, slack_m=200.0),
    "嘉苑宾馆旁": Address(place="嘉苑宾馆", slack_m=40.0),
    "超市": Address(place="超市"),
    "市场监督管理局": Address(place="市场监督管理局"),
    "一百零五号": Address(number=105),
    "": Address(),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_an_address_comes_apart(text: str) -> None:
    assert parse(text) == WRITTEN[text]


def test_one_place_written_in_two_ways_has_one_normal_form() -> None:
    forms = {parse(text).normal for text in ("青山社区人民路二十三号2单元301", "青山社区 人民路２３号 ２单元３０１室")}
    assert forms == {"青山社区人民路23号2单元301室"}


@given(st.text(alphabet="演示市区县镇乡村社街道路巷弄组号栋幢座单元室附近对面旁层楼新农123一二十百零-A()", max_size=30))
def test_any_text_is_read_and_its_normal_form_holds_nothing_new(text: str) -> None:
    found = parse(text)
    assert found.slack_m >= 0
    assert all(value != "" for value in dataclasses.astuple(found))


@given(st.integers(1, 999))
def test_chinese_numerals_are_the_numbers_they_write(number: int) -> None:
    assert parse(f"人民路{_numeral(number)}号").number == number


def _numeral(number: int) -> str:
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    written = f"{digits[hundreds]}百" if hundreds else ""
    written += f"{digits[tens]}十" if tens else "零" if hundreds and ones else ""
    return written + (digits[ones] if ones else "")


LANES = ("15弄", "3支弄", "7巷", "东2巷", "2支路", "12胡同", "4条", "9里", "5坊", "6号院", "8号大院", "桂花巷", "2横巷")


@given(
    road=st.sampled_from(["和平路", "建设街", "西大街", "春晖大道", "平安胡同"]),
    lanes=st.lists(st.sampled_from(LANES), max_size=3, unique=True),
    number=st.integers(1, 9999),
    sub=st.none() | st.integers(1, 99),
    building=st.none() | st.integers(1, 99).map(str),
    room=st.none() | st.integers(101, 3999).map(str),
)
def test_no_lane_of_an_address_is_dropped(
    road: str, lanes: list[str], number: int, sub: int | None, building: str | None, room: str | None
) -> None:
    written = Address(
        road=road + "".join(lanes), number=number, sub=sub, building=building, room=room, lanes=tuple(lanes)
    )
    assert parse(written.normal) == written


@given(st.integers(1, 999), st.sampled_from(["弄", "巷", "支弄", "支路", "胡同", "横街"]))
def test_a_lane_is_numbered_by_numerals_or_digits_alike(number: int, word: str) -> None:
    assert parse(f"和平路{_numeral(number)}{word}{_numeral(number)}号") == parse(f"和平路{number}{word}{number}号")


def test_only_a_lane_called_by_a_house_number_tells_where_it_opens() -> None:
    assert [opening(lane) for lane in ("15弄", "15号弄", "15-1弄", "6号院", "8号大院")] == [15, 15, 15, 6, 8]
    assert [opening(lane) for lane in ("7巷", "3支弄", "2支路", "4条", "桂花巷")] == [None] * 5
