"""Headings are found wherever they stand, and only rows of data come through."""

import pytest

from layers.catalog import layer_named
from layers.intake.options import AS_IT_IS, ReadOptions
from layers.intake.sheets import Part, arrange
from layers.intake.wide import lengthened
from tests.layers.intake.builders import features, grid

RENTALS, COUNTS, TIPS = (layer_named(key) for key in ("rental_units", "counts", "tips"))


def _rows(part: Part | None) -> list[int]:
    assert part is not None
    return part.rows.tolist()


def test_headings_may_stand_under_titles() -> None:
    part = arrange(
        grid([["登记表"], ["填表单位:虚构", "2024年"], ["社区", "地址"], ["松测社区", "样板路1号"]]), RENTALS, AS_IT_IS
    )
    assert _rows(part) == [4]
    assert part is not None
    assert part.headings == {"community_name": "社区", "address": "地址"}


def test_two_rows_of_merged_headings_are_read_as_one() -> None:
    rows = [
        ["序号", "社区", "房屋", None, "坐标(WGS84)", None],
        [None, None, "编号", "地址", "经度", "纬度"],
        ["1", "甲", "A", "路", "118", "26"],
    ]
    merged = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 0, 5)]
    part = arrange(grid(rows, merged=merged), RENTALS, AS_IT_IS)
    assert part is not None
    assert set(part.columns) == {"community_name", "unit_code", "address", "lon", "lat"}
    assert _rows(part) == [3]


def test_two_rows_of_headings_need_no_merged_cells() -> None:
    rows = [
        ["序号", "社区", "房屋", None, "坐标", None],
        [None, None, "编号", "地址", "经度", "纬度"],
        ["1", "甲", "A", "路", "118", "26"],
    ]
    part = arrange(grid(rows, csv=True), RENTALS, AS_IT_IS)
    assert part is not None
    assert set(part.columns) == {"community_name", "unit_code", "address", "lon", "lat"}


def test_a_merged_cell_holds_for_all_its_rows_and_no_further() -> None:
    rows = [["社区", "地址"], ["松测社区", "1号"], [None, "2号"], [None, "3号"]]
    part = arrange(grid(rows, merged=[(1, 0, 2, 0)]), RENTALS, AS_IT_IS)
    assert part is not None
    assert part.columns["community_name"].to_pylist() == ["松测社区", "松测社区", None]


@pytest.mark.parametrize(
    "row",
    [
        ["合计", None, "12"],
        ["小 计", None, "12"],
        [None, "总计：", "12"],
        ["本页小计", None, "5"],
        ["注：数据截至2月底", None, None],
        ["（以下空白）", None, None],
        ["填表人（签字）：", None, "审核人："],
        ["地址", "社区", "间数"],
        ["二、乡镇部分", None, None],
    ],
)
def test_rows_that_are_no_data_are_passed_over(row: list[str | None]) -> None:
    rows = [["地址", "社区", "间数"], ["1号", "松测社区", "3"], row, ["2号", "松测社区", "3"]]
    part = arrange(grid(rows), RENTALS, AS_IT_IS)
    assert _rows(part) == [2, 4]
    assert part is not None
    assert part.skipped == 1


def test_a_row_with_an_address_alone_is_data_however_it_begins() -> None:
    for address in ("附近3号楼", "来源路5号", "日期巷8号", "以上村2号"):
        part = arrange(grid([["社区", "地址", "间数"], [None, address, None]]), RENTALS, AS_IT_IS)
        assert _rows(part) == [2]


def test_two_columns_of_one_heading_are_both_seen() -> None:
    part = arrange(grid([["社区", "地址", "备注", "备注", None], ["甲", "1号", "a", "b", "c"]]), RENTALS, AS_IT_IS)
    assert part is not None
    assert [column.to_pylist() for column in part.others.values()] == [["a"], ["b"], ["c"]]


def test_a_row_that_numbers_the_columns_is_no_data() -> None:
    part = arrange(grid([["地址", "社区", "间数"], ["1", "2", "3"], ["1号", "松测社区", "3"]]), RENTALS, AS_IT_IS)
    assert _rows(part) == [3]


def test_blank_rows_count_between_data_only() -> None:
    rows = [["地址", "社区"], ["1号", "甲"], [None, None], ["2号", "甲"], [None, None]]
    part = arrange(grid(rows), RENTALS, AS_IT_IS)
    assert part is not None
    assert part.skipped == 1


def test_same_as_above_is_the_cell_above_but_never_a_number() -> None:
    rows = [["线索编号", "社区", "地址"], ["X1", "松测社区", "1号"], ["X2", "同上", "〃"], ["同上", "同上", "2号"]]
    part = arrange(grid(rows), TIPS, AS_IT_IS)
    assert part is not None
    assert part.columns["community_name"].to_pylist() == ["松测社区"] * 3
    assert part.columns["address"].to_pylist() == ["1号", "1号", "2号"]
    assert part.columns["tip_no"].to_pylist() == ["X1", "X2", "同上"]
    assert {field: at.tolist() for field, at in part.dittos.items()} == {"community_name": [1, 2], "address": [1]}


def test_a_sheet_of_something_else_is_none() -> None:
    assert arrange(grid([["一、登记范围"], ["二、示例:样板路1号"]]), RENTALS, AS_IT_IS) is None
    assert arrange(grid([["砖混"], ["框架"]]), RENTALS, AS_IT_IS) is None


def test_mapped_headings_go_before_known_ones_and_dropped_columns_are_gone() -> None:
    options = ReadOptions(mapping={"address": "位置说明"}, drop=("备注",))
    part = arrange(grid([["地址", "位置说明", "社区", "备注"], ["1号", "里弄", "甲", "张三"]]), RENTALS, options)
    assert part is not None
    assert part.columns["address"].to_pylist() == ["里弄"]
    assert set(part.others) == {"地址"}


def test_a_cell_in_the_far_corner_costs_nothing() -> None:
    rows = [["地址", "社区", *[None] * 16_000], ["1号", "甲", *[None] * 15_999, "x"]]
    part = arrange(grid(rows), RENTALS, AS_IT_IS)
    assert part is not None
    assert len(part.others) == 1


def test_typed_columns_are_matched_by_name() -> None:
    part = arrange(features({"tip_no": ["X1"], "received_at": ["2024-01-01"], "other": [1]}), TIPS, AS_IT_IS)
    assert part is not None
    assert set(part.columns) == {"tip_no", "received_at"}
    assert set(part.others) == {"other"}


def test_month_columns_become_records_and_blank_cells_do_not() -> None:
    rows = [
        ["2024年人口统计表", None, None, None],
        ["社区", "组", "1月", "2月"],
        ["松测社区", "第1组", "5", None],
        ["松测社区", "第2组", "6", "7"],
    ]
    part = arrange(grid(rows), COUNTS, AS_IT_IS)
    assert part is not None
    long = lengthened(part)
    assert long.rows.tolist() == [3, 4, 4]
    assert long.columns["month"].to_pylist() == ["2024-01", "2024-01", "2024-02"]
    assert long.columns["count"].to_pylist() == ["5", "6", "7"]
    assert long.columns["register"].to_pylist() == ["resident"] * 3
    assert long.skipped == 1


def test_register_columns_under_month_headings_keep_both() -> None:
    rows = [["2024年四项登记", None, None], ["社区", "流动人口", None], [None, "1月", "2月"], ["松测社区", "5", "6"]]
    part = arrange(grid(rows, merged=[(1, 0, 2, 0), (1, 1, 1, 2)]), COUNTS, AS_IT_IS)
    assert part is not None
    long = lengthened(part)
    assert long.columns["register"].to_pylist() == ["floating", "floating"]
    assert long.columns["month"].to_pylist() == ["2024-01", "2024-02"]


def test_the_title_tells_month_and_register_where_no_column_does() -> None:
    part = arrange(
        grid([["2024年3月失业人员统计"], ["社区", "组", "人数"], ["松测社区", "第1组", "5"]]), COUNTS, AS_IT_IS
    )
    assert part is not None
    long = lengthened(part)
    assert (long.columns["month"].to_pylist(), long.columns["register"].to_pylist()) == (["2024-03"], ["unemployed"])
