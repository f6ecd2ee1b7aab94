"""The report says what was wrong, where, and nothing that it must not."""

import json
from pathlib import Path

import openpyxl
import pandas as pd

from layers.catalog import layer_named
from layers.intake.findings import MOST_ROWS
from layers.intake.register import Register, understand
from layers.intake.report import LONGEST_CELL, Fault, FileFault, Report, write_refused
from tests.layers.intake.builders import CITY, areas, grid

SECRET = "13800000014"  # noqa: S105 a mobile number


def _tips(*rows: list[str | None], csv: bool = False) -> Register:
    heads: list[str | None] = ["线索编号", "接报时间", "地址", "内容", "经度", "纬度", "坐标系"]
    return understand([grid([heads, *rows], csv=csv)], layer_named("tips"), profile=CITY, codes=areas())


def test_json_holds_plain_values_and_every_key_of_the_contract() -> None:
    fault = Fault(sheet="表", row=3, field="date", kind="bad_date", value="x", sentence="不对")
    told = json.loads(
        json.dumps(Report(accepted=2, refused=(fault,), file=FileFault(kind="empty", sentence="空")).to_json())
    )
    assert told["accepted"] == 2
    assert list(told) == ["accepted", "unchanged", "updated", "skipped", "refused", "warnings", "file"]
    assert told["refused"] == [
        {"sheet": "表", "row": 3, "line": None, "field": "date", "kind": "bad_date", "value": "x", "sentence": "不对"}
    ]
    assert told["file"] == {"kind": "empty", "sentence": "空"}
    assert Report().to_json()["file"] is None


def test_every_fault_of_a_row_is_one_entry_with_its_place_and_value() -> None:
    register = _tips(["X1", "上周三", None, None, "26.61", "118.11", "WGS84"], csv=True)
    told = [(f.sheet, f.row, f.line, f.field, f.kind, f.value) for f in register.refused]
    assert told == [
        (None, 2, 2, "received_at", "bad_date", "上周三"),
        (None, 2, 2, "lon", "bad_coordinate", "26.61, 118.11"),
    ]
    assert "上周三" in register.refused[0].sentence


def test_of_a_text_that_no_cell_holds_a_refused_row_keeps_the_beginning() -> None:
    register = _tips(["X1", "2024-01-01", "1号", f"{SECRET}长" * LONGEST_CELL])
    assert [fault.kind for fault in register.refused] == ["too_large"]
    (kept,) = register.rejects["内容"]
    assert len(kept) <= 101
    assert SECRET not in kept


def test_rows_add_up() -> None:
    register = _tips(["X1", "2024-01-01", "1号"], ["X1", "2024-01-01", "1号"], ["合计", None, "2条"])
    assert (len(register.frame), register.skipped, register.records) == (1, 1, 3)


def test_a_warning_of_many_rows_is_one_for_the_file() -> None:
    few = _tips(*([f"X{n}", "2024-01", "1号"] for n in range(MOST_ROWS)))
    many = _tips(*([f"X{n}", "2024-01", "1号"] for n in range(MOST_ROWS + 1)))
    dated = [fault for fault in many.warnings if fault.kind == "date_precision"]
    assert len([fault for fault in few.warnings if fault.kind == "date_precision"]) == MOST_ROWS
    assert [(fault.row, fault.sentence.startswith("有 21 行")) for fault in dated] == [(None, True)]


def test_a_refused_row_is_not_warned_about_besides() -> None:
    register = _tips(["X1", None, "1号"])
    assert [fault.kind for fault in register.refused] == ["missing_required"]
    assert [fault for fault in register.warnings if fault.row is not None] == []


def test_personal_data_are_nowhere_in_what_comes_back() -> None:
    register = _tips(
        ["X1", f"找{SECRET}问", f"1号 {SECRET}", f"电话{SECRET}", "x", "26", None],
        ["X2", "2024-01-01", f"2号 {SECRET}", f"电话{SECRET}", None, None, None],
        [SECRET, "2024-01-01", "3号", None, None, None, None],
    )
    told = f"{register.refused}{register.warnings}{register.frame.to_dict()}{register.rejects.to_dict()}"
    assert SECRET not in told
    assert register.frame["text"].tolist() == ["电话[已隐去]"]
    assert [fault.kind for fault in register.refused if fault.row == 4] == ["personal_data"]


def test_personal_data_outside_tips_and_free_text_refuse_the_row() -> None:
    raw = grid([["编号", "社区", "地址"], ["A1", "松测社区", f"1号 {SECRET}"], ["A2", "松测社区", "2号"]])
    register = understand([raw], layer_named("rental_units"), profile=CITY, codes=areas())
    assert [(fault.row, fault.kind) for fault in register.refused] == [(2, "personal_data")]


def test_refused_rows_come_back_as_texts_and_can_be_imported_again(tmp_path: Path) -> None:
    register = _tips(["=1+1", "上周三", "+1号", "=HYPERLINK(1)", None, None, None])
    write_refused(tmp_path / "x.refused.xlsx", register.rejects)
    sheet = openpyxl.load_workbook(tmp_path / "x.refused.xlsx").active
    assert sheet is not None
    heads, cells = list(sheet.iter_rows(values_only=True))
    row = dict(zip(heads, cells, strict=True))
    assert (row["行号"], row["接报时间"], row["内容"]) == ("2", "上周三", "=HYPERLINK(1)")
    assert "确切的日期" in str(row["原因"])
    assert {cell.data_type for cell in sheet[2] if cell.value is not None} == {"s"}


def test_no_refused_rows_is_an_empty_table() -> None:
    register = _tips(["X1", "2024-01-01", "1号"])
    assert register.rejects.empty
    assert isinstance(register.rejects, pd.DataFrame)


def test_a_ditto_below_a_refused_row_is_filled_with_a_warning() -> None:
    register = _tips(["X1", None, "1号"], ["X2", "2024-01-01", "同上"], ["X3", "2024-01-01", "同上"])
    assert register.frame["address"].tolist() == ["1号", "1号"]
    assert [(f.row, f.field) for f in register.warnings if f.kind == "ditto"] == [(3, "address")]


def test_the_faults_of_a_wide_table_name_the_month() -> None:
    raw = grid([["2024年人口", None, None], ["社区", "1月", "2月"], ["松测社区", "-5", "6"]])
    register = understand([raw], layer_named("counts"), profile=CITY, codes=areas())
    assert [fault.sentence for fault in register.refused] == ["2024-01:数量“-5”不对,应是不小于 0 的整数"]
