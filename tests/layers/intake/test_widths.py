"""Separated text whose records have other widths than its headings, or quotes that no rule allows."""

import pytest

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.readers import separated
from layers.intake.register import Register, understand
from tests.layers.intake.builders import CITY, areas, read_with

HEAD = "编号,地址,社区,房间数,面积\n"


def read(text: str, layer: str = "rental_units") -> Register:
    tables = read_with(separated.read, text)
    return understand(tables, layer_named(layer), profile=CITY, codes=areas())


def stored(register: Register) -> list[list[object]]:
    frame = register.frame.reindex(columns=["unit_code", "address", "rooms"])
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def kinds(faults: object) -> list[tuple[str, int | None]]:
    return [(fault.kind, fault.row) for fault in faults if fault.kind in ("row_width", "bad_quotes")]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_a_row_longer_than_the_headings_is_refused_with_its_row(separator: str) -> None:
    text = (HEAD + "H1,一路1号,松测社区,3,80\nH2,一路2号,松测社区,1,200,90\n").replace(",", separator)
    register = read(text)
    assert stored(register) == [["H1", "一路1号", 3]]
    assert kinds(register.refused) == [("row_width", 3)]
    assert "6 格" in register.refused[0].sentence
    assert "5 列" in register.refused[0].sentence


@pytest.mark.parametrize(
    "row",
    [
        'H1,"一路1号,二楼",松测社区,3,80',
        'H1, "一路1号,二楼", 松测社区, 3, 80',
        'H1,"一路1号,二楼",松测社区,3,80,,',
        'H1,"一路1号,二楼",松测社区,"3","80"',
    ],
)
def test_separators_in_quotes_and_empty_cells_at_the_end_are_no_fault(row: str) -> None:
    register = read(HEAD + row + "\n")
    assert stored(register) == [["H1", "一路1号,二楼", 3]]
    assert (register.refused, kinds(register.warnings)) == ((), [])


def test_a_cell_under_a_blank_heading_is_not_beyond_the_headings() -> None:
    register = read("编号,地址,社区,\nH1,一路1号,松测社区,旧\n")
    assert kinds(register.refused) == []
    assert stored(register) == [["H1", "一路1号", None]]


def test_row_names_without_a_heading_refuse_every_row_and_shift_none() -> None:
    register = read("编号,地址,社区\n1,H1,一路1号,松测社区\n2,H2,一路2号,松测社区\n")
    assert kinds(register.refused) == [("row_width", 2), ("row_width", 3)]


def test_shorter_rows_are_taken_with_a_warning_and_a_torn_record_is_refused() -> None:
    register = read(
        HEAD + "H1,一路1号,松测社区\nH2,一路2号,松测社区,2,70\nH3,一路\n3号,松测社区,4,60\nH4,一路4号,松测社区,5,50\n"
    )
    assert stored(register) == [["H1", "一路1号", None], ["H2", "一路2号", 2], ["H4", "一路4号", 5]]
    assert kinds(register.warnings) == [("row_width", 2)]
    assert kinds(register.refused) == [("row_width", 4), ("row_width", 5)]


def test_rows_that_all_lack_their_empty_cells_at_the_end_are_not_torn() -> None:
    rows = "".join(f"H{n},一路{n}号,松测社区\n" for n in range(1, 5))
    register = read(HEAD + rows)
    assert len(register.frame) == 4
    assert kinds(register.warnings) == [("row_width", row) for row in (2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        (r'"新华路\"老街\"24号"', '新华路"老街"24号'),
        (r'"新华路\\24号\""', '新华路\\24号"'),
        ('"新华路""老街""24号"', '新华路"老街"24号'),
        ('新华路"老街"24号', '新华路"老街"24号'),
        ('"新华路""老街"""', '新华路"老街"'),
        (r'"新华路老街\""', '新华路老街"'),
        (r'"新华路 C:\24号"', r"新华路 C:\24号"),
    ],
)
def test_quotes_within_a_cell_are_read_as_they_were_meant(cell: str, address: str) -> None:
    other = r'H2,"甲\"乙\"路",松测社区,1,1' if "\\\\" in cell else "H2,乙路,松测社区,1,1"
    register = read(f"{HEAD}H1,{cell},松测社区,3,80\n{other}\n")
    assert register.frame["address"][0] == address
    assert len(register.frame) == 2


@pytest.mark.parametrize(
    "cell", ['"金龙"路24号', '"金龙" 路24号', r'"一路\"",二楼"', '"a"b"c"'], ids=["stray", "spaced", "two ways", "odd"]
)
def test_quotes_that_may_mean_two_things_refuse_their_row_alone(cell: str) -> None:
    register = read(f"{HEAD}H1,{cell},松测社区,3,80\nH2,一路2号,松测社区,2,70\n")
    assert stored(register) == [["H2", "一路2号", 2]]
    assert kinds(register.refused) == [("bad_quotes", 2)]


def test_a_stray_quote_that_opens_swallows_no_row_after_it() -> None:
    register = read(HEAD + 'H1,"一路1号,松测社区,3,80\nH2,"一路2号",松测社区,2,70\nH3,一路3号,松测社区,1,60\n')
    assert stored(register) == [["H2", "一路2号", 2], ["H3", "一路3号", 1]]
    assert kinds(register.refused) == [("bad_quotes", 2)]


def test_a_quote_open_to_the_end_refuses_the_file_and_names_its_line() -> None:
    with pytest.raises(IntakeError, match="第 3 行"):
        read(HEAD + 'H1,一路1号,松测社区,3,80\nH2,"一路2号,松测社区,2,70\n')


def test_the_empty_mark_of_databases_is_an_empty_cell() -> None:
    register = read(HEAD + "H1,一路1号,松测社区,\\N,80\n")
    assert stored(register) == [["H1", "一路1号", None]]
    assert register.refused == ()


FOOTERS = [
    "共1条记录,,,,", "共 12 条,,,,", "总计:1户,,,,", "记录数:1,,,,", "总记录数 1", "(1 rows),,,,", "1 rows in set",
    "导出时间:2026-03-01 10:00,,,,", "导出时间 2026-03-01", "导出日期,2026-03-01,,,",
    "打印时间:2026/3/1,,打印人:李某,,",
    "数据截止2026年3月1日,,,,", "第1页/共1页,,,,", "第 1 页 共 3 页", ",,,第1页,", "Page 1 of 2", "1/1",
    "制表人:,李某,审核人:,王某,",
    "制表单位:综治办", "本表由登记系统导出,,,,", "—— 完 ——", "以下空白", "----------,,,,", "(本页完)", "共,1,条记录,,",
    "注:空白为未填", "Total records: 1", "合计,,,3,80", ",小计,,3,80", "Exported at 2026-03-01 10:00",
]  # fmt: skip


@pytest.mark.parametrize("line", FOOTERS)
def test_a_line_that_a_system_prints_is_passed_over(line: str) -> None:
    register = read(f"{HEAD}H1,一路1号,松测社区,3,80\n{line}\n")
    assert (stored(register), register.refused, register.skipped) == ([["H1", "一路1号", 3]], (), 1)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        ("tips", "接报时间,地址,内容\n2026-03-01 10:00,一路1号,共计3人\n"),
        ("tips", "内容,接报时间,地址\n合计3人,2026-03-01 10:00,一路1号\n"),
        ("tips", "内容,接报时间,地址\n共3条记录,2026-03-01 10:00,一路1号\n"),
        ("rental_units", HEAD + "共3户,一路1号,松测社区,3,80\n"),
        ("rental_units", HEAD + "H1,共3户院1号,松测社区,3,80\n"),
        ("venues", "名称,地址,社区\n打印店,一路1号,松测社区\n"),
        ("venues", "名称,地址,社区\n完美宾馆,第1页巷2号,松测社区\n"),
    ],
)
def test_a_record_that_only_looks_like_such_a_line_is_kept(layer: str, text: str) -> None:
    register = read(text, layer)
    assert (len(register.frame), register.skipped, register.refused) == (1, 0, ())


def test_totals_of_counts_are_passed_over_though_they_fill_every_column() -> None:
    head = "社区,组别,月份,登记类别,数量\n"
    register = read(head + "松测社区,一组,2026-03,流动人口,3\n松测社区,小计,2026-03,流动人口,3\n", "counts")
    assert (len(register.frame), register.skipped) == (1, 1)
