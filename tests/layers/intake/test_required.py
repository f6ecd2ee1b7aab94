"""What a row cannot do without, layer by layer."""

import pytest

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, areas, grid, no_areas


def _read(key: str, *rows: list[str | None], known: bool = True) -> Register:
    return understand([grid(list(rows))], layer_named(key), profile=CITY, codes=areas() if known else no_areas())


def _lacks(register: Register) -> list[tuple[int | None, str | None]]:
    assert {fault.kind for fault in register.refused} <= {"missing_required"}
    return [(fault.row, fault.field) for fault in register.refused]


def test_rentals_need_community_and_address() -> None:
    heads = ["编号", "社区", "地址"]
    register = _read("rental_units", heads, [None, "松测社区", "1号"], ["A2", None, "2号"], ["A3", "松测社区", "/"])
    assert _lacks(register) == [(3, "community_code"), (4, "address")]


def test_a_point_makes_up_for_columns_that_are_not_there_but_not_for_empty_cells() -> None:
    assert _lacks(_read("rental_units", ["面积", "经度", "纬度"], ["80", "118.11", "26.61"])) == []
    assert _lacks(_read("rental_units", ["面积", "经度", "纬度"], ["80", None, None])) == [
        (2, "community_code"),
        (2, "address"),
    ]
    assert _lacks(_read("rental_units", ["社区", "地址", "经度", "纬度"], [None, "1号", "118.11", "26.61"])) == [
        (2, "community_code")
    ]


def test_venues_need_a_name_too() -> None:
    assert _lacks(_read("venues", ["名称", "社区", "地址"], [None, "松测社区", "1号"])) == [(2, "name")]


def test_tips_need_a_time_a_place_and_their_number_where_there_is_a_column() -> None:
    rows = (
        ["编号", "时间", "地址", "坐标"],
        ["X1", None, "1号", None],
        ["X2", "2024-01-01", None, None],
        [None, "2024-01-01", "1号", None],
        ["X4", "2024-01-01", None, "118.11,26.61"],
    )
    register = _read("tips", *rows)
    assert _lacks(register) == [(2, "received_at"), (3, "address"), (4, "tip_no")]
    assert len(_read("tips", ["时间", "地址"], ["2024-01-01", "1号"]).frame) == 1


def test_raids_need_a_community_or_a_place() -> None:
    assert _lacks(_read("raids", ["编号", "日期", "社区"], ["X1", "2024-01-01", None])) == [(2, "community_code")]
    assert len(_read("raids", ["编号", "日期", "坐标"], ["X1", "2024-01-01", "118.11,26.61"]).frame) == 1


def test_counts_need_their_group_where_there_is_a_column() -> None:
    rows = (["社区", "月份", "组", "数量"], ["松测社区", "2024-01", None, "5"], ["松测社区", "2024-01", "第1组", "5"])
    assert _lacks(_read("counts", *rows)) == [(2, "group")]
    assert len(_read("counts", ["社区", "月份", "数量"], ["松测社区", "2024-01", "5"]).frame) == 1


def test_a_form_for_counts_of_every_kind_takes_those_of_whole_communities_too() -> None:
    heads = ["社区代码*", "月份*", "登记类别*", "数量*", "组", "楼栋", "单元", "场所编号"]
    rows = [["990102001001", "2024-01", "出租房屋", str(n), *[None] * 4] for n in range(5)]
    for at in range(1, 5):
        rows[at][3 + at] = "3"
    register = _read("counts", heads, *rows)
    assert _lacks(register) == []
    finer = register.frame[["group", "building", "unit", "venue_no"]].notna().to_numpy()
    assert finer.tolist() == [[False] * 4, *[[n == at for n in range(4)] for at in range(4)]]
    exported = _read("counts", [*heads[:5], "系统标识(勿改)"], [*rows[0][:5], "0" * 8 + "-0000" * 3 + "-" + "0" * 12])
    assert _lacks(exported) == []


def test_without_any_community_known_none_is_required() -> None:
    register = _read("rental_units", ["面积", "坐标"], ["80", "118.11,26.61"], known=False)
    assert register.frame["community_code"].isna().all()
    assert [fault.kind for fault in register.warnings] == ["unknown_code", "datum_assumed"]


def test_a_value_with_a_fault_is_not_missing_besides() -> None:
    register = _read("tips", ["编号", "时间", "地址"], ["X1", "上周三", "1号"])
    assert [fault.kind for fault in register.refused] == ["bad_date"]


def test_a_required_column_that_is_nowhere_is_named() -> None:
    with pytest.raises(IntakeError, match="找不到“接报时间”这一列") as caught:
        _read("tips", ["编号", "地址"], ["X1", "1号"])
    assert caught.value.kind == "missing_required"
