"""Rows are known again by their number, their address, or all they say."""

from typing import Any

from layers.catalog import layer_named
from layers.intake.options import AS_IT_IS
from layers.intake.raw import RawTable
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, areas, grid


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
    assert register.frame["identity"].tolist() == ["at:990102001001:样板路1号", "at:990102001002:样板路1号"]
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
    assert register.frame["identity"].tolist() == ["of:990102001001:2024-01:floating:第1组"]
    assert _faults(register) == [("duplicate", 3)]


def test_duplicates_are_found_across_sheets() -> None:
    sheets = [grid([["编号", "社区", "地址"], ["A1", "松测社区", "1号"]], sheet=name) for name in ("一", "二")]
    register = understand(sheets, layer_named("rental_units"), profile=CITY, codes=areas())
    assert [(f.sheet, f.row, f.kind) for f in register.refused] == [("二", 2, "duplicate")]
