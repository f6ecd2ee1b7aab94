"""The words of headers.toml."""

import tomllib
from pathlib import Path

import pytest

from layers.catalog import LAYERS, layer_named
from layers.intake import lexicon

WORDS = tomllib.loads((Path(lexicon.__file__).parent / "headers.toml").read_text("utf-8"))


def test_every_field_that_words_are_kept_for_exists() -> None:
    for key, section in WORDS["layers"].items():
        assert set(section) - {"nouns"} <= set(lexicon.known_fields(layer_named(key)))
    for key, fields in WORDS["choices"].items():
        choices = {field.name: set(field.choices) for field in layer_named(key).fields}
        for field, words in fields.items():
            assert set(words) <= choices[field]


@pytest.mark.parametrize("key", LAYERS)
def test_every_field_is_known_by_its_name_and_its_title(key: str) -> None:
    layer = layer_named(key)
    for field in layer.fields:
        for word in (field.name, field.title):
            found = lexicon.match(layer, word)
            assert found is not None
            assert found.field == field.name


@pytest.mark.parametrize("key", LAYERS)
def test_no_heading_of_a_field_counts_as_personal_but_of_officials_on_duty(key: str) -> None:
    section = WORDS["layers"].get("areas" if LAYERS[key].family == "areas" else key, {})
    free = {"nouns", *(field.name for field in LAYERS[key].fields if field.official)}
    assert free == {"nouns"} or key == "posts"
    words = [word for field, words in section.items() if field not in free for word in words]
    assert [word for word in words if lexicon.personal(word)] == []


@pytest.mark.parametrize(
    ("key", "heading", "field"),
    [
        ("rental_units", "社区\n（村）", "community_name"),
        ("rental_units", "面积（㎡）", "area_m2"),
        ("rental_units", "房屋地址", "address"),
        ("rental_units", "1.门牌地址*", "address"),
        ("rental_units", "Area", "area_m2"),
        ("venues", "宾馆名称", "name"),
        ("venues", "经营地址", "address"),
        ("tips", "举报内容", "text"),
        ("tips", "LNG", "lon"),
        ("raids", "涉案金额（万元）", "amount_yuan"),
        ("raids", "出动人数", "officers"),
        ("areas", "adcode", "code"),
        ("communities", "社区代码", "code"),
        ("counts", "组/单元", "group"),
    ],
)
def test_headings_as_offices_write_them(key: str, heading: str, field: str) -> None:
    found = lexicon.match(layer_named(key), heading)
    assert found is not None
    assert found.field == field


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("rental_units", "旧编号"),
        ("rental_units", "已租间数"),
        ("raids", "人均检查户数"),
        ("raids", "汇总"),
        ("counts", "平均"),
    ],
)
def test_headings_of_something_else(key: str, heading: str) -> None:
    assert lexicon.match(layer_named(key), heading) is None


@pytest.mark.parametrize(
    ("heading", "how"),
    [
        ("被查人员", "always"),
        ("身份证号", "always"),
        ("承租人身份证号码", "always"),
        ("姓名1", "always"),
        ("联系电话", "phones"),
        ("负责人", "doubtful"),
        ("地址", None),
        ("场所名称", None),
    ],
)
def test_headings_of_persons(heading: str, how: str | None) -> None:
    assert lexicon.personal(heading) == how


def test_a_title_tells_the_register_it_counts() -> None:
    assert lexicon.register_named("2024年上半年各社区（村）分组人口统计表") == "resident"
    assert lexicon.register_named("流动人口登记表") == "floating"
    assert lexicon.register_named("执法行动") is None
