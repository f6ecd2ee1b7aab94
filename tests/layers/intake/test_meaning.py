"""Headings that are listed nowhere: which field their words mean, and when none."""

import tomllib
from pathlib import Path

import pytest

from layers.catalog import LAYERS, layer_named
from layers.intake import lexicon, meaning
from layers.intake.initials import initials
from layers.intake.options import AS_IT_IS, ReadOptions
from layers.intake.preview import preview
from layers.intake.register import understand

from .builders import CITY, areas, features, grid

WORDS = tomllib.loads(Path(meaning.__file__).with_name("meanings.toml").read_text("utf-8"))


def test_every_field_that_meanings_speak_of_exists_and_asks_for_concepts_that_do() -> None:
    concepts = {*WORDS["types"], *WORDS["words"], *WORDS["never"]}
    for key, fields in WORDS["fields"].items():
        layers = LAYERS.values() if key == "shared" else [layer_named(key)]
        assert set(fields) <= {name for layer in layers for name in lexicon.known_fields(layer)}
        for spec in fields.values():
            told = {word for part in ("type", "of", "with") for word in spec.get(part, "").split()}
            assert told <= concepts | {"bare"}


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("社区代码", "sqdm"),
        ("床位数", "cws"),
        ("幢号", "ch"),
        ("行业", "hy"),
        ("A区", "aq"),
        ("㵲溪", None),
        ("。", None),
    ],
)
def test_initials_of_common_characters(word: str, letters: str | None) -> None:
    assert initials(word) == letters


@pytest.mark.parametrize(
    ("key", "heading", "field"),
    [
        ("rental_units", "建档编码", "unit_code"),
        ("rental_units", "租住户口数(人)", "occupants"),
        ("rental_units", "租价(元/月)", "rent_yuan"),
        ("venues", "营业场所所在位置", "address"),
        ("venues", "KYSJ", "opened_on"),
        ("tips", "反映渠道", "channel"),
        ("raids", "遣返人员", "dispersed"),
        ("counts", "统计期", "month"),
        ("areas", "父级编码", "parent_code"),
        ("roads", "设计车速", "speed_kmh"),
    ],
)
def test_the_words_of_a_heading_mean_a_field(key: str, heading: str, field: str) -> None:
    assert [one.field for one in meaning.candidates(layer_named(key), heading)][:1] == [field]


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("rental_units", "旧房屋编号"),
        ("rental_units", "空置间数"),
        ("rental_units", "人均居住面积"),
        ("rental_units", "租客联系人"),
        ("rental_units", "房东证件编码"),
        ("rental_units", "合同编号"),
        ("tips", "办结反馈时间"),
        ("tips", "CBRXM"),
        ("raids", "计划出动警力"),
        ("venues", "Remarks"),
    ],
)
def test_words_of_something_else_mean_no_field(key: str, heading: str) -> None:
    assert not any(one.sure for one in meaning.candidates(layer_named(key), heading))


def test_two_columns_that_fit_alike_are_both_left_out_and_named() -> None:
    rows = [["编号", "社区", "地址", "居住者人数", "租住者人数"], ["F1", "松测社区", "一路1号", "2", "3"]]
    register = understand([grid(rows)], layer_named("rental_units"), profile=CITY, codes=areas())
    assert "occupants" not in register.frame
    unused = {fault.value: fault.sentence for fault in register.warnings if fault.kind == "column_unused"}
    assert set(unused) == {"居住者人数", "租住者人数"}
    assert all("“居住人数”" in sentence for sentence in unused.values())


def test_a_guess_is_named_with_its_field_and_a_mapped_heading_is_none() -> None:
    rows = [["编号", "社区", "地址", "现住者人数"], ["F1", "松测社区", "一路1号", "2"]]
    told = [
        [(fault.field, fault.value) for fault in register.warnings if fault.kind == "heading_guessed"]
        for options in (AS_IT_IS, ReadOptions(mapping={"occupants": "现住者人数"}))
        for register in [
            understand([grid(rows)], layer_named("rental_units"), profile=CITY, codes=areas(), options=options)
        ]
    ]
    assert told == [[("occupants", "现住者人数")], []]


def test_names_under_a_strange_heading_are_never_guessed() -> None:
    rows = [["线索编号", "接报时间", "地址", "联络渠道"], ["X1", "2024-01-01", "一路1号", "王小明"]]
    register = understand([grid(rows)], layer_named("tips"), profile=CITY, codes=areas())
    assert "channel" not in register.frame
    assert [fault.value for fault in register.warnings if fault.kind == "column_unused"] == ["联络渠道"]


def test_the_words_before_a_listed_heading_may_make_it_another() -> None:
    rows = [["行动编号", "日期", "社区", "执法人数"], ["X1", "2024-01-01", "松测社区", "7"]]
    frame = understand([grid(rows)], layer_named("raids"), profile=CITY, codes=areas()).frame
    assert ("people" in frame, frame["officers"].tolist()) == (False, [7])


def test_many_columns_are_named_in_one_warning() -> None:
    extra = {f"列{letter}": ["x"] for letter in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌"}
    register = understand(
        [features({"tip_no": ["X1"], "received_at": ["2024-01-01"], "address": ["一路1号"], **extra})],
        layer_named("tips"),
        profile=CITY,
        codes=areas(),
    )
    [unused] = [fault for fault in register.warnings if fault.kind == "column_unused"]
    assert all(name in unused.sentence for name in extra)


def test_of_two_figures_under_each_month_the_named_one_is_taken() -> None:
    rows = [
        ["流动人口", None, None, None, None],
        ["社区", "2025年1月", None, "2025年2月", None],
        [None, "户数", "人数", "户数", "人数"],
        ["松测社区", "1", "2", "3", "4"],
    ]
    table = grid(rows, merged=[(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)])
    for options, counts in ((AS_IT_IS, [2, 4]), (ReadOptions(mapping={"count": "户数"}), [1, 3])):
        register = understand([table], layer_named("counts"), profile=CITY, codes=areas(), options=options)
        assert register.frame.sort_values("month")["count"].tolist() == counts


def test_the_preview_notes_what_was_guessed_and_what_a_column_left_out_may_be() -> None:
    rows = [
        ["行次", "归口社区", "小组", "1月户数", "1月人数"],
        ["1", "松测社区", "一组", "5", "9"],
        ["2", "竹样社区", "一组", "6", "8"],
    ]
    table = grid([["2025年流动人口"], *rows])
    shown = preview([table], layer_named("counts"), profile=CITY, codes=areas(), options=AS_IT_IS)
    notes = {column.heading: (column.field, column.note) for column in shown.columns}
    assert notes["行次"] == (None, "像是行号")
    assert notes["归口社区"] == ("community_name", "按意思和内容当作这一项,请核对")
    assert notes["1月人数"] == (None, "这一列的数量按列名的月份、类别记")
    assert notes["1月户数"][1] is not None
    assert "可能是" in notes["1月户数"][1]


def unused(layer: str, *rows: list[str]) -> dict[str, str]:
    """What is said of each column left out, by its heading."""
    register = understand([grid(rows)], layer_named(layer), profile=CITY, codes=areas())
    return {fault.value or "": fault.sentence for fault in register.warnings if fault.kind == "column_unused"}


def test_a_column_left_out_may_be_what_its_heading_is_listed_for_or_what_its_cells_show() -> None:
    told = unused(
        "rental_units",
        ["编号", "社区", "地址", "详细地址", "甲栏", "乙栏", "丙栏"],
        ["F1", "松测社区", "一路1号", "一路1号东门", "990102001001", "7", "990102001001"],
        ["F2", "松测社区", "一路2号", "一路2号东门", "990102001001", "8", "990102001001"],
    )
    assert "可能是“地址”" in told["详细地址"]
    assert "可能是“社区代码”" in told["甲栏"]
    assert "可能是“社区代码”" in told["丙栏"]
    assert "可能是" not in told["乙栏"]


def test_of_many_columns_left_out_each_says_what_it_may_be() -> None:
    extra = [f"杂项{n}" for n in range(21)]
    told = unused(
        "rental_units",
        ["编号", "社区", "地址", "详细地址", *extra],
        ["F1", "松测社区", "一路1号", "一路1号东门", *["?"] * 21],
    )
    (sentence,) = told.values()
    assert "“详细地址”(可能是“地址”)" in sentence
    assert "“杂项20”" in sentence


@pytest.mark.parametrize(
    ("layer", "heading"),
    [
        ("tips", "接待人"),
        ("tips", "受理员"),
        ("tips", "反映人姓名"),
        ("raids", "带队民警"),
        ("raids", "查处对象"),
        ("rental_units", "寓居者姓名"),
        ("rental_units", "房屋承租人"),
        ("venues", "店主手机"),
        ("venues", "CSFZR"),
    ],
)
def test_a_column_that_may_hold_persons_is_never_guessed(layer: str, heading: str) -> None:
    assert meaning.candidates(layer_named(layer), heading) == ()


def test_a_plain_number_under_a_strange_heading_is_no_register_number() -> None:
    told = unused(
        "venues", ["名称", "社区", "地址", "容纳指数"], ["样馆", "松测社区", "一路1号", "33"],
        ["例馆", "松测社区", "一路2号", "47"],
    )  # fmt: skip
    assert set(told) == {"容纳指数"}
