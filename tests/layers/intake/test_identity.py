"""Rows are known again by their number, their address, or all they say."""

from typing import Any

import pytest

from layers.catalog import layer_named
from layers.intake.options import AS_IT_IS
from layers.intake.raw import RawTable
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, EAST, areas, grid, no_areas


def _read(key: str, raw: RawTable, known: Any = None) -> Register:
    return understand(
        [raw], layer_named(key), profile=CITY, codes=areas() if known is None else known, options=AS_IT_IS
    )


def _rentals(*rows: list[str | None]) -> Register:
    return _read("rental_units", grid([["编号", "社区", "地址", "间数"], *rows]))


def _faults(register: Register) -> list[tuple[str, int | None]]:
    return [(fault.kind, fault.row) for fault in register.refused]


def test_a_number_names_a_row_and_the_second_is_refused() -> None:
    register = _rentals(["A1", "松测社区", "1号", "2"], ["A1", "竹样社区", "2号", "3"])
    assert register.frame["identity"].tolist() == ["no:A1"]
    assert _faults(register) == [("duplicate", 3)]


def test_a_refused_row_does_not_reserve_its_number() -> None:
    register = _rentals(["A1", "松测社区", "1号", "-2"], ["A1", "松测社区", "1号", "2"])
    assert _faults(register) == [("bad_number", 2)]
    assert register.rows.tolist() == [3]


def test_without_a_number_the_address_in_its_community_names_a_row() -> None:
    register = _rentals(
        [None, "松测社区", "样板路１号", "2"],
        [None, "松测社区", "样板路 1号", "3"],
        [None, "竹样社区", "样板路1号", "3"],
    )
    assert register.frame["identity"].tolist() == ["at:松测社区:样板路1号", "at:竹样社区:样板路1号"]
    assert [(f.kind, f.row, f.field) for f in register.refused] == [("duplicate", 3, "address")]


def test_places_without_both_are_duplicates_only_when_the_whole_row_is_the_same() -> None:
    rows = [
        ["面积", "坐标", "楼层"],
        ["80", "118.11,26.61", "1"],
        ["80", "118.11,26.61", "1"],
        ["80", "118.11,26.61", "2"],
    ]
    register = _read("rental_units", grid(rows))
    assert _faults(register) == [("duplicate", 3)]
    first, second = register.frame["identity"]
    assert first.removesuffix("#1") == second.removesuffix("#2")


def test_equal_records_are_two_events_with_one_warning() -> None:
    rows = [["接报时间", "坐标"], *[["2024-01-01", "118.11,26.61"]] * 3, ["2024-01-02", "118.11,26.61"]]
    register = _read("tips", grid(rows))
    assert len(register.frame) == 4
    assert register.frame["identity"].is_unique
    assert [fault.kind for fault in register.warnings if fault.row is None] == ["datum_assumed", "duplicate"]


def test_the_same_file_gives_the_same_identities_and_these_are_kept_for_good() -> None:
    rows = [["接报时间", "地址"], ["2024-01-01 08:00", "样板路1号"]]
    first, second = (_read("tips", grid(rows)).frame["identity"][0] for _ in range(2))
    assert first == second == "as:fd73bdcf4bbb3ce338edf752#1"


def test_counts_are_named_by_place_month_and_register() -> None:
    rows = [
        ["社区", "月份", "登记类别", "组", "数量"],
        ["松测社区", "2024-01", "流动人口", "第１组", "5"],
        ["松测社区", "2024年1月", "外来人口", "第1组", "6"],
    ]
    register = _read("counts", grid(rows))
    assert register.frame["identity"].tolist() == ["of:990102001001:2024-01:floating:group=第1组"]
    assert _faults(register) == [("duplicate", 3)]


def test_duplicates_are_found_across_sheets() -> None:
    sheets = [grid([["编号", "社区", "地址"], ["A1", "松测社区", "1号"]], sheet=name) for name in ("一", "二")]
    register = understand(sheets, layer_named("rental_units"), profile=CITY, codes=areas())
    assert [(f.sheet, f.row, f.kind) for f in register.refused] == [("二", 2, "duplicate")]


TIPS = [
    ["接报时间", "坐标", "社区"],
    *[["2024-01-01", "118.11,26.61", "松测社区"]] * 2,
    ["2024-01-02", "118.11,26.61", EAST],
    ["2024-01-02", "118.11,26.61", "／"],
]
WITHOUT_COMMUNITY = [["接报时间", "坐标"], ["2024-01-01", "118.11,26.61"], ["2024-01-02", "118.11,26.61"]]
RENTALS = [
    ["社区代码", "社区", "地址", "间数"],
    [None, "松测社区", "样板路1号", "2"],
    [f"'{EAST}", "松测社区", "样板路2号", "3"],
    [None, "竹样", "样板路１号", "3"],
]
PLACED = [["地址", "坐标"], ["样板路1号", "118.11,26.61"], ["样板路2号", "118.11,26.61"]]
COUNTS = [
    ["社区", "月份", "登记类别", "数量"],
    ["松测社区", "2024-01", "流动人口", "5"],
    ["竹样社区", "2024-01", "流动人口", "6"],
]


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("tips", TIPS),
        ("tips", WITHOUT_COMMUNITY),
        ("rental_units", RENTALS),
        ("rental_units", PLACED),
    ],
)
def test_a_file_gives_the_same_identities_before_and_after_communities_are_imported(
    key: str, rows: list[list[str | None]]
) -> None:
    before, after = (_read(key, grid(rows), known).frame["identity"].tolist() for known in (no_areas(), areas()))
    assert before == after
    assert len(set(before)) == len(rows) - 1


def test_a_community_written_once_for_several_rows_gives_the_same_identities_before_and_after() -> None:
    rows = [["社区", "地址"], ["松测社区", "1号"], [None, "2号"], ["竹样社区", "1号"]]
    before, after = (
        _read("rental_units", grid(rows, merged=[(1, 0, 2, 0)]), known).frame["identity"].tolist()
        for known in (no_areas(), areas())
    )
    assert before == after == ["at:松测社区:1号", "at:松测社区:2号", "at:竹样社区:1号"]


def test_the_same_address_in_a_community_by_name_and_by_code_is_a_duplicate() -> None:
    register = _rentals([None, "松测社区", "1号", "2"], [None, EAST, "1号", "3"])
    assert register.frame["identity"].tolist() == ["at:松测社区:1号"]
    assert _faults(register) == [("duplicate", 3)]


def test_a_community_counted_by_name_and_by_code_is_a_duplicate() -> None:
    register = _read("counts", grid([*COUNTS, [EAST, "2024-01", "流动人口", "7"]]))
    assert _faults(register) == [("duplicate", 4)]


def test_a_count_is_the_same_by_the_name_and_by_the_code_of_its_community() -> None:
    by_code = [COUNTS[0], *([EAST if cell == "松测社区" else cell for cell in row] for row in COUNTS[1:])]
    named, coded = (_read("counts", grid(rows)).frame["identity"].iloc[0] for rows in (COUNTS, by_code))
    assert named == coded == f"of:{EAST}:2024-01:floating"


def test_counts_wait_for_the_communities() -> None:
    register = _read("counts", grid(COUNTS), no_areas())
    assert _faults(register) == [("unknown_code", 2), ("unknown_code", 3)]


def test_counts_without_a_community_are_refused_row_by_row() -> None:
    register = _read("counts", grid([["月份", "登记类别", "数量"], ["2024-01", "流动人口", "5"]]))
    assert _faults(register) == [("missing_required", 2)]
