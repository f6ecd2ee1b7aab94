"""Columns of a file become columns of a frame."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest

from gis.frames import DTYPES
from layers.catalog import layer_named
from layers.intake.report import LONGEST_CELL
from layers.intake.values import Parsed, parse_column
from tests.layers.intake.builders import CITY


def _parse(
    key: str, name: str, cells: list[Any], kind: pa.DataType | None = None, unit: str | None = None, **city: Any
) -> Parsed:
    layer = layer_named(key)
    field = next(field for field in layer.fields if field.name == name)
    column = pa.chunked_array([pa.array(cells, kind)])
    parsed = parse_column(column, field, layer, unit=unit, **({"zone": CITY.zone} | city))
    assert str(parsed.column.dtype) == DTYPES[field.kind]
    return parsed


def _held(parsed: Parsed) -> list[Any]:
    return [None if pd.isna(value) else value for value in parsed.column]


def _kinds(parsed: Parsed) -> dict[str, list[int]]:
    return {f"{p.kind}{'?' if p.warning else ''}": p.rows.tolist() for p in parsed.problems}


def _refused(parsed: Parsed) -> list[int]:
    """The rows without a date for a reason."""
    return sorted(row for p in parsed.problems if p.kind == "bad_date" and not p.warning for row in p.rows.tolist())


def test_text_is_tidied_on_one_line_and_marks_stay_as_typed() -> None:
    parsed = _parse("tips", "address", [" 样板路\r\n１０１号  （后门） ", "\u3000\xa0", "ＡＢ\u200b", None])
    assert _held(parsed) == ["样板路 101号 （后门）", None, "AB", None]


def test_free_text_keeps_its_lines_and_never_becomes_a_formula() -> None:
    parsed = _parse("tips", "text", [" 多人聚集，\n每日 ", "=1+1", "＝1+1"])
    assert _held(parsed) == ["多人聚集，\n每日", "=1+1", "＝1+1"]


def test_a_text_longer_than_a_cell_is_refused() -> None:
    assert _kinds(_parse("tips", "text", ["好", "长" * (LONGEST_CELL + 1)])) == {"too_large": [1]}


def test_register_numbers_lose_spaces_and_quotes_and_dashes_are_none() -> None:
    parsed = _parse("tips", "tip_no", ["XS ２０２４", "'001", '="002"', "/", "无", "A-1"])
    assert _held(parsed) == ["XS2024", "001", "002", None, None, "A-1"]


def test_counts_are_whole_and_not_negative() -> None:
    parsed = _parse("raids", "people", ["12", "-2", "2.5", "约3人", None, "—", "十二", "3000000000"])
    assert _held(parsed) == [12, None, None, 3, None, None, None, None]
    warned = {p.kind: p.rows.tolist() for p in parsed.problems if p.warning}
    assert warned == {"approx_number": [3], "empty_mark": [5]}
    refused = sorted(row for p in parsed.problems if not p.warning for row in p.rows.tolist())
    assert refused == [1, 2, 6, 7]


def test_a_share_without_percent_sign_is_never_taken_for_hundreds() -> None:
    parsed = _parse("raids", "rate", ["0.5", "７５％", "85", "1"])
    assert _held(parsed) == [0.5, 0.75, None, 1.0]
    assert _kinds(parsed) == {"bad_number": [2]}
    assert _held(_parse("raids", "rate", ["85", "100"], unit="%")) == [0.85, 1.0]


def test_the_headings_unit_multiplies() -> None:
    assert _held(_parse("raids", "amount_yuan", ["1.5", "3.5万元", "2元"], unit="万元")) == [15_000, 35_000, 2]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["2024-01-01 08:00:00"], pa.string()),
        (["2024年1月1日8时"], pa.string()),
        ([pd.Timestamp("2024-01-01 08:00")], pa.timestamp("us")),
        ([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("ns", tz="UTC")),
        ([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("s", tz="America/Los_Angeles")),
    ],
)
def test_moments_without_zone_are_in_the_citys(cells: list[Any], kind: pa.DataType) -> None:
    assert _held(_parse("tips", "received_at", cells, kind)) == [pd.Timestamp("2024-01-01", tz="UTC")]


def test_days_come_typed_or_written() -> None:
    wanted = [pd.Timestamp("2024-01-01")]
    assert _held(_parse("raids", "date", [date(2024, 1, 1)])) == wanted
    assert _held(_parse("raids", "date", ["2024-01-01 09:30"])) == wanted
    assert (
        _held(_parse("raids", "date", [datetime(2023, 12, 31, 17, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))) == wanted
    )
    assert _held(_parse("raids", "date", [20240101])) == wanted


def test_one_impossible_iso_day_spoils_no_other() -> None:
    parsed = _parse("raids", "date", ["2024-02-30", "2024-02-28", "2024-13-01"])
    assert _kinds(parsed) == {"bad_date": [0, 2]}
    assert _held(parsed)[1] == pd.Timestamp("2024-02-28")


def test_a_month_alone_is_its_first_day_with_a_warning_but_not_where_months_are_meant() -> None:
    assert _kinds(_parse("raids", "date", ["2024年2月"])) == {"date_precision?": [0]}
    assert _kinds(_parse("counts", "month", ["2024年2月"])) == {}


@pytest.mark.parametrize(
    ("key", "name"),
    [("tips", "received_at"), ("raids", "date"), ("rental_units", "registered_on"), ("venues", "opened_on")],
)
def test_what_happened_lies_between_1980_and_tomorrow(key: str, name: str) -> None:
    written = ["1979-12-31", "1980年1月1日", "2026-03-02", "2026.3.3", "31-01-01"]
    parsed = _parse(key, name, written, today=date(2026, 3, 1))
    assert _refused(parsed) == [0, 3, 4]
    assert [value is None for value in _held(parsed)] == [True, False, False, True, True]
    typed = _parse(key, name, [date(1979, 12, 31), date(2026, 3, 2), date(2026, 3, 3)], today=date(2026, 3, 1))
    assert _refused(typed) == [0, 2]


def test_days_of_plans_deadlines_and_validity_are_free() -> None:
    far = ["1949-10-01", "2031-01-01"]
    for key, name in (("tips", "due_on"), ("areas", "valid_from"), ("areas", "valid_to")):
        assert _kinds(_parse(key, name, far, today=date(2026, 3, 1))) == {}


def test_a_counted_month_begins_by_tomorrow() -> None:
    cells = ["2026年3月", "2026-03-31", "2026-04", "1979年12月"]
    assert _refused(_parse("counts", "month", cells, today=date(2026, 3, 1))) == [2, 3]
    assert _refused(_parse("counts", "month", cells, today=date(2026, 3, 31))) == [3]


def test_tomorrow_ends_with_the_citys_midnight() -> None:
    """Half past one in the morning in Shanghai is half past eleven the evening before in Urumqi."""
    cells, today = ["2026-03-02T17:30:00Z", "2026-03-02T19:30:00Z"], date(2026, 3, 1)
    assert _refused(_parse("tips", "received_at", cells, today=today, zone=ZoneInfo("Asia/Urumqi"))) == [1]
    assert _refused(_parse("tips", "received_at", cells, today=today, zone=ZoneInfo("Asia/Shanghai"))) == [0, 1]
    typed = [datetime(2026, 3, 2, 17, 30, tzinfo=UTC), datetime(2026, 3, 2, 19, 30, tzinfo=UTC)]
    assert _refused(_parse("tips", "received_at", typed, today=today, zone=ZoneInfo("Asia/Urumqi"))) == [1]


def test_words_become_choices_and_strange_ones_one_warning() -> None:
    parsed = _parse("venues", "kind", ["宾馆", "旅社", "hotel", "怪", "—", None])
    assert _held(parsed) == ["hotel", "guesthouse", "hotel", None, None, None]
    assert [(p.kind, p.warning, len(p.rows)) for p in parsed.problems] == [("unknown_choice", True, 0)]


def test_flags() -> None:
    assert _held(_parse("tips", "verified", ["是", "否", "√", "", None])) == [True, False, True, None, None]
    assert _held(_parse("tips", "verified", [True, None, False])) == [True, None, False]


def test_typed_numbers_are_checked_too() -> None:
    parsed = _parse("raids", "people", [1.0, None, 2.5, float("inf"), -1.0])
    assert _held(parsed) == [1, None, None, None, None]
    assert _kinds(parsed) == {"bad_number": [2, 3, 4]}


def test_an_empty_column_keeps_its_dtype() -> None:
    for key, name in (("tips", "received_at"), ("raids", "people"), ("tips", "text"), ("tips", "verified")):
        assert _held(_parse(key, name, [], pa.string())) == []
