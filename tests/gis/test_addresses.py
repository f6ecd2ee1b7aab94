"""Addresses as people write them come apart into the parts they name."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.addresses import Address, parse

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
    "人民路三巷5号": Address(road="人民路3巷", number=5),
    "春晖路1200弄5号": Address(road="春晖路1200弄", number=5),
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
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    written = f"{digits[hundreds]}百" if hundreds else ""
    written += f"{digits[tens]}十" if tens else "零" if hundreds and ones else ""
    written += digits[ones] if ones else ""
    assert parse(f"人民路{written}号").number == number
